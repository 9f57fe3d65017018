"""The ledger of an output folder as pandas DataFrames. Read only: nothing here writes, and no column is personal."""

from pathlib import Path
from types import TracebackType
from typing import Any, Self

import pandas as pd
from sqlalchemy import Select, select

from dod2oso.base.errors import UsageError
from dod2oso.findings.balance import Balance
from dod2oso.findings.catalogue import entries
from dod2oso.ledger import tables
from dod2oso.ledger.engine import no_ledger
from dod2oso.ledger.handover_tables import handovers
from dod2oso.ledger.store import Ledger


class LedgerFrames:
    """Queries; open with `open_ledger`, close it or use it as a context manager.

    Columns that are named here stay (STABILITY.md); others may come. A pupil is a pseudonym, which cannot be undone.
    """

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the database."""
        self._ledger.close()

    def runs(self) -> pd.DataFrame:
        """A row per run, first to last: run, started, finished (UTC), status, oso, overstap, datum, seconds."""
        runs = tables.runs.c
        named = (runs.id.label("run"), runs.started, runs.finished, runs.status, runs.oso, runs.overstap, runs.datum)
        return self._frame(select(*named, runs.seconds).order_by(runs.number, runs.started))

    def exports(self, run: str | None = None) -> pd.DataFrame:
        """A row per export of the last run, or of `run`: export, profile, status, datum, records and its balance.

        The balance: source_values, mapped, dropped, unmapped, refused, lossy (values; the first is the sum of the next
        four).
        """
        e, by = tables.exports, tables.run_exports
        named = (e.c.name.label("export"), e.c.profile, e.c.status, e.c.datum, e.c.records, e.c.balance)
        mine = select(*named).join_from(e, by, by.c.export_id == e.c.id).where(by.c.run_id == self._run(run))
        found = self._frame(mine.order_by(by.c.position, e.c.id))
        balances = pd.DataFrame([Balance.from_dict(each).as_dict() for each in found.pop("balance")], index=found.index)
        return pd.concat([found, balances], axis=1)

    def dossiers(self, run: str | None = None) -> pd.DataFrame:
        """A row per record: export, record, dossier_id, pseudonym, brin, vestiging, state, sha256, size, and counts.

        `state`: ready, held, rejected, merged, replaced, not-chosen or expired. The counts are those of `exports`.
        """
        e, d = tables.exports, tables.dossiers
        named = (d.c.record, d.c.dossier_id, d.c.pseudonym, d.c.brin, d.c.vestiging, d.c.state, d.c.sha256, d.c.size)
        counts = (d.c.source_values, d.c.mapped, d.c.dropped, d.c.unmapped, d.c.refused, d.c.lossy)
        joined = select(e.c.name.label("export"), *named, *counts).join_from(d, e, e.c.id == d.c.export_id)
        return self._frame(joined.where(d.c.export_id.in_(self._exports(run))).order_by(d.c.export_id, d.c.record))

    def findings(self, run: str | None = None, lang: str = "nl") -> pd.DataFrame:
        """A row per kind of finding of a dossier: export, dossier_id, code, severity, field, target, rule, count, text.

        `dossier_id` is empty for what is about an export. `text`: what the code says, in nl or en.
        """
        e, d, f = tables.exports, tables.dossiers, tables.findings
        named = (f.c.code, f.c.severity, f.c.field, f.c.target, f.c.rule, f.c.count)
        joined = (
            select(e.c.name.label("export"), d.c.dossier_id, *named)
            .join_from(f, e, e.c.id == f.c.export_id)
            .join(d, d.c.id == f.c.dossier, isouter=True)
        )
        found = self._frame(joined.where(f.c.export_id.in_(self._exports(run))).order_by(f.c.id))
        known = entries()
        found["text"] = [known[code].text(lang) if code in known else "" for code in found["code"]]
        found["dossier_id"] = found["dossier_id"].fillna("")
        return found

    def handovers(self) -> pd.DataFrame:
        """A row per dossier handed over: dossier_id, sha256, state, at, sender, brin, oso, overstap, receiver."""
        h = handovers.c
        named = (h.dossier_id, h.sha256, h.state, h.at, h.sender, h.brin, h.oso, h.overstap, h.receiver)
        return self._frame(select(*named).order_by(h.at))

    def _run(self, run: str | None) -> str:
        """The run that is asked for; UsageError when there is none, or none with that id."""
        with self._ledger.read() as connection:
            known = [str(row.id) for row in connection.execute(select(tables.runs.c.id))]
        found = run if run in known else self._ledger.last_run() if run is None else None
        if found is None:
            raise no_ledger() if run is None else UsageError("run-absent")
        return found

    def _exports(self, run: str | None) -> Select[tuple[int]]:
        by = tables.run_exports.c
        return select(by.export_id).where(by.run_id == self._run(run))

    def _frame(self, asked: Select[Any]) -> pd.DataFrame:
        with self._ledger.read() as connection:
            found = connection.execute(asked)
            return pd.DataFrame([tuple(row) for row in found], columns=list(found.keys()))


def open_ledger(out: str | Path) -> LedgerFrames:
    """The ledger of an output folder (or at a database URL). UsageError when there is none."""
    return LedgerFrames(Ledger.open(out, create=False))
