"""Invariant 2, nothing is invented: every text in a dossier can be traced to where it came from."""

import random
from collections import Counter
from pathlib import Path

import pytest

from dod2oso.base.clock import run_date
from dod2oso.mapping.apply import Mapper
from dod2oso.mapping.compile import shipped_plan
from dod2oso.mapping.run_metadata import run_group
from dod2oso.mapping.supplied import Supplied
from dod2oso.source.bind import BoundProfile
from dod2oso.source.codes import load_codes
from dod2oso.source.dictionary import load_dictionary
from dod2oso.source.profile import shipped_profiles
from dod2oso.source.record import Cell, Group, LegacyDossier
from dod2oso.source.register import read_register
from tests.corpus.anything import Maker
from tests.corpus.kit import DATUM, PAIRS, SCHOOLS, read_export, write
from tests.mapping.kit import leaves, mapped, rows

PUPIL = {"leerling.achternaam": "Voorbeeld", "school.brin": "99XX"}
TRANSLATIONS = {to for table in load_codes().values() for to in table.entries.values()}
MADE = {"9999999999", "geheim@geheim.geheim", "LAS"}  # masks, and the part that says there are no tests


def cells(group: Group) -> list[Cell]:
    return [cell for inner in group.walk() for cell in inner.fields.values()]


def plausible(text: str, sources: set[str]) -> bool:
    """Whether the text is a source value, a piece of one, its translation, or one of the few that are made."""
    return (
        text in sources
        or text in MADE
        or text in TRANSLATIONS
        or any(text.removesuffix("…") in source for source in sources)
        or any(text.lower() == source.lower() or text.lstrip("0") == source.lstrip("0") for source in sources)
        or any(text == source.replace(" ", "").upper() for source in sources)
        or "-".join(reversed(text.split("-"))) in sources
        or text.startswith("UEs")  # Base64 of a ZIP
    )


def check_trace(nodes: list[object], trace: list[tuple[str, str]], dictionary: set[str]) -> None:
    written = Counter(path for path, _text in leaves(nodes))
    traced = Counter(path for path, _origin in trace)
    assert {path: n for path, n in written.items() if traced[path] < n} == {}
    for path, origin in trace:
        known = origin in dictionary or origin.startswith(("run.", "register.", "bezwaar.", "default: ", "aanvulling"))
        assert known or origin.partition("[")[0] in ("verzorgers", "leerling"), (path, origin)


@pytest.mark.parametrize(("version", "transfer"), PAIRS)
def test_every_text_of_a_full_record_has_an_origin(version: str, transfer: str, tmp_path: Path) -> None:
    profile = next(profile for profile in shipped_profiles() if profile.name == "dod-referentie")
    seed = random.Random(f"{version}{transfer}").randrange(10**6)
    write(tmp_path / "a.xml", Maker(profile, seed, mess=0.02, fill=0.95).export(2))
    (tmp_path / "scholen.csv").write_text(SCHOOLS)
    register = read_register(tmp_path / "scholen.csv").find("99XX", "00")
    export = read_export(tmp_path / "a.xml", BoundProfile(profile, load_dictionary()))
    export.survey()
    run = run_group(version, transfer, DATUM, "test", "1")
    mapper = Mapper(shipped_plan(version, transfer), run, run_date(DATUM))
    for record in export.dossiers():
        trace: list[tuple[str, str]] = []
        nodes, _here = mapper.map(record, register, Supplied(), trace)
        found = leaves(nodes)
        assert len(found) > 60
        check_trace(nodes, trace, set(load_dictionary().fields))
        groups = (record.root, register or Group(), run)
        sources = {cell.value for group in groups for cell in cells(group)}
        defaults = {leaf.default.value for leaf in mapper.plan.leaves.values() if leaf.default} | {
            "false",
            "bezoek",
            "e-mail",
        }
        assert [(path, text) for path, text in found if text not in defaults and not plausible(text, sources)] == []


def test_the_trace_names_the_field_the_register_the_run_and_the_reason(tmp_path: Path) -> None:
    address = {"straat": "Teststraat", "nummer": "1", "postcode": "1234AB", "plaats": "Teststad"}
    given = PUPIL | {f"leerling.adressen[0].{name}": value for name, value in address.items()}
    supplement = rows(tmp_path, {"leerling.roepnaam": "Test", "inzage/inzage": "ja", "bezwaar.verzuim": "ja"})
    result = mapped(given, transfer="POVO", supplement=supplement)
    origins = dict(result.trace)
    assert origins["huidigeschool/leerling/achternaam"] == "leerling.achternaam"
    assert origins["huidigeschool/leerling/adreslijst/adres/straat"] == "leerling.adressen[].straat"
    assert origins["huidigeschool/leerling/adreslijst/adres/soortadres"].startswith("default: een adres zonder soort")
    assert origins["metadata/datum"] == "run.datum"
    assert origins["metadata/categorie_uitlevering/cat_verzuim"] == "bezwaar.cat_verzuim"
    assert origins["inzage/inzage"] == "aanvulling"
    assert origins["inzage/voorlopigdossier"].startswith("default: ")
    check_trace(result.nodes, result.trace, set(load_dictionary().fields) | {"leerling.roepnaam"})


@pytest.mark.parametrize(("version", "transfer"), PAIRS)
def test_an_empty_record_gives_nothing_but_the_runs_own_words(version: str, transfer: str) -> None:
    run = run_group(version, transfer, DATUM, "test", "1")
    mapper = Mapper(shipped_plan(version, transfer), run, run_date(DATUM))
    trace: list[tuple[str, str]] = []
    nodes, here = mapper.map(LegacyDossier(1), None, Supplied(), trace)
    written = {path for path, _text in leaves(nodes)}
    assert {origin.partition(".")[0] for path, origin in trace if path in written} == {"run"}
    assert {path.partition("/")[0] for path in written} == {"metadata", "overdrachtsoort"}
    assert here.findings == []


def test_defaults_are_few_and_each_says_why() -> None:
    found = {
        (path, leaf.default.value)
        for version, transfer in PAIRS
        for path, leaf in shipped_plan(version, transfer).leaves.items()
        if leaf.default is not None and len(leaf.default.reason) > 20
    }
    assert {value for _path, value in found} == {"false", "bezoek"}
    assert {path for path, value in found if value == "false"} == {"inzage/voorlopigdossier"}
    assert {path.rpartition("/")[2] for path, value in found if value == "bezoek"} == {"soortadres"}
