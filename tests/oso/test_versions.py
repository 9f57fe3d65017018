"""Versions and namespaces against the facts."""

import csv
from datetime import date

import pytest

from dod2oso.base.errors import UsageError
from dod2oso.oso.versions import VERSIONS, newest, outdated, version, version_of_namespace, within
from tests.oso.facts import FACTS


def test_same_as_the_facts() -> None:
    with (FACTS / "namespaces.csv").open(encoding="utf-8", newline="") as file:
        facts = {row["version"]: row for row in csv.DictReader(file, delimiter=";")}
    assert tuple(facts) == VERSIONS
    for name, row in facts.items():
        ours = version(name)
        assert ours.namespace == row["target_namespace"]
        assert ours.schoolyear == row["school_year"]
        assert ours.layers == ("gegevensset", *row["validators"].split())
        for column in ("standaardversie", "validatieversie"):
            required = row[f"{column}_required"]
            assert getattr(ours, column) == (None if required == "veld bestaat niet" else required)
        for column in ("eldversie", "xsdversie"):
            assert (getattr(ours, column) is None) == (row[column] == "veld bestaat niet")
        if ours.eldversie is not None:
            assert f"{ours.eldversie}" in row["eldversie"]


@pytest.mark.parametrize("name", VERSIONS)
def test_namespace_leads_back(name: str) -> None:
    assert version_of_namespace(version(name).namespace) is version(name)


def test_unknown() -> None:
    assert newest() == VERSIONS[-1]
    assert version_of_namespace("urn:x") is None
    with pytest.raises(UsageError) as raised:
        version("2022.1")
    assert "2019.1" in raised.value.text("nl")
    assert "2019.1" in raised.value.text("en")


def test_a_version_is_of_one_school_year() -> None:
    assert outdated("2019.1", date(2020, 7, 31)) is None
    notice = outdated("2019.1", date(2020, 8, 1))
    assert notice is not None
    for lang in ("nl", "en"):
        assert "2019-2020" in notice.text(lang)
        assert "bundle add" in notice.text(lang)


def test_within() -> None:
    assert within("1.2.2", None, None)
    assert within("2016.1", "2016.1", "2016.1")
    assert not within("1.2.2", "2016.1", None)
    assert not within("2019.1", None, "2018.1")
