"""The language of the rules: what it reads, and that everything else is refused with file and line."""

from pathlib import Path as FilePath

import pytest

from dod2oso.base.errors import ConfigurationError
from dod2oso.base.resources import mappings_dir
from dod2oso.oso.rules import drafts, loading
from dod2oso.oso.rules.expression import (
    And,
    ExpressionError,
    Names,
    Not,
    Or,
    Path,
    Test,
    Then,
    both,
    can_abort,
    parse,
)
from dod2oso.oso.rules.place import Place, parse_place
from dod2oso.oso.versions import VERSIONS

Test.__test__ = False  # type: ignore[attr-defined]  # a class of the language, not a test

NAMES = Names(
    variables={"soort": Path(("metadata", "soort"), doc=True)},
    flags={"LAS": Test("text", Path(("deel",), doc=True), "=", "LAS")},
    constants={"VERSIE": "2019.1"},
    patterns={"EMAIL": "@"},
)


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("exists(a/b)", Test("exists", Path(("a", "b")))),
        ("absent(doc:a)", Test("absent", Path(("a",), doc=True))),
        ("not true(a)", Not(Test("true", Path(("a",))))),
        ("has(soort,'x y')", Test("text", Path(("metadata", "soort"), doc=True), "=", "x y")),
        ("text(.) = VERSIE", Test("text", Path(()), "=", "2019.1")),
        ("len(a) > 256", Test("len", Path(("a",)), ">", 256)),
        ("in_list(., 33)", Test("in_list", Path(()), "", 33)),
        ("search(a, EMAIL)", Test("search", Path(("a",)), "", "@")),
        ("before(a/b, WINDOW)", Test("before", Path(("a", "b")), "", "WINDOW")),
        ("LAS", NAMES.flags["LAS"]),
        ("exists(a) and LAS", And((Test("exists", Path(("a",))), NAMES.flags["LAS"]))),
        ("exists(a) or exists(b)", Or((Test("exists", Path(("a",))), Test("exists", Path(("b",)))))),
        ("true(a) then absent(b)", Then(Test("true", Path(("a",))), Test("absent", Path(("b",))))),
    ],
)
def test_reads(text: str, tree: object) -> None:
    assert parse(text, NAMES) == tree


def test_and_binds_stronger_than_or_and_or_than_then() -> None:
    found = parse("exists(a) and exists(b) or exists(c) then exists(d)", NAMES)
    a, b, c, d = (Test("exists", Path((name,))) for name in "abcd")
    assert found == Then(Or((And((a, b)), c)), d)


def test_a_condition_stays_before_then() -> None:
    condition = Test("exists", Path(("z",)))
    found = both(condition, parse("true(a) then absent(b)", NAMES))
    assert found == Then(And((condition, Test("true", Path(("a",))))), Test("absent", Path(("b",))))


@pytest.mark.parametrize(
    "text",
    [
        *("", "exists", "exists(", "exists()", "exists(a", "exists(a))", "exists(a) exists(b)", "and", "not"),
        *("bestaat(a)", "has(overstap,'x')", "has(soort)", "text(a)", "text(a) < 'x'", "text(a) = ONBEKEND"),
        *("len(a) = 4", "len(a) < x", "search(a, POSTCODE)", "in_list(., x)", "before(a, WINDOW)", "exists(a//b)"),
        *("before(a/b, VANAF)", "exists(a) ; exists(b)", "true(a) then", "exists('a')", "exists(a.b)", "OVERSTAP"),
        "exists(a) or true(b)",  # the official outcome would depend on the order of work
    ],
)
def test_refuses(text: str) -> None:
    with pytest.raises(ExpressionError) as caught:
        parse(text, NAMES)
    assert caught.value.text("nl")
    assert caught.value.text("en")


@pytest.mark.parametrize(
    ("text", "aborts"), [("exists(a)", False), ("val(a) = 'x'", False), ("not str(a) = 'x'", True)]
)
def test_knows_what_can_abort(text: str, aborts: bool) -> None:
    assert can_abort(parse(text, NAMES)) is aborts


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("document", Place("document")),
        ("all */a/b", Place("all", ("*", "a", "b"))),
        ("visit a", Place("visit", ("a",))),
        ("visit a/b > all */c", Place("all", ("*", "c"), ("a", "b"))),
    ],
)
def test_reads_places(text: str, place: Place) -> None:
    assert parse_place(text) == place


@pytest.mark.parametrize("text", ["", "all", "visit", "each a", "all a b", "visit a > visit b", "visit a >", "all a/*"])
def test_refuses_places(text: str) -> None:
    with pytest.raises(ExpressionError):
        parse_place(text)


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ("fires: absent(voornaam)", "fires: absent(voornaam", "leerling-voornaam-verplicht:"),
        ("fires: absent(voornaam)", "fires: has(overstapp,'POVO')", "leerling-voornaam-verplicht:"),
        ("- at: visit huidigeschool", "- at: bezoek huidigeschool", "school-adres-verplicht:"),
        ("like: leerling-geboortemaand-verboden", "like: bestaat-niet", "bb-geboortemaand-verboden:"),
        ("fires: absent(voornaam)", "vuurt: absent(voornaam)", "fires"),
    ],
)
def test_a_wrong_declaration_names_file_and_line(
    tmp_path: FilePath, monkeypatch: pytest.MonkeyPatch, old: str, new: str, line: str
) -> None:
    folder = tmp_path / "oso" / "rules"
    folder.mkdir(parents=True)
    for file in (mappings_dir() / "oso" / "rules").iterdir():
        text = file.read_text("utf-8")
        (folder / file.name).write_text(text.replace(old, new, 1) if file.stem == "overstap" else text, "utf-8")
    monkeypatch.setattr(drafts, "mappings_dir", lambda: tmp_path)
    caches = (loading.rules, loading.basis, drafts.load, drafts._all_rules)
    for cached in caches:
        cached.cache_clear()
    try:
        with pytest.raises(ConfigurationError) as caught:
            loading.rules("2016.1", "ov")
    finally:
        for cached in caches:
            cached.cache_clear()
    place = caught.value.text("nl").split(":")
    assert place[0] == "overstap.yaml"
    lines = (folder / "overstap.yaml").read_text("utf-8").splitlines()
    near = "\n".join(lines[max(0, int(place[1]) - 8) : int(place[1]) + 8])
    assert new in near or line in near


def test_all_declarations_load() -> None:
    assert all(loading.rules(version, "ov") for version in VERSIONS)
