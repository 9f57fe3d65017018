"""What is worth filling in is what OSO takes and a supplement may say, and nothing that is left out on purpose."""

import pytest

from dod2oso.mapping.compile import shipped_plan
from dod2oso.oso.catalogue import catalogue
from dod2oso.oso.requirements import OPTIONAL, requirements
from dod2oso.oso.transfers import all_transfers
from dod2oso.oso.versions import known_versions
from dod2oso.source.dictionary import load_dictionary
from dod2oso.supplement import useful
from dod2oso.supplement.rows import misfit
from dod2oso.supplement.useful import useful_for


@pytest.mark.parametrize("version", known_versions())
def test_every_column_is_one_that_this_transfer_takes_and_that_blocks_nothing(version: str) -> None:
    for kind in all_transfers():
        plan = shipped_plan(version, kind.name)
        asked = requirements(version, kind.name)
        for fill in useful_for(plan):
            assert catalogue(version).at(fill.column) is not None
            assert misfit(fill.column, "", plan, load_dictionary()) != "aanvulling-niet-toegestaan"
            assert asked.get(fill.column, OPTIONAL).level not in ("required", "forbidden", "one-of")
            assert fill.help is not None and fill.help.nl and fill.help.en
            assert not any(word in fill.column for word in ("verzuim", "medicijn", "huisarts", "inzage", "bsn"))


def test_the_rules_and_the_law_say_what_is_useful_and_so_does_the_list() -> None:
    columns = {fill.column.rpartition("/")[2] for fill in useful_for(shipped_plan("2019.1", "POVO"))}
    assert {"contactnodig", "wensouders", "wensleerling"} <= columns  # advised, and named by the law
    assert {"roepnaam", "argumentatie"} <= columns  # inferred
    assert "wensouders" not in {fill.column.rpartition("/")[2] for fill in useful_for(shipped_plan("2019.1", "POPO"))}


def test_every_listed_field_is_one_of_a_version_we_know() -> None:
    known = {element.path for version in known_versions() for element in catalogue(version).fields()}
    assert set(useful._read().fields) <= known
