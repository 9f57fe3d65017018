"""Transfers and categories against the facts."""

import re

import pytest

from dod2oso.base import yaml as yamlfile
from dod2oso.base.errors import UsageError
from dod2oso.oso.catalogue import catalogue
from dod2oso.oso.transfers import TRANSFERS, categories, governed, transfer
from dod2oso.oso.versions import VERSIONS, version
from tests.oso.facts import FACTS

COLUMNS = {"binnenBRIN": "BB"}
CHOICES = {"V": "VERPLICHT", "X": "VERBODEN", "O": "OPTIONEEL"}
MISSPELT = {"toelichting_onderwijsbehoefte": "toelichting_onderwijsbehoeften"}


def table() -> dict[str, dict[str, str]]:
    """The table of categories in profiles.md: category -> transfer -> choice."""
    text = (FACTS / "profiles.md").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if line.startswith("| ") and line.count("|") == 8]
    head, *body = ([cell.strip() for cell in line.strip("|").split("|")] for line in lines)
    assert head[0] == "categorie"
    names = [COLUMNS.get(cell, cell) for cell in head[1:]]
    return {
        re.sub(r" \(.*", "", category): {n: CHOICES[cell] for n, cell in zip(names, cells, strict=True)}
        for category, *cells in body
        if cells[0] in CHOICES
    }


def test_choices_are_those_of_the_facts() -> None:
    facts = table()
    assert len(facts) == 17
    for name in TRANSFERS:
        assert transfer(name).categories == {f"cat_{category}": row[name] for category, row in facts.items()}


def test_governed_paths_are_those_of_the_facts() -> None:
    rules = yamlfile.load(FACTS / "rules.yaml").data["category_rules"]
    for name in ("2017.1", "2018.1", "2019.1"):
        expected = {}
        for rule in rules:
            if name not in rule["versions"]:
                continue
            paths: set[str] = set()
            for versions, values in rule["paths"].items():
                if name in versions.split():
                    paths.update(path for some in values.values() for path in some)
            expected[rule["field"]] = {under_dossier(path) for path in paths}
        assert {category: set(paths) for category, paths in governed(name).items()} == expected


def under_dossier(path: str) -> str:
    path = path.replace("L/", "huidigeschool/leerling/").removeprefix("dossier/")
    last = path.rsplit("/", 1)[-1]
    return path.removesuffix(last) + MISSPELT.get(last, last)


@pytest.mark.parametrize("name", VERSIONS)
def test_categories_follow_the_schema(name: str) -> None:
    block = catalogue(name).at("metadata/categorie_uitlevering")
    expected = [] if block is None else [child.name for child in block.children]
    for overstap in TRANSFERS:
        assert list(categories(overstap, name)) == expected
    assert list(governed(name)) == expected
    assert all(catalogue(name).at(path) for paths in governed(name).values() for path in paths)


def test_transfers() -> None:
    assert transfer("BB").overstap is None
    assert transfer("BB").overdrachtsoort == "overdrachtbinnenbrin"
    assert transfer("POVO").versions == VERSIONS
    assert transfer("POSWV").versions == ("2017.1", "2018.1", "2019.1")
    for name in TRANSFERS:
        assert all(transfer(name).layer in version(v).layers for v in transfer(name).versions)
    with pytest.raises(UsageError):
        transfer("POMBO")
