"""One export of a run: survey it, convert it record by record, and close its books."""

from collections.abc import Iterator
from itertools import islice
from typing import Any

from dod2oso.base.errors import ExportError
from dod2oso.findings.balance import Balance
from dod2oso.findings.model import Finding
from dod2oso.ledger.amend import Amender
from dod2oso.ledger.exports import ExportRow
from dod2oso.ledger.recorder import Recorder
from dod2oso.run.session import Session, make_converter
from dod2oso.run.workers import Workers, settle_shared
from dod2oso.source.bind import BoundProfile
from dod2oso.source.container.member import FoundExport
from dod2oso.source.dictionary import load_dictionary
from dod2oso.source.export import Export
from dod2oso.source.opening import OpenExport

BATCH = 200  # dossiers per ledger transaction


def convert_export(session: Session, found: FoundExport, position: int, total: int) -> None:
    """Read and convert one export, or note why that cannot be; the others go on either way."""
    try:
        opened = OpenExport(found)
    except ExportError as error:
        note_unreadable(session, position, found.name, error)
        return
    try:
        _convert_opened(session, opened, position, total)
    finally:
        opened.close()


def _convert_opened(session: Session, opened: OpenExport, position: int, total: int) -> None:
    options, ledger, name = session.options, session.ledger, opened.found.name
    try:
        profile = opened.recognise(session.profiles)
        content = opened.fingerprint()
        config = session.merging.config(name, session.config)
        known = ledger.unchanged(name, options.version, options.transfer, content, config)
        touched = session.touched.records(known.id) if known is not None else None
        if known is not None and touched is not None and not touched and known.status == "done":
            ledger.link_export(session.run_id, position, known.id)
            session.progress.message(f"{name}: niet veranderd, overgeslagen.", f"{name}: unchanged, skipped.")
            return
        bound = session.bound.get(profile.name) or BoundProfile(profile, load_dictionary())
        session.bound[profile.name] = bound
        export = opened.export(bound)
        export.survey()
    except ExportError as error:
        note_unreadable(session, position, name, error)
        return
    except OSError as error:
        note_unreadable(session, position, name, _no_access(error))
        return
    if known is not None and touched is not None and name not in session.merging.configs:
        session.progress.message(
            f"{name}: {len(touched)} van {export.records} dossiers door de aanvulling geraakt.",
            f"{name}: {len(touched)} of {export.records} dossiers touched by the supplement.",
        )
        session.progress.export(name, position + 1, total, len(touched))
        ledger.link_export(session.run_id, position, known.id)
        _amend_records(session, export, known, touched)
        return
    session.progress.export(name, position + 1, total, export.records)
    row = ledger.start_export(
        session.run_id, position, name, options.version, options.transfer, profile.name, content, config,
        _datum(session, name, content, config),
    )  # fmt: skip
    _convert_records(session, export, row)


def _datum(session: Session, name: str, content: str, config: str) -> str:
    """The date for the dossiers of an export: an export that was half done goes on with the date it began with."""
    row = session.ledger.export(name, session.options.version, session.options.transfer)
    resumed = row is not None and row.status == "reading" and (row.fingerprint, row.config) == (content, config)
    return row.datum if row is not None and resumed else session.datum


def _convert_records(session: Session, export: Export, row: ExportRow) -> None:
    session.progress.dossiers(row.records)
    _record(session, export, row, row.datum, Recorder(session.ledger, session.options.out_dir, row))


def _amend_records(session: Session, export: Export, row: ExportRow, touched: frozenset[int]) -> None:
    """Convert only the dossiers that the supplement touches; those made anew are dated today."""
    amender = Amender.begin(session.ledger, session.options.out_dir, row)
    _record(session, export, row._replace(records=0), session.datum, amender, touched)


def _record(
    session: Session,
    export: Export,
    row: ExportRow,
    datum: str,
    books: Recorder | Amender,
    only: frozenset[int] | None = None,
) -> None:
    """Convert what is left of an export, write it down, and close its books."""
    workers = _workers(session, datum)
    if "shared" in row.reader:
        settle_shared(export.outside, [(state, reason) for state, reason in row.reader["shared"]])
    with books:
        outcomes = session.merging.outcomes(row.name, workers.outcomes(export, row.records, only), workers.converter)
        for batch in _batches(outcomes):
            books.record(batch, {"shared": [(cell.state, cell.reason) for cell in export.outside.cells]})
            session.progress.dossiers(len(batch))
        balance, fields = workers.converter.settle_shared(export.outside)
        balance.verify("de kop van de export")
        books.count_outside(fields, balance)
        total = Balance.from_dict(books.balance.as_dict())
    session.ledger.finish_export(row.id, total, _about_the_layout(export, books))


def _workers(session: Session, datum: str) -> Workers:
    workers = session.workers.get(datum)
    if workers is None:
        ready_made = session.converter if datum == session.datum else None
        workers = Workers(session.options.workers, make_converter(session.options, datum, session.shared), ready_made)
        session.workers[datum] = workers
    return workers


def _batches(outcomes: Iterator[Any]) -> Iterator[list[Any]]:
    while batch := list(islice(outcomes, BATCH)):
        yield batch


def _about_the_layout(export: Export, recorder: Recorder | Amender) -> list[Finding]:
    """One finding per path that the profile does not know."""
    unknown = recorder.unmapped_fields()
    return [*export.outside.findings, *(Finding("veld-onbekend", path) for path in sorted(unknown))]


def note_unreadable(session: Session, position: int, name: str, error: ExportError) -> None:
    session.ledger.fail_export(
        session.run_id, position, name, session.options.version, session.options.transfer,
        Finding(_FINDING.get(error.code, "export-onleesbaar"), rule=error.code),
    )  # fmt: skip
    session.result.unreadable.append(name)
    session.progress.message(f"{name}: {error.nl}", f"{name}: {error.en}")


_FINDING = {"export-onbekend": "export-niet-herkend", "profiel-dubbelzinnig": "export-niet-herkend"}


def no_exports() -> ExportError:
    return ExportError(
        "map-zonder-exports",
        "In deze map staat geen enkele export: geen XML, tabel, spreadsheet, zip of EDEX2000-bestand. "
        "Geef de map met de exports.",
        "There is not a single export in this folder: no XML, table, spreadsheet, zip or EDEX2000 file. "
        "Give the folder with the exports.",
    )


def _no_access(error: OSError) -> ExportError:
    return ExportError(
        "export-geen-toegang",
        f"Het bestand kan niet worden geopend ({type(error).__name__}). Controleer de rechten.",
        f"The file cannot be opened ({type(error).__name__}). Check the permissions.",
    )
