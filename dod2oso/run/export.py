"""One export of a run: survey it, convert it record by record, and close its books."""

from collections.abc import Iterator
from contextlib import ExitStack
from itertools import islice

from dod2oso.base.errors import ExportError
from dod2oso.base.texts import Text, packed
from dod2oso.findings.balance import Balance
from dod2oso.findings.model import Finding
from dod2oso.findings.outcome import Outcome
from dod2oso.ledger.amend import Amender
from dod2oso.ledger.exports import ExportRow
from dod2oso.ledger.recorder import Recorder
from dod2oso.ledger.store import OUT_OF_REACH
from dod2oso.run.first_pass import SEPARATOR, expected, read_once, survey
from dod2oso.run.session import FirstPass, Session, make_converter
from dod2oso.run.workers import Workers, settle_shared
from dod2oso.source.container.member import FoundExport
from dod2oso.source.export import Export
from dod2oso.source.guard import FAULT, guarded
from dod2oso.source.opening import OpenExport

BATCH = 200  # dossiers per ledger transaction


def convert_export(session: Session, found: FoundExport, position: int, total: int) -> None:
    """Read and convert one export, or note why that cannot be; the others go on either way."""
    with guarded(lambda error: note_unreadable(session, position, found.name, error)), ExitStack() as stack:
        if found.name in session.problems:  # it was looked at before, among the others
            raise session.problems[found.name]
        first = session.first.pop(found.name, None)
        if first is None:
            first = read_once(session, stack.enter_context(OpenExport(found)))
        known, affected = _known(session, found.name, first)
        if known is not None and known.status == "done" and affected == frozenset():
            session.ledger.link_export(session.run_id, position, known.id)
            session.progress.message(Text("export-unchanged", name=found.name))
            return
        _tell_what_was_destroyed(session, found.name)
        if first.export is None:  # unchanged by itself, but not what it has to do with others
            first = survey(session, stack.enter_context(OpenExport(found)), first.profile)
        if known is not None and affected is not None and found.name not in session.merging.configs:
            _amend(session, first, known, affected, position, total)
        else:
            _convert(session, first, position, total)


def convert_alone(session: Session) -> None:
    """Convert again what was to be merged with an export that failed after all: it must not be lost with that one."""
    exports, config = session.sources.exports, f"{session.config}{SEPARATOR}alone"  # that of no profile: done again
    while alone := session.merging.undo(frozenset(session.result.unreadable), config):
        for position, found in enumerate(exports):
            if found.name in alone:
                session.progress.message(Text("export-again", name=found.name))
                convert_export(session, found, position, len(exports))


def _known(session: Session, name: str, first: FirstPass) -> tuple[ExportRow | None, frozenset[int] | None]:
    """The export as it was converted before, and which of its records must be converted anew (None: all)."""
    config = session.config_for(name, first.profile)
    if first.known is not None and first.known.config == config:
        return first.known, frozenset()
    known = session.ledger.unchanged(name, session.options.version, session.options.transfer, first.fingerprint, config)
    return known, None if known is None else session.affected.records(known.id)


def _convert(session: Session, first: FirstPass, position: int, total: int) -> None:
    """Convert a whole export, or what is left of it."""
    options, export, content = session.options, first.export, first.fingerprint
    assert export is not None  # noqa: S101  it was surveyed
    config = session.config_for(export.name, first.profile)
    session.progress.export(export.name, position + 1, total, export.records)
    row = session.ledger.start_export(
        session.run_id, position, export.name, options.version, options.transfer, first.profile.name, content, config,
        _datum(session, export.name, content, config),
    )  # fmt: skip
    session.progress.dossiers(row.records)
    _record(session, export, row, row.datum, Recorder(session.ledger, options.out_dir, row))


def _amend(
    session: Session, first: FirstPass, known: ExportRow, affected: frozenset[int], position: int, total: int
) -> None:
    """Convert only the dossiers that the supplement touches; those made anew are dated today."""
    export = first.export
    assert export is not None  # noqa: S101  it was surveyed
    session.progress.message(Text("export-amended", name=export.name, done=len(affected), total=export.records))
    session.progress.export(export.name, position + 1, total, len(affected))
    session.ledger.link_export(session.run_id, position, known.id)
    amender = Amender.begin(session.ledger, session.options.out_dir, known)
    _record(session, export, known._replace(records=0), session.datum, amender, affected)


def _datum(session: Session, name: str, content: str, config: str) -> str:
    """The date for the dossiers of an export: an export that was half done goes on with the date it began with."""
    row = session.ledger.export(name, session.options.version, session.options.transfer)
    resumed = row is not None and row.status == "reading" and (row.fingerprint, row.config) == (content, config)
    return row.datum if row is not None and resumed else session.datum


def _record(
    session: Session,
    export: Export,
    row: ExportRow,
    datum: str,
    books: Recorder | Amender,
    only: frozenset[int] | None = None,
) -> None:
    """Convert what is left of an export, write it down, and close its books."""
    workers = workers_for(session, datum)
    if "shared" in row.reader:
        settle_shared(export.outside, [(state, reason) for state, reason in row.reader["shared"]])
    with books:
        outcomes = _from_parts(session, export, row, only)
        if outcomes is None:
            outcomes = session.merging.outcomes(
                row.name, workers.outcomes(export, row.records, only), workers.converter
            )
        for batch in batches(outcomes):
            books.record(batch, {"shared": [(cell.state, cell.reason) for cell in export.outside.cells]})
            session.progress.dossiers(len(batch))
        balance, fields = workers.converter.settle_shared(export.outside)
        balance.verify("de kop van de export")
        books.count_outside(fields, balance)
        total = Balance.from_dict(books.balance.as_dict())
    session.ledger.finish_export(row.id, total, _about_the_layout(export, books))


def _from_parts(
    session: Session, export: Export, row: ExportRow, only: frozenset[int] | None
) -> Iterator[Outcome] | None:
    """The outcomes that other processes made before; None when there are none, or what they believed is not so."""
    if session.parts is None or only is not None or session.shared:
        return None
    return session.parts.outcomes(row, export)


def workers_for(session: Session, datum: str) -> Workers:
    """Who converts in this run, for dossiers of this date."""
    workers = session.workers.get(datum)
    if workers is None:
        ready_made = session.converter if datum == session.datum else None
        recipe = make_converter(session.options, datum, session.shared, session.given)
        workers = Workers(session.options.workers, recipe, ready_made)
        session.workers[datum] = workers
    return workers


def batches(outcomes: Iterator[Outcome]) -> Iterator[list[Outcome]]:
    """Outcomes by so many as are written down at once."""
    while batch := list(islice(outcomes, BATCH)):
        yield batch


def _about_the_layout(export: Export, recorder: Recorder | Amender) -> list[Finding]:
    """One finding per path that the profile does not know, and per field with values that it is less sure of."""
    unknown = [Finding("veld-onbekend", path) for path in sorted(recorder.unmapped_fields())]
    doubted = [
        Finding("veld-afgeleid", name) for name in sorted(recorder.read_fields()) if export.profile.model.doubt(name)
    ]
    return [*export.outside.findings, *unknown, *doubted]


def note_unreadable(session: Session, position: int, name: str, error: ExportError) -> None:
    finding = Finding(
        _FINDING.get(error.code, "export-onleesbaar"), cause=error.message.key, note=packed(error.message)
    )
    known = expected(session, name) if error.code == OUT_OF_REACH else None
    if name not in session.result.unreadable:
        session.result.unreadable.append(name)
    session.progress.message(Text("export-problem", name=name, problem=error))
    if known is not None:  # a passing trouble: what it gave before is as right as it was
        session.ledger.keep_export(session.run_id, position, known.id, finding)
        session.progress.message(Text("export-kept", name=name))
        return
    session.ledger.fail_export(
        session.run_id, position, name, session.options.version, session.options.transfer, finding
    )
    session.result.faulty |= error.code == FAULT


_FINDING = {
    "export-onbekend": "export-niet-herkend",
    "profiel-dubbelzinnig": "export-niet-herkend",
    "export-geen-toegang": "export-geen-toegang",
    "export-ander-soort": "export-ander-soort",
}


def no_exports() -> ExportError:
    return ExportError(
        "map-zonder-exports",
    )


def _tell_what_was_destroyed(session: Session, name: str) -> None:
    """An export that is converted anew brings back what was destroyed: nobody can tell those pupils any more."""
    row = session.ledger.export(name, session.options.version, session.options.transfer)
    if row is not None and row.destroyed:
        session.progress.message(Text("destroyed-returns", name=name, count=row.destroyed))
