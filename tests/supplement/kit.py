"""Fill in aanvulling.xlsx as a person would, and look at what a run left in the ledger."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

from openpyxl import load_workbook
from sqlalchemy import select

from dod2oso.ledger import tables
from dod2oso.ledger.counts import unpacker
from dod2oso.ledger.store import Ledger
from dod2oso.source.user_tables import HEADER_MARK
from dod2oso.supplement.pupil import COLUMNS
from dod2oso.supplement.repairs import Fill, repairs
from tests.corpus.kit import bsn

FILLS: dict[str, Fill] = {fill.column: fill for repair in repairs().values() for fill in repair.fill}
Value = Callable[[str, int], Any]  # column and a number that counts up -> what is typed


def typed(column: str, number: int) -> Any:
    """A value as people type it: yes and no in words, dates as dates, a personal number of its own."""
    if column == "leerling.bsn":
        return bsn(500 + number)
    if column == "leerling.leerlingid":
        return f"nieuw{number}"
    value = FILLS[column].value
    if value in ("true", "false"):
        return {"true": "ja", "false": "nee"}[value]
    if len(value) == 10 and value[4] == value[7] == "-":
        return date.fromisoformat(value)
    return value


def fill(path: Path, target: Path, value: Value = typed, only: Callable[[dict[str, str]], bool] | None = None) -> int:
    """Type a value in every open cell of the workbook, and save it as `target`; how many cells that were."""
    book = load_workbook(path)
    done = 0
    for sheet in book.worksheets:
        rows = list(sheet.iter_rows())
        header = next((row for row in rows if row[0].value == HEADER_MARK), None)
        if header is None:
            continue
        names = [str(cell.value) for cell in header]
        for row in rows[header[0].row :]:
            keys = {name: str(cell.value or "") for name, cell in zip(names, row, strict=True) if name in COLUMNS}
            if only is not None and not only(keys):
                continue
            for name, cell in zip(names, row, strict=True):
                if cell.protection.locked is False:
                    done += 1
                    cell.value = value(name, done)
    book.save(target)
    return done


def ledger_rows(out: Path, exports: set[str]) -> dict[str, list[Any]]:
    """What the ledger says of these exports, dossiers, findings and counts, without what differs from run to run."""
    with Ledger.open(out) as ledger, ledger.read() as connection:
        names = dict(connection.execute(select(tables.exports.c.id, tables.exports.c.name)).all())
        unpack = unpacker(connection)
        ids = dict(connection.execute(select(tables.dossiers.c.id, tables.dossiers.c.dossier_id)).all())

        def meant(column: str, value: Any) -> Any:
            """An id as the dossier it stands for; what was counted by name, as its numbers differ between ledgers."""
            if column == "counts" and value is not None:
                fields, targets = unpack(value)
                return sorted(fields.items()), sorted(targets)
            return ids.get(value, value) if column == "dossier" else value

        def rows(table: Any, *leave_out: str) -> list[Any]:
            columns = [column for column in table.columns if column.name not in ("id", "export_id", *leave_out)]
            found = connection.execute(select(table.c.export_id, *columns)).all()
            named = [
                (names[row[0]], *(meant(column.name, value) for column, value in zip(columns, row[1:], strict=True)))
                for row in found
                if names[row[0]] in exports
            ]  # fmt: skip
            return sorted(named, key=repr)

        return {
            "exports": sorted(
                (row.name, row.status, row.records, repr(sorted(row.balance.items())))
                for row in connection.execute(select(tables.exports))
                if row.name in exports
            ),
            "dossiers": rows(tables.dossiers),
            "findings": rows(tables.findings),
            "field_counts": rows(tables.field_counts),
            "target_counts": rows(tables.target_counts),
        }
