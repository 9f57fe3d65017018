"""The user's own list of test codes (CSV or spreadsheet): which code belongs to which name, version and area.

Its layout is told once and kept with the decisions; headings that say themselves what they hold need not be told. A
code that stands for two tests is offered for neither of them.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, NamedTuple, cast, get_args

from dod2oso.base.errors import ConfigurationError, UsageError
from dod2oso.base.texts import Text
from dod2oso.source.decisions import CodeListLayout, plain
from dod2oso.source.user_tables import Table, read_tables

Part = Literal["code", "name", "version", "area"]
PARTS: tuple[Part, ...] = get_args(Part)
NEEDED: tuple[Part, ...] = ("code", "name")

# What such columns are called, as `plain` writes headings.
_HEADINGS: Mapping[Part, frozenset[str]] = {
    "code": frozenset({"code", "toetscode", "eldtoetscode", "eld-toetscode", "eld toetscode", "test code", "testcode"}),
    "name": frozenset({"naam", "toets", "toetsnaam", "omschrijving", "toetsomschrijving", "name", "test", "test name"}),
    "version": frozenset({"versie", "toetsversie", "normering", "version"}),
    "area": frozenset({"leergebied", "vak", "vakgebied", "vormingsgebied", "gebied", "area", "subject"}),
}
_TWICE_SHOWN = 20


class ListedTest(NamedTuple):
    """One test of the list."""

    code: str
    name: str
    version: str
    area: str


@dataclass(frozen=True, slots=True)
class TestCodes:
    """The tests of a list, how its columns are called, and what is wrong with single rows."""

    __test__ = False  # no test of ours

    tests: tuple[ListedTest, ...]
    layout: CodeListLayout
    problems: tuple[Text, ...]


def told_layout(text: str) -> CodeListLayout:
    """A layout as typed: code=KOLOM,name=KOLOM,version=KOLOM,area=KOLOM. UsageError when it is not that."""
    columns: dict[Part, str] = {}
    for piece in text.split(","):
        part, equals, column = (word.strip() for word in piece.partition("="))
        if part not in PARTS or not equals or not column or part in columns:
            raise UsageError("test-columns-wrong", text=piece.strip(), known=", ".join(PARTS))
        columns[part] = column
    lacking = [part for part in NEEDED if part not in columns]
    if lacking:
        raise UsageError("test-columns-lack", lacking=", ".join(lacking))
    return CodeListLayout(columns=columns)


def read_test_codes(
    path: Path, layout: CodeListLayout | None = None, remembered: CodeListLayout | None = None
) -> TestCodes:
    """The list in a file. ConfigurationError when it cannot be read, or its columns are not those of `layout`.

    Without a layout that of an earlier list (`remembered`) is tried, and else the headings must say what they hold.
    """
    tables = [table for table in read_tables(path) if table.columns]
    tried = (layout,) if layout is not None else (remembered, None) if remembered is not None else (None,)
    fitting: list[tuple[Table, dict[Part, str]]] = []
    for one in tried:
        fitting = fitting or [(table, found) for table in tables if (found := _columns(table, one)) is not None]
    if not fitting:
        known = ", ".join(sorted({column for table in tables for column in table.columns})[:_TWICE_SHOWN])
        raise ConfigurationError("test-list-columns", file=path.name, known=known)
    rows: dict[ListedTest, Text] = {}
    problems: list[Text] = []
    for table, columns in fitting:
        for row in table.rows:
            texts = {part: " ".join(row.cells.get(column, "").split()) for part, column in columns.items()}
            odd = [column for part, column in columns.items() if column in row.odd and part != "code"]
            if not texts["code"] or not texts["name"] or odd:
                problems.append(Text("test-list-row", place=row.place))
                continue
            test = ListedTest(texts["code"], texts["name"], texts.get("version", ""), texts.get("area", ""))
            rows.setdefault(test, row.place)
    good, double = _without_doubles(rows)
    used = layout or CodeListLayout(columns=dict(fitting[0][1]))
    return TestCodes(tuple(good), used, (*problems, *double))


def _columns(table: Table, layout: CodeListLayout | None) -> dict[Part, str] | None:
    """Part -> column of this table; None when it lacks what is needed, or a heading would be two things."""
    there = {plain(column): column for column in table.columns}
    if layout is not None:
        told = {part: there.get(plain(column)) for part, column in layout.columns.items()}
        return None if None in told.values() else cast(dict[Part, str], told)
    found: dict[Part, str] = {}
    for part, headings in _HEADINGS.items():
        fits = [column for heading, column in there.items() if heading in headings]
        if len(fits) > 1:
            return None
        if fits:
            found[part] = fits[0]
    return found if all(part in found for part in NEEDED) else None


def _without_doubles(rows: Mapping[ListedTest, Text]) -> tuple[list[ListedTest], list[Text]]:
    """The rows whose code stands for one test only, and what is told of the others."""
    by_code: dict[str, list[ListedTest]] = defaultdict(list)
    for test in rows:
        by_code[test.code].append(test)
    good: list[ListedTest] = []
    told: list[Text] = []
    for code, tests in by_code.items():
        different = {(plain(test.name), plain(test.version), plain(test.area)) for test in tests}
        if len(different) == 1:
            good.append(tests[0])
        else:
            told.append(Text("test-list-double", code=code, first=rows[tests[0]], second=rows[tests[1]]))
    return good, told


def same_name(tests: Sequence[ListedTest]) -> dict[tuple[str, str, str], list[str]]:
    """Code(s) by what a test is called; several codes for one name are a choice that only a person can make."""
    found: dict[tuple[str, str, str], list[str]] = defaultdict(list)
    for test in tests:
        found[plain(test.name), plain(test.version), plain(test.area)].append(test.code)
    return found
