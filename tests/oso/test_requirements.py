"""What a transfer asks for, held against the independent table of profiles in the domain notes."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from dod2oso.oso.catalogue import catalogue
from dod2oso.oso.presence import present_with
from dod2oso.oso.requirements import requirements
from dod2oso.oso.transfers import TRANSFERS, governed, transfer
from dod2oso.oso.versions import VERSIONS, within
from tests.oso.facts import FACTS

PUPIL = "huidigeschool/leerling/"
PAIRS = [(version, name) for name in TRANSFERS for version in transfer(name).versions]


def test_a_transfer_from_primary_to_secondary_school() -> None:
    asked = {path: found.level for path, found in requirements("2019.1", "POVO").items()}
    assert asked["inzage"] == "required"
    assert asked["inzage/inzage"] == "required"
    assert asked["inzage/inzagedatum"] == "conditional"
    assert asked[f"{PUPIL}leerlingid"] == "required"
    assert asked[f"{PUPIL}bsn"] == asked[f"{PUPIL}onderwijsnummer"] == "one-of"
    assert asked[f"{PUPIL}geboorteplaats"] == asked[f"{PUPIL}nationaliteit"] == "forbidden"
    assert asked[f"{PUPIL}voorschools"] == "forbidden"
    assert asked[f"{PUPIL}overstapadvies/advies"] == "advised"  # the official walk stops at leerling
    assert asked[f"{PUPIL}verzorger/achternaam"] == "in-block"
    assert asked[f"{PUPIL}huisarts/achternaam"] == "in-block"
    assert asked[f"{PUPIL}roepnaam"] == "optional"


def test_the_transfer_decides() -> None:
    path = f"{PUPIL}leerlingid"
    assert requirements("2019.1", "POVO")[path].rules == ("leerlingid-verplicht-povo",)
    assert requirements("2019.1", "POPO")[path].level == "optional"
    assert requirements("2016.1", "POVO")[f"{PUPIL}overstapadvies/advies"].level == "conditional"
    assert requirements("2019.1", "POPO")[f"{PUPIL}voorschools"].level == "optional"


@pytest.mark.parametrize(("version", "name"), PAIRS)
def test_every_path_has_an_answer_and_a_block_above_a_required_field_is_required(version: str, name: str) -> None:
    asked = requirements(version, name)
    assert set(asked) == set(catalogue(version).all_paths)
    for path, found in asked.items():
        above = path.rpartition("/")[0]
        if above and found.level == "required":
            assert asked[above].level == "required", path


_SECTION = {"BB": "binnenBRIN"}


class Line(NamedTuple):
    kind: str
    paths: tuple[str, ...]
    condition: str
    rule: str
    since: str
    until: str


def profile_lines(profiles: Path, name: str) -> Iterator[Line]:
    """The rows of the table of one transfer."""
    section = profiles.read_text(encoding="utf-8").split(f"\n## {_SECTION.get(name, name)}\n")[1].split("\n## ")[0]
    for line in section.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split(" | ")]
        if len(cells) == 5 and cells[0].strip() in ("Verplicht", "Ten minste een van", "Verboden"):
            kind, paths, condition, versions, rule = cells
            since, _, until = versions.partition(" t/m ")
            yield Line(kind.strip(), tuple(paths.split(" of ")), condition, rule.strip(), since, until or since)


@pytest.mark.parametrize(("version", "name"), PAIRS)
def test_it_agrees_with_the_profiles_in_the_domain_notes(version: str, name: str) -> None:
    asked = requirements(version, name)
    compared = 0
    for line in profile_lines(FACTS / "profiles.md", name):
        if not within(version, line.since, line.until) or any("(" in path for path in line.paths):
            continue
        for path in line.paths:
            found = asked[path]
            if line.kind == "Verboden" and not line.condition:
                assert found.level == "forbidden", line
            elif line.kind == "Verplicht" and line.condition in ("", "LAS"):
                above = path.rpartition("/")[0]
                inside = above and asked[above].level != "required"
                assert found.level == ("in-block" if inside else "required"), line
                assert line.rule in found.rules, line
            elif line.kind == "Verplicht" or (line.kind == "Ten minste een van" and line.condition not in ("", "LAS")):
                assert found.level in ("conditional", "one-of", "required", "in-block"), line
            elif line.kind == "Ten minste een van":
                assert found.level in ("one-of", "in-block"), line
            else:
                continue
            compared += 1
    assert compared >= 7 or name == "BB"  # a transfer within a BRIN asks little


def test_what_is_there_with_a_value() -> None:
    path = f"{PUPIL}toetslijst/toets/afname/afnamedatum"
    there = set(present_with("2019.1", path))
    assert {path, "huidigeschool", f"{PUPIL}toetslijst/toets", "cat_toetsresultaten"} <= there
    assert {name for name in there if name.startswith("cat_")} == {"cat_toetsresultaten"}
    assert not [name for name in present_with("2016.1", path) if name.startswith("cat_")]


@pytest.mark.parametrize("version", VERSIONS)
def test_every_governed_path_counts_for_its_category(version: str) -> None:
    for category, paths in governed(version).items():
        for path in paths:
            assert category in present_with(version, path)
