"""What is odd about a value is set right or refused, and always told; what people really write stays as it is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dod2oso.source.oddtext import (
    BLANK,
    ERROR,
    MOMENT,
    NUMBER,
    RECODED,
    UNCOMPUTED,
    bare,
    is_blank,
    is_misread,
    is_plain,
    look_at,
    without_notes,
)
from dod2oso.source.surname import split_surname

NAMES = [
    *("André", "Zoë", "Müller", "Brûlé", "Naïma", "Chloé", "Søren", "Łukasz", "Dvořák", "Şahin", "İbrahim", "Nguyễn"),
    *("Straße", "O’Brien", "IJsbrand", "België", "één", "coördinatie", "foto’s", "auto´s", "m³", "CAFÉ", "ÉÉN"),
    *("Ümit", "Ángel", "Agnès", "Loïc", "Jérôme", "Curaçao", "Öztürk", "François", "Renée"),
]
# Names as they look when bytes of one encoding were read in another.
LETTERS = ["René", "Zoë", "André", "Müller", "Agnès", "Naïma", "Steenbreëk", "Möller", "Brûlé"]


@pytest.mark.parametrize("text", [*NAMES, "“CAFÉ”", "’s-Gravenhage", "'t Hooft", "ja…maar", "wit–zwart", "Null", "Nan"])
def test_what_people_write_stays(text: str) -> None:
    assert look_at(text, lines=False).text == text
    assert look_at(text, lines=False)[1:] == ("", (), "")


@pytest.mark.parametrize("name", LETTERS)
@pytest.mark.parametrize(
    ("written", "read"),
    [("utf-8", "cp1252"), ("utf-8", "latin-1"), ("utf-8", "cp850"), ("utf-8", "cp437"), ("cp1252", "cp850"),
     ("cp850", "latin-1")],
)  # fmt: skip
def test_a_name_in_another_encoding_is_seen(name: str, written: str, read: str) -> None:
    seen = name.encode(written).decode(read, errors="replace")
    assert look_at(seen, lines=False).refused in ("tekst-codering", "tekst-onleesbaar"), seen


@pytest.mark.parametrize("name", ["René", "Zoë", "André", "Müller", "Agnès", "Möller"])
def test_a_name_from_dos_is_seen_in_windows(name: str) -> None:
    seen = name.encode("cp850").decode("cp1252", errors="replace")
    assert look_at(seen, lines=False).refused in ("tekst-codering", "tekst-onleesbaar"), seen


@pytest.mark.parametrize("text", ["D\x96Arcy", "\x80 12", "a\ufffdb", "a\uf8ffb"])
def test_control_characters_and_marks_are_no_text(text: str) -> None:
    assert look_at(text).refused in ("tekst-codering", "tekst-onleesbaar")


@pytest.mark.parametrize(
    ("text", "value", "told"),
    [
        ('="5001"', "5001", ("omhulsel-weg",)),
        ('="a ""b"""', 'a "b"', ("omhulsel-weg",)),
        ("=5001", "5001", ("omhulsel-weg",)),
        ("'0612345678", "0612345678", ("omhulsel-weg",)),
        ("'+31 6 12345678", "+31 6 12345678", ("omhulsel-weg",)),
        ("'5001'", "5001", ("omhulsel-weg",)),
        ("van\u00a0den\u202fBerg", "van den Berg", ("spaties-hersteld",)),
        ("Jan\u200bssen\u00ad", "Janssen", ("spaties-hersteld",)),
        ("van den\r\n  Berg", "van den Berg", ("spaties-hersteld",)),
        ("Zoë\nAnne", "Zoë Anne", ("spaties-hersteld",)),
        (f"a{RECODED}\u2019s", "a\u2019s", ("tekens-windows-1252",)),
    ],
)
def test_what_is_set_right_is_told(text: str, value: str, told: tuple[str, ...]) -> None:
    look = look_at(text, lines=False)
    assert (look.text, look.refused, look.told) == (value, "", told)


def test_text_of_several_lines_keeps_its_lines() -> None:
    assert look_at("eerste\ntweede\u00a0regel") == ("eerste\ntweede regel", "", ("spaties-hersteld",), "")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        *((text, "geen-waarde") for text in ("NULL", "N/A", "-", "--", "?", "n.v.t.", '=""', "'-", "\u2013", "\\N")),
        *((text, "cel-fout") for text in ("#N/A", "#VERW!", "#DEEL/0!", "####", f"{ERROR}#N/A", f"{ERROR}")),
        *((text, "formule-zonder-waarde") for text in ("=SOM(A1:A2)", "=VERT.ZOEKEN(A1;B:B;2)", f"{UNCOMPUTED}=A1")),
    ],
)
def test_what_is_no_value_is_refused(text: str, code: str) -> None:
    assert look_at(text).refused == code


def test_cells_keep_their_kind() -> None:
    assert look_at(f"{NUMBER}5001") == ("5001", "", (), NUMBER)
    assert look_at(f"{MOMENT}2025-11-09").kind == MOMENT


@given(st.text(min_size=1, max_size=40))
def test_a_plain_text_is_never_changed(text: str) -> None:
    value = text.strip(BLANK)
    if value and is_plain(value, lines=False):
        assert look_at(value, lines=False) == (value, "", (), "")
    assert is_blank(text) == (not value)


@given(st.text(max_size=30))
def test_the_bare_text_is_stable(text: str) -> None:
    assert without_notes(without_notes(text)) == without_notes(text)
    assert bare(f" {NUMBER}5001\u00a0") == bare('="5001"') == bare("'5001") == "5001"
    assert bare(bare(text).strip(BLANK)) == bare(text) or text.strip(BLANK)[:1] in ("=", "'")


def test_a_long_text_takes_no_longer_per_letter() -> None:
    """Thousands of the same sign would show a pattern that looks back and forth."""
    for sign in ("Ã", " ", "\n", "'", "=", "#", "(", "0", "É", "\u00a0", "a\n"):
        text = (sign * 200_000).strip(BLANK)
        if text:
            look_at(text, lines=False)
            is_misread(text)


def test_a_surname_of_spaces_is_split_in_one_pass() -> None:
    """A comma with very many spaces behind it: a pattern that looks back and forth would take minutes."""
    text = "A," + " " * 300_000 + "X"
    assert split_surname(text) == (text, None)
