"""What people typed on a page, kept as a supplement in the project: a file per transfer and school, as a workbook is.

Each field is saved by itself and the file is whole at every moment. Whoever saves says what stood there: where somebody
else wrote something else meanwhile nothing is overwritten, and both are told. A field that is emptied gives nothing.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import NamedTuple

from dod2oso.base import atrest
from dod2oso.base.files import disk_guard
from dod2oso.base.folderlock import held_soon
from dod2oso.project.folder import SUPPLEMENTS, ProjectFolder
from dod2oso.source.user_tables import HEADER_MARK, read_tables
from dod2oso.supplement.edition import Edition

NAME = "ingevuld"
_KEYS = ("brin", "vestiging", "leerlingid", "dossier")
_ONE_LINE = re.compile(r"\s+")
_LONGEST = 2_000  # signs of a value


class Who(NamedTuple):
    """Of whom a row is: the school's own number, else the hidden key of a workbook; both "" is the whole school."""

    leerlingid: str = ""
    dossier: str = ""


class Saved(NamedTuple):
    """What stands in a field now, and whether that is what was typed; else somebody else wrote it meanwhile."""

    value: str
    ours: bool


Rows = dict[Who, dict[str, str]]


@dataclass(frozen=True, slots=True)
class Filled:
    """What was typed for one school of a transfer."""

    folder: Path
    transfer: str
    brin: str
    vestiging: str
    out: Path  # the output folder of the transfer

    @classmethod
    def of(cls, project: ProjectFolder, transfer: str, brin: str, vestiging: str) -> "Filled":
        return cls(project.home / SUPPLEMENTS, transfer, brin, vestiging, project.out(transfer))

    @property
    def path(self) -> Path:
        school = "-".join(filter(None, (self.brin, self.vestiging))) or "school-onbekend"
        return self.folder / f"{NAME}-{self.transfer}-{school}.xlsx"

    def rows(self) -> Rows:
        """What stands in the file; ConfigurationError when somebody damaged it."""
        if not self.path.is_file():
            return {}
        found: Rows = {}
        for table in read_tables(self.path):
            for row in table.rows:
                who = Who(row.cells.get("leerlingid", ""), row.cells.get("dossier", ""))
                values = {name: text for name, text in row.cells.items() if _is_value(name)}
                found.setdefault(who, {}).update(values)
        return found

    def save(self, who: Who, given: Mapping[str, tuple[str, str]], edition: Edition) -> dict[str, Saved]:
        """Save fields, each by its column with what stood there and what was typed; what stands there now.

        Raises TryLaterError when the disk is full, the file is open elsewhere, or another server is at work for long.
        """
        with held_soon(self.folder, "open"), disk_guard():
            return self._save(who, given, edition)

    def _save(self, who: Who, given: Mapping[str, tuple[str, str]], edition: Edition) -> dict[str, Saved]:
        rows = self.rows()
        before = rows.setdefault(who, {})
        saved, changed = {}, False
        for column, (was, typed) in given.items():
            now, value = before.get(column, ""), plain(typed)
            if now not in (plain(was), value):
                saved[column] = Saved(now, ours=False)
                continue
            if now != value:
                before[column], changed = value, True
            saved[column] = Saved(value, ours=True)
        if changed:
            self._write(rows, edition)
        return saved

    def _write(self, rows: Rows, edition: Edition) -> None:
        """Sealed where the project is encrypted, with the keys of the transfer for which it was typed."""
        atrest.atomic_write(self.out, self.path, self._written(rows, edition))

    def _written(self, rows: Rows, edition: Edition) -> bytes:
        import xlsxwriter  # heavy, and only needed here

        columns = list(dict.fromkeys(name for values in rows.values() for name, text in values.items() if text))
        out = BytesIO()
        book = xlsxwriter.Workbook(out, {"in_memory": True})
        page, text = book.add_worksheet(NAME), book.add_format({"num_format": "@"})
        page.set_column(0, len(_KEYS) + len(columns), 18, text)
        lines = [(HEADER_MARK, *_KEYS, *columns, edition.column)]
        for who, values in rows.items():
            if any(values.values()):
                cells = (values.get(name, "") for name in columns)
                lines.append(("", self.brin, self.vestiging, who.leerlingid, who.dossier, *cells, ""))
        for number, line in enumerate(lines):
            for place, cell in enumerate(line):
                page.write_string(number, place, cell, text)
        book.close()
        return out.getvalue()


def files_of(project: ProjectFolder, out: Path) -> list[Path]:
    """What was typed for the transfer of which `out` is the output folder; none when it is that of none."""
    found = (name for name in project.transfers if project.out(name).resolve() == out.resolve())
    folder = project.home / SUPPLEMENTS
    return [path for name in found for path in sorted(folder.glob(f"{NAME}-{name}-*.xlsx"))]


def plain(text: str) -> str:
    """A value on one line, without spaces around it, of a length that a field can have."""
    return _ONE_LINE.sub(" ", text).strip()[:_LONGEST]


def _is_value(column: str) -> bool:
    return column not in _KEYS and not column.startswith("#")
