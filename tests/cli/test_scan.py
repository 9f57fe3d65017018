"""`dod2oso scan` and `dod2oso profile`: what people see, what programs get, and that no person shows."""

import json
import re
import shutil
from pathlib import Path

import pytest
from lxml import etree

from dod2oso.discover.survey.check import all_bindings
from dod2oso.source.profile import find_profile, load_profile
from tests.cli.kit import Ended, dod2oso
from tests.corpus.kit import edex, pupil, reference, write
from tools.unknown import ANSWER, EXPORT, unknown_export

ROOT = Path(__file__).resolve().parents[2]
UNKNOWN = ROOT / "samples" / "onbekend"
REGION = ROOT / "samples" / "regio" / "exports"
NORTH = REGION / "dod-referentie-school-noord.xml"
SOUTH = REGION / "edexml-2.1-school-zuid.xml"


class Command:
    def __init__(self, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
        self._fixtures = (capsys, monkeypatch)

    def __call__(self, *arguments: str | Path) -> Ended:
        return dod2oso(*self._fixtures, *arguments)


@pytest.fixture
def command(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Command:
    return Command(capsys, monkeypatch)


# --- scan ---


def test_a_known_export(command: Command) -> None:
    ended = command("scan", SOUTH)
    assert ended.code == 0
    for expected in (
        "edexml-2.1 (score 100)",
        "klopt: root EDEX",
        "klopt niet: EDEX/school/xsdversie = 2.0",
        "Leerlingen: 16 (pad EDEX/leerlingen/leerling)",
        "edexml-2.1 leest alle paden.",
    ):
        assert expected in ended.out
    row = next(line for line in ended.out.splitlines() if line.startswith("EDEX/leerlingen/leerling/bsn"))
    assert row.split() == ["EDEX/leerlingen/leerling/bsn", "16", "100%", "1", "16", "9", "pgn", "bsn", "leerling.bsn"]


def test_the_numbers_for_programs(command: Command) -> None:
    (export,) = json.loads(command("scan", SOUTH, "--json").out)["exports"]
    assert (export["profile"], export["kind"], export["records"]["count"]) == ("edexml-2.1", "xml", 16)
    assert export["encoding"] == {"declared": "utf-8", "decodes": True, "probably": None}
    assert export["source_values"] == sum(row["count"] for row in export["paths"])
    rows = {row["path"].rpartition("/")[2]: row for row in export["paths"]}
    assert rows["geslacht"]["codes"] == ["1", "2"] and rows["geslacht"]["field"] == "leerling.geslacht"
    assert rows["voorvoegsel"]["filled"] == round(rows["voorvoegsel"]["count"] / 16, 4)
    first, second = export["profiles"][:2]
    assert first["fits"] and not second["fits"] and first["score"] > second["score"]


def test_the_same_export_gives_the_same_scan(command: Command) -> None:
    assert command("scan", NORTH, "--json").out == command("scan", NORTH, "--json").out


def test_what_the_profile_does_not_read_is_named(command: Command, tmp_path: Path) -> None:
    path = write(tmp_path / "a.xml", reference(pupil(1, extra="<Kleur>rood</Kleur>")))
    ended = command("scan", path)
    assert "Niet gelezen door dod-referentie: 1 van de" in ended.out
    assert "  DodReferentie/Leerlingen/Leerling/Kleur" in ended.out
    assert "rood" not in ended.out


def test_an_unknown_layout_is_shown_all_the_same(command: Command) -> None:
    ended = command("scan", UNKNOWN / EXPORT, "--lang", "en")
    assert ended.code == 0
    assert "Source profile: none fits" in ended.out
    assert "Pupils: probably 24 (path Uitwisselset/Deelnemers/Deelnemer)" in ended.out


def test_a_profile_of_your_own(command: Command) -> None:
    ended = command("scan", UNKNOWN / EXPORT, "--source-profile", UNKNOWN / ANSWER)
    assert "uitwisseling (score 100)" in ended.out and "uitwisseling leest alle paden." in ended.out


def test_several_exports_and_one_that_cannot_be_read(command: Command, tmp_path: Path) -> None:
    good = write(tmp_path / "goed.xml", edex("<leerling key='1'><achternaam>X</achternaam></leerling>"))
    bad = write(tmp_path / "kapot.xml", good.read_bytes()[:-20])
    ended = command("scan", good, bad)
    assert ended.code == 4
    assert "beschadigd of afgebroken" in ended.out and "edexml-2.0" in ended.out
    found = json.loads(command("scan", tmp_path, "--json").out)["exports"]
    assert ["problem" in export for export in found] == [False, True]
    assert found[1]["problem"]["code"] == "export-beschadigd"


@pytest.mark.parametrize("name", ["leeg.xml", "met-doctype.xml", "zip-met-verkeerde-naam.xml"])
def test_broken_exports_have_their_message(command: Command, name: str) -> None:
    ended = command("scan", ROOT / "samples" / "kapot" / name)
    assert ended.code == 4 and len(ended.out.splitlines()) == 2


def test_a_wrong_encoding_is_told(command: Command, tmp_path: Path) -> None:
    text = edex("<leerling key='1'><achternaam>Renée</achternaam></leerling>")
    path = write(tmp_path / "a.xml", b'<?xml version="1.0" encoding="UTF-8"?>' + text.encode("windows-1252"))
    ended = command("scan", path)
    assert ended.code == 0
    assert "de tekens kloppen NIET, waarschijnlijk windows-1252" in ended.out
    dos = write(tmp_path / "b.xml", b'<?xml version="1.0" encoding="UTF-8"?>' + text.encode("cp850"))
    assert "waarschijnlijk cp850" in command("scan", dos).out


def test_a_folder_without_exports(command: Command, tmp_path: Path) -> None:
    assert command("scan", tmp_path).code == 4
    assert command("scan", tmp_path / "weg").code == 2


def test_tables_are_scanned_with_their_columns(command: Command, tmp_path: Path) -> None:
    write(
        tmp_path / "x" / "lln.csv", "nr;achternaam;gebdat\n" + "".join(f"{n};N{n};0{n}-03-2010\n" for n in range(1, 9))
    )
    write(tmp_path / "x" / "los.csv", "Jansen;01-02-2010\nPietersen;02-03-2010\n")
    ended = command("scan", tmp_path / "x")
    assert ended.code == 0
    assert "Soort: tabellen" in ended.out and "waarschijnlijk 8 (pad bundel/lln)" in ended.out
    assert "bundel/los/kolom_1" in ended.out and "lijkt geen kop" in ended.out
    assert "Jansen" not in ended.out and "Pietersen" not in ended.out


# --- draft, check, show ---


def test_a_draft_is_not_written_over_a_file(command: Command, tmp_path: Path) -> None:
    target = write(tmp_path / "p.yaml", "van mij\n")
    ended = command("profile", "draft", UNKNOWN / EXPORT, "--output", target)
    assert (ended.code, target.read_text()) == (2, "van mij\n")


def test_a_draft_makes_the_folder_that_it_is_written_in(command: Command, tmp_path: Path) -> None:
    target = tmp_path / "profielen" / "onze.yaml"
    assert command("profile", "draft", UNKNOWN / EXPORT, "--output", target).code == 0
    assert find_profile(str(target)).name


def test_a_folder_that_is_not_there_is_told(command: Command, tmp_path: Path) -> None:
    ended = command("suppliers", "edexml-2.1", "--output", tmp_path / "geen" / "matrix.json")
    assert ended.code == 75 and "maak eerst de map" in ended.err


def test_a_draft_goes_to_stdout(command: Command) -> None:
    ended = command("profile", "draft", UNKNOWN / EXPORT, "--lang", "en")
    assert ended.code == 0 and "\nrecords: Uitwisselset/Deelnemers/Deelnemer\n" in ended.out
    assert re.search(r"\d+ paths bound \(\d+ sure", ended.err)


def test_a_draft_needs_one_export_with_pupils(command: Command, tmp_path: Path) -> None:
    assert command("profile", "draft", REGION).code == 2
    ended = command("profile", "draft", write(tmp_path / "a.xml", "<r><a>1</a><a>2</a></r>"))
    assert ended.code == 4 and "lijkt op leerlingen" in ended.err


WRONG = """profile: proef
describes: voor deze test
match: {root: Uitwisselset}
text: {dates: dd-mm-jjjj}
records: Uitwisselset/Deelnemers/Deelnemer
fields:
  leerling.achternaam: Ident/Anaam
  leerling.geboortedatum: Ident/Gebdat
  leerling.geslacht: {at: Ident/Sexe, codes: geslacht-bron}
  leerling.roepnaam: Ident/Bijnaam
"""


def test_a_check_names_file_and_line(command: Command, tmp_path: Path) -> None:
    profile = write(tmp_path / "proef.yaml", WRONG)
    ended = command("profile", "check", profile, UNKNOWN / EXPORT)
    assert ended.code == 5
    for expected in (
        "proef.yaml:8: fout: leerling.geboortedatum: 0 % van de waarden zijn datums dd-mm-jjjj",
        "proef.yaml:9: fout: leerling.geslacht: 0 % van de waarden zijn codes van geslacht-bron",
        "proef.yaml:10: let op: 'Uitwisselset/Deelnemers/Deelnemer/Ident/Bijnaam' (voor leerling.roepnaam) komt",
        "proef.yaml: let op: 'school.brin' is niet gebonden",
        "proef.yaml: let op: 'Uitwisselset/Deelnemers/Deelnemer/Ident/BsnNr' wordt niet gelezen (23 waarden)",
    ):
        assert expected in ended.out
    assert "error" in command("profile", "check", profile, UNKNOWN / EXPORT, "--lang", "en").out


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("leerling.roepnaam", "leerling.bijnaam", "proef.yaml:10: 'leerling.bijnaam' staat niet in het woordenboek"),
        ("Ident/Bijnaam", "Ident/Anaam", "'Ident/Anaam' kan hier niet, of is al aan een ander veld gebonden"),
        ("geslacht-bron", "geslacht-x", "proef.yaml:9: codetabel 'geslacht-x' bestaat niet"),
    ],
)
def test_a_check_finds_what_is_wrong_in_itself(
    command: Command, tmp_path: Path, old: str, new: str, message: str
) -> None:
    ended = command("profile", "check", write(tmp_path / "proef.yaml", WRONG.replace(old, new)))
    assert ended.code == 5 and message in ended.out + ended.err


def test_a_profile_of_another_layout_is_told(command: Command) -> None:
    ended = command("profile", "check", "dod-referentie", SOUTH)
    assert ended.code == 5
    assert "past niet op deze export" in ended.out and "geen leerlingen" in ended.out


@pytest.mark.parametrize(("name", "export"), [("dod-referentie", NORTH), ("edexml-2.1", SOUTH)])
def test_shipped_profiles_read_their_samples(command: Command, name: str, export: Path) -> None:
    ended = command("profile", "check", name, export)
    assert ended.code == 0 and ": fout:" not in ended.out


def test_show_tells_where_each_line_comes_from(command: Command) -> None:
    out = command("profile", "show", "edexml-2.1").out
    assert "profile: edexml-2.1 (edexml-2.1.yaml < edexml-2.0.yaml < edexml-1.0.3.yaml)" in out
    lines = {line.split()[0]: line.split() for line in out.splitlines() if line.startswith("leerling.")}
    assert lines["leerling.eckid"][1:] == ["EDEX/leerlingen/leerling/@eckid", "edexml-2.1.yaml:9"]
    assert lines["leerling.bsn"][-1].startswith("edexml-2.0.yaml:")
    assert lines["leerling.achternaam"][-1].startswith("edexml-1.0.3.yaml:")
    assert command("profile", "show", "bestaat-niet").code == 5


# --- the page, and the sample it uses ---


def test_the_unknown_export_is_that_of_its_answer() -> None:
    assert unknown_export(UNKNOWN / ANSWER) == (UNKNOWN / EXPORT).read_text(encoding="utf-8")
    assert find_profile(str(UNKNOWN / ANSWER)).name == "uitwisseling"


def test_the_six_steps_of_the_page(command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = (ROOT / "docs" / "eigen-profiel.md").read_text(encoding="utf-8")
    shutil.copytree(UNKNOWN, tmp_path / "samples" / "onbekend")
    monkeypatch.chdir(tmp_path)
    ends = []
    steps = page.partition("\n## Voortbouwen")[0]  # what follows explains single keys
    for kind, block in re.findall(r"```(sh|yaml)\n(.*?)```", steps, re.DOTALL):
        if kind == "yaml":
            write(tmp_path / "school.yaml", block)
            continue
        ends += [(line, command(*line.split()[1:])) for line in block.splitlines()]
    assert [ended.code for _line, ended in ends] == [0] * len(ends) and len(ends) == 6
    assert re.findall(r"^## (\d)\.", page, re.MULTILINE) == list("123456")
    before, after = (ended.out.splitlines() for line, ended in ends if " check " in line)
    assert len(before) == 4 and after == []
    made, answer = load_profile(tmp_path / "school.yaml").model, load_profile(UNKNOWN / ANSWER).model
    assert {one.path: one.field for one in all_bindings(made)} == {one.path: one.field for one in all_bindings(answer)}
    assert (made.records, made.match, made.ignored) == (answer.records, answer.match, answer.ignored)
    assert (made.text.dates, made.text.decimal, made.text.true) == ("jjjjmmdd", ",", ("j",))
    run = next(ended for line, ended in ends if " run " in line)
    assert "+ 0 niet gelezen +" in run.out


# --- privacy ---

# Words of the values that also stand in our own sentences or are names of codes.
ORDINARY = {"true", "false", "onbekend", "code", "text", "van", "van de", "van den", "van der", "op den"}


@pytest.mark.parametrize(
    "path", [UNKNOWN / EXPORT, NORTH, SOUTH, REGION / "dod-referentie-college.xml"], ids=lambda path: path.stem
)
def test_no_value_of_a_person_is_shown(command: Command, path: Path) -> None:
    root = etree.parse(path).getroot()
    names = {element.tag for element in root.iter()} | {str(name) for element in root.iter() for name in element.attrib}
    values = {
        text.strip() for element in root.iter() for text in (element.text or "", *map(str, element.attrib.values()))
    }
    ended = [
        command("scan", path),
        command("scan", path, "--json"),
        command("profile", "draft", path),
        command("profile", "check", "dod-referentie", path),
    ]
    codes = {code for row in json.loads(ended[1].out)["exports"][0]["paths"] for code in row["codes"]}
    shown = re.sub(r"[\s,;:(){}\[\]\"'#]+", " ", " ".join(one.out + " " + one.err for one in ended))
    words = set(shown.split())
    hidden = {
        value
        for value in values - codes - names - ORDINARY
        if len(value) > 3 and not (value.isdigit() and len(value) < 6)
    }
    assert len(hidden) > 80  # there is something to hide
    for value in hidden:
        found = re.search(rf"(?<![/\w]){re.escape(value)}(?!\w)", shown) if " " in value else value in words
        assert not found, value


def test_the_name_of_a_child_in_a_file_name_does_not_come_out(command: Command, tmp_path: Path) -> None:
    for name in ("Zebedeus Zwartkruis.xml", "leerlingen.xml"):
        (tmp_path / name).write_bytes(NORTH.read_bytes())
    for options in ([], ["--json"]):
        ended = command("scan", tmp_path, *options)
        assert "wartkruis" not in ended.out + ended.err  # stderr is no terminal here, so it may go into a log
        assert "naam-1.xml" in ended.out and "leerlingen.xml" in ended.out
        assert "1 namen" in ended.err
