"""Files about layouts: the dictionary, source profiles, how one builds on another, and what is told of a wrong one."""

from pathlib import Path
from typing import Any

import pytest

from dod2oso.base.errors import ConfigurationError
from dod2oso.findings.catalogue import reasons
from dod2oso.source.bind import BoundProfile
from dod2oso.source.codes import code_table, load_codes
from dod2oso.source.dictionary import load_dictionary, parse_name
from dod2oso.source.profile import find_profile, load_profile, shipped_profiles
from tests.corpus.kit import write
from tests.refusals import refused

PROFILE = """profile: eigen
describes: voor deze test
match: {root: R}
records: R/P
fields:
  leerling.achternaam: Naam
"""
FIELD = "{nl: a, en: b, type: text, law: besluit-2012-art-3a, sensitivity: identity}"


def wrong(path: Path, text: str, match: str) -> ConfigurationError:
    write(path, text)
    with pytest.raises(ConfigurationError, match=match) as error:
        BoundProfile(load_profile(path), load_dictionary())
    assert error.value.text("nl") != error.value.text("en")
    assert str(path.parent) not in error.value.text("nl")
    return error.value


# --- the dictionary ---


def test_the_dictionary_is_about_one_vocabulary() -> None:
    dictionary = load_dictionary()
    assert len(dictionary.fields) > 500
    for name, field in dictionary.fields.items():
        assert field.nl and field.en, name
        assert (field.law == "not-allowed") == (field.law_reason is not None), name
        for table in field.looks_like.codes if field.looks_like else ():
            assert code_table(table), name
        assert not any(name.startswith(f"{other}.") for other in [name.rpartition(".")[0]] if other in dictionary), name


def test_names_come_apart_into_lists_and_a_leaf() -> None:
    name = parse_name("toetsen[].onderdelen[].code")
    assert (name.lists, name.leaf) == (("toetsen", "onderdelen"), "code")
    assert parse_name("leerling.bsn").lists == ()
    assert ("toetsen", "onderdelen") in load_dictionary().list_paths()


@pytest.mark.parametrize(
    ("line", "match"),
    [
        (f"  leerling.x: {FIELD[:-1]}, soort: y}}", r"d\.yaml:4: 'fields\.leerling\.x\.soort'"),
        (f"  leerling.x: {FIELD.replace('text', 'tekst')}", r"d\.yaml:4: 'fields\.leerling\.x\.type'"),
        (f"  Leerling.x: {FIELD}", r"d\.yaml:4: 'Leerling\.x'"),
        (f"  leerling: {FIELD}", r"d\.yaml:4: 'leerling'"),
        (f"  leerling.x: {FIELD.replace('besluit-2012-art-3a', 'not-allowed')}", r"d\.yaml:4: 'law-reason'"),
        ("  leerling.x: tekst", r"d\.yaml:4: 'fields\.leerling\.x'"),
        (
            "  leerling.x: {nl: 1, en: b, type: text, law: x, sensitivity: identity}",
            r"d\.yaml:4: 'fields\.leerling\.x\.nl'",
        ),
    ],
)
def test_a_wrong_field_is_told_with_its_line(line: str, match: str, tmp_path: Path) -> None:
    path = write(tmp_path / "d.yaml", f"dictionary: 1\ndescribes: test\nfields:\n{line}\n")
    with pytest.raises(ConfigurationError, match=match):
        load_dictionary(path)


# --- the shipped profiles ---


def test_the_shipped_profiles_compile_and_each_knows_its_reasons_and_tables() -> None:
    names = [profile.name for profile in shipped_profiles()]
    assert names == sorted(names)
    assert {"dod-referentie", "edexml-1.0.3", "edexml-2.0", "edexml-2.1", "edex2000", "xml-with-pin"} <= set(names)
    for profile in shipped_profiles():
        bound = BoundProfile(profile, load_dictionary())
        assert bound.record.children
        assert {item.reason for item in profile.model.ignored} <= set(reasons())


# Of school years since 2023: no layout of which the description is public has them, but a profile of one's own can.
LATER = {
    *("advies.voorlopig", "advies.voorlopigdatum", "advies.definitief", "advies.definitiefdatum"),
    *("doorstroomtoets.naam", "doorstroomtoets.afnamedatum", "doorstroomtoets.advies"),
}


def test_every_dictionary_field_can_come_from_some_layout() -> None:
    """A field that no profile binds would be a word without use."""
    bound: set[str] = set()

    def collect(prefix: str, lists: dict[str, Any]) -> None:
        for name, binding in lists.items():
            bound.update(f"{prefix}{name}[].{field}" for field in binding.fields)
            if binding.gather is not None and binding.gather.parts is not None:  # what a part takes with it
                bound.update(f"{prefix}{name}[].{binding.gather.parts}[].{field}" for field in binding.gather.moves)
            collect(f"{prefix}{name}[].", binding.lists)

    for profile in shipped_profiles():
        model = profile.model
        bound |= set(model.fields) | set(model.shared)
        bound |= {f"{table}.{field}" for table, rows in model.tables.items() for field in rows.fields}
        collect("", model.lists)
        collect("", model.shared_lists)
    assert set(load_dictionary().fields) - bound == LATER


def test_code_tables_that_no_file_uses_are_dead() -> None:
    from dod2oso.base.resources import mappings_dir

    texts = [path.read_text() for path in mappings_dir().rglob("*.yaml") if path.name != "codes.yaml"]
    dead = [name for name in load_codes() if not any(f"{name}" in text for text in texts)]
    assert dead == []


# --- building on another profile ---


def test_a_profile_lays_its_lines_over_those_of_another(tmp_path: Path) -> None:
    write(
        tmp_path / "basis.yaml",
        PROFILE + "  leerling.roepnaam: Roep\nignored: [{at: R/X, reason: techniek}]\ntext: {dates: dd-mm-jjjj}\n",
    )
    write(
        tmp_path / "midden.yaml",
        "profile: midden\nextends: basis\nfields: {leerling.roepnaam: null, leerling.bsn: Bsn}\n"
        "ignored: [{at: R/Y, reason: wet}]\n",
    )
    top = write(
        tmp_path / "top.yaml",
        "profile: top\nextends: midden\nfields: {leerling.achternaam: Familienaam}\nmatch: {root: Q}\nrecords: Q/P\n",
    )
    model = load_profile(top).model
    assert {name: binding.at for name, binding in model.fields.items()} == {
        "leerling.achternaam": ("Familienaam",), "leerling.bsn": ("Bsn",),
    }  # fmt: skip
    assert [item.at for item in model.ignored] == ["R/X", "R/Y"]
    assert (model.text.dates, model.match.root, model.profile) == ("dd-mm-jjjj", "Q", "top")


def test_a_profile_may_build_on_a_shipped_one_and_be_found_by_name_or_file(tmp_path: Path) -> None:
    path = write(
        tmp_path / "eigen.yaml", "profile: eigen\nextends: edexml-2.0\nfields: {leerling.gebruikersnaam: null}\n"
    )
    profile = find_profile(str(path))
    assert "leerling.gebruikersnaam" not in profile.model.fields
    assert profile.model.records == "EDEX/leerlingen/leerling"
    assert find_profile("edexml-2.0").name == "edexml-2.0"
    for name in ("nergens", str(tmp_path / "nergens.yaml"), "../sources/edexml-2.0", "edexml-2.0.yaml"):
        with pytest.raises(ConfigurationError, match="edexml-1"):
            find_profile(name)


@pytest.mark.parametrize(
    "text", ["profile: a\nextends: a\n", "profile: a\nextends: nergens\n", "profile: a\nextends: 1\n"]
)
def test_building_on_nothing_or_on_itself(text: str, tmp_path: Path) -> None:
    path = write(tmp_path / "a.yaml", text)
    with refused(ConfigurationError, "profile-base-unknown", place="a.yaml:2"):
        load_profile(path)


# --- wrong profiles ---


@pytest.mark.parametrize(
    ("more", "match"),
    [
        ("  leerling.achternam: X\n", r"p\.yaml:7: 'leerling\.achternam' staat niet in het woordenboek"),
        ("  leerling.roepnaam: {at: X, datum: y}\n", r"p\.yaml:7: 'fields\.leerling\.roepnaam"),
        ("  leerling.geboortedatum: {at: X, dates: ddmmjj}\n", r"p\.yaml:7: 'fields\.leerling\.geboortedatum"),
        ("  leerling.roepnaam: [A, B]\n", r"p\.yaml:7: 'fields\.leerling\.roepnaam"),
        ("lists:\n  toetsen:\n    at: T\n    fields: {kode: K}\n", r"p\.yaml:10: 'toetsen\[\]\.kode'"),
        ("lists:\n  proeven:\n    at: T\n    fields: {code: K}\n", r"p\.yaml:10: 'proeven\[\]\.code'"),
        ("shared: {school.bron: S}\n", r"p\.yaml:7: 'school\.bron'"),
        ("tables:\n  groep: {at: R/G, key: '@k', fields: {kleur: K}}\n", r"p\.yaml:8: 'groep\.kleur'"),
        ("ignored:\n  - {at: R/X, reason: zomaar}\n", r"p\.yaml:8: reden 'zomaar' bestaat niet"),
        ("text: {encoding: utf-7}\n", r"p\.yaml:7: codering 'utf-7'"),
        ("text: {encoding: klingon}\n", r"p\.yaml:7: codering 'klingon'"),
        ("extra: 1\n", r"p\.yaml:7: 'extra'"),
        ("text: {true: ja}\n", r"p\.yaml:7: 'text\.true"),
    ],
)
def test_a_wrong_line_is_told_with_its_number(more: str, match: str, tmp_path: Path) -> None:
    wrong(tmp_path / "p.yaml", PROFILE + more, match)


@pytest.mark.parametrize(
    ("more", "word"),
    [
        ("  leerling.roepnaam: Naam\n", "'Naam'"),  # bound twice
        ("  leerling.roepnaam: '@naam'\n  leerling.voornamen: '@naam'\n", "'@naam'"),
        ("lists:\n  toetsen: {at: T, fields: {code: K}}\n  documenten: {at: T, fields: {omschrijving: O}}\n", "'T'"),
        ("lists:\n  toetsen: {at: '@t', fields: {code: K}}\n", "'@t'"),
        ("lists:\n  toetsen: {at: '.', fields: {code: K}}\n", r"'\.'"),
        ("tables:\n  groep: {at: R/@g, key: '@k', fields: {naam: N}}\n", "'R/@g'"),
        ("  leerling.geslacht: {at: G, codes: bestaat-niet}\n", "'bestaat-niet'"),
    ],
)
def test_an_ambiguous_path_or_unknown_table_is_told(more: str, word: str, tmp_path: Path) -> None:
    wrong(tmp_path / "p.yaml", PROFILE + more, word)


def test_an_empty_profile(tmp_path: Path) -> None:
    wrong(tmp_path / "p.yaml", "", r"p\.yaml:1")
    wrong(tmp_path / "p.yaml", "- a\n", r"p\.yaml:1")


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ('codes: 1\ntables:\n  a: {describes: x, entries: {"1": a}, lossy: ["2"]}\n', r"c\.yaml:3: 'lossy' noemt"),
        ('codes: 1\ntables:\n  a: {describes: x, entries: {"1": 2}}\n', r"c\.yaml:3: 'tables\.a\.entries\.1'"),
        ("codes: 2\ntables: {}\n", r"c\.yaml:1: 'codes'"),
    ],
)
def test_a_wrong_code_table(text: str, match: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=match):
        load_codes(write(tmp_path / "c.yaml", text))


def test_a_profile_may_adapt_the_shipped_one_of_the_same_name(tmp_path: Path) -> None:
    path = write(
        tmp_path / "edexml-2.0.yaml", "profile: edexml-2.0\nextends: edexml-2.0\nfields: {leerling.fotourl: null}\n"
    )
    fields = load_profile(path).model.fields
    assert "leerling.fotourl" not in fields
    assert "leerling.achternaam" in fields
