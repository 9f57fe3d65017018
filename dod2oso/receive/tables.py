"""Dossiers as tables, for a LAS that cannot read OSO: one per block that may stand in a dossier more than once.

What stands once is a column of the table around it, named by its path; what repeats is a table of its own, of which
each row says to which row of which table it belongs. Every cell is text as it stands in the dossier: no number, date or
formula. Behind a code stands what it means, as far as that is known.
"""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, BinaryIO

from lxml import etree

from dod2oso.base.english import element_label
from dod2oso.base.texts import Text
from dod2oso.oso.catalogue import Catalogue, catalogue
from dod2oso.oso.codelists import meaning
from dod2oso.oso.element import Element
from dod2oso.oso.versions import known_versions
from dod2oso.report.cells import neutralise

FORMATS = ("csv", "xlsx")
LEGEND = "velden"
_ROOT = "dossier"
_CUTS = (None, 6, 3)  # characters of the steps before the last: less where a name would be too long
_SHEET_NAME = 31  # characters of the name of a sheet
_CELL = 32_767  # characters that a spreadsheet takes in one cell

Row = dict[str, str]


@dataclass(slots=True)
class Tables:
    """Tables by path of their block ("" is the dossier itself), in order of first appearance.

    changed: cells that got an apostrophe in CSV, else a spreadsheet would calculate them; too_long: cells of the
    workbook that hold only a note, for no spreadsheet takes so much text.
    """

    lang: str
    rows: dict[str, list[Row]] = field(default_factory=dict)
    columns: dict[str, dict[str, str]] = field(default_factory=dict)  # path of table -> column -> what it means
    changed: int = 0
    too_long: int = 0

    def add(self, name: str, root: etree._Element, oso: str, files: Mapping[etree._Element, str]) -> None:
        """Put a dossier in. name: what it is called in the tables; files: what is said of each attachment."""
        _Filler(self, name, catalogue(oso), files).block(root, "", "", None)

    def csv_files(self) -> Iterator[tuple[str, bytes]]:
        """Each table as a CSV: its file name and bytes, with semicolons and a byte order mark for a Dutch Excel."""
        for name, columns, rows in self._all():
            text = io.StringIO(newline="")
            writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
            writer.writerow(columns)
            for row in rows:
                cells = [neutralise(cell) for cell in row]
                self.changed += sum(cell != before for cell, before in zip(cells, row, strict=True))
                writer.writerow(cells)
            yield f"{name}.csv", text.getvalue().encode("utf-8-sig")

    def workbook(self, file: BinaryIO) -> None:
        """All tables as one workbook, a sheet each, in which every cell is text."""
        import xlsxwriter

        options = {
            "in_memory": True,  # else each sheet is readable in the temporary folder of the system for a while
            "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False,
        }  # fmt: skip
        with xlsxwriter.Workbook(file, options) as book:
            as_text, head = book.add_format({"num_format": "@"}), book.add_format({"bold": True})
            for name, columns, rows in self._all():
                sheet: Any = book.add_worksheet(name)
                sheet.freeze_panes(1, 0)
                for place, column in enumerate(columns):
                    sheet.write_string(0, place, column, head)
                for number, row in enumerate(rows, start=1):
                    for place, cell in enumerate(row):
                        if len(cell) > _CELL:
                            self.too_long += 1
                            cell = Text("receive-cell-too-long").text(self.lang)
                        sheet.write_string(number, place, cell, as_text)

    def _all(self) -> Iterator[tuple[str, list[str], Iterable[list[str]]]]:
        """Name, columns and rows of every table, that of the columns last."""
        names = {path: table_name(path) for path in self.rows}
        for path, rows in self.rows.items():
            columns = list(self.columns[path])
            told = [row | ({"hoort_bij": names[row["hoort_bij"]]} if "hoort_bij" in row else {}) for row in rows]
            yield names[path], columns, [[row.get(column, "") for column in columns] for row in told]
        legend = [
            [names[path], column, said] for path, columns in self.columns.items() for column, said in columns.items()
        ]
        yield LEGEND, ["tabel", "kolom", "betekenis"], legend


class _Filler:
    """Puts one dossier into the tables."""

    def __init__(self, tables: Tables, name: str, known: Catalogue, files: Mapping[etree._Element, str]) -> None:
        self._tables, self._name, self._known, self._files = tables, name, known, files

    def block(self, element: etree._Element, path: str, above: str, number: str | None) -> Row:
        """The row for this element in the table of its path. above, number: the row that it belongs to."""
        rows = self._tables.rows.setdefault(path, [])
        row: Row = {"dossier": self._name, "nr": str(len(rows) + 1)}
        if number is not None:
            row |= {"hoort_bij": above, "hoort_bij_nr": number}
        rows.append(row)
        for key in row:
            self._tables.columns.setdefault(path, {}).setdefault(
                key, Text(f"receive-column-{key}").text(self._tables.lang)
            )
        if len(element):
            self._inside(element, path, path, row)
        else:
            self._field(element, path, path, row)
        return row

    def _inside(self, block: etree._Element, path: str, table: str, row: Row) -> None:
        for child in block.iterchildren("{*}*"):
            here = f"{path}/{etree.QName(child).localname}".removeprefix("/")
            known = self._known.at(here)
            if known is not None and _repeats(known):
                made = self.block(child, here, table, row["nr"])
                if _begins_group(known):  # what follows in the group belongs to this one
                    table, row = here, made
            elif len(child):
                self._inside(child, here, table, row)
            else:
                self._field(child, here, table, row)

    def _field(self, element: etree._Element, path: str, table: str, row: Row) -> None:
        column = path.removeprefix(table).removeprefix("/") or path.rpartition("/")[2]
        known = self._known.at(path)
        self._put(
            table,
            row,
            column,
            self._files.get(element, element.text or ""),
            element_label(known.nl, self._tables.lang) if known else "",
        )
        for name, text in element.attrib.items():
            self._put(table, row, f"{column}@{etree.QName(name).localname}", str(text), "")
        if known is not None and known.codelist is not None:
            said = meaning(known.codelist, self._known.version, (element.text or "").strip()) or ""
            self._put(table, row, f"{column} (betekenis)", said, Text("receive-column-meaning").text(self._tables.lang))

    def _put(self, table: str, row: Row, column: str, text: str, said: str) -> None:
        row[column] = text
        self._tables.columns[table].setdefault(column, said)


def _repeats(element: Element) -> bool:
    group = element.group
    chosen_again = group is not None and group.kind == "choice" and group.max != 1
    return element.max != 1 or chosen_again or _begins_group(element)


def _begins_group(element: Element) -> bool:
    """Is this the first of several elements that repeat together?"""
    group = element.group
    return group is not None and group.kind == "repeat" and group.max != 1 and group.members[0] == element.name


def table_name(path: str) -> str:
    """What the table of a block is called, in every version and however little came in: as short as tells it apart."""
    known = _names()
    return known.get(path) or path.replace("/", "-")[-_SHEET_NAME:] or _ROOT


@cache
def _names() -> dict[str, str]:
    paths = {
        element.path
        for version in known_versions()
        for element in catalogue(version).root.walk()
        if element.path and _repeats(element)
    }
    steps = {
        path: [step for step in path.split("/")[:-1] if not step.endswith("lijst")] + path.split("/")[-1:]
        for path in paths
    }
    found: dict[str, str] = {}
    for path in sorted(paths):
        names = (_joined(steps[path], length, cut) for cut in _CUTS for length in range(1, len(steps[path]) + 1))
        tries = (
            name for name, length, cut in names
            if len(name) <= _SHEET_NAME and name != _ROOT and name not in found.values()
            and all(_joined(other, length, cut)[0] != name for each, other in steps.items() if each != path)
        )  # fmt: skip
        found[path] = next(tries, f"{steps[path][-1][: _SHEET_NAME - 4]}-{len(found)}")
    return found


def _joined(steps: list[str], length: int, cut: int | None) -> tuple[str, int, int | None]:
    """The last steps as a name, those before the very last cut off after so many characters."""
    *before, last = steps[-length:]
    return "-".join([*(step[:cut] for step in before), last]), length, cut
