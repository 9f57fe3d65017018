"""Rows of the supplement that are nobody's, or of several pupils: somebody expected them to do something.

Whom a row is about is only sure when all exports were read. Where one turns out to be several pupils', the dossiers
that it is about are made again without it. What is wrong is kept in the ledger like the findings of an export, under
the name of the supplement, without source values.
"""

import hashlib
from collections.abc import Iterable, Sequence, Set

from sqlalchemy import ColumnElement, func, select

from dod2oso.findings.balance import Balance
from dod2oso.findings.model import Finding
from dod2oso.ledger.answers import hash_of, keep, recalled
from dod2oso.ledger.exports import SUPPLEMENT_PROFILE, ExportRow
from dod2oso.ledger.rows import exports_of
from dod2oso.ledger.tables import dossiers, exports, findings
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
    session.share(_claims(session, dossiers.c.export_id.in_(same), "expected").shared)


def settle_rows(session: Session) -> None:
    """After the conversion: make again what believed a row that several pupils claim, and write down what is wrong."""
    sources = session.sources
    position = len(sources.exports) + len(sources.empty) + 1
    ours = dossiers.c.export_id.in_(exports_of(session.run_id))
    found = _claims(session, ours, "claimed")
    if found.shared != session.shared:
        session.share(found.shared)
        if session.merging.merged:
            session.merging = prepare_merging(session)
        for position in _touched(session, sources.exports):
            convert_export(session, sources.exports[position], position, len(sources.exports))
        convert_alone(session)
        found = _claims(session, ours, "claimed")
    _settle(session, position, found)


def _claims(session: Session, only: ColumnElement[bool], question: str) -> Claims:
    converter = session.converter
    return claims(session.ledger, converter.finder, converter.supplement, only, _question(session, question))


def _question(session: Session, question: str) -> str:
    """The question of this version and transfer, under which its answer is remembered."""
    return f"{question}:{session.options.version}:{session.options.transfer}"


def _touched(session: Session, found: Sequence[FoundExport]) -> Iterable[int]:
    """The positions of the exports with dossiers that get something else now than they were made with."""
    options = session.options
    for position, each in enumerate(found):
        row = session.ledger.export(each.name, options.version, options.transfer)
        if row is not None and row.status == "done" and session.affected.records(row.id) != frozenset():
            yield position


def _settle(session: Session, position: int, found: Claims) -> None:
    """Write down what is wrong, or let what was written down count again when it is what it was."""
    ledger, identity = session.ledger, session.converter.supplement.identity
    with ledger.read() as connection:
        ours = dossiers.c.export_id.in_(exports_of(session.run_id))
        schools = frozenset(connection.scalars(select(dossiers.c.brin).where(ours).distinct()))
    follows = (sorted(found.unknown), sorted(found.shared), sorted(schools))
    question, of = _question(session, "settled"), identity and hash_of(follows, identity, session.datum)
    said = recalled(ledger, question, of) if of else None
    row = ledger.export(_name(session), session.options.version, session.options.transfer)
    if said is not None and row is not None and said == _as_it_stands(session, row):
        ledger.link_export(session.run_id, position, row.id)
        return
    row = _write_down(session, position, list(_wrong(session, found, schools)))
    if of and session.converter.supplement.identity == identity:
        keep(ledger, question, of, _as_it_stands(session, row))


def _as_it_stands(session: Session, row: ExportRow) -> str:
    """What stands in the ledger of the supplement: of what it follows, and how many findings."""
    with session.ledger.read() as connection:
        told = select(func.count()).select_from(findings).where(findings.c.export_id == row.id)
        return f"{row.id} {row.status} {row.config} {connection.scalar(told)}"


def _wrong(session: Session, found: Claims, schools: Set[str]) -> Iterable[Finding]:
    supplement = session.converter.supplement
    for number in sorted(found.shared | found.unknown):
        code = SHARED if number in found.shared else UNKNOWN
        yield Finding(code, place=supplement.pupils[number].place)
    for (brin, _vestiging), rows in supplement.schools.items():
        if brin not in schools:
            yield from (Finding(UNKNOWN, place=row.place) for row in rows)
    yield from supplement.refused


def _name(session: Session) -> str:
    """Under what the findings about the supplements stand in the ledger, as if they were an export."""
    return ", ".join(safe_name(path.name) for path in session.options.supplements)


def _write_down(session: Session, position: int, found: list[Finding]) -> ExportRow:
    options = session.options
    found.sort(key=lambda finding: (finding.detail, finding.code))
    config = hashlib.sha256("|".join(finding.detail for finding in found).encode()).hexdigest()
    row = session.ledger.start_export(
        session.run_id, position, _name(session), options.version, options.transfer, SUPPLEMENT_PROFILE, config, config,
        session.datum,
    )  # fmt: skip
    session.ledger.finish_export(row.id, Balance(), found)
    return row._replace(status="done")
