"""A bundle of tables as record elements: a pupil's row, with the rows of nested tables inside it.

    bundel                      the root
      leerlingen                a row of the table of records, a child per non-blank cell
        achternaam              …
        toetsen                 a row of a nested table, found by its key
          onderdelen            … and so on
      groepen                   rows of tables that are not nested stand outside the records

A key is not believed before it is seen to be unique: all parents of nested rows are counted first. Rows whose key
several parents have are given to none of them, and every record that shares a key is told. Where the rows of a table
within a nested table also name the pupil, a link is followed within the pupil, so numbers may restart there.

Where rows make the records (`records-of`), a record has the columns of the key, taken from the first of its rows.

The record table streams; nested rows wait in a `RowStore`; other tables are only kept when the profile reads them.
Every non-blank cell is given to exactly one place; the tables' own counts are compared with that after each pass.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from lxml import etree

from dod2oso.base.errors import BalanceError, ExportError
from dod2oso.base.texts import Text
from dod2oso.findings.model import Finding
from dod2oso.source.container.discreet import discreet_table
from dod2oso.source.oddtext import bare, is_blank
from dod2oso.source.profile import Profile
from dod2oso.source.record import LegacyDossier
from dod2oso.source.tabular.rowstore import RowStore
from dod2oso.source.tabular.table import BadRow, Row, SourceTable, TitledTable, extra_column, xml_name
from dod2oso.source.walk import count_unread

ROOT = "bundel"
ORPHAN, SHARED = "rij-zonder-leerling", "sleutel-dubbel"
_SHOWN = 10  # records named in one finding
_WITHIN = "\x1f"  # between a key and the pupil within whom it holds
_AND = "\x1e"  # between the parts of a key of several columns
TITLES = "regels-boven-kop"
_NAMED_ROWS = 20  # refused rows of one table that are named one by one

Columns = tuple[str, ...]
Named = Mapping[str, Sequence[SourceTable]]  # tables by the profile's name for them; several are read in turn


def name_tables(tables: Sequence[SourceTable], profile: Profile) -> Named | None:
    """The tables under the names of the profile; None when a table that `match` asks for is not there.

    A table with the profile's own name is taken first; another one when it has all the columns that `match` names.
    """
    named: dict[str, list[SourceTable]] = {}
    left = list(tables)
    for wanted, columns in profile.match.tables.items():
        needed = {xml_name(column) for column in columns}
        fitting = [table for table in left if needed <= set(table.columns)]
        same = [table for table in fitting if table.name.lower() == xml_name(wanted).lower()]
        title = profile.sheet_names.get(wanted)
        chosen = fitting if title is not None else same or fitting
        if not chosen:
            return None
        named[xml_name(wanted)] = chosen if title is None else [TitledTable(table, title) for table in chosen]
        left = [table for table in left if table not in chosen]
    for number, table in enumerate(tables, start=1):
        if table not in left:
            continue
        own = next((name for name in _own_names(profile) if name.lower() == table.name.lower()), None)
        own = own or discreet_table(table.name, number)
        named.setdefault(own, []).append(table)
    return named


def _names(columns: Sequence[str]) -> Columns:
    return tuple(map(xml_name, columns))


def _key(cells: Mapping[str, str], columns: Columns) -> str:
    """The key in these columns; "" when one of them is blank."""
    parts = [bare(cells.get(column, "")) for column in columns]
    return _AND.join(parts) if all(parts) else ""


def _own_names(profile: Profile) -> set[str]:
    """Every table that the profile mentions."""
    outside = [binding.at for lists in (profile.shared_lists, profile.tables) for binding in lists.values()]
    outside += [path for binding in profile.shared.values() for path in binding.at]
    outside += [item.at for item in profile.ignored]
    return {xml_name(name) for name in (*profile.nested, *(_table_of(path) for path in outside))}


def _table_of(path: str) -> str:
    """bundel/groepen/naam -> groepen"""
    return path.split("/")[1] if path.count("/") else ""


class _BadRows:
    """The rows of one table that are refused: how many cells under which column, and where the first ones stand."""

    def __init__(self) -> None:
        self.cells: Counter[tuple[str, str]] = Counter()  # column and finding code
        self.rows: Counter[str] = Counter()  # finding code
        self.lines: dict[str, list[str]] = {}

    def add(self, columns: tuple[str, ...], row: BadRow) -> None:
        self.rows[row.code] += 1
        named = self.lines.setdefault(row.code, [])
        if len(named) < _NAMED_ROWS:
            named.append(row.lines)
        for column, _cell in cells_of(columns, row):
            self.cells[column if column in columns else extra_column(len(columns) + 1), row.code] += 1

    def findings(self, table: str) -> Iterator[Finding]:
        for code, lines in self.lines.items():
            for line in lines:
                yield Finding(code, place=Text("table-line", table=table, line=line))
            if self.rows[code] > len(lines):
                yield Finding(code, place=Text("table-lines", table=table, count=self.rows[code]))


class BundleRecords:
    """The records of a bundle (an `Origin`)."""

    def __init__(self, named: Named, profile: Profile) -> None:
        self._named = named
        self._record_table = xml_name(profile.records.rsplit("/", 1)[-1])
        self._made_of = xml_name(profile.records_of) if profile.records_of is not None else None
        if self._record_table in named:
            self._made_of = None  # there is a table of records after all
        self._nested = {xml_name(name): nested for name, nested in profile.nested.items()}
        self._pupil_column = {name: self._top_column(name) for name in self._nested}
        self._children: dict[
            str, list[tuple[int, str, Columns]]
        ] = {}  # table -> (number, nested table, parent columns)
        for number, (name, nested) in enumerate(self._nested.items()):
            parent = xml_name(nested.in_) if nested.in_ is not None else self._record_table
            if name in named:
                self._children.setdefault(parent, []).append((number, name, _names(nested.columns[1])))
        self._ignored = {
            xml_name(_table_of(item.at)): item.reason for item in profile.ignored if item.at.count("/") == 1
        }
        self._read = _own_names(profile) - {self._record_table} - self._nested.keys() - self._ignored.keys()
        self._store: RowStore | None = None
        self._stored_cells = 0  # of the nested tables
        self._columns: dict[str, tuple[str, ...]] = {}
        self._cells = 0  # of all tables, counted when they are read
        self._given = 0  # of those, how many are in a record
        self._refused: dict[str, dict[str, set[int]]] = {}  # nested table -> key that is several rows' -> records
        self._bad: dict[str, _BadRows] = {}  # by table, of the tables that were read in this pass
        self.rest: Any = None

    def __iter__(self) -> Iterator[Any]:
        store = self._filled()
        store.forget_parents()
        self._cells, self._given = self._stored_cells, 0
        self._refused = {}
        records = self._good_rows(self._record_table) if self._made_of is None else self._made(store, self._made_of)
        for number, (columns, row) in enumerate(records, start=1):
            element = self._element(self._record_table, columns, row)
            self._nest(element, self._record_table, store, number)
            self._given += sum(1 for inner in element.iter() if inner.text)
            yield element
        self.rest = self._outside()

    def _made(self, store: RowStore, table: str) -> Iterator[tuple[Columns, Row]]:
        """A record for every key that rows of a nested table have."""
        key = _names(self._nested[table].columns[0])
        for row in store.firsts(list(self._nested).index(table)) if table in self._named else ():
            cells = dict(zip(self._columns[table], row, strict=False))
            yield key, tuple(cells.get(column, "") for column in key)

    def _filled(self) -> RowStore:
        """The store with the rows of all nested tables, made once."""
        if self._store is None:
            self._store = RowStore()
            self._cells = 0
            for number, (name, nested) in enumerate(self._nested.items()):
                self._store.fill(number, self._keyed(name, _names(nested.columns[0])))
            self._stored_cells = self._cells
            for parent, children in self._children.items():
                for number, _name, column in children:
                    self._store.expect(number, self._parent_keys(parent, column))
            self._store.index()
        return self._store

    def _keyed(self, table: str, key_columns: Columns) -> Iterator[tuple[str, Row]]:
        for columns, row in self._good_rows(table):
            self._columns.setdefault(table, columns)
            if columns != self._columns[table]:  # a second file of this table, in another order
                row = _reordered(row, columns, self._columns[table])
            cells = dict(zip(self._columns[table], row, strict=False))
            key, pupil = _key(cells, key_columns), _key(cells, self._pupil_column[table] or ())
            yield (f"{key}{_WITHIN}{pupil}" if key and pupil else key), row

    def _parent_keys(self, parent: str, key_columns: Columns) -> Iterator[tuple[str, int]]:
        """By which keys the rows of a table ask for nested rows; a nested one also within its pupil."""
        if parent in self._nested:
            named = self._pupil_column[parent] or _names(self._nested[parent].columns[0])
        good = ((columns, row) for columns, row in self._rows(parent) if not isinstance(row, BadRow))
        for number, (columns, row) in enumerate(good, start=1):
            cells = dict(zip(columns, row, strict=False))
            key = _key(cells, key_columns)
            if key:
                yield key, number
                if parent in self._nested and (pupil := _key(cells, named)):
                    yield f"{key}{_WITHIN}{pupil}", number

    def _top_column(self, name: str) -> Columns | None:
        """The columns that name the pupil in the nested table above all others; None for such a table itself."""
        above = self._nested[name].in_
        if above is None:
            return None
        own = xml_name(above)
        return self._top_column(own) or _names(self._nested[own].columns[0])

    def _rows(self, table: str) -> Iterator[tuple[tuple[str, ...], Row]]:
        for source in self._named.get(table, ()):
            columns = source.columns
            for row in source.rows():
                self._cells += sum(1 for cell in row if not is_blank(cell))
                yield columns, row

    def _good_rows(self, table: str) -> Iterator[tuple[tuple[str, ...], Row]]:
        """Without those of which the cells may stand under the wrong column; they are kept apart, to be told."""
        bad = self._bad[table] = _BadRows()
        for columns, row in self._rows(table):
            if isinstance(row, BadRow):
                bad.add(columns, row)
            else:
                yield columns, row

    def _element(self, table: str, columns: tuple[str, ...], row: Row) -> Any:
        element = etree.Element(table)
        for name, cell in cells_of(columns, row):
            etree.SubElement(element, name).text = cell
        return element

    def _nest(self, element: Any, table: str, store: RowStore, record: int, pupil: str = "") -> None:
        """Put the nested rows of an element in their place; `pupil` is what names the pupil in the tables below."""
        for number, name, columns in self._children.get(table, ()):
            key = _key({column: element.findtext(column) or "" for column in columns}, columns)
            for link in (f"{key}{_WITHIN}{pupil}", key) if key and pupil else (key,) if key else ():
                if store.is_shared(number, link):
                    if store.has(number, link):
                        self._refused.setdefault(name, {}).setdefault(link, set()).add(record)
                    continue
                for first, row in enumerate(store.meet(number, link)):
                    child = self._element(name, self._columns[name], row)
                    if name == self._made_of and not first:  # its key stands in the record
                        for cell in [cell for cell in child if cell.tag in columns]:
                            child.remove(cell)
                    self._nest(child, name, store, record, pupil or key)
                    element.append(child)

    def _outside(self) -> Any:
        """The tables that stand apart and that the profile reads."""
        root = etree.Element(ROOT)
        for table in sorted(self._read & self._named.keys()):
            for columns, row in self._good_rows(table):
                root.append(self._element(table, columns, row))
                self._given += sum(1 for cell in row if not is_blank(cell))
        return root

    def lenient(self) -> bool:
        """Text tables mark unreadable characters at once."""
        return False

    def leftovers(self, outside: LegacyDossier) -> None:
        """Rows of no pupil, and tables that the profile does not know. BalanceError when cells went lost."""
        store = self._filled()
        loose = 0
        for number, name in enumerate(self._nested):
            orphans = refused = 0
            for row, shared in store.orphans(number):
                orphans, refused = orphans + (not shared), refused + shared
                for column, _cell in cells_of(self._columns[name], row):
                    loose += 1
                    left = outside.refused if shared else outside.ignored
                    key = (f"{ROOT}/{name}/{column}", SHARED if shared else "geen-leerling")
                    left[key] = left.get(key, 0) + 1
            if orphans:
                outside.findings.append(Finding(ORPHAN, note=f"{name}: {orphans}"))
            if refused:
                outside.findings.append(Finding(SHARED, f"{ROOT}/{name}", note=f"{name}: {refused}"))
        self._tell_shared(outside, store)
        known = {self._record_table, *self._nested, *self._read}
        for name in sorted(self._named.keys() - known):
            reason = self._ignored.get(name)
            for columns, row in self._rows(name):
                for column, _cell in cells_of(columns, row):
                    loose += 1
                    if reason is None:
                        count_unread(outside, f"{ROOT}/{name}/{column}")
                    else:
                        key = (f"{ROOT}/{name}", reason)
                        outside.ignored[key] = outside.ignored.get(key, 0) + 1
        for name, bad in sorted(self._bad.items()):
            for (column, code), n in bad.cells.items():
                loose += n
                outside.refused[f"{ROOT}/{name}/{column}", code] = n
            outside.findings += bad.findings(name)
        for name, sources in sorted(self._named.items()):
            if above := sum(source.titles for source in sources):
                outside.findings.append(Finding(TITLES, note=f"{name}: {above}"))
        outside.source_values += loose
        if self._cells != self._given + loose:
            raise BalanceError("cells-not-read", cells=self._cells, read=self._given + loose)

    def _tell_shared(self, outside: LegacyDossier, store: RowStore) -> None:
        """A finding for every record that has a key in common with another one, or rows with a key of several rows."""
        told: dict[str, list[int]] = {}  # column of the record table -> one of the nested tables that are found by it
        for number, _name, columns in self._children.get(self._record_table, ()):
            told.setdefault(f"{ROOT}/{self._record_table}/{'+'.join(columns)}", [number])
        for path, [number] in told.items():
            for records in store.shared(number):
                outside.tell(records, Finding(SHARED, path, place=_records(records)))
        below = {name for children in self._children.values() for _number, name, _column in children}
        below -= {name for _number, name, _column in self._children.get(self._record_table, ())}
        for name in sorted(below):
            for found in self._refused.get(name, {}).values():
                outside.tell(sorted(found), Finding(SHARED, f"{ROOT}/{name}", place=_records(sorted(found))))


def _records(numbers: Sequence[int]) -> str:
    shown = ", ".join(map(str, numbers[:_SHOWN]))
    return f"record {shown}, …" if len(numbers) > _SHOWN else f"record {shown}"


def cells_of(columns: tuple[str, ...], row: Row) -> Iterable[tuple[str, str]]:
    """Column and text of each cell that is not blank."""
    for number, cell in enumerate(row):
        if not is_blank(cell):
            yield columns[number] if number < len(columns) else extra_column(number + 1), cell


def _reordered(row: Row, columns: tuple[str, ...], wanted: tuple[str, ...]) -> Row:
    found = dict(cells_of(columns, row))
    if found.keys() - set(wanted):
        raise ExportError(
            "tabellen-verschillen",
        )
    return tuple(found.get(column, "") for column in wanted)
