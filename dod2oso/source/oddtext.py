"""What is odd about the text of a value, and what may be made of it.

Values went through code pages, spreadsheets and hands before they came here. Promise: what is only wrapped or spaced
oddly is set right and told; what says "no value", or is not what somebody once wrote, is refused and told; nothing is
guessed. A table knows more of a cell than its text (a number cell, an error): that stands before the text as one
private character (`NUMBER` and the like), so that it travels wherever text does.
"""

import re
from typing import NamedTuple

from dod2oso.base.xml import MARK

# What a value may consist of without saying anything: white space of XML, of Unicode, and what has no width.
XML_SPACE = " \t\r\n"
_WIDE = "\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000"
_NO_WIDTH = "\u00ad\u200b\u2060\ufeff"
BLANK = XML_SPACE + _WIDE + _NO_WIDTH

# Before the text of a cell: what a table knows of it beside its text.
NUMBER, MOMENT, ERROR, UNCOMPUTED = "\uf8f0", "\uf8f1", "\uf8f2", "\uf8f3"
# Before a character that was a reference &#128; to &#159; and was read as Windows-1252.
RECODED = "\uf8f4"
_NOTES = str.maketrans("", "", NUMBER + MOMENT + ERROR + UNCOMPUTED + RECODED)

UNREADABLE, WRONG_ENCODING, NO_VALUE = "tekst-onleesbaar", "tekst-codering", "geen-waarde"
ERROR_CELL, NO_RESULT, NO_TEXT = "cel-fout", "formule-zonder-waarde", "cel-datum"
NUMBER_CELL, UNWRAPPED, SPACED, READ_AS_1252 = "cel-getal", "omhulsel-weg", "spaties-hersteld", "tekens-windows-1252"

# What programs and people write where there is nothing. Exactly so: `Null` and `Nan` are names of people.
PLACEHOLDERS = frozenset({
    "NULL", "null", "(NULL)", "(null)", "<NULL>", "<null>", "[NULL]", "\\N", "None", "NaN", "nan", "NaT", "<NA>",
    "N/A", "n/a", "N/B", "n/b", "-", "--", "---", "\u2013", "\u2014", ".", "..", "...", "?", "??", "???", "_",
})  # fmt: skip
# "Not applicable": no value either, unless it is a code.
NOT_APPLICABLE = frozenset({"n.v.t.", "N.v.t.", "N.V.T.", "nvt", "NVT", "Nvt", "nvt.", "n.v.t", "N.v.t"})
# Errors of spreadsheets, as they stand in a file that was saved as text.
_ERRORS = frozenset({
    "#N/A", "#N/B", "#REF!", "#VERW!", "#VALUE!", "#WAARDE!", "#NAME?", "#NAAM?", "#DIV/0!", "#DEEL/0!", "#NUM!",
    "#GETAL!", "#NULL!", "#LEEG!", "#SPILL!", "#OVERLOOP!", "#CALC!", "#BEREKENEN!", "Err:502", "Err:504", "Err:508",
})  # fmt: skip
_EMPTY = PLACEHOLDERS | NOT_APPLICABLE
_SPECIAL = _EMPTY | _ERRORS
_WRAPS = "='#"  # with these begins what needs a look

_QUOTED = re.compile(r'="((?:[^"]|"")*)"\Z')
_FORMULA = re.compile(r"=[+-]?[A-Z.]{2,40}\(.*\)\Z", re.DOTALL)
_AFTER_EQUALS = re.compile(r"=([+-]?[0-9][0-9.,]*)\Z")
_AFTER_APOSTROPHE = re.compile(r"'([0-9+=(-][0-9 ()+.,/-]*)'?\Z")
_HASHES = re.compile(r"#{3,}\Z")  # what a spreadsheet shows when a column is too narrow

_WIDE_SPACE = re.compile(f"[{_WIDE}]")
_NOTHING = re.compile(f"[{_NO_WIDTH}]")
_LINES = re.compile(r"[ \t]*[\r\n][\r\n \t]*")

# A second byte of UTF-8 (0x80-0xBF) as Windows-1252 and Latin-1 show it; without quotes, dashes and the ellipsis.
_SIGNS = "\u0192\u2020\u2021\u02c6\u2030\u0160\u2039\u0152\u017d\u2022\u02dc\u2122\u0161\u203a\u0153\u017e\u0178"
_SECOND = f"\x80-\xbf\u20ac\u201a\u201e\u2026\u2018\u2019\u201c\u201d\u2013\u2014{_SIGNS}"
_SMALL = "a-z\u00df-\u00f6\u00f8-\u00ff"
# Text in one encoding that was read as another. Every alternative is something that nobody writes.
_UTF8 = (  # letters of two or three bytes, each read as a sign of its own
    f"[\u00c2\u00c3][{_SECOND}]",  # letters and signs of Western Europe, in Windows-1252
    f"[\u00c4\u00c5][\x80-\xbf{_SIGNS}]",  # other letters
    f"\u00e2[\x80-\x84\u20ac\u201a\u201e][{_SECOND}]",  # quotes, dashes, the euro
    "\u00ef\u00bb\u00bf",  # a byte order mark
    "[\u251c\u252c][^ -~]",  # letters and signs of Western Europe, in CP850 or CP437
    "\u00d4\u00c7[\u00d6\u00ff\u00f4\u00f6\u00a3\u00d8]|\u0393\u00c7",  # quotes, dashes
)
_MISREAD_UTF8 = re.compile("|".join(_UTF8))
_MISREAD = re.compile(
    "|".join(
        (
            *_UTF8,
            "[\x80-\x9f]",  # control characters: Windows-1252 or CP850 read as Latin-1
            "[\u2500-\u259f]",  # lines and boxes: anything read as CP437 or CP850
            f"(?<=[{_SMALL}])[\u00c0-\u00d6\u00d8-\u00de\u0160\u0152\u017d](?![A-Z])",  # RenÚ, ZoÙ: small, then capital
            f"(?<=[{_SMALL}])[\u201a\u2030\u02c6\u2039\u0192\u2021\u00a1\u00a2\u00a4]",  # Ren‚, Zo‰: from CP850
            f"(?<=[A-Z{_SMALL}])[\u00be\u00b6\u2017\u00f7\u00af\u00b3\u00b1\u00fe\u00ac\u00b9](?=[{_SMALL}])",  # M÷ller
            f"(?<=[{_SMALL}])\u00b4(?=[a-rt-z])",  # Ma´ke; auto´s is only a bad apostrophe
        )
    )
)
# In names only: in sentences a quotation mark may well stand without a space.
_MISREAD_NAME = re.compile(f"(?<=[A-Z{_SMALL}])[\u201c\u201d\u201e](?=[{_SMALL}])")


def is_plain(text: str, *, lines: bool = True) -> bool:
    """Whether a value (stripped, not blank) surely says what stands there, so that nobody needs to look at it."""
    return text.isascii() and text not in _SPECIAL and text[0] not in _WRAPS and (lines or "\n" not in text)


class Look(NamedTuple):
    """A value after a look at it. `refused`: the finding code when it is none; `told`: finding codes about it.

    `kind` is NUMBER or MOMENT for such a cell of a spreadsheet, else "".
    """

    text: str
    refused: str = ""
    told: tuple[str, ...] = ()
    kind: str = ""


def look_at(text: str, *, lines: bool = True) -> Look:
    """What a value (stripped, not blank) says. `lines`: it may have line ends; else these become spaces."""
    kind = text[0] if text[0] in (NUMBER, MOMENT, ERROR, UNCOMPUTED) else ""
    if kind:
        text = text[1:]
    if kind == ERROR:
        return Look(text, ERROR_CELL)
    if kind == UNCOMPUTED:
        return Look(text, NO_RESULT)
    if MARK in text or "\ufffd" in text:
        return Look(text, UNREADABLE)
    told: tuple[str, ...] = ()
    if not text.isascii():
        if RECODED in text:
            text, told = text.replace(RECODED, ""), (READ_AS_1252,)
        if is_misread(text, name=not lines):
            return Look(text, WRONG_ENCODING)
        spaced = _NOTHING.sub("", _WIDE_SPACE.sub(" ", text)).strip(BLANK)
        if not lines:
            spaced = _LINES.sub(" ", spaced)
        if spaced != text:
            text, told = spaced, (*told, SPACED)
    elif not lines and ("\n" in text or "\r" in text):
        text, told = _LINES.sub(" ", text), (SPACED,)
    bare = _unwrapped(text)
    if bare is not None:
        text, told = bare, (*told, UNWRAPPED)
    if text in _EMPTY or not text:
        return Look(text, NO_VALUE)
    if text in _ERRORS or _HASHES.match(text):
        return Look(text, ERROR_CELL)
    if _FORMULA.match(text):
        return Look(text, NO_RESULT)
    return Look(text, "", told, kind)


def is_misread(text: str, *, name: bool = False) -> bool:
    """Whether a text was read in another encoding than it was written in, as far as its letters tell."""
    return _MISREAD.search(text) is not None or (name and _MISREAD_NAME.search(text) is not None)


def is_utf8_misread(text: str) -> bool:
    """Whether a text holds letters of UTF-8 that were read as two signs each."""
    return not text.isascii() and _MISREAD_UTF8.search(text) is not None


def bare(text: str) -> str:
    """The text without notes, spaces around it and wrappers: by this keys are compared."""
    text = without_notes(text).strip(BLANK)
    if text[:1] in ("=", "'"):
        inner = _unwrapped(text)
        return text if inner is None else inner
    return text


def without_notes(text: str) -> str:
    """The text of a cell as such, without what stands before it about the cell."""
    return text if text.isascii() else text.translate(_NOTES)


def is_blank(text: str) -> bool:
    """Whether there is nothing in a text but space of any kind."""
    return not text.strip(BLANK)


def _unwrapped(text: str) -> str | None:
    """What stands in the wrapper that keeps a spreadsheet from making a number of it; None when there is none."""
    if text.startswith("="):
        found = _QUOTED.match(text)
        if found is not None:
            return found[1].replace('""', '"').strip(BLANK)
        found = _AFTER_EQUALS.match(text)
        return None if found is None else found[1]
    if text.startswith("'"):
        found = _AFTER_APOSTROPHE.match(text)
        return None if found is None else found[1].strip(BLANK)
    return None
