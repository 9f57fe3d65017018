"""Layouts that write everything in columns: items of lists, constants, dates by pattern, own code tables."""

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given as examples
from hypothesis import strategies as st

from dod2oso.base.errors import ConfigurationError, UsageError
from dod2oso.source.bind import BoundProfile
from dod2oso.source.datestyle import MONTHS, date_pattern, is_date_style
from dod2oso.source.dictionary import load_dictionary
from dod2oso.source.normalise import Unreadable, date_normaliser
from dod2oso.source.profile import LoadedProfile, load_profile, with_given
from dod2oso.source.record import REFUSED, LegacyDossier
from tests.corpus.kit import read_export

PROFILE = """profile: plat
describes: een vlakke export
format: tables
match: {tables: {leerlingen: [llnr, anaam, moeder_naam]}}
records: leerlingen
text: {dates: dd-mm-jj, pivot: 30, true: [J], false: [N]}
constants: {school.brin: 99XX}
codes:
  geslacht-eigen: {entries: {j: M, m: V}, otherwise: O}
fields:
  leerling.leerlingid: llnr
  leerling.achternaam: anaam
  leerling.geboortedatum: gebdat
  leerling.geslacht: {at: gesl, codes: geslacht-eigen}
items:
  verzorgers:
    - from: {achternaam: moeder_naam, roepnaam: moeder_roepnaam}
      constants: {relatie: moeder}
      items:
        communicatie:
          - {from: {nummer: moeder_tel}, constants: {soort: telefoon}}
          - {from: {nummer: moeder_mail}, constants: {soort: email}}
    - from: {achternaam: vader_naam}
      constants: {relatie: vader}
"""
HEAD = "llnr;anaam;gebdat;gesl;moeder_naam;moeder_roepnaam;moeder_tel;moeder_mail;vader_naam"


def loaded(tmp_path: Path, text: str = PROFILE) -> LoadedProfile:
    path = tmp_path / "plat.yaml"
    path.write_text(text, encoding="utf-8")
    return load_profile(path)


def read(tmp_path: Path, *rows: str, profile: LoadedProfile | None = None) -> list[LegacyDossier]:
    place = tmp_path / "map"
    place.mkdir(exist_ok=True)
    (place / "leerlingen.csv").write_text("\n".join([HEAD, *rows]) + "\n", encoding="utf-8")
    export = read_export(place / "leerlingen.csv", BoundProfile(profile or loaded(tmp_path), load_dictionary()))
    export.survey()
    dossiers = list(export.dossiers())
    for dossier in dossiers:
        counted = len(dossier.cells) + sum(dossier.ignored.values()) + sum(dossier.unread.values())
        assert counted == dossier.source_values  # each source value exactly once
    return dossiers


def test_items_of_a_list_come_from_columns(tmp_path: Path) -> None:
    (one,) = read(tmp_path, "7;Voorbeeld;01-05-07;j;Proef;Mia;0100000000;;Toets")
    mother, father = one.root.lists["verzorgers"]
    assert {name: cell.value for name, cell in mother.fields.items()} == {
        "achternaam": "Proef", "roepnaam": "Mia", "relatie": "moeder",
    }  # fmt: skip
    assert [(item.value("soort"), item.value("nummer")) for item in mother.lists["communicatie"]] == [
        ("telefoon", "0100000000")
    ]
    assert (father.value("achternaam"), father.value("relatie")) == ("Toets", "vader")
    assert one.source_values == 8


def test_an_item_without_values_is_not_there(tmp_path: Path) -> None:
    only_father, nobody = read(tmp_path, "7;Voorbeeld;;;;;;;Toets", "8;Voorbeeld;;; ;;;;")
    assert [item.value("relatie") for item in only_father.root.lists["verzorgers"]] == ["vader"]
    assert "verzorgers" not in nobody.root.lists


def test_items_keep_the_order_of_the_profile_whatever_the_columns(tmp_path: Path) -> None:
    turned = PROFILE.replace("moeder_naam, roep", "vader_naam2, roep")
    profile = loaded(tmp_path, turned.replace("{achternaam: vader_naam}", "{achternaam: moeder_naam}"))
    place = tmp_path / "map"
    place.mkdir()
    (place / "leerlingen.csv").write_text(
        "llnr;anaam;moeder_naam;vader_naam2\n7;Voorbeeld;Een;Twee\n", encoding="utf-8"
    )
    export = read_export(place / "leerlingen.csv", BoundProfile(profile, load_dictionary()))
    export.survey()
    (one,) = export.dossiers()
    assert [item.value("achternaam") for item in one.root.lists["verzorgers"]] == ["Twee", "Een"]


def test_constants_hold_where_the_export_says_nothing(tmp_path: Path) -> None:
    (one,) = read(tmp_path, "7;Voorbeeld;;;;;;;")
    assert one.root.value("school.brin") == "99XX"
    assert all(cell.bound.field != "school.brin" for cell in one.cells)  # no source value


def test_a_constant_that_contradicts_a_column_leaves_neither(tmp_path: Path) -> None:
    text = PROFILE.replace("constants: {school.brin: 99XX}", "constants: {leerling.achternaam: Ander}")
    (one,) = read(tmp_path, "7;Voorbeeld;;;;;;;", profile=loaded(tmp_path, text))
    assert one.root.value("leerling.achternaam") is None
    assert [(finding.code, finding.field) for finding in one.findings] == [
        ("constante-tegenstrijdig", "leerling.achternaam")
    ]
    assert [cell.state for cell in one.cells if cell.bound.field == "leerling.achternaam"] == [REFUSED]


def test_codes_of_the_profile_itself_with_what_all_others_mean(tmp_path: Path) -> None:
    girl, boy, other = read(tmp_path, "1;A;;m;;;;;", "2;B;;j;;;;;", "3;C;;x;;;;;")
    assert [one.root.value("leerling.geslacht") for one in (girl, boy, other)] == ["V", "M", "O"]
    assert [finding.code for finding in other.findings] == ["code-overig"]
    assert not girl.findings and not boy.findings


def test_two_digits_of_a_year_follow_the_pivot(tmp_path: Path) -> None:
    young, old, wrong = read(tmp_path, "1;A;01-05-07;;;;;;", "2;B;31-12-30;;;;;;", "3;C;31-02-07;;;;;;")
    assert young.root.value("leerling.geboortedatum") == "2007-05-01"
    assert old.root.value("leerling.geboortedatum") == "1930-12-31"
    assert wrong.root.value("leerling.geboortedatum") is None
    assert [finding.code for finding in wrong.findings] == ["datum-onleesbaar"]


@pytest.mark.parametrize(
    ("style", "text", "iso"),
    [
        ("d mmm jjjj", "3 mrt 2007", "2007-03-03"),
        ("d mmm jjjj", "3 MEI. 2007", "2007-05-03"),
        ("d mmmm jjjj", "13 september 2007", "2007-09-13"),
        ("m/d/jjjj", "12/31/2007", "2007-12-31"),
        ("dd.mm.jjjj", "01.02.2007", "2007-02-01"),
    ],
)
def test_dates_by_pattern(style: str, text: str, iso: str) -> None:
    assert date_normaliser(style)(text) == iso


@examples(st.dates(min_value=date(1931, 1, 1), max_value=date(2029, 12, 31)))
def test_every_date_comes_back_from_its_pattern(day: date) -> None:
    written = {
        "dd-mm-jj": f"{day:%d-%m-%y}",
        "d-m-jjjj": f"{day.day}-{day.month}-{day.year}",
        "d mmmm jjjj": f"{day.day} {MONTHS[day.month - 1]} {day.year}",
    }
    for style, text in written.items():
        assert date_normaliser(style, 30)(text) == day.isoformat()


@pytest.mark.parametrize("style", ["", "dd-mm", "jjjj", "dd-mm-jjjj-d", "ddmmjj", "d-m-j", "2-mm-jjjj"])
def test_what_is_no_pattern_of_a_date(style: str) -> None:
    assert not is_date_style(style)


def test_a_pattern_takes_nothing_but_dates() -> None:
    assert date_pattern("dd-mm-jj").match("1-2-07x") is None
    with pytest.raises(Unreadable):
        date_normaliser("d mmm jjjj")("3 abc 2007")


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("pivot: 30, ", "", "profile-pivot"),
        ("roepnaam: moeder_roepnaam", "bestaatniet: x", "profile-field-unknown"),
        ("relatie: vader", "bestaatniet: vader", "profile-field-unknown"),
        ("{school.brin: 99XX}", "{bestaat.niet: '1'}", "profile-field-unknown"),
        ("otherwise: O", "lossy: [q]", "lossy-codes-unknown"),
        ("dates: dd-mm-jj", "dates: dd-mm", "setting-wrong"),
        ("entries: {j: M,", "entries: {J: V, j: M,", "profile-codes-two-notations"),
        ("entries: {j: M,", 'entries: {"1": V, "01": M, j: M,', "profile-codes-two-notations"),
    ],
)
def test_what_is_wrong_in_a_profile_is_told_with_its_line(tmp_path: Path, old: str, new: str, code: str) -> None:
    assert old in PROFILE
    with pytest.raises(ConfigurationError) as raised:
        loaded(tmp_path, PROFILE.replace(old, new))
    assert raised.value.code == code
    assert "plat.yaml:" in raised.value.text("nl")


def test_given_on_the_command_line(tmp_path: Path) -> None:
    (profile,) = with_given((loaded(tmp_path),), ["vestiging=01", "leerling.geslacht=V"])
    assert profile.model.constants == {"school.brin": "99XX", "school.vestiging": "01", "leerling.geslacht": "V"}
    (changed,) = with_given((profile,), ["brin=99xa"])
    assert changed.model.constants["school.brin"] == "99XA"
    for wrong in ("brin", "brin=", "bestaatniet=1", "verzorgers[].achternaam=x"):
        with pytest.raises(UsageError) as raised:
            with_given((profile,), [wrong])
        assert raised.value.code == "given-wrong"


@pytest.mark.parametrize("name", ["oso" + " " * 3000, "../plat", "/etc/passwd", "weg", "[1]", "\0"])
def test_a_base_that_is_no_name_of_a_profile_is_told(tmp_path: Path, name: str) -> None:
    with pytest.raises(ConfigurationError) as raised:
        loaded(tmp_path, PROFILE.replace("describes:", f'extends: "{name}"\ndescribes:').replace("\0", "\\0"))
    assert raised.value.code == "profile-base-unknown"
