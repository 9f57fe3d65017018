"""What real layouts do with their values: several in one, one in several, rows that are parts, rows elsewhere."""

import pickle
from collections.abc import Iterable
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dod2oso.base.errors import ConfigurationError, ExportError
from dod2oso.mapping.plan import Plan
from dod2oso.run.books import Books
from dod2oso.source.bind import BoundProfile
from dod2oso.source.dictionary import load_dictionary
from dod2oso.source.export import Export
from dod2oso.source.normalise import Noted, Unreadable, serial_date, unit_normaliser
from dod2oso.source.profile import LoadedProfile, load_profile
from dod2oso.source.record import DROPPED, LOSSY, MAPPED, REFUSED, LegacyDossier
from dod2oso.source.splitters import RULES
from tests.corpus.kit import read_export

HEAD = """profile: vorm
describes: vormen van waarden
format: tables
match: {tables: {leerlingen: [llnr]}}
records: bundel/leerlingen
"""


def profile(tmp_path: Path, text: str, head: str = HEAD) -> LoadedProfile:
    path = tmp_path / "vorm.yaml"
    path.write_text(head + text, encoding="utf-8")
    return load_profile(path)


def counted(dossier: LegacyDossier) -> int:
    cells = dossier.cells
    return len(cells) + sum(sum(left.values()) for left in (dossier.ignored, dossier.refused, dossier.unread))


def opened(tmp_path: Path, text: str, *, head: str = HEAD, **tables: Iterable[str]) -> Export:
    place = tmp_path / "map"
    place.mkdir(exist_ok=True)
    for name, rows in tables.items():
        (place / f"{name}.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    export = read_export(place, BoundProfile(profile(tmp_path, text, head), load_dictionary()))
    export.survey()
    return export


def read(tmp_path: Path, text: str, *, head: str = HEAD, **tables: Iterable[str]) -> list[LegacyDossier]:
    """The dossiers; each source value, inside and outside them, is counted exactly once."""
    export = opened(tmp_path, text, head=head, **tables)
    dossiers = list(export.dossiers())
    for dossier in (*dossiers, export.outside):
        assert counted(dossier) == dossier.source_values
        Books(cast(Plan, SimpleNamespace(dropped={}, readers=()))).settle(dossier)[0].verify("test")
    return dossiers


SPLITS = """fields: {leerling.leerlingid: llnr}
splits:
  - {at: brinvest, by: brin-vestiging, into: {brin: school.brin, vestiging: school.vestiging}}
  - {at: naam, by: naam-voorvoegsel, into: {naam: leerling.achternaam, voorvoegsel: leerling.voorvoegsel}}
items:
  leerling.adressen:
    - splits: [{at: straat, by: straat-nummer, into: {straat: straat, nummer: nummer, toevoeging: toevoeging}}]
      constants: {soort: woon}
"""


def test_a_cell_with_several_fields_is_taken_apart_and_stays_one_value(tmp_path: Path) -> None:
    rows = ["llnr;brinvest;naam;straat", "7;99XX01;Vries, de;Laan van Proef 12 a"]
    (one,) = read(tmp_path, SPLITS, leerlingen=rows)
    assert one.source_values == len(one.cells) == 4
    assert (one.root.value("school.brin"), one.root.value("school.vestiging")) == ("99XX", "01")
    assert (one.root.value("leerling.achternaam"), one.root.value("leerling.voorvoegsel")) == ("Vries", "de")
    (address,) = one.root.lists["leerling.adressen"]
    assert {name: cell.value for name, cell in address.fields.items()} == {
        "straat": "Laan van Proef", "nummer": "12", "toevoeging": "a", "soort": "woon",
    }  # fmt: skip


def test_a_split_that_does_not_fit_is_told_per_value_and_never_guessed(tmp_path: Path) -> None:
    rows = ["llnr;brinvest;naam;straat", "7;9XX;Vries;Laan", "8;99XX01;Toets;Laan 3"]
    bad, good = read(tmp_path, SPLITS, leerlingen=rows)
    assert [(one.code, one.place) for one in bad.findings] == [
        ("splitsing-past-niet", "leerlingen/brinvest"), ("splitsing-past-niet", "leerlingen/straat"),
    ]  # fmt: skip
    assert bad.root.value("school.brin") is None and bad.root.unclear("school.vestiging")
    assert not good.findings


def test_a_split_value_of_which_a_part_stays_behind_lost_something(tmp_path: Path) -> None:
    export = opened(tmp_path, SPLITS, leerlingen=["llnr;brinvest;naam;straat", "7;;Vries, de;"])
    (one,) = export.dossiers()
    whole = one.cells[1]
    one.root.fields["leerling.achternaam"].settle(MAPPED)
    one.root.fields["leerling.voorvoegsel"].settle(DROPPED, "geen-plaats")
    assert whole.state == LOSSY


@pytest.mark.parametrize("name", RULES)
def test_the_example_of_a_rule_gives_its_parts(name: str) -> None:
    rule = RULES[name]
    pieces = rule.split(rule.example)
    assert pieces and set(pieces) <= set(rule.parts) and len(pieces) > 1


@pytest.mark.parametrize(
    ("rule", "text", "expected"),
    [
        ("straat-nummer", "Plein 1944 12", None),  # which of the two is the number is not said
        ("straat-nummer", "Dorpsstraat 12-2", {"straat": "Dorpsstraat", "nummer": "12", "toevoeging": "2"}),
        ("straat-nummer", "2e Kade 12bis", {"straat": "2e Kade", "nummer": "12", "toevoeging": "bis"}),
        ("straat-nummer", "Dorpsstraat", None),
        ("straat-nummer", "12", None),
        ("naam-voorvoegsel", "Vries, onbekend", None),
        ("voorvoegsel-naam", "van der Berg", {"voorvoegsel": "van der", "naam": "Berg"}),
        ("voorvoegsel-naam", "Vandeberg", {"naam": "Vandeberg"}),
        ("brin-vestiging", "99XX", {"brin": "99XX"}),
        ("brin-vestiging", "99XX123", None),
        ("postcode-plaats", "1234AB  Ede", {"postcode": "1234AB", "plaats": "Ede"}),
    ],
)
def test_rules(rule: str, text: str, expected: dict[str, str] | None) -> None:
    assert RULES[rule].split(text) == expected


@given(st.text(max_size=60))
def test_a_rule_loses_no_letter(text: str) -> None:
    for rule in RULES.values():
        for name, piece in (rule.split(text) or {}).items():
            assert name in rule.parts and piece and piece in text


def test_rules_of_the_profile_itself(tmp_path: Path) -> None:
    text = """fields: {leerling.leerlingid: llnr}
splitters: {toets-versie: {separator: " / ", parts: [naam, versie]}}
nested: {toetsen: {by: llnr}}
lists:
  toetsen:
    at: toetsen
    splits: [{at: toets, by: toets-versie, into: {naam: naam, versie: versie}}]
"""
    (one,) = read(tmp_path, text, leerlingen=["llnr", "7"], toetsen=["llnr;toets", "7;Spelling / 3.0", "7;Rekenen"])
    spelling, *rest = one.root.lists["toetsen"]
    assert (spelling.value("naam"), spelling.value("versie")) == ("Spelling", "3.0")
    assert all(not item.fields for item in rest)
    assert [finding.code for finding in one.findings] == ["splitsing-past-niet"]


TOGETHER = """fields:
  leerling.leerlingid: {at: [brin, llnr], together: "-"}
  leerling.geboortedatum: {at: [dag, maand, jaar], together: "-", dates: d-m-jjjj}
"""


def test_several_cells_are_one_value_and_go_where_it_goes(tmp_path: Path) -> None:
    export = opened(tmp_path, TOGETHER, leerlingen=["llnr;jaar;maand;dag;brin", "7;2007;5;1;99XX", "8;2007;13;1;99XX"])
    good, bad = export.dossiers()
    assert good.root.value("leerling.leerlingid") == "99XX-7"
    assert good.root.value("leerling.geboortedatum") == "2007-05-01"
    assert counted(good) == good.source_values == 5
    good.root.fields["leerling.geboortedatum"].settle(MAPPED)
    assert [cell.state for cell in good.cells].count(MAPPED) == 3
    assert bad.root.value("leerling.geboortedatum") is None
    assert [cell.state for cell in bad.cells].count(REFUSED) == 3
    assert [finding.code for finding in bad.findings] == ["datum-onleesbaar"]


PARTS = """fields: {leerling.leerlingid: llnr}
nested: {rijen: {by: llnr}}
lists:
  toetsen:
    at: rijen
    fields: {afnamedatum: datum, code: toets, naam: naam, aantalgoed: goed}
    items:
      onderdelen: [{from: {code: deel}}]
      referentiescores:
        - {from: {waarde: dle}, constants: {code: DLE}}
        - {from: {waarde: niveau}, constants: {code: AE}}
    gather: {by: [afnamedatum, code], parts: onderdelen, moves: [aantalgoed, referentiescores]}
"""
ROWS = "llnr;datum;toets;deel;naam;goed;dle;niveau"


def test_rows_of_one_taking_become_one_test_with_parts(tmp_path: Path) -> None:
    rows = [
        ROWS, "7;2015-01-05;A;1;Toets;10;12;A", "7;2015-01-05;A;2;Toets;11;;B", "7;2015-01-05;A;;Toets;21;25;",
        "7;2015-06-05;A;;Toets;30;;",
    ]  # fmt: skip
    (one,) = read(tmp_path, PARTS, leerlingen=["llnr", "7"], rijen=rows)
    january, june = one.root.lists["toetsen"]
    assert [(part.value("code"), part.value("aantalgoed")) for part in january.lists["onderdelen"]] == [
        ("1", "10"), ("2", "11"),
    ]  # fmt: skip
    scores = [[s.value("waarde") for s in part.lists["referentiescores"]] for part in january.lists["onderdelen"]]
    assert scores == [["12", "A"], ["B"]]
    assert january.value("aantalgoed") == "21" and june.value("aantalgoed") == "30"
    assert [score.value("waarde") for score in january.lists["referentiescores"]] == ["25"]
    part = january.lists["onderdelen"][0]
    assert part.fields["aantalgoed"].bound.field == "toetsen[].onderdelen[].aantalgoed"
    assert part.lists["referentiescores"][0].fields["waarde"].bound.field.startswith("toetsen[].onderdelen[].ref")
    assert not one.findings


def test_the_same_taking_twice_is_one_and_another_score_is_told(tmp_path: Path) -> None:
    rows = [ROWS, "7;2015-01-05;A;;Toets;21;25;A", "7;2015-01-05;A;;Toets;21;25;A", "7;2015-01-05;A;;Toets;22;25;A"]
    (one,) = read(tmp_path, PARTS, leerlingen=["llnr", "7"], rijen=rows)
    (test,) = one.root.lists["toetsen"]
    assert len(test.lists["referentiescores"]) == 2
    assert test.value("aantalgoed") is None and test.unclear("aantalgoed")
    assert [finding.code for finding in one.findings] == ["veld-dubbel"]


def test_rows_without_a_key_stay_apart(tmp_path: Path) -> None:
    rows = [ROWS, "7;;;;Een;1;;", "7;;;;Twee;2;;", "7;geen;A;;Drie;3;;"]
    (one,) = read(tmp_path, PARTS, leerlingen=["llnr", "7"], rijen=rows)
    assert [item.value("naam") for item in one.root.lists["toetsen"]] == ["Een", "Twee", "Drie"]


LOOKUP = """fields: {leerling.leerlingid: llnr}
nested: {uitslagen: {by: [brin, llnr]}}
tables:
  toets: {at: bundel/toetslijst, key: [code, versie], into: toetsen, fields: {naam: naam, leergebied: gebied}}
  adres:
    at: bundel/adressen
    key: id
    into: .
    items: {leerling.adressen: [{from: {straat: straat}, constants: {soort: woon}}]}
refer: {adres: adres}
lists:
  toetsen:
    at: uitslagen
    fields: {afnamedatum: datum, code: toets}
    refer: {toets: [toets, versie]}
"""


def test_rows_of_other_tables_are_found_by_any_columns(tmp_path: Path) -> None:
    tables = {
        "leerlingen": ["brin;llnr;adres", "99XX;7;A", "99XY;7;A", "99XX;8;Z"],
        "uitslagen": ["brin;llnr;datum;toets;versie", "99XX;7;2015-01-05;T;1", "99XY;7;2015-01-06;T;2",
                      "99XX;8;2015-01-07;T;3"],
        "toetslijst": ["code;versie;naam;gebied", "T;1;Een;R", "T;2;Twee;R"],
        "adressen": ["id;straat", "A;Dorpsstraat"],
    }  # fmt: skip
    first, second, third = read(tmp_path, LOOKUP, leerlingen=tables["leerlingen"], uitslagen=tables["uitslagen"],
                                toetslijst=tables["toetslijst"], adressen=tables["adressen"])  # fmt: skip
    assert [one.root.lists["toetsen"][0].value("naam") for one in (first, second, third)] == ["Een", "Twee", None]
    assert [item.value("straat") for item in second.root.lists["leerling.adressen"]] == ["Dorpsstraat"]
    assert [finding.code for finding in third.findings] == ["verwijzing-onbekend", "verwijzing-onbekend"]
    assert first.root.lists["leerling.adressen"][0].fields["straat"].bound.shared is False


def test_only_the_records_that_a_condition_holds_for(tmp_path: Path) -> None:
    text = "fields: {leerling.leerlingid: llnr}\nonly: {status: [actief, null]}\n"
    rows = ["llnr;status", "7;actief", "8;weg", "9;", "10;weg"]
    export = opened(tmp_path, text, leerlingen=rows)
    dossiers = list(export.dossiers())
    assert [one.root.value("leerling.leerlingid") for one in dossiers] == ["7", "9"]
    assert export.outside.ignored == {("bundel/leerlingen", "buiten-voorwaarde"): 4}
    assert [(one.code, one.note) for one in export.outside.findings] == [("records-niet-gekozen", "2")]
    assert counted(export.outside) == export.outside.source_values == 4
    with pytest.raises(ExportError) as raised:
        opened(tmp_path, text.replace("actief, null", "iets"), leerlingen=rows)
    assert raised.value.code == "export-zonder-leerlingen"


def test_only_the_items_that_a_condition_holds_for(tmp_path: Path) -> None:
    text = """fields: {leerling.leerlingid: llnr}
nested: {rijen: {by: llnr}}
lists: {toetsen: {at: rijen, only: {soort: [toets]}, fields: {naam: naam}}}
"""
    rows = ["llnr;soort;naam", "7;toets;Een", "7;anders;Twee"]
    export = opened(tmp_path, text, leerlingen=["llnr", "7"], rijen=rows)
    (one,) = export.dossiers()
    assert [item.value("naam") for item in one.root.lists["toetsen"]] == ["Een"]
    assert one.ignored["leerlingen/rijen", "buiten-voorwaarde"] == 3
    # what chose the item was read for that, but is no field
    assert counted(one) == one.source_values


def test_a_column_of_the_records_that_is_not_read_is_counted_once(tmp_path: Path) -> None:
    text = "fields: {leerling.leerlingid: llnr}\nignored: [{at: bundel/leerlingen/zwem, reason: geen-plaats}]\n"
    (one,) = read(tmp_path, text, leerlingen=["llnr;zwem", "7;A"])
    assert one.ignored == {("leerlingen/zwem", "geen-plaats"): 1} and one.source_values == 2


def test_the_header_stands_where_the_profile_says(tmp_path: Path) -> None:
    rows = ["School;van;vroeger;en", "afdruk;van;gisteren;x", "llnr;anaam;a;b", "7;Voorbeeld;;"]
    text = "header: 3\nfields: {leerling.leerlingid: llnr, leerling.achternaam: anaam}\n"
    export = opened(tmp_path, text, leerlingen=rows)
    (one,) = export.dossiers()
    assert one.root.value("leerling.achternaam") == "Voorbeeld"
    assert [finding.code for finding in export.outside.findings] == ["regels-boven-kop"]


def test_sheets_of_one_shape_are_one_table_and_their_names_a_value(tmp_path: Path) -> None:
    text = "sheet-names: {leerlingen: groep}\nfields: {leerling.leerlingid: llnr, groep.naam: groep}\n"
    dossiers = read(tmp_path, text, groep3=["llnr;a", "7;"], groep4=["a;llnr", ";8"])
    assert [(one.root.value("leerling.leerlingid"), one.root.value("groep.naam")) for one in dossiers] == [
        ("7", "groep3"), ("8", "groep4"),
    ]  # fmt: skip


@pytest.mark.parametrize("text", ["39203", "39203.0", "39203.5", "2007-05-01"])
def test_serials_of_a_spreadsheet(text: str) -> None:
    read = serial_date(text)
    assert read == "2007-05-01"
    assert isinstance(read, Noted) == text.endswith(".5")


@pytest.mark.parametrize("text", ["2007", "61", "x", "39203.5.1", "2007-02-31", "99999", "01234"])
def test_what_is_no_serial(text: str) -> None:
    with pytest.raises(Unreadable):
        serial_date(text)


def test_times_behind_a_date_of_any_pattern(tmp_path: Path) -> None:
    text = "text: {dates: d mmm jjjj}\nfields: {leerling.leerlingid: llnr, leerling.geboortedatum: d}\n"
    rows = ["llnr;d", "7;3 mrt 2007 00:00:00", "8;3 mrt 2007 14:30", "9;3 foo 2007 00:00"]
    midnight, later, wrong = read(tmp_path, text, leerlingen=rows)
    assert midnight.root.value("leerling.geboortedatum") == later.root.value("leerling.geboortedatum") == "2007-03-03"
    assert [[one.code for one in d.findings] for d in (midnight, later, wrong)] == [
        [],
        ["tijd-weg"],
        ["datum-onleesbaar"],
    ]


def test_numbers_with_units() -> None:
    read = unit_normaliser({"": 1, "min": 60, "sec": 1, "u": 3600}, ",", whole=True)
    assert [read(text) for text in ("90", "2 min", "1,5 min.", "30sec", "1 U")] == ["90", "120", "90", "30", "3600"]
    for text, code in (("3 dagen", "eenheid-onbekend"), ("min", "eenheid-onbekend"), ("0,001 min", "getal-onleesbaar")):
        with pytest.raises(Unreadable) as raised:
            read(text)
        assert raised.value.code == code


def test_words_of_one_field_alone(tmp_path: Path) -> None:
    text = """text: {true: [J], false: [N]}
fields:
  leerling.leerlingid: llnr
  leerling.adresgeheim: {at: geheim, true: [afgeschermd], false: [openbaar]}
"""
    field = next(name for name, each in load_dictionary().fields.items() if each.type == "boolean" and "[]" not in name)
    text = text.replace("leerling.adresgeheim", field)
    yes, no, other = read(tmp_path, text, leerlingen=["llnr;geheim", "7;Afgeschermd", "8;openbaar", "9;J"])
    assert [one.root.value(field) for one in (yes, no, other)] == ["true", "false", None]
    assert [finding.code for finding in other.findings] == ["ja-nee-onleesbaar"]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (SPLITS.replace("by: naam-voorvoegsel", "by: naam-voorvoegsle"), "profile-splitter-unknown"),
        (SPLITS.replace(", vestiging: school.vestiging", ""), "profile-split-parts"),
        (SPLITS.replace("vestiging: school.vestiging", "vestiging: school.vest"), "profile-field-unknown"),
        (SPLITS.replace("naam: leerling.achternaam", "naam: leerling.bestaatniet"), "profile-field-unknown"),
        (TOGETHER.replace("[brin, llnr]", "[llnr]"), "profile-together"),
        (TOGETHER.replace("d-m-jjjj", "d-m-jj"), "profile-pivot"),
        (PARTS.replace("parts: onderdelen, ", ""), "profile-gather-moves"),
        (PARTS.replace("parts: onderdelen", "parts: stukken"), "profile-gather-parts"),
        (PARTS.replace("moves: [aantalgoed", "moves: [aantalgoet"), "profile-field-unknown"),
        (PARTS.replace("by: [afnamedatum, code]", "by: [afnamedatum, kode]"), "profile-field-unknown"),
        (LOOKUP.replace("refer: {toets:", "refer: {toetsje:"), "profile-refer-unknown"),
        (LOOKUP.replace("key: id", "key: []"), "profile-table-lists"),
        ("fields: {leerling.leerlingid: llnr}\nsheet-names: {anders: x}\n", "profile-sheet-names"),
        ("fields: {leerling.leerlingid: {at: llnr, true: [x]}}\n", "profile-words"),
        ("header: 0\n", "setting-wrong"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(tmp_path: Path, text: str, code: str) -> None:
    with pytest.raises(ConfigurationError) as raised:
        profile(tmp_path, text)
    assert raised.value.code == code
    assert "vorm.yaml:" in raised.value.text("nl")


def test_a_value_of_several_fields_stays_one_when_it_travels(tmp_path: Path) -> None:
    (one,) = read(tmp_path, SPLITS, leerlingen=["llnr;brinvest;naam;straat", "7;;Vries, de;"])
    there = pickle.loads(pickle.dumps(one))  # noqa: S301  our own, as between the processes of a run
    there.root.fields["leerling.achternaam"].settle(MAPPED)
    assert there.cells[1].state == LOSSY and one.cells[1].state != LOSSY
