"""The ledger as the pipeline sees it: runs and exports, from begin to done, resumable at every point.

An export passes through `reading` to `done`, or is `unreadable`. Its row stays the same row when it is
converted again, so that every run that counted it keeps pointing at what is true now.
"""

import json
import secrets
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self

from sqlalchemy import Connection, Engine, delete, exists, func, insert, select, update

import dod2oso
from dod2oso.base.clock import now
from dod2oso.base.errors import BalanceError, ConfigurationError
from dod2oso.findings.balance import Balance
from dod2oso.findings.model import Finding
from dod2oso.ledger import engine as database
from dod2oso.ledger import exports, places, tables
from dod2oso.ledger.exports import ExportRow
from dod2oso.ledger.progress import ExportCounters
from dod2oso.ledger.rows import finding_rows, timestamp
from dod2oso.ledger.runs import last_run

OUT_OF_REACH = "export-geen-toegang"  # the one reason for not reading an export that may have passed tomorrow
RunStatus = Literal["running", "done", "interrupted"]


class Ledger:
    """Open with `Ledger.open`; close it, or use it as a context manager."""

    def __init__(self, engine: Engine, out_dir: Path | None, path: Path | None = None) -> None:
        self.engine = engine
        self.out_dir = out_dir
        self.path = path  # of the SQLite file, when it was named by its path
        self.mirrored = (0, 0)  # lines and bytes of the audit file, as far as known (audit_file.py)

    @classmethod
    def open(
        cls, target: str | Path, out_dir: Path | None = None, *, create: bool = True, unfinished: bool = False
    ) -> Self:
        """Open the ledger at a URL, an SQLite file or an output directory.

        `out_dir` is where the dossier files are; by default the folder of the SQLite file. `unfinished`: also while a
        destruction is half done, to finish it.
        """
        engine, path = database.connect(target, out_dir, create=create, unfinished=unfinished)
        return cls(engine, out_dir or (path.parent if path else None), path)

    def close(self) -> None:
        self.engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """One transaction: all or nothing."""
        with database.translated_errors(), self.engine.begin() as connection:
            yield connection

    @contextmanager
    def read(self) -> Iterator[Connection]:
        with database.translated_errors(), self.engine.connect() as connection:
            yield connection

    # --- the project ----------------------------------------------------------------------------------------

    def bind_key(self, check: str) -> None:
        """Tie this ledger to a project key by a pseudonym made with it; another key is a ConfigurationError.

        With another key every pupil would get another pseudonym, and every dossier would be handed over
        again.
        """
        with self.write() as connection:
            known = connection.scalar(select(tables.project.c.value).where(tables.project.c.key == "key-check"))
            if known is None:
                connection.execute(insert(tables.project).values(key="key-check", value=check))
            elif known != check:
                raise ConfigurationError("project-key-mismatch")

    # --- runs -----------------------------------------------------------------------------------------------

    def begin_run(self, oso: str, overstap: str, datum: str) -> str:
        """A new run; one that was still called running did not come to its end."""
        moment = now()
        run_id = f"{moment:%Y%m%dT%H%M%SZ}-{secrets.token_hex(3)}"
        runs = tables.runs
        with self.write() as connection:
            connection.execute(update(runs).where(runs.c.status == "running").values(status="interrupted"))
            connection.execute(
                insert(runs).values(
                    id=run_id,
                    started=timestamp(moment),
                    status="running",
                    oso=oso,
                    overstap=overstap,
                    datum=datum,
                    tool_version=dod2oso.__version__,
                    seconds=0.0,
                    number=(connection.scalar(select(func.max(runs.c.number))) or 0) + 1,
                )
            )
        return run_id

    def finish_run(self, run_id: str, status: RunStatus, seconds: float) -> None:
        with self.write() as connection:
            connection.execute(
                update(tables.runs)
                .where(tables.runs.c.id == run_id)
                .values(status=status, seconds=seconds, finished=timestamp())
            )

    def last_run(self) -> str | None:
        """The id of the run that began last."""
        with self.read() as connection:
            row = last_run(connection)
        return None if row is None else str(row.id)

    # --- exports --------------------------------------------------------------------------------------------

    def export(self, name: str, oso: str, overstap: str) -> ExportRow | None:
        with self.read() as connection:
            return exports.find(connection, name, oso, overstap)

    def unchanged(self, name: str, oso: str, overstap: str, fingerprint: str, config: str) -> ExportRow | None:
        """The export when it is done with this content and config and its dossier files still stand there.

        Also while it is being amended, for then only some dossiers of it are to be made again.
        """
        row = self.export(name, oso, overstap)
        if (
            row is None
            or row.status not in ("done", "amending")
            or (row.fingerprint, row.config) != (fingerprint, config)
        ):
            return None
        with self.read() as connection:
            return row if places.all_present(connection, self._files(), row.id) else None

    def rename_exports(self, names: Mapping[str, str]) -> None:
        """Let exports that stand here under the one name stand under the other from now on."""
        table = tables.exports
        with self.write() as connection:
            for old, new in names.items():
                taken = select(table.c.name).where(table.c.name == new)
                connection.execute(update(table).where(table.c.name == old, ~exists(taken)).values(name=new))

    def link_export(self, run_id: str, position: int, export_id: int) -> None:
        """Let an export, with all its dossiers, count for this run."""
        with self.write() as connection:
            _forget_trouble(connection, export_id)
            exports.link(connection, run_id, position, export_id)

    def keep_export(self, run_id: str, position: int, export_id: int, finding: Finding) -> None:
        """The same for an export that is out of reach now (`finding`): what it gave before stays."""
        with self.write() as connection:
            _forget_trouble(connection, export_id)
            _add_findings(connection, export_id, [finding])
            exports.link(connection, run_id, position, export_id)

    def start_export(
        self,
        run_id: str,
        position: int,
        name: str,
        oso: str,
        overstap: str,
        profile: str,
        fingerprint: str,
        config: str,
        datum: str,
    ) -> ExportRow:
        """Begin or resume converting an export; `.records` tells how many leading records can be skipped.

        Half-done with the same content and config: what was not placed is removed and the rest stays.
        Otherwise everything known under this name is removed, files included, and it starts again at zero.
        """
        values = {"profile": profile, "fingerprint": fingerprint, "config": config, "datum": datum}
        row = self.export(name, oso, overstap)
        if row is not None and not self._resume(row, fingerprint, config):
            self._clear(row.id)
        with self.write() as connection:
            row = exports.find(connection, name, oso, overstap)
            if row is None:
                connection.execute(insert(tables.exports).values(exports.blank(name, oso, overstap) | values))
            else:
                connection.execute(update(tables.exports).where(tables.exports.c.id == row.id).values(values))
            row = exports.found(connection, name, oso, overstap)
            exports.link(connection, run_id, position, row.id)
        return row

    def finish_export(self, export_id: int, balance: Balance, findings: Sequence[Finding]) -> None:
        """Close an export: verify the balance, keep its counts and its own findings, call it done.

        The recorder must have been closed. Raises BalanceError when the balance does not add up or the counts
        per field tell another story.
        """
        with self.write() as connection:
            row = connection.execute(select(tables.exports).where(tables.exports.c.id == export_id)).one()
            progress = ExportCounters.loads(row.progress)
            balance.verify(row.name)
            _verify_counts(row.name, balance, progress)
            for table, counts in (
                (tables.field_counts, progress.field_rows(export_id)),
                (tables.target_counts, progress.target_rows(export_id)),
            ):
                connection.execute(delete(table).where(table.c.export_id == export_id))
                if counts:
                    connection.execute(insert(table), counts)
            told = tables.findings.c
            connection.execute(delete(tables.findings).where(told.export_id == export_id, told.dossier.is_(None)))
            _add_findings(connection, export_id, findings)
            connection.execute(
                update(tables.exports)
                .where(tables.exports.c.id == export_id)
                .values(status="done", balance=balance.as_dict(), records=progress.records)
            )

    def fail_export(self, run_id: str, position: int, name: str, oso: str, overstap: str, finding: Finding) -> None:
        """Write down that an export could not be read; what an earlier version of it gave is removed."""
        row = self.export(name, oso, overstap)
        if row is not None:
            self._clear(row.id)
        with self.write() as connection:
            if row is None:
                connection.execute(insert(tables.exports).values(exports.blank(name, oso, overstap)))
            row = exports.found(connection, name, oso, overstap)
            connection.execute(update(tables.exports).where(tables.exports.c.id == row.id).values(status="unreadable"))
            _add_findings(connection, row.id, [finding])
            exports.link(connection, run_id, position, row.id)

    def _resume(self, row: ExportRow, fingerprint: str, config: str) -> bool:
        """Remove what a stopped run did not place; False when there is nothing trustworthy to resume."""
        if row.status != "reading" or (row.fingerprint, row.config) != (fingerprint, config):
            return False
        with self.read() as connection:
            if not places.all_present(connection, self._files(), row.id):
                return False  # files vanished or shrank (power cut): the counters no longer tell the truth
            places.remove_files(connection, self._files(), row.id, placed=False)
        with self.write() as connection:
            _delete_dossiers(connection, row.id, tables.dossiers.c.placed.is_(False))
        return True

    def _clear(self, export_id: int) -> None:
        """Forget everything of an export but its row. First nothing may reuse it, then files go, then rows."""
        with self.write() as connection:
            connection.execute(
                update(tables.exports)
                .where(tables.exports.c.id == export_id)
                .values(
                    fingerprint="",
                    config="",
                    profile="",
                    status="reading",
                    records=0,
                    balance=Balance().as_dict(),
                    progress="",
                    destroyed=0,
                )
            )
        with self.read() as connection:
            places.remove_files(connection, self._files(), export_id)
        with self.write() as connection:
            _delete_dossiers(connection, export_id)
            for table in (tables.findings, tables.field_counts, tables.target_counts):
                connection.execute(delete(table).where(table.c.export_id == export_id))

    def _files(self) -> Path:
        if self.out_dir is None:
            raise ConfigurationError("ledger-needs-out")
        return self.out_dir


def _forget_trouble(connection: Connection, export_id: int) -> None:
    told = tables.findings.c
    gone = (told.export_id == export_id, told.dossier.is_(None), told.cause == OUT_OF_REACH)
    connection.execute(delete(tables.findings).where(*gone))


def _add_findings(connection: Connection, export_id: int, findings: Sequence[Finding]) -> None:
    if findings:
        connection.execute(insert(tables.findings), finding_rows(export_id, None, findings))


def _delete_dossiers(connection: Connection, export_id: int, *only: Any) -> None:
    dossiers, findings = tables.dossiers, tables.findings
    chosen = select(dossiers.c.id).where(dossiers.c.export_id == export_id, *only)
    connection.execute(delete(findings).where(findings.c.dossier.in_(chosen)))
    connection.execute(delete(dossiers).where(dossiers.c.export_id == export_id, *only))


def _verify_counts(name: str, balance: Balance, progress: ExportCounters) -> None:
    totals = progress.totals()
    stated = {
        key: n for key, n in balance.as_dict().items() if key in ("mapped", "dropped", "unmapped", "refused") and n
    }
    if totals != stated:
        raise BalanceError("counts-wrong", name=name, counted=_say(totals), stated=_say(stated))


def _say(totals: dict[str, int]) -> str:
    return json.dumps(totals, sort_keys=True)
