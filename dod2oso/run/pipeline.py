"""The pipeline: the only place that knows the whole order.

exports -> doubles to merge -> survey -> read -> map -> check -> record -> other doubles -> outbox -> report
"""

from dod2oso.base.clock import run_date, stopwatch
from dod2oso.base.errors import UsageError
from dod2oso.handover import send
from dod2oso.handover.senders.sender import OUTBOX
from dod2oso.ledger.duplicates import hold_duplicates
from dod2oso.ledger.history import record_run
from dod2oso.ledger.store import Ledger
from dod2oso.oso.transfers import transfer as known_transfer
from dod2oso.report.style import load_style
from dod2oso.report.write import DEFAULT_FORMATS
from dod2oso.report.write import write as write_report
from dod2oso.run.doubles.prepare import prepare_merging
from dod2oso.run.doubtful_rows import expect_shared_rows, settle_rows
from dod2oso.run.export import convert_export, no_exports, note_unreadable
from dod2oso.run.session import Options, Result, Session, Watcher, make_converter, open_session
from dod2oso.run.workers import calm_collector
from dod2oso.source.container.find import Sources, find_exports
from dod2oso.supplement.workbook import write_workbook


def run(options: Options, progress: Watcher) -> Result:
    """Convert the exports; after any interruption the ledger is consistent and a next run goes on from there."""
    started = stopwatch()
    _check_options(options)
    sources = find_exports(options.exports, options.pins)
    converter = make_converter(options, run_date(options.datum).isoformat())()  # a wrong file is told before we begin
    style = load_style()
    calm_collector()
    with Ledger.open(options.ledger or options.out_dir / "ledger.sqlite", options.out_dir) as ledger:
        session = open_session(options, progress, ledger, converter)
        finished = False
        try:
            expect_shared_rows(session)
            session.merging = prepare_merging(session, sources)
            _convert(session, sources)
            settle_rows(session, sources)
            hold_duplicates(ledger, session.run_id, options.out_dir)
            record_run(ledger, session.run_id)
            if options.sender == OUTBOX:
                session.result.staged = send.publish(ledger, session.run_id, options.out_dir)
            else:  # another sender only gets what a person hands over (`dod2oso handover send`)
                send.withdraw_wrong(ledger, options.out_dir, options.sender)
            finished = True
        finally:
            session.close()
            ledger.finish_run(session.run_id, "done" if finished else "interrupted", stopwatch() - started)
        session.result.report = write_report(
            ledger, session.run_id, options.out_dir, DEFAULT_FORMATS, options.lang, style=style
        )  # fmt: skip
        session.result.workbook = write_workbook(
            ledger, session.run_id, options.out_dir, options.lang, names=options.names
        )  # fmt: skip
    return session.result


def _convert(session: Session, sources: Sources) -> None:
    """Every export in turn; one that cannot be read never stops the others."""
    total = len(sources.exports)
    if sources.skipped:
        session.progress.message(
            f"{sources.skipped} bestand(en) zijn geen export; ze gaan alleen mee als het bronprofiel bijlagen kent.",
            f"{sources.skipped} file(s) are no export; they only come along where the profile knows attachments.",
        )
    for name in sources.open:
        session.progress.message(
            f"{name}: niet beveiligd; de PIN is niet gebruikt.", f"{name}: not protected; the PIN was not used."
        )
    for position, found in enumerate(sources.exports):
        convert_export(session, found, position, total)
    for position, folder in enumerate(sources.empty, start=total):
        note_unreadable(session, position, folder, no_exports())


def _check_options(options: Options) -> None:
    transfer = known_transfer(options.transfer)
    if options.version not in transfer.versions:
        versions = ", ".join(transfer.versions)
        raise UsageError(
            f"OSO {options.version} kent de overstap {options.transfer} niet. Kies met --oso een van: {versions}.",
            f"OSO {options.version} does not know transfer {options.transfer}. Choose with --oso one of: {versions}.",
        )
    above = next(path for path in (options.out_dir, *options.out_dir.absolute().parents) if path.exists())
    if not above.is_dir():
        raise UsageError(
            f"'{above.name}' is een bestand. Geef met --out een map.",
            f"'{above.name}' is a file. Give a folder with --out.",
        )
    if options.workers < 1:
        raise UsageError("--workers is ten minste 1.", "--workers is at least 1.")
