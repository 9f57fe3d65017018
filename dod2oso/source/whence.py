"""Where in the export a value stands: file and line, or table, row and column. For a person who looks it up; no values.

Reading keeps no such places, for most are never asked for. They are found afterwards: values at one place of the layout
become cells in the order in which they stand, so the third cell is the third value there.
"""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from dod2oso.base.texts import Text
from dod2oso.source.oddtext import BLANK
from dod2oso.source.record import Cell, LegacyDossier
from dod2oso.source.tabular.bundle import Named, cells_of
from dod2oso.source.tabular.table import BadRow, SourceTable, xml_name

_NO_LINE = 65535  # what an XML parser says of every line from there on
_SHOWN = 3  # rows that are exactly the same


class Value(NamedTuple):
    """A value as it stands in the source, and the element (or, of an attribute, its element) that holds it."""

    text: str
    element: Any


class Whence:
    """Finds the places of values in one export: `tables` when it is one of tables, else lines of a document.

    `has_lines`: no, when what is read as XML is made from something else, and has lines of its own.
    """

    def __init__(self, export: str, tables: Named | None = None, *, has_lines: bool = True) -> None:
        self._export = export
        self._tables = tables
        self._has_lines = has_lines

    def place(self, cell: Cell, record: LegacyDossier, element: Any, rest: Any) -> tuple[Value | None, Text]:
        """Where a cell comes from. `element` is that of its record, `rest` what stands outside the records."""
        path = str(cell.bound.place)
        value = _nth(cell, list(record.values()), element, path.split("/"))
        if value is None and rest is not None:  # a shared value: it comes first with every record
            found = list(_values(rest, path.split("/"), from_root=True))
            value = found[0] if len(found) == 1 else None
        if value is None:
            return None, Text("whence-record", export=self._export, record=record.number, path=path)
        if self._tables is not None:
            row = value.element.getparent()
            column = _local(value.element.tag)
            return value, self._in_table(row, column, record.number if row is element else 0)
        line = value.element.sourceline
        if not self._has_lines or not line or line >= _NO_LINE:
            return value, Text("whence-record", export=self._export, record=record.number, path=path)
        return value, Text("whence-line", export=self._export, line=line, path=path)

    def _in_table(self, row: Any, column: str, record: int) -> Text:
        """`record`: the number of the record, when the row is that of the pupil itself."""
        assert self._tables is not None  # noqa: S101  asked for tables only
        table = _local(row.tag)
        wanted = {_local(child.tag): child.text for child in row if not len(child) and child.text}
        numbers = list(_rows(self._tables.get(table, ()), wanted, record))
        said = ", ".join(map(str, numbers[:_SHOWN])) + (", …" if len(numbers) > _SHOWN else "")
        return Text("whence-row", export=self._export, table=table, row=said or "?", column=column)


def _rows(sources: Sequence[SourceTable], wanted: dict[str, str], record: int) -> Iterator[int]:
    """The numbers of the rows with these cells; of a record its own."""
    good = 0
    for source in sources:
        columns = source.columns
        numbered = getattr(source, "numbered_rows", None)
        for number, row in numbered() if numbered is not None else enumerate(source.rows(), start=1):
            if isinstance(row, BadRow):
                continue
            good += 1
            if (not record or good == record) and dict(cells_of(columns, row)) == wanted:
                yield number


def _nth(cell: Cell, cells: Sequence[Cell], element: Any, steps: list[str]) -> Value | None:
    """The value at these steps that became this cell; None when values and cells cannot be laid side by side."""
    same = [one for one in cells if (one.bound.place, one.bound.field) == (cell.bound.place, cell.bound.field)]
    values = list(_values(element, steps))
    position = next((n for n, one in enumerate(same) if one is cell), None)
    return values[position] if position is not None and len(values) == len(same) else None


def _values(element: Any, steps: list[str], *, from_root: bool = False) -> Iterator[Value]:
    """The values at a place of the layout, in their order; the first step is the element itself."""
    if from_root and _local(element.tag) != steps[0]:
        return
    level = [element]
    for number, step in enumerate(steps[1:], start=1):
        if step.startswith("@"):
            for one in level:
                for name, text in one.items():
                    if _local(name) == step[1:] and text.strip(BLANK):
                        yield Value(text.strip(BLANK), one)
            return
        level = [child for one in level for child in one if _local(child.tag) in (step, xml_name(step))]
        if not level and number < len(steps):
            return
    for one in level:
        text = (one.text or "") + "".join(child.tail or "" for child in one)
        if text.strip(BLANK):
            yield Value(text.strip(BLANK), one)


def _local(tag: Any) -> str:
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""
