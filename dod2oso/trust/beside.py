"""Destroying what stands beside the dossiers: packages for schools, copies of what came back, lists and decisions.

Packages, the pages that parents inspect and parts of a run that were not joined yet go all of them: they hold or count
several pupils, and one command makes them again. Of what came back, and of what was typed on a page of the desk
(`typed`: files of ours in the project, and not in the output folder), only the rows about those who go are taken out,
for they hold what others typed.
"""

import csv
import io
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from dod2oso.base import atrest
from dod2oso.base.errors import ConfigurationError
from dod2oso.base.files import atomic_write, disk_guard
from dod2oso.base.folderlock import held
from dod2oso.base.pseudonym import Pseudonyms, load_key
from dod2oso.base.wipe import wipe, wipe_tree
from dod2oso.decide.doubles import FILE as DECISIONS
from dod2oso.decide.doubles import read_doubles, write_doubles
from dod2oso.ledger import places
from dod2oso.report.write import FOLDER as REPORT
from dod2oso.source.oddtext import NO_TEXT, NUMBER_CELL
from dod2oso.source.user_tables import SPREADSHEETS, Table, TableRow, read_tables
from dod2oso.supplement.pupil import Keys, Named, Whose, whose
from dod2oso.trust.doomed import Doomed
from dod2oso.trust.passphrases import forget

_OLD = atrest.REPLACED


class Theirs:
    """Whether a row of a table is about one of those who go."""

    def __init__(self, doomed: Doomed, out_dir: Path) -> None:
        self._pseudonyms = Pseudonyms(load_key(out_dir))
        self._schools = frozenset(doomed.schools)
        self._by_key: dict[str, list[Keys]] = {}
        for keys in map(Keys._make, doomed.keys):
            for key in filter(None, keys.found_by):
                self._by_key.setdefault(key, []).append(keys)

    def has(self, row: TableRow) -> bool:
        named = Named.of(row.cells)
        if named.brin in self._schools:
            return True
        keys = named.keys(self._pseudonyms)
        found = (pupil for key in filter(None, keys.found_by) for pupil in self._by_key.get(key, ()))
        return any(whose(keys, pupil) is not Whose.OTHER for pupil in found)


def counted(out_dir: Path, doomed: Doomed, typed: Sequence[Path] = ()) -> dict[str, int]:
    """How many packages go, and how many rows of what came back or was typed."""
    rows = 0
    if copies := [*_copies(out_dir), *_whole(typed)]:
        theirs = Theirs(doomed, out_dir)
        rows = sum(theirs.has(row) for path in copies for table in _read(path) or () for row in table.rows)
    pages = sum(1 for _ in out_dir.glob(f"{places.INSPECTION}/*/*"))
    return {"packages": _packages(out_dir), "inspection": pages, "returned-rows": rows}


def rows_about(out_dir: Path, doomed: Doomed, typed: Sequence[Path] = ()) -> tuple[list[dict[str, Any]], list[str]]:
    """What people typed about these: file and values per row; and the files that cannot be read. Nothing changes."""
    paths = [path for path in (*sorted(out_dir.glob(f"{places.RECEIVED}/*/*")), *typed) if path.is_file()]
    found: list[dict[str, Any]] = []
    unreadable = []
    theirs = Theirs(doomed, out_dir) if paths else None
    for path in paths:
        tables = _read(path)
        if tables is None or theirs is None:
            unreadable.append(path.name)
            continue
        rows = (row for table in tables for row in table.rows if theirs.has(row))
        found += (
            {"file": path.name, "values": {name: text for name, text in row.cells.items() if text}} for row in rows
        )
    return found, unreadable


def destroy_beside(out_dir: Path, doomed: Doomed, typed: Sequence[Path] = ()) -> int:
    """Do it; how many rows of others were lost with it, because they could not be written again as they were.

    Again, after it was broken off: does what is left to do.
    """
    wipe_tree(out_dir / places.PACKAGES)
    wipe_tree(out_dir / places.INSPECTION)
    wipe_tree(out_dir / places.PARTS)
    for brin in doomed.schools:
        forget(out_dir, brin)
    lost = 0
    if copies := _copies(out_dir):
        theirs = Theirs(doomed, out_dir)
        lost = sum(_clean(path, theirs) for path in copies)
    if typed:
        theirs = Theirs(doomed, out_dir)
        for path in typed:
            with held(path.parent, "purge"):  # whoever saves on a page waits
                lost += sum(_clean(each, theirs) for each in _whole([path]))
    gone = frozenset(doomed.pupils)
    _list(out_dir / REPORT / places.TO_DESTROY, gone)
    _decisions(out_dir, gone)
    return lost


def _packages(out_dir: Path) -> int:
    folder = out_dir / places.PACKAGES
    return sum(each.is_dir() for each in folder.iterdir()) if folder.is_dir() else 0


# --- what came back ---


def _copies(out_dir: Path) -> list[Path]:
    folder = out_dir / places.RECEIVED
    there = {path.with_name(path.name.removesuffix(_OLD)) for path in folder.glob("*/*") if path.is_file()}
    return _whole(sorted(there))


def _whole(paths: Sequence[Path]) -> list[Path]:
    """Those that are there, each as it was before a replacement of it that was broken off."""
    for path in paths:
        old = path.with_name(path.name + _OLD)
        if old.exists():
            if path.exists():
                wipe(old)
            else:
                old.rename(path)
    return [path for path in paths if path.is_file()]


def _read(path: Path) -> tuple[Table, ...] | None:
    """The tables of a copy; None when it cannot be read any more."""
    try:
        return read_tables(path)
    except ConfigurationError:
        return None


def _clean(path: Path, theirs: Theirs) -> int:
    """Take their rows out of a copy; how many rows of others went too. What cannot be read goes as a whole."""
    tables = _read(path)
    if tables is None:
        wipe(path)
        return 0
    kept = [[row for row in table.rows if not theirs.has(row)] for table in tables]
    if all(len(rows) == len(table.rows) for table, rows in zip(tables, kept, strict=True)):
        return 0
    write = _spreadsheet if path.suffix.lower() in SPREADSHEETS else _csv
    with disk_guard():
        old = path.rename(path.with_name(path.name + _OLD))
        new = old.with_name(f".{path.name}")  # its ending tells how it is read
        _write(path, new, write(tables, kept))
        same = _same(_read(new), kept)
        if any(len(rows) > len(back) for rows, back in zip(kept, same, strict=True)):
            wipe(new)
            _write(path, new, write(tables, same))
        new.replace(path)
        wipe(old)
    return sum(map(len, kept)) - sum(map(len, same))


def _write(path: Path, new: Path, data: bytes) -> None:
    """What takes the place of `path`: sealed when that was."""
    keys = atrest.keys_of_file(path.with_name(path.name + _OLD))
    atomic_write(new, data if keys is None else atrest.seal(data, path.name, keys))


def _same(read: Sequence[Table] | None, kept: Sequence[Sequence[TableRow]]) -> list[list[TableRow]]:
    """Of the rows that were written those that are read back as they were."""
    if read is None or len(read) != len(kept):
        return [[] for _ in kept]
    found = []
    for table, rows in zip(read, kept, strict=True):
        back = [(row.cells, dict(row.odd)) for row in table.rows]
        found.append([row for row in rows if (row.cells, dict(row.odd)) in back])
    return found


def _csv(tables: Sequence[Table], kept: Sequence[Sequence[TableRow]]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=";")
    for table, rows in zip(tables, kept, strict=True):
        writer.writerow(table.columns)
        writer.writerows([row.cells.get(column, "") for column in table.columns] for row in rows)
    return text.getvalue().encode("utf-8-sig")


def _spreadsheet(tables: Sequence[Table], kept: Sequence[Sequence[TableRow]]) -> bytes:
    """The same sheets with the same rows at the same places, and nothing else."""
    import xlsxwriter

    data = io.BytesIO()
    settings = {"in_memory": True, "strings_to_formulas": False, "strings_to_numbers": False, "strings_to_urls": False}
    book = xlsxwriter.Workbook(data, settings)
    day = book.add_format({"num_format": "dd-mm-yyyy"})
    for table, rows in zip(tables, kept, strict=True):
        page = book.add_worksheet(table.rows[0].sheet.name if table.rows else None)
        for place, column in enumerate(table.columns):
            page.write_string(0, place, column)
        for row in rows:
            for place, column in enumerate(table.columns):
                if column in row.cells:
                    _cell(page, row, place, column, day)
    book.close()
    return data.getvalue()


def _cell(page: Any, row: TableRow, place: int, column: str, day: Any) -> None:
    """A cell of the kind it was: whether a number was typed as a number decides what it may be used for."""
    text, odd = row.cells[column], row.odd.get(column)
    try:
        if odd == NUMBER_CELL:
            page.write_number(row.number - 1, place, float(text))
            return
        if odd == NO_TEXT:
            page.write_datetime(row.number - 1, place, datetime.fromisoformat(text), day)
            return
    except ValueError:  # no number or date after all: read back it shows whether it is the same
        pass
    page.write_string(row.number - 1, place, text)


# --- lists and decisions that name pupils ---


def _list(path: Path, gone: frozenset[str]) -> None:
    """Take them out of the list of those whose term is over (run/chosen.py)."""
    if not path.exists():
        return
    lines = path.read_bytes().splitlines(keepends=True)
    left = [line for line in lines if line.decode("utf-8").strip().rpartition(";")[2] not in gone]
    if len(left) < len(lines):
        wipe(path)
        if len(left) > 1:
            atomic_write(path, b"".join(left))


def _decisions(out_dir: Path, gone: frozenset[str]) -> None:
    try:
        rows = read_doubles(out_dir).rows
    except ConfigurationError:  # whom it names cannot be told
        wipe(out_dir / DECISIONS)
        return
    left = [row for row in rows if gone.isdisjoint(row.pupils)]
    if len(left) < len(rows):
        wipe(out_dir / DECISIONS)
        if left:
            write_doubles(out_dir, left)
