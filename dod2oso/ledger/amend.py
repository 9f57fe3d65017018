"""Convert some dossiers of a finished export anew and leave all others as they are.

The export is called `amending` meanwhile. Per batch: (1) write the new files under a temporary name and remove old ones
that stand elsewhere, (2) commit the rows, with `placed` false, together with the counters of the export, (3) rename the
files, (4) commit that they are in place. A crash leaves either a row that is not `placed` (it is amended again) or a
file that is missing (then the whole export is converted anew); never counters that do not fit the rows.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, Self

from sqlalchemy import Row, delete, insert, select, update

from dod2oso.base import atrest
from dod2oso.base.files import disk_guard, make_private_dir, own_dir, remove_empty
from dod2oso.findings.balance import Balance
from dod2oso.findings.outcome import FieldCount, Outcome
from dod2oso.ledger import places, tables
from dod2oso.ledger.counts import CountNames, unpacker
from dod2oso.ledger.exports import ExportRow
from dod2oso.ledger.progress import ExportCounters
from dod2oso.ledger.recorder import dossier_row
from dod2oso.ledger.rows import finding_rows
from dod2oso.ledger.store import Ledger


class _Change(NamedTuple):
    old: Row[Any]
    new: Outcome
    temporary: Path
    final: Path


class Amender:
    """Replaces dossiers of one export; afterwards `finish_export` with its `balance`, as for a Recorder."""

    def __init__(self, ledger: Ledger, out_dir: Path, export: ExportRow) -> None:
        self._ledger = ledger
        self._out_dir = out_dir
        self._export = export
        self._progress = ExportCounters.loads(export.progress)
        self._names = CountNames(ledger)
        self._temporary = places.temporary_dir(out_dir)
        with disk_guard():
            own_dir(self._temporary)

    @classmethod
    def begin(cls, ledger: Ledger, out_dir: Path, export: ExportRow) -> Self:
        """Say that this export is being amended, and start."""
        with ledger.write() as connection:
            chosen = tables.exports.c.id == export.id
            connection.execute(update(tables.exports).where(chosen).values(status="amending"))
        return cls(ledger, out_dir, export)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        """Everything is in the ledger already: `record` finishes what it begins."""
        remove_empty(self._temporary)

    @property
    def balance(self) -> Balance:
        """The balance of the export with everything that was amended so far."""
        return self._progress.balance

    def unmapped_fields(self) -> set[str]:
        """The fields and paths with values that nothing read."""
        return self._progress.unmapped_fields()

    def read_fields(self) -> set[str]:
        """The dictionary fields that had values."""
        return self._progress.read_fields()

    def count_outside(self, fields: dict[FieldCount, int], balance: Balance) -> None:
        """Set the counts of values that belong to no dossier, and write the counters down."""
        self._progress.set_outside(fields, balance)
        with self._ledger.write() as connection:
            connection.execute(self._keep())

    def record(self, batch: Sequence[Outcome], reader: Mapping[str, Any] | None = None) -> None:
        """Put new outcomes in the place of the dossiers with the same record numbers, which keep their ids."""
        changes = self._changes(batch)
        if reader is not None:
            self._progress.reader = dict(reader)
        if not changes:
            return
        with disk_guard():
            for change in changes:
                assert change.new.xml is not None  # noqa: S101  every outcome has a file
                atrest.write(self._out_dir, change.temporary, change.new.xml)
            for change in changes:
                for state in places.STATES_WITH_FILE:
                    old = places.dossier_path(self._out_dir, state, change.old.brin, change.old.dossier_id)
                    if old != change.final:
                        old.unlink(missing_ok=True)
        self._commit(changes)
        with disk_guard():
            for change in changes:
                make_private_dir(change.final.parent)
                change.temporary.replace(change.final)
        with self._ledger.write() as connection:
            chosen = tables.dossiers.c.id.in_([change.old.id for change in changes])
            connection.execute(update(tables.dossiers).where(chosen).values(placed=True))

    def _changes(self, batch: Sequence[Outcome]) -> list[_Change]:
        dossiers = tables.dossiers
        by_record = {outcome.record: outcome for outcome in batch}
        with self._ledger.read() as connection:
            rows = connection.execute(
                select(dossiers).where(dossiers.c.export_id == self._export.id, dossiers.c.record.in_(by_record))
            ).all()
        changes = []
        for row in rows:
            new = by_record[row.record]
            if row.placed and row.supplied == new.supplied:
                continue  # it seemed to be touched, and was not
            name = places.dossier_name(row.dossier_id)
            final = places.dossier_path(self._out_dir, new.state, new.brin, row.dossier_id)
            changes.append(_Change(row, new, self._temporary / name, final))
        return changes

    def _commit(self, changes: Sequence[_Change]) -> None:
        dossiers, findings = tables.dossiers, tables.findings
        self._names.learn([change.new for change in changes])
        with self._ledger.write() as connection:
            unpack = unpacker(connection)
            for old, new, *_paths in changes:
                self._progress.replace(old.brin, Balance.from_dict(old._asdict()), unpack(old.counts), new)
                values = dossier_row(self._export.id, new, old.dossier_id, self._names.pack(new))
                connection.execute(update(dossiers).where(dossiers.c.id == old.id).values(values))
            connection.execute(delete(findings).where(findings.c.dossier.in_([change.old.id for change in changes])))
            found = [
                row
                for change in changes
                for row in finding_rows(self._export.id, change.old.id, change.new.findings)
            ]  # fmt: skip
            if found:
                connection.execute(insert(findings), found)
            connection.execute(self._keep())

    def _keep(self) -> Any:
        chosen = tables.exports.c.id == self._export.id
        return update(tables.exports).where(chosen).values(progress=self._progress.dumps())
