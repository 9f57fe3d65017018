"""Rows of the supplement that are nobody's, or of several pupils: somebody expected them to do something.

Whom a row is about is only sure when all exports were read. Where one turns out to be several pupils', the dossiers
that it is about are made again without it. What is wrong is kept in the ledger like the findings of an export, under
the name of the supplement, without source values.
"""

import hashlib
from collections.abc import Iterable, Sequence

from sqlalchemy import ColumnElement, select

from dod2oso.findings.balance import Balance
from dod2oso.findings.model import Finding
from dod2oso.ledger.exports import SUPPLEMENT_PROFILE
from dod2oso.ledger.rows import exports_of
from dod2oso.ledger.tables import dossiers, exports
from dod2oso.run.doubles.prepare import prepare_merging
from dod2oso.run.export import convert_alone, convert_export
from dod2oso.run.session import Session
from dod2oso.source.container.member import FoundExport, safe_name
from dod2oso.supplement.claims import SHARED, Claims, claims

UNKNOWN = "aanvulling-onbekende-leerling"


def expect_shared_rows(session: Session) -> None:
    """Before the conversion: which rows several pupils claimed when these exports were converted before.

    What is not true any more comes right afterwards; it only spares making the same dossiers twice in every run.
    """
    options = session.options
    same = select(exports.c.id).where(exports.c.oso == options.version, exports.c.overstap == options.transfer)
    session.share(_claims(session, dossiers.c.export_id.in_(same)).shared)


def settle_rows(session: Session) -> None:
    """After the conversion: make again what believed a row that several pupils claim, and write down what is wrong."""
    sources = session.sources
    position = len(sources.exports) + len(sources.empty) + 1
    ours = dossiers.c.export_id.in_(exports_of(session.run_id))
    found = _claims(session, ours)
    if found.shared != session.shared:
        session.share(found.shared)
        if session.merging.merged:
            session.merging = prepare_merging(session)
        for position in _touched(session, sources.exports):
            convert_export(session, sources.exports[position], position, len(sources.exports))
        convert_alone(session)
        found = _claims(session, ours)
    _write_down(session, position, list(_wrong(session, found)))


def _claims(session: Session, only: ColumnElement[bool]) -> Claims:
    converter = session.converter
    return claims(session.ledger, converter.finder, converter.supplement, only)


def _touched(session: Session, found: Sequence[FoundExport]) -> Iterable[int]:
    """The positions of the exports with dossiers that get something else now than they were made with."""
    options = session.options
    for position, each in enumerate(found):
        row = session.ledger.export(each.name, options.version, options.transfer)
        if row is not None and row.status == "done" and session.affected.records(row.id) != frozenset():
            yield position


def _wrong(session: Session, found: Claims) -> Iterable[Finding]:
    supplement = session.converter.supplement
    for number in sorted(found.shared | found.unknown):
        code = SHARED if number in found.shared else UNKNOWN
        yield Finding(code, place=supplement.pupils[number].place)
    with session.ledger.read() as connection:
        ours = dossiers.c.export_id.in_(exports_of(session.run_id))
        schools = set(connection.scalars(select(dossiers.c.brin).where(ours).distinct()))
    for (brin, _vestiging), rows in supplement.schools.items():
        if brin not in schools:
            yield from (Finding(UNKNOWN, place=row.place) for row in rows)
    yield from supplement.refused


def _write_down(session: Session, position: int, found: list[Finding]) -> None:
    options = session.options
    name = ", ".join(safe_name(path.name) for path in options.supplements)
    found.sort(key=lambda finding: (finding.detail, finding.code))
    config = hashlib.sha256("|".join(finding.detail for finding in found).encode()).hexdigest()
    row = session.ledger.start_export(
        session.run_id, position, name, options.version, options.transfer, SUPPLEMENT_PROFILE, config, config,
        session.datum,
    )  # fmt: skip
    session.ledger.finish_export(row.id, Balance(), found)
