"""What a selection came to: names on the list that nobody has, a selection of nobody, and the list for destruction."""

import csv
import hashlib
import io

from sqlalchemy import func, select

from dod2oso.base.files import atomic_write, disk_guard, make_private_dir
from dod2oso.base.texts import Text
from dod2oso.findings.balance import Balance
from dod2oso.findings.model import Finding
from dod2oso.findings.outcome import EXPIRED, NOT_CHOSEN, REPLACED, STATES
from dod2oso.ledger.exports import SUPPLEMENT_PROFILE
from dod2oso.ledger.places import TO_DESTROY
from dod2oso.ledger.rows import exports_of
from dod2oso.ledger.tables import dossiers, exports
from dod2oso.run.session import Session
from dod2oso.source.container.discreet import is_plain
from dod2oso.supplement.claims import claims

UNKNOWN = "lijst-onbekende-leerling"


def tell_choice(session: Session) -> None:
    """Say whom the list of pupils names and no export holds, and that nobody is left when that is so."""
    chooser, options = session.converter.chooser, session.options
    assert chooser is not None  # noqa: S101  a run has one
    ours = dossiers.c.export_id.in_(exports_of(session.run_id))
    if chooser.finder is not None and options.selection.pupils is not None:
        unknown = claims(session.ledger, chooser.finder, chooser.listed, ours).unknown
        found = [Finding(UNKNOWN, place=chooser.listed.pupils[number].place) for number in sorted(unknown)]
        name = options.selection.pupils.name
        _write_down(session, name if is_plain(name) else "(leerlingenlijst)", found)
    with session.ledger.read() as connection:
        group = select(dossiers.c.state, func.count().label("n")).where(ours).group_by(dossiers.c.state)
        counts: dict[str, int] = {row.state: row.n for row in connection.execute(group)}
    aside = {state: counts.get(state, 0) for state in (NOT_CHOSEN, EXPIRED)}
    if any(aside.values()):
        session.progress.message(Text("pupils-aside", chosen=aside[NOT_CHOSEN], expired=aside[EXPIRED]))
        if not any(counts.get(state) for state in (*STATES, REPLACED)):
            named_only = chooser.kind.named_only and options.selection.pupils is None
            session.progress.message(Text("nobody-named") if named_only else Text("nobody-chosen"))


def _write_down(session: Session, name: str, found: list[Finding]) -> None:
    options, sources = session.options, session.sources
    position = len(sources.exports) + len(sources.empty) + 3
    config = hashlib.sha256("|".join(finding.detail for finding in found).encode()).hexdigest()
    row = session.ledger.start_export(
        session.run_id, position, name, options.version, options.transfer, SUPPLEMENT_PROFILE, config, config,
        session.datum,
    )  # fmt: skip
    session.ledger.finish_export(row.id, Balance(), found)


def list_for_destruction(session: Session) -> None:
    """report/vernietigen.csv: whose term is over, by export, record and pseudonym; gone when there is nobody."""
    path = session.options.out_dir / "report" / TO_DESTROY
    ours = (dossiers.c.export_id.in_(exports_of(session.run_id)), dossiers.c.state == EXPIRED)
    chosen = (
        select(exports.c.name, dossiers.c.record, dossiers.c.brin, dossiers.c.vestiging, dossiers.c.pseudonym)
        .join(exports, exports.c.id == dossiers.c.export_id)
        .where(*ours)
        .order_by(exports.c.name, dossiers.c.record)
    )
    with session.ledger.read() as connection:
        rows = [tuple(row) for row in connection.execute(chosen)]
    if not rows:
        path.unlink(missing_ok=True)
        return
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=";")
    writer.writerow(("export", "record", "brin", "vestiging", "leerling"))
    writer.writerows(rows)
    with disk_guard():
        make_private_dir(path.parent)
        atomic_write(path, text.getvalue().encode("utf-8-sig"))
