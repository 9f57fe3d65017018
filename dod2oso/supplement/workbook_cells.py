"""What may be typed in a cell of aanvulling.xlsx: its kind, and the rule that a spreadsheet checks."""

import re
from collections.abc import Iterator
from datetime import date
from itertools import zip_longest
from typing import Any, Literal

from xlsxwriter.utility import xl_col_to_name

from dod2oso.base.texts import Text
from dod2oso.oso.catalogue import catalogue
from dod2oso.oso.codelists import codes, labels
from dod2oso.source.dictionary import load_dictionary
from dod2oso.supplement.repairs import Fill

CellKind = Literal["date", "boolean", "code", "number", "text"]
YES_NO = ("ja", "nee")  # Dutch in every language, for that is what is read back
_NUMBER = re.compile(r"\[[0-9]+\]")
_NUMBERS = frozenset({"integer", "int", "decimal"})


def kind_of(fill: Fill, version: str) -> CellKind:
    """The kind of value that a column takes."""
    if fill.choices or _codelist(fill, version) is not None:
        return "code"
    element = catalogue(version).at(fill.column)
    name = _NUMBER.sub("[]", fill.column)
    dictionary = load_dictionary()
    found = element.type if element is not None else dictionary[name].type if name in dictionary else "text"
    if found == "date":
        return "date"
    if found == "boolean":
        return "boolean"
    return "number" if found in _NUMBERS else "text"


def help_of(kind: CellKind, lang: str) -> str:
    """What to fill in; nothing needs to be said of a text."""
    return "" if kind == "text" else Text(f"workbook-help-{kind}").text(lang)


def _codelist(fill: Fill, version: str) -> int | None:
    element = catalogue(version).at(fill.column)
    return None if element is None or element.codelist is None else element.codelist


def choices_of(fill: Fill, kind: CellKind, version: str) -> tuple[str, ...]:
    """What a column offers to choose from; nothing where one types."""
    number = _codelist(fill, version)
    if kind == "boolean":
        return YES_NO
    if number is None:
        return fill.choices
    known = labels(number)
    return tuple(f"{code} – {known[code]}" if code in known and known[code] != code else code
                 for code in sorted(codes(number, version)) if code)  # fmt: skip


class Lists:
    """The drop-down lists of a workbook: a hidden sheet with a column per list, and the rules that point at it."""

    def __init__(self, version: str, lang: str) -> None:
        self._version = version
        self._lang = lang
        self._wrong = Text("workbook-wrong").text(lang)
        self.sheet = Text("workbook-lists").text(lang)
        self._columns: dict[tuple[str, ...], int] = {}

    def validation(self, fill: Fill, kind: CellKind) -> dict[str, Any] | None:
        """The rule of a column, as XlsxWriter takes it; None when anything may be typed."""
        if kind == "date":
            return {
                "validate": "date", "criteria": "between", "minimum": date(1900, 1, 1), "maximum": date(2100, 12, 31),
                "error_title": self._wrong, "error_message": help_of(kind, self._lang),
            }  # fmt: skip
        if kind not in ("boolean", "code"):
            return None
        items = choices_of(fill, kind, self._version)
        number = self._columns.setdefault(items, len(self._columns))
        letter = xl_col_to_name(number)
        return {
            "validate": "list", "source": f"={self.sheet}!${letter}$1:${letter}${len(items)}",
            "error_title": self._wrong, "error_message": help_of(kind, self._lang),
        }  # fmt: skip

    def rows(self) -> Iterator[tuple[str, ...]]:
        """The rows of the hidden sheet."""
        yield from zip_longest(*self._columns, fillvalue="")
