"""report/aanvulling.xlsx: exactly the values that are missing, to type in and to give back with --supplement.

The only file of the report with personal data, and it says so. A sheet per school; a row per pupil, recognised by the
school's own number (or name, when asked for); only the cells that are missing can be typed in. What the reader of
supplements looks for (source/user_tables.HEADER_MARK, supplement/rows.KEYS) stands in a row of its own.

A workbook in which somebody typed, or that is open in another program, is never overwritten: then the new one gets the
next number.
"""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO

from sqlalchemy import Connection, delete, insert, select

from dod2oso.base.files import atomic_open, disk_guard, make_private_dir
from dod2oso.base.pseudonym import KEY_FILE, Pseudonyms, load_key
from dod2oso.base.texts import Text
from dod2oso.base.wipe import wipe_tree
from dod2oso.ledger.store import Ledger
from dod2oso.ledger.tables import project, runs
from dod2oso.source.user_tables import HEADER_MARK
from dod2oso.supplement.edition import Edition
from dod2oso.supplement.labels import column_label
from dod2oso.supplement.repairs import Fill
from dod2oso.supplement.workbook_cells import CellKind, Lists, help_of, kind_of
from dod2oso.supplement.workbook_rows import PupilRow, SchoolSheet, school_sheets

NAME = "aanvulling"
_WRITTEN = "aanvulling:"  # before the name of a workbook in the ledger: the hash of what we wrote
_KEYS = ("brin", "vestiging", "leerlingid", "dossier")
_TITLE, _HOW, _LABELS, _HELP, _NAMES = range(5)  # rows above the pupils
_FIRST = _NAMES + 1
_FIXED = 8  # columns before those to fill in: the mark, the keys, and by what the school recognises the pupil
_PSEUDONYM = 4
_WIDE, _LINE = 100, 15  # characters of the explanation's column, points of a line: nothing grows by itself
_SPARE = 200  # lines of the validation below the last row, should somebody copy a row


def write_workbook(ledger: Ledger, run_id: str, out_dir: Path, lang: str = "nl", *, names: bool = False) -> Path | None:
    """Write what must still be filled in for a run; None when there is nothing to fill in, or no dossiers are here.

    `names`: put the name and date of birth in as well. The file is 0600, in a folder that is 0700.
    """
    if not (out_dir / KEY_FILE).exists():  # the report of a ledger elsewhere: the dossiers are not in this folder
        return None
    with disk_guard():
        folder = make_private_dir(out_dir / "report")
    with ledger.read() as connection:
        run = connection.execute(select(runs).where(runs.c.id == run_id)).one()
        sheets = school_sheets(connection, run_id, out_dir, Pseudonyms(load_key(out_dir)), names=names)
        first = next(sheets, None)
        ours = untouched(connection, folder)
        if first is None:
            _forget(ledger, ours)
            return None
        path: Path = ours if ours is not None and _replaceable(ours) else _free(folder)
        with disk_guard(), _scratch(folder) as scratch, atomic_open(path) as file:
            edition = Edition.of(Pseudonyms(load_key(out_dir)), run_id)
            _Book(file, scratch, run.oso, run.overstap, edition, run_id, lang, names).write(first, sheets)
    _remember(ledger, path)
    return path


def school_workbooks(
    ledger: Ledger, run_id: str, out_dir: Path, lang: str = "nl", *, names: bool = False
) -> Iterator[tuple[str, str, bytes]]:
    """A workbook for each school with something to fill in, and nothing of another school in it: BRIN, location, bytes.

    They are made in memory: the only place where they may lie is a package that is encrypted.
    """
    pseudonyms = Pseudonyms(load_key(out_dir))
    with disk_guard():
        folder = make_private_dir(out_dir / "report")
    with ledger.read() as connection, _scratch(folder) as scratch:
        run = connection.execute(select(runs).where(runs.c.id == run_id)).one()
        edition = Edition.of(pseudonyms, run_id)
        for sheet in school_sheets(connection, run_id, out_dir, pseudonyms, names=names):
            if sheet.brin:
                file = BytesIO()
                _Book(file, scratch, run.oso, run.overstap, edition, run_id, lang, names).write(sheet, iter(()))
                yield sheet.brin, sheet.vestiging, file.getvalue()


# --- which file ---


def untouched(connection: Connection, folder: Path) -> Path | None:
    """The workbook that we wrote last and in which nobody has typed."""
    for row in connection.execute(select(project).where(project.c.key.startswith(_WRITTEN))):
        path = folder / str(row.key).removeprefix(_WRITTEN)
        try:
            if _hash(path) == row.value:
                return path
        except OSError:  # gone, or in use: then somebody may be typing in it
            continue
    return None


def _replaceable(path: Path) -> bool:
    """Whether no other program has the file open (on Windows a file that is open cannot be renamed)."""
    try:
        path.replace(path)
    except OSError:
        return False
    return True


def _free(folder: Path) -> Path:
    """aanvulling.xlsx, or the first number that is free."""
    path, number = folder / f"{NAME}.xlsx", 1
    while path.exists():
        number += 1
        path = folder / f"{NAME}-{number}.xlsx"
    return path


def _remember(ledger: Ledger, path: Path) -> None:
    with ledger.write() as connection:
        connection.execute(delete(project).where(project.c.key.startswith(_WRITTEN)))
        connection.execute(insert(project).values(key=_WRITTEN + path.name, value=_hash(path)))


def _forget(ledger: Ledger, path: Path | None) -> None:
    """Nothing is missing any more: an old list of what was missing would only confuse."""
    if path is not None and _replaceable(path):
        path.unlink(missing_ok=True)
        with ledger.write() as connection:
            connection.execute(delete(project).where(project.c.key.startswith(_WRITTEN)))


def _hash(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


@contextmanager
def _scratch(folder: Path) -> Iterator[Path]:
    """A private folder for the parts of a workbook that is being written: they hold personal data too."""
    scratch = make_private_dir(folder / ".tmp")
    try:
        yield scratch
    finally:
        wipe_tree(scratch)


# --- the workbook ---


_EXPLANATION = (
    "workbook-explanation-0", "workbook-explanation-1", "workbook-explanation-2", "workbook-explanation-3",
    "workbook-explanation-4", "workbook-explanation-5", "workbook-explanation-6", "workbook-explanation-7",
)  # fmt: skip
_COLUMNS = (
    "workbook-column-needed", "workbook-column-brin", "workbook-column-vestiging", "workbook-column-leerlingid",
    "workbook-column-key", "workbook-column-number", "workbook-column-name", "workbook-column-born",
)  # fmt: skip


class _Book:
    """Writes one workbook, sheet by sheet, row by row: of a sheet only the row at hand is in memory."""

    def __init__(
        self, file: BinaryIO, scratch: Path, version: str, overstap: str, edition: Edition, run_id: str, lang: str,
        names: bool,
    ) -> None:  # fmt: skip
        import xlsxwriter  # heavy, and only needed here

        self._book = xlsxwriter.Workbook(
            file,
            {
                "constant_memory": True, "tmpdir": str(scratch), "strings_to_formulas": False,
                "strings_to_numbers": False, "strings_to_urls": False,
            },
        )  # fmt: skip
        self._version = version
        self._overstap = overstap
        self._edition = edition
        self._run_id = run_id
        self._lang = lang
        self._confidential = self._say("workbook-confidential")
        self._names = names
        self._sheets: set[str] = {self._say("workbook-sheet").lower()}
        self._formats = _formats(self._book)
        self._lists = Lists(version, lang)

    def _say(self, key: str, **values: object) -> str:
        return Text(key, **values).text(self._lang)

    def write(self, first: SchoolSheet, others: Iterator[SchoolSheet]) -> None:
        """The explanation, a sheet per school, and the lists behind the drop-down cells."""
        self._explain()
        self._school(first)
        for sheet in others:
            self._school(sheet)
        self._write_lists()
        self._book.close()

    def _explain(self) -> None:
        page = self._book.add_worksheet(self._say("workbook-sheet"))
        page.set_column(0, 0, _WIDE, self._formats["wrap"])
        page.set_landscape()
        page.fit_to_pages(1, 0)
        page.write_string(0, 0, self._confidential, self._formats["title"])
        for number, key in enumerate(_EXPLANATION, start=2):
            given = {"oso": self._version, "overstap": self._overstap, "run": self._run_id}
            text = self._say(key, **given)
            page.set_row(number, _LINE * (1 + len(text) // _WIDE))
            page.write_string(number, 0, text, self._formats["wrap"])
        page.protect()

    def _free_name(self, name: str) -> str:
        """The name of a sheet, with a number when there is one of that name already (capitals do not count)."""
        free, number = name, 1
        while free.lower() in self._sheets:
            number += 1
            free = f"{name} ({number})"
        self._sheets.add(free.lower())
        return free

    def _school(self, sheet: SchoolSheet) -> None:
        name = self._free_name(
            f"{sheet.brin}-{sheet.vestiging or self._say('workbook-unknown')}"
            if sheet.brin
            else self._say("workbook-unknown")
        )
        page = self._book.add_worksheet(name)
        columns = sheet.columns
        kinds = [kind_of(fill, self._version) for fill in columns]
        self._head(page, name, columns, kinds)
        row = _FIRST
        if sheet.for_all and sheet.brin:
            row = self._school_row(page, row, sheet, columns)
        for pupil in sheet.rows:
            self._pupil_row(page, row, sheet, pupil, columns, kinds)
            row += 1
        for place, (fill, kind) in enumerate(zip(columns, kinds, strict=True), start=_FIXED):
            rule = self._lists.validation(fill, kind)
            if rule is not None:
                page.data_validation(_FIRST, place, row - 1 + _SPARE, place, rule)
        page.freeze_panes(_FIRST, _FIXED)
        page.autofilter(_NAMES, 0, max(row - 1, _FIRST), _FIXED + len(columns) - 1)
        page.set_landscape()
        page.fit_to_pages(1, 0)
        page.repeat_rows(_LABELS, _NAMES)
        page.set_header(f"&C{self._confidential}")
        # No password: it only keeps people from typing where nothing is asked, and from sorting a part of the columns.
        page.protect("", {"autofilter": True, "format_columns": True, "format_rows": True})

    def _head(self, page: Any, name: str, columns: list[Fill], kinds: list[CellKind]) -> None:
        formats = self._formats
        widths = (44, 7, 9, 15, 0, 15, 24, 12)
        for place, width in enumerate(widths):
            hidden = place == _PSEUDONYM or (place in (6, 7) and not self._names)
            page.set_column(place, place, width, None, {"hidden": hidden})
        page.set_column(_FIXED, _FIXED + len(columns) - 1, 22)
        page.set_column(_FIXED + len(columns), _FIXED + len(columns), 4, None, {"hidden": True})
        page.set_row(_LABELS, 3 * _LINE)
        page.set_row(_HELP, 5 * _LINE)
        page.set_row(_NAMES, 12)
        page.write_string(
            _TITLE, 0, self._say("workbook-title", confidential=self._confidential, school=name), formats["title"]
        )
        page.write_string(_HOW, 0, self._say("workbook-how"))
        labels = (
            *map(self._say, _COLUMNS),
            *(column_label(fill.column, self._version, self._lang) for fill in columns),
        )
        for place, label in enumerate(labels):
            page.write_string(_LABELS, place, label, formats["label"])
        for place, (fill, kind) in enumerate(zip(columns, kinds, strict=True), start=_FIXED):
            own = fill.help.text(self._lang) if fill.help is not None else ""
            page.write_string(_HELP, place, own or help_of(kind, self._lang), formats["help"])
        fixed = (HEADER_MARK, *_KEYS, "#nummer", "#naam", "#geboren")
        for place, column in enumerate((*fixed, *(fill.column for fill in columns), self._edition.column)):
            page.write_string(_NAMES, place, column, formats["name"])

    def _school_row(self, page: Any, row: int, sheet: SchoolSheet, columns: list[Fill]) -> int:
        formats = self._formats
        ours = {fill.column for repair in sheet.for_all.values() for fill in repair.fill}
        page.write_string(row, 0, self._say("workbook-whole-school"), formats["known"])
        page.write_string(row, 1, sheet.brin, formats["known"])
        page.write_string(row, 2, sheet.vestiging, formats["known"])
        for place, fill in enumerate(columns, start=_FIXED):
            kind = kind_of(fill, self._version)
            page.write_blank(row, place, None, formats[_open_format(kind)] if fill.column in ours else formats["shut"])
        return row + 1

    def _pupil_row(
        self, page: Any, row: int, sheet: SchoolSheet, pupil: PupilRow, columns: list[Fill], kinds: list[CellKind]
    ) -> None:
        known = self._formats["known"]
        what = "; ".join(repair.text(self._lang) for repair in pupil.repairs)
        # without a number and a name there is only the place in the export
        number = pupil.number or ("" if pupil.leerlingid or pupil.name else pupil.where)
        cells = (
            what, sheet.brin, sheet.vestiging, pupil.leerlingid, pupil.key, number, pupil.name, _dutch(pupil.born)
        )  # fmt: skip
        for place, text in enumerate(cells):
            page.write_string(row, place, text, known)
        for place, (fill, kind) in enumerate(zip(columns, kinds, strict=True), start=_FIXED):
            open_here = fill.column in pupil.open
            page.write_blank(
                row, place, None, self._formats[_open_format(kind)] if open_here else self._formats["shut"]
            )

    def _write_lists(self) -> None:
        page = self._book.add_worksheet(self._lists.sheet)
        page.hide()
        for number, line in enumerate(self._lists.rows()):
            for place, text in enumerate(line):
                page.write_string(number, place, text)
        page.protect()


def _open_format(kind: CellKind) -> str:
    return "date" if kind == "date" else "open"


def _dutch(iso: str) -> str:
    """2007-05-01 -> 01-05-2007."""
    return "-".join(reversed(iso.split("-"))) if iso else ""


def _formats(book: Any) -> dict[str, Any]:
    border = {"border": 1, "border_color": "#B0B0B0"}
    fill = {**border, "bg_color": "#FFF6CC", "locked": False}
    return {
        "title": book.add_format({"bold": True, "font_size": 13, "font_color": "#8A1C1C"}),
        "label": book.add_format({**border, "bold": True, "text_wrap": True, "valign": "top", "bg_color": "#E4ECF4"}),
        "help": book.add_format({**border, "italic": True, "text_wrap": True, "valign": "top", "font_size": 9}),
        "name": book.add_format({**border, "font_size": 7, "font_color": "#767676"}),
        "known": book.add_format({**border, "num_format": "@", "valign": "top"}),
        "shut": book.add_format({**border, "bg_color": "#EDEDED"}),
        "open": book.add_format({**fill, "num_format": "@"}),
        "date": book.add_format({**fill, "num_format": "dd-mm-yyyy"}),
        "wrap": book.add_format({"text_wrap": True, "valign": "top"}),
    }
