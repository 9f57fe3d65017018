"""Decisions of people: the file, what may be decided, and what they do to a record that is read."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dod2oso.base.errors import ConfigurationError
from dod2oso.base.texts import Text
from dod2oso.source.bind import BoundProfile
from dod2oso.source.decisions import (
    CONTRADICTED,
    LEFT,
    AnyRow,
    CodeListLayout,
    DecidedName,
    DecidedTest,
    DecidedValue,
    Decision,
    Decisions,
    is_personal,
    objection,
    plain,
    read_decisions,
    write_decisions,
)
from dod2oso.source.dictionary import load_dictionary
from dod2oso.source.profile import find_profile
from dod2oso.source.record import LegacyDossier
from dod2oso.source.walk import USED
from tests.corpus.kit import bsn, pupil, read_export, reference, write

MADE = {"who": "W. Beheerder", "when": "2026-11-28", "why": "gevraagd aan de leverancier"}
PROFILE = "dod-referentie"
HEAD = "decisions: 1\nrows:\n"
ROW = '  - {about: "value", profile: "dod-referentie", field: "leerling.geslacht", value: "K", becomes: "vrouw", who: "a", when: "2026-11-28", why: "b"}\n'  # fmt: skip  # noqa: E501


def value(text: str, becomes: str | None, name: str = "leerling.geslacht") -> DecidedValue:
    leave = True if becomes is None else None
    return DecidedValue(profile=PROFILE, field=name, value=text, becomes=becomes, leave=leave, **MADE)


def test(name: str, becomes: str | None, version: str = "", area: str = "") -> DecidedTest:
    leave = True if becomes is None else None
    return DecidedTest(name=name, version=version, area=area, becomes=becomes, leave=leave, **MADE)


value.__test__ = test.__test__ = False  # type: ignore[attr-defined]  # helpers


def records(folder: Path, text: str, *rows: AnyRow) -> list[LegacyDossier]:
    decisions = Decisions(Decision(row, f"beslissingen.yaml:{n}") for n, row in enumerate(rows, 3))
    bound = BoundProfile(find_profile(PROFILE), load_dictionary(), decisions)
    export = read_export(write(folder / "a.xml", text), bound)
    export.survey()
    return list(export.dossiers())


def codes(record: LegacyDossier) -> list[tuple[str, str]]:
    return [(one.code, one.cause) for one in record.findings if one.code.startswith("besluit") or "code" in one.code]


def decision_id(row: AnyRow) -> str:
    return Decision(row, "").id


def test_an_unknown_code_means_what_a_person_decided(tmp_path: Path) -> None:
    row = value("K", "vrouw")
    [record] = records(tmp_path, reference(pupil(1, Geslacht="K")), row)
    cell = record.root.fields["leerling.geslacht"]
    assert (cell.value, cell.bound.decided) == ("vrouw", decision_id(row))
    assert codes(record) == [(USED, decision_id(row))]
    assert record.source_values == len(record.cells) + sum(record.unread.values()) + sum(record.ignored.values())


def test_each_value_is_told_once_and_again_for_the_next_pupil(tmp_path: Path) -> None:
    row = value("K", "vrouw")
    found = records(tmp_path, reference(pupil(1, Geslacht="K"), pupil(2, Geslacht="K"), pupil(3, Geslacht="V")), row)
    assert [len(codes(record)) for record in found] == [1, 1, 0]


def test_without_a_decision_nothing_is_guessed(tmp_path: Path) -> None:
    [record] = records(tmp_path, reference(pupil(1, Geslacht="K")), value("k", "vrouw"))
    assert "leerling.geslacht" not in record.root.fields
    assert codes(record) == [("code-onbekend", "")]


def test_a_sign_for_no_value_can_be_decided_on(tmp_path: Path) -> None:
    [record] = records(tmp_path, reference(pupil(1, Geslacht="?")), value("?", "onbekend"))
    assert record.root.value("leerling.geslacht") == "onbekend"


def test_a_blank_value_stays_blank(tmp_path: Path) -> None:
    [record] = records(tmp_path, reference(pupil(1, Geslacht="  ")), value("K", "vrouw"), test("x", "1"))
    assert "leerling.geslacht" not in record.root.fields and codes(record) == []


def test_what_the_layout_says_otherwise_is_believed_by_nobody(tmp_path: Path) -> None:
    row = value("V", "man")
    [record] = records(tmp_path, reference(pupil(1)), row)
    assert "leerling.geslacht" not in record.root.fields
    assert codes(record) == [(CONTRADICTED, decision_id(row))]
    [same] = records(tmp_path, reference(pupil(1)), value("V", "vrouw"))
    assert same.root.value("leerling.geslacht") == "vrouw" and codes(same) == []


def test_what_stays_behind_by_decision_is_told(tmp_path: Path) -> None:
    row = value("K", None)
    [record] = records(tmp_path, reference(pupil(1, Geslacht="K")), row)
    assert "leerling.geslacht" not in record.root.fields and codes(record) == [(LEFT, decision_id(row))]


def test_a_decision_of_another_layout_does_not_count(tmp_path: Path) -> None:
    row = value("K", "vrouw").model_copy(update={"profile": "csv-bundle"})
    [record] = records(tmp_path, reference(pupil(1, Geslacht="K")), row)
    assert codes(record) == [("code-onbekend", "")]


KIND = '<Communicatie><Nummer soort="fax">0100000000</Nummer></Communicatie>'


@pytest.mark.parametrize(
    ("name", "text", "becomes", "written"),
    [
        (
            "leerling.adressen[].soort",
            "thuis",
            "woon",
            "<Adressen><Adres><Soort>thuis</Soort><Straat>X</Straat></Adres></Adressen>",
        ),
        ("leerling.adresgeheim", "zeker", "true", "<AdresGeheim>zeker</AdresGeheim>"),
    ],
)  # fmt: skip
def test_kinds_and_flags(tmp_path: Path, name: str, text: str, becomes: str, written: str) -> None:
    one = pupil(1, AdresGeheim="").replace("</Leerling>", f"{written}</Leerling>")
    [record] = records(tmp_path, reference(one), value(text, becomes, name))
    cells = [cell for cell in record.cells if cell.bound.decided]
    assert [(cell.value, cell.bound.field) for cell in cells] == [(becomes, name)]


def test_what_a_field_cannot_be_is_refused_with_its_line() -> None:
    with pytest.raises(ConfigurationError) as raised:
        BoundProfile(
            find_profile(PROFILE), load_dictionary(), Decisions([Decision(value("K", "meisje"), "beslissingen.yaml:7")])
        )
    assert raised.value.code == "decision-impossible"
    assert "beslissingen.yaml:7" in raised.value.text("nl") and "vrouw" in raised.value.text("nl")


TEST = "<Toetsen><Toets{code}><Naam>{name}</Naam><Datum>15-01-2019</Datum></Toets></Toetsen>"


def with_test(name: str, code: str = "") -> str:
    from tests.corpus.kit import TEST as OWN

    return pupil(1).replace(OWN, TEST.format(name=name, code=f' code="{code}"' if code else ""))


def test_a_test_without_a_code_gets_the_one_decided_on(tmp_path: Path) -> None:
    row = test("Rekenen  Midden", "RW-M8")
    [record] = records(tmp_path, reference(with_test("rekenen midden")), row)
    [item] = record.root.lists["toetsen"]
    assert item.value("code") == "RW-M8" and item.fields["code"].bound.decided == decision_id(row)
    assert codes(record) == [(USED, decision_id(row))]
    assert item.fields["code"] not in record.cells  # no value of the source, so in no balance


@pytest.mark.parametrize(("name", "code"), [("Rekenen", "EIGEN"), ("Taal", ""), (" ", "")])
def test_other_tests_are_left_alone(tmp_path: Path, name: str, code: str) -> None:
    [record] = records(tmp_path, reference(with_test(name, code)), test("Rekenen", "RW-M8"))
    [item] = record.root.lists["toetsen"]
    assert item.value("code") == (code or None) and codes(record) == []


# --- names that say two things ---


def name(becomes: str | None, tail: str = "van den", own: str = "de") -> DecidedName:
    leave = True if becomes is None else None
    return DecidedName(profile=PROFILE, tail=tail, own=own, becomes=becomes, leave=leave, **MADE)


NAMED = {"Achternaam": "Berg, van den", "Voorvoegsel": "De"}


@pytest.mark.parametrize(("becomes", "prefix"), [("own", "De"), ("tail", "van den")])
def test_which_voorvoegsel_counts(tmp_path: Path, becomes: str, prefix: str) -> None:
    row = name(becomes)
    [record] = records(tmp_path, reference(pupil(1, **NAMED)), row)
    assert record.root.value("leerling.achternaam") == "Berg" and record.root.value("leerling.voorvoegsel") == prefix
    assert codes(record) == [(USED, decision_id(row))]
    assert record.source_values == len(record.cells) + sum(record.unread.values()) + sum(record.ignored.values())


def test_names_that_agree_or_are_others_are_left_alone(tmp_path: Path) -> None:
    for fields in ({"Achternaam": "Berg, van den", "Voorvoegsel": "van den"}, {"Achternaam": "Berg, van"}, {}):
        [record] = records(tmp_path, reference(pupil(1, **fields)), name("own"))
        assert codes(record) == []
    [record] = records(tmp_path, reference(pupil(1, **NAMED)), name("own", own="van"))
    assert record.root.value("leerling.achternaam") == "Berg, van den" and codes(record) == []


def test_a_decision_on_names_holds_no_name() -> None:
    assert objection(name("own")) is None and objection(name("tail", own="Aa-a")) is None
    assert objection(name("own", own="jansen")) == Text("decision-holds-person")
    assert objection(name("own", tail="Jansen")) == Text("decision-holds-person")
    assert objection(name("both")) == Text("decision-name-wrong", value="both")
    assert objection(name(None)) == Text("decision-name-wrong", value="leave")


# --- the file ------------------------------------------------------------------------------------------------------

ROWS = [
    value("K", "vrouw"),
    value("X", None),
    test("Rekenen", "010", "3.0", "Rekenen"),
    test("Taal: a #b", None),
    name("own"),
]


def test_the_file_comes_back_as_it_was_written(tmp_path: Path) -> None:
    path, again = tmp_path / "beslissingen.yaml", tmp_path / "weer.yaml"
    columns = CodeListLayout(columns={"code": "Toetscode", "name": "Omschrijving"})
    write_decisions(path, ROWS, columns)
    found = read_decisions([path])
    assert sorted(one.row.key for one in found.all) == sorted(row.key for row in ROWS)
    assert {one.row.becomes for one in found.all} == {"vrouw", None, "010", "own"} and found.test_list == columns
    write_decisions(again, [one.row for one in reversed(found.all)], found.test_list)
    assert again.read_bytes() == path.read_bytes()
    assert 'becomes: "010"' in path.read_text() and path.stat().st_mode & 0o077 == 0


CODES = st.text(min_size=1, max_size=50).map(lambda text: "".join(sign for sign in text if sign.isprintable()))


@given(CODES.filter(lambda text: text.strip() and not is_personal(text)))
def test_any_code_survives_the_file(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    path = tmp_path_factory.mktemp("besluit") / "b.yaml"
    write_decisions(path, [test(text, "NO"), value(text, "man")], None)
    found = read_decisions([path])
    assert {one.row.becomes for one in found.all} == {"NO", "man"}
    assert next(one.row.value for one in found.all if isinstance(one.row, DecidedValue)) == text


@pytest.mark.parametrize(
    ("text", "line", "code"),
    [
        (HEAD + ROW + ROW.replace('"vrouw"', '"man"'), 4, "decision-contradicts"),
        (HEAD + ROW.replace('value: "K"', 'value: "K", value: "L"'), 3, "yaml-double-key"),
        (HEAD + ROW.replace('"K"', "10"), 3, "setting-wrong"),  # a code without quotes is a number
        (HEAD + ROW.replace("becomes:", "wordt:"), 3, "setting-wrong"),
        (HEAD + ROW.replace('who: "a", ', ""), 3, "setting-wrong"),
        (HEAD + ROW.replace('why: "b"', 'why: ""'), 3, "setting-wrong"),
        (HEAD + ROW.replace("leerling.geslacht", "leerling.kleur"), 3, "decision-wrong"),
        (HEAD + ROW.replace("leerling.geslacht", "leerling.achternaam"), 3, "decision-wrong"),
        (HEAD + ROW.replace('becomes: "vrouw", ', ""), 3, "decision-wrong"),
        (HEAD + ROW.replace('"K"', f'"{bsn(3)}"'), 3, "decision-wrong"),
        ("decisions: 2\nrows: []\n", 1, "setting-wrong"),
        ("- niets\n", 1, "setting-wrong"),
    ],
)
def test_a_wrong_file_says_where(tmp_path: Path, text: str, line: int, code: str) -> None:
    path = write(tmp_path / "beslissingen.yaml", text)
    with pytest.raises(ConfigurationError) as raised:
        read_decisions([path])
    assert raised.value.code == code
    assert f"beslissingen.yaml:{line}" in raised.value.text("nl") or f":{line}" in raised.value.text("nl")
    assert bsn(3) not in raised.value.text("nl")


def test_the_same_decision_in_two_files_is_one_and_another_one_is_refused(tmp_path: Path) -> None:
    ours, theirs = write(tmp_path / "a.yaml", HEAD + ROW), write(tmp_path / "b.yaml", HEAD + ROW)
    assert len(read_decisions([ours, theirs]).all) == 1
    write(theirs, HEAD + ROW.replace("vrouw", "man"))
    with pytest.raises(ConfigurationError) as raised:
        read_decisions([ours, theirs])
    assert "a.yaml:3" in raised.value.text("en") and "b.yaml:3" in raised.value.text("en")


@pytest.mark.parametrize("name", [name for name, field in load_dictionary().fields.items() if field.sensitivity == "consent"])  # fmt: skip  # noqa: E501
def test_no_decision_gives_consent(name: str) -> None:
    assert objection(value("x", "true", name)) == Text("decision-field-closed", field=name)


@pytest.mark.parametrize(
    "text", [bsn(1), "999 900 123 4567", "01-02-2012", "2012/3/4", "moeder@example.org", "tel 06 1234 567 890"]
)
def test_what_may_be_a_persons(text: str) -> None:
    assert is_personal(text)


@pytest.mark.parametrize("text", ["E8", "3.0", "LVS-toets 3.0 M6 2016", "DMT 2009 kaart 1-2-3", "12345678"])
def test_what_is_nobodys(text: str) -> None:
    assert not is_personal(text)


def test_spaces_and_case_do_not_count() -> None:
    assert plain("  Rekenen\t Midden ") == "rekenen midden" and plain(None) == ""
