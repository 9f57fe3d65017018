"""Writing outcomes down, so that a crash at any moment loses nothing and leaves no file without its row.

Per batch: (1) name the dossiers, (2) write their files under a temporary name, (3) commit their rows with
`placed` false, together with the news that the previous batch is safely in place and the counters up to
there, (4) rename the files. A resume removes what is not `placed` and converts from there; see
`Ledger.start_export`.
"""

import os
from collections.abc import Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Self

from sqlalchemy import Connection, insert, select, update

from dod2oso.base import atrest
from dod2oso.base.files import disk_guard, make_private_dir, own_dir, remove_empty
from dod2oso.base.wipe import wipe
from dod2oso.findings.balance import Balance
from dod2oso.findings.outcome import FieldCount, Outcome
from dod2oso.ledger import places, tables
from dod2oso.ledger.counts import CountNames
from dod2oso.ledger.exports import ExportRow
from dod2oso.ledger.progress import ExportCounters
from dod2oso.ledger.rows import finding_rows
from dod2oso.ledger.store import Ledger


class _File(NamedTuple):
    """A file of a dossier; its places as text, for joining a path costs more than all else about it."""

    xml: bytes
    temporary: str
    final: str


class Recorder:
    """Records the outcomes of one export, in the order of its records; close it before `finish_export`."""

    def __init__(self, ledger: Ledger, out_dir: Path, export: ExportRow) -> None:
        self._ledger = ledger
        self._out_dir = out_dir
        self._export = export
        self._progress = ExportCounters.loads(export.progress)
        self._settled = self._progress.dumps()  # the counters up to the last dossier that is placed
        self._records = self._progress.records
        self._renamed: int | None = None  # up to this dossier row the files have their final name
        self._folders: dict[tuple[str, str], str] = {}  # by state and school, made
        self._suffix = f"-{export.oso.replace('.', '')}-{export.overstap.lower()}"
        self._names = CountNames(ledger)
        self._temporary = places.temporary_dir(out_dir)
        with disk_guard():
            make_private_dir(out_dir / places.ROOT)
            for state in places.STATES_WITH_FILE:
                make_private_dir(out_dir / places.ROOT / state)
            own_dir(self._temporary)
        for stray in self._temporary.iterdir():  # of a run that stopped before its rows were committed
            wipe(stray)

    @property
    def balance(self) -> Balance:
        """The balance of everything recorded so far, also by an earlier run that was stopped."""
        return self._progress.balance

    def record(self, batch: Sequence[Outcome], reader: Mapping[str, Any] | None = None) -> None:
        """Record a batch; `reader` is JSON to get back as `ExportRow.reader` when the export is resumed here.

        Raises TryLaterError when the disk is full or the ledger locked; the export can then be resumed.
        """
        if not batch:
            return
        self._names.learn(batch)
        with self._ledger.read() as connection:
            named = self._name(connection, batch)
        files = self._files(batch, named)
        try:
            with disk_guard():
                write = atrest.writer(self._out_dir)
                for file in files:
                    write(file.temporary, file.xml)
            last = self._commit(batch, named)
            with disk_guard():
                for file in files:
                    self._place(file)
        except BaseException:
            for file in files:
                wipe(Path(file.temporary))
            raise
        for outcome in batch:
            self._progress.add(outcome)
        if reader is not None:
            self._progress.reader = dict(reader)
        # In one step, so that Ctrl-C cannot come between them: else a batch would be done twice, or not at all.
        self._renamed, self._settled, self._records = last, self._progress.dumps(), self._progress.records

    def count_outside(self, fields: dict[FieldCount, int], balance: Balance) -> None:
        """Set the counts of values that belong to no dossier (a header); a second call replaces the first."""
        self._progress.set_outside(fields, balance)
        self._settled = self._progress.dumps()

    def unmapped_fields(self) -> set[str]:
        """The fields and paths with values that nothing read."""
        return self._progress.unmapped_fields()

    def read_fields(self) -> set[str]:
        """The dictionary fields that had values."""
        return self._progress.read_fields()

    def close(self) -> None:
        """Commit that the last batch is in place. Safe to call more than once, and after a failure."""
        with self._ledger.write() as connection:
            self._settle(connection)
        remove_empty(self._temporary)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _name(self, connection: Connection, batch: Sequence[Outcome]) -> list[str]:
        """An id per outcome: pseudonym, version, transfer; and -2, -3 … when another dossier has it already."""
        dossiers = tables.dossiers
        pupils = {outcome.pseudonym for outcome in batch}
        taken = set(connection.scalars(select(dossiers.c.dossier_id).where(dossiers.c.pseudonym.in_(pupils))))
        names = []
        for outcome in batch:
            name = base = outcome.pseudonym + self._suffix
            number = 1
            while name in taken:
                number += 1
                name = f"{base}-{number}"
            taken.add(name)
            names.append(name)
        return names

    def _files(self, batch: Sequence[Outcome], named: Sequence[str]) -> list[_File]:
        files = []
        temporary = f"{self._temporary}{os.sep}"
        for outcome, dossier_id in zip(batch, named, strict=True):
            if outcome.xml is not None:
                name = places.dossier_name(dossier_id)
                folder = self._folders.get((outcome.state, outcome.brin)) or self._folder(outcome, dossier_id)
                files.append(_File(outcome.xml, f"{temporary}{name}", f"{folder}{os.sep}{name}"))
        return files

    def _folder(self, outcome: Outcome, dossier_id: str) -> str:
        """Where the dossiers of this school in this state stand; from now on that is there."""
        folder = places.dossier_path(self._out_dir, outcome.state, outcome.brin, dossier_id).parent
        with disk_guard():
            made = str(make_private_dir(folder))
        self._folders[outcome.state, outcome.brin] = made
        return made

    def _commit(self, batch: Sequence[Outcome], named: Sequence[str]) -> int:
        """One transaction: the previous batch is in place, this one is known. Returns its last dossier row."""
        export_id = self._export.id
        pack = self._names.pack
        rows = [
            dossier_row(export_id, outcome, name, pack(outcome)) for outcome, name in zip(batch, named, strict=True)
        ]
        with self._ledger.write() as connection:
            self._settle(connection)
            ids: Sequence[int] = connection.scalars(
                insert(tables.dossiers).returning(tables.dossiers.c.id, sort_by_parameter_order=True), rows
            ).all()
            found = [
                row
                for dossier, outcome in zip(ids, batch, strict=True)
                for row in finding_rows(export_id, dossier, outcome.findings)
            ]
            if found:
                connection.execute(insert(tables.findings), found)
        return max(ids)

    def _place(self, file: _File) -> None:
        os.replace(file.temporary, file.final)  # noqa: PTH105  per dossier

    def _settle(self, connection: Connection) -> None:
        dossiers, exports = tables.dossiers, tables.exports
        if self._renamed is not None:
            connection.execute(
                update(dossiers)
                .where(
                    dossiers.c.export_id == self._export.id,
                    dossiers.c.id <= self._renamed,
                    dossiers.c.placed.is_(False),
                )
                .values(placed=True)
            )
        connection.execute(
            update(exports).where(exports.c.id == self._export.id).values(records=self._records, progress=self._settled)
        )


def dossier_row(export_id: int, outcome: Outcome, name: str, counts: bytes) -> dict[str, Any]:
    """A dossier as it stands in its table, its file not yet in place; `counts` is packed (counts.py)."""
    xml = outcome.xml
    return {
        "export_id": export_id,
        "record": outcome.record,
        "dossier_id": name,
        "pseudonym": outcome.pseudonym,
        "match_pgn": outcome.match_pgn,
        "match_name": outcome.match_name,
        "key_school": outcome.key_school,
        "key_number": outcome.key_number,
        "key_name": outcome.key_name,
        "brin": outcome.brin,
        "vestiging": outcome.vestiging,
        "state": outcome.state,
        "converted": outcome.state,
        "sha256": None if xml is None else sha256(xml).hexdigest(),
        "size": None if xml is None else len(xml),
        "placed": False,
        "needs": outcome.needs,
        "supplied": outcome.supplied,
        "counts": counts,
        **outcome.balance.as_dict(),
    }
