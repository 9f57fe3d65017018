"""Examples in a profile: read by what reads real exports, and told when they do not hold."""

from pathlib import Path

import pytest

from dod2oso.base.errors import ConfigurationError
from dod2oso.source.profile import load_profile
from dod2oso.source.profile_tests import run_examples
from tests.cli.kit import dod2oso
from tests.corpus.kit import write
from tests.source.test_profile_problems import GOOD

PUPIL = "<Leerling><Naam>Voorbeeld</Naam><Sexe>V</Sexe><MNaam>Ouder</MNaam><Toets><Code>a</Code></Toets><Toets><Code>b</Code></Toets></Leerling>"  # fmt: skip  # noqa: E501
EXAMPLE = f"""tests:
  - name: een meisje
    input: {PUPIL}
    expect:
      leerling.geslacht: vrouw
      leerling.roepnaam: null
      toetsen[].code: ["a", "b"]
      verzorgers[].relatie: moeder
"""
TABLES = """profile: proef
describes: een proef
format: tables
match: {tables: {leerlingen: [nr, naam, groep]}}
records: bundel/leerlingen
nested: {toetsen: {by: nr}}
shared: {school.brin: bundel/school/brin}
fields: {leerling.leerlingid: nr, leerling.achternaam: naam, leerling.geslacht: {at: sexe, codes: geslacht-mv}}
lists: {toetsen: {at: toetsen, fields: {code: code}}}
tests:
  - name: twee leerlingen
    rows:
      leerlingen: [{nr: "1", naam: Een, sexe: m}, {nr: "2", naam: Twee, sexe: x}]
      toetsen: [{nr: "2", code: T1}, {nr: "1", code: T2}, {nr: "9", code: T3}]
      school: [{brin: 99XX}]
    expect: {leerling.achternaam: ["Een", "Twee"], leerling.geslacht: man, "toetsen[].code": ["T2", "T1"], school.brin: ["99XX", "99XX"]}
    finding: code-onbekend
"""  # noqa: E501


def failures(folder: Path, text: str) -> list[str]:
    return [one.problem.text("nl") for one in run_examples(load_profile(write(folder / "proef.yaml", text)))]


def test_a_record_is_enough(tmp_path: Path) -> None:
    assert failures(tmp_path, GOOD + EXAMPLE) == []


def test_a_whole_document_with_a_namespace(tmp_path: Path) -> None:
    text = (GOOD + EXAMPLE).replace("{root: Set}", '{root: Set, namespace: "urn:x"}')
    assert failures(tmp_path, text) == []
    whole = text.replace(PUPIL, f"<Set xmlns='urn:x'>{PUPIL}</Set>")
    assert failures(tmp_path, whole) == []


def test_tables_are_joined_as_real_ones(tmp_path: Path) -> None:
    assert failures(tmp_path, TABLES) == []
    assert failures(tmp_path, TABLES.replace('["T2", "T1"]', '["T1", "T2"]'))[0].startswith("proef.yaml:11:")


def test_what_does_not_hold_is_told_with_its_line(tmp_path: Path) -> None:
    text = GOOD + EXAMPLE.replace("geslacht: vrouw", "geslacht: man").replace("roepnaam: null", "roepnaam: Anna")
    assert failures(tmp_path, text) == [
        "proef.yaml:18: 'een meisje': leerling.geslacht: verwacht man, gelezen vrouw",
        "proef.yaml:18: 'een meisje': leerling.roepnaam: verwacht Anna, gelezen niets",
    ]
    [told] = failures(tmp_path, GOOD + EXAMPLE + "    finding: datum-onleesbaar\n")
    assert "datum-onleesbaar verwacht" in told


@pytest.mark.parametrize("wrong", ["<Anders/>", "<Leerling>", "tekst", "<!DOCTYPE x><Set/>"])
def test_an_example_that_is_none(tmp_path: Path, wrong: str) -> None:
    [told] = failures(tmp_path, (GOOD + EXAMPLE).replace(PUPIL, f'"{wrong}"'))
    assert "geen leerling" in told


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (GOOD + EXAMPLE.replace("leerling.geslacht", "leerling.sexe"), "profile-field-unknown"),
        (GOOD + EXAMPLE.replace("    input:", "    rows: {}\n    inhoud:"), "setting-wrong"),
        (GOOD + "tests:\n  - {name: leeg}\n", "profile-test-input"),
        (TABLES.replace("    rows:", "    input: <x/>\n    rows:"), "profile-test-input"),
        (TABLES.replace("code-onbekend", "code-onbekent"), "profile-test-finding"),
    ],
)
def test_an_example_that_cannot_be(tmp_path: Path, text: str, code: str) -> None:
    with pytest.raises(ConfigurationError) as raised:
        load_profile(write(tmp_path / "proef.yaml", text))
    assert raised.value.code == code


def test_examples_of_what_is_extended_do_not_come_along(tmp_path: Path) -> None:
    write(tmp_path / "proef.yaml", GOOD + EXAMPLE)
    over = write(tmp_path / "over.yaml", "profile: over\nextends: proef\nfields: {leerling.geslacht: null}\n")
    assert load_profile(over).model.tests == ()


def test_from_the_command_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(tmp_path / "proef.yaml", GOOD + EXAMPLE)
    ended = dod2oso(capsys, monkeypatch, "profile", "test", path)
    assert (ended.code, ended.out) == (0, "") and ended.err.startswith("1 voorbeeld, 0")
    write(path, GOOD + EXAMPLE.replace("geslacht: vrouw", "geslacht: man"))
    ended = dod2oso(capsys, monkeypatch, "profile", "test", path, "--lang", "en")
    assert ended.code == 5 and "expected man, read vrouw" in ended.out
    write(path, GOOD)
    assert dod2oso(capsys, monkeypatch, "profile", "test", path).code == 0


def test_a_preview_in_shapes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(tmp_path / "proef.yaml", GOOD)
    other = PUPIL.replace("<Sexe>V<", "<Sexe>K<").replace("<Naam>", "<Gebdat>31-12-2009</Gebdat><Naam>")
    export = write(tmp_path / "a.xml", f"<Set>{PUPIL}{other}</Set>")
    ended = dod2oso(capsys, monkeypatch, "profile", "check", path, export, "--preview")
    assert "leerling.achternaam: 2 waarden, 2 mee" in ended.out
    assert "leerling.geslacht: 2 waarden, 1 mee; 1 geweigerd: Een code heeft geen vertaling" in ended.out
    assert (
        "leerling.geboortedatum: 0 waarden" in ended.out or "geboortedatum: 1 waarde, 0 mee; 1 geweigerd" in ended.out
    )
    assert "Aaaa" in ended.out and "Voorbeeld" not in ended.out and "2009" not in ended.out
    assert dod2oso(capsys, monkeypatch, "profile", "check", path, "--preview").code == 2
