"""Decisions that nothing in the exports of a run asked for: the value may no longer occur, or have another spelling."""

import hashlib

from sqlalchemy import select

from dod2oso.base.texts import Text
from dod2oso.findings.balance import Balance
from dod2oso.findings.model import Finding
from dod2oso.ledger.exports import DECISIONS_PROFILE
from dod2oso.ledger.rows import exports_of
from dod2oso.ledger.tables import findings
from dod2oso.run.session import Session
from dod2oso.source.decisions import CONTRADICTED, LEFT
from dod2oso.source.walk import USED

IDLE = "besluit-ongebruikt"


def note_idle_decisions(session: Session) -> None:
    """Write them down, under the name of their file, and say how many there are."""
    options, ledger = session.options, session.ledger
    asked = select(findings.c.cause).where(
        findings.c.export_id.in_(exports_of(session.run_id)), findings.c.code.in_((USED, LEFT, CONTRADICTED))
    )
    with ledger.read() as connection:
        used = set(connection.scalars(asked.distinct()))
    idle = [one for one in session.decisions.all if one.id not in used]
    said = [Finding(IDLE, cause=one.id, place=one.place) for one in idle]
    config = hashlib.sha256("|".join(one.detail for one in said).encode()).hexdigest()
    position = len(session.sources.exports) + len(session.sources.empty) + 2
    name = ", ".join(path.name for path in options.decisions)
    row = ledger.start_export(
        session.run_id, position, name, options.version, options.transfer, DECISIONS_PROFILE, config, config,
        session.datum,
    )  # fmt: skip
    ledger.finish_export(row.id, Balance(), said)
    total = len(session.decisions.all)
    session.progress.message(Text("decisions-counted", file=name, count=total, used=total - len(idle), idle=len(idle)))
