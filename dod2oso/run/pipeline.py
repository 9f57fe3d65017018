"""The pipeline: one run as a table of named steps. Only the table knows the order; no step knows its neighbours."""

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from typing import NamedTuple

from dod2oso.base.collector import calm_collector
from dod2oso.base.disk import on_network
from dod2oso.base.errors import FileInUseError
from dod2oso.base.pseudonym import KEY_FILE, key_in_sight
from dod2oso.base.texts import Text
from dod2oso.handover import send
from dod2oso.handover.senders.sender import OUTBOX
from dod2oso.ledger.duplicates import hold_duplicates
from dod2oso.ledger.history import record_run
from dod2oso.oso.official import no_judge
from dod2oso.oso.versions import outdated
from dod2oso.report.write import DEFAULT_FORMATS
from dod2oso.report.write import write as write_report
from dod2oso.run import audited
from dod2oso.run.broken_supplements import note_broken_supplements
from dod2oso.run.chosen import list_for_destruction, tell_choice
from dod2oso.run.deliveries import note_schools, settle
from dod2oso.run.doubles.prepare import nobody_decides, prepare_merging
from dod2oso.run.doubtful_rows import expect_shared_rows, settle_rows
from dod2oso.run.export import convert_alone, convert_export, no_exports, note_unreadable
from dod2oso.run.fallen_back import may_take_back
from dod2oso.run.idle_decisions import note_idle_decisions
from dod2oso.run.left_files import note_left_files
from dod2oso.run.parts import file as part_file
from dod2oso.run.parts.joining import held_parts, joined
from dod2oso.run.remembered import remember, with_remembered
from dod2oso.run.session import Options, Result, Session, StepTaken, Watcher, check_options, open_session
from dod2oso.supplement.workbook import write_workbook


def run(options: Options, progress: Watcher) -> Result:
    """Convert the exports; after any interruption the ledger is consistent and a next run goes on from there."""
    check_options(options)
    options = with_remembered(options, progress)
    with ExitStack() as stack:
        stack.enter_context(calm_collector())
        parts = stack.enter_context(held_parts(options.out_dir)) if options.join else []
        if parts:
            options = replace(options, dated=parts[0].head.about.datum)
        session = stack.enter_context(open_session(options, progress))
        if parts:
            session.parts = joined(session, parts)
        for step in STEPS:
            reason = step.skipped(session)
            session.result.steps.append(StepTaken(step.name, reason))
            if not reason:
                step.work(session)
    return session.result


# --- the work of each step ---------------------------------------------------------------------------------------


def _tell_which_pins_were_not_used(session: Session) -> None:
    for name in session.sources.open:
        session.progress.message(Text("pin-not-used", name=name))


def _tell_about_the_version(session: Session) -> None:
    version = session.options.version
    notice = outdated(version, session.converter.mapper.datum)
    if notice is not None:
        session.progress.message(notice)
    if session.converter.official is no_judge:
        session.progress.message(Text("version-run-unjudged", version=version))


def _tell_about_the_disk(session: Session) -> None:
    """A ledger of SQLite on a network can be damaged when two machines write in it; a key is for one user."""
    if mode := key_in_sight(session.options.out_dir):
        session.progress.message(Text("key-in-sight", file=KEY_FILE, mode=mode))
    if not session.options.ledger and on_network(session.options.out_dir):
        session.progress.message(Text("disk-on-network"))


def _tell_about_parts(session: Session) -> None:
    """Parts that somebody made and nobody joined: they hold pupils, and a plain run passes them by."""
    out_dir = session.options.out_dir
    if left := part_file.there(out_dir):
        session.progress.message(Text("parts-left", folder=part_file.folder(out_dir).name, count=len(left)))


def _remember(session: Session) -> None:
    remember(session.options, session.converter.supplement)


def _merge(session: Session) -> None:
    session.merging = prepare_merging(session)


def _convert(session: Session) -> None:
    """Every export in turn; one that cannot be read never stops the others."""
    exports, empty = session.sources.exports, session.sources.empty
    for position, found in enumerate(exports):
        convert_export(session, found, position, len(exports))
    convert_alone(session)
    for position, folder in enumerate(empty, start=len(exports)):
        note_unreadable(session, position, folder, no_exports())


def _convert_elsewhere(session: Session) -> None:
    from dod2oso.run.parts.cluster import convert_on_cluster  # the package for it is an extra

    session.parts = convert_on_cluster(session)


def _remove_parts(session: Session) -> None:
    assert session.parts is not None  # noqa: S101  the step's condition
    session.parts.remove()
    part_file.clear(session.options.out_dir)


def _hold_doubles(session: Session) -> None:
    hold_duplicates(session.ledger, session.run_id, session.options.out_dir)


def _write_down(session: Session) -> None:
    record_run(session.ledger, session.run_id)


def _ask_before_taking_back(session: Session) -> None:
    session.leave_outbox = not may_take_back(session)
    if session.leave_outbox:
        audited.decided(session.ledger, session.options, "outbox-left-alone")


def _tell_what_people_said(session: Session) -> None:
    audited.people_said(session.ledger, session.options, session.run_id)


def _stage(session: Session) -> None:
    options = session.options
    sent = send.publish(session.ledger, session.run_id, options.out_dir, only_inspected=options.only_inspected)
    session.result.staged = sent.staged
    if sent.uninspected:
        session.progress.message(Text("sent-uninspected", count=sent.uninspected))


def _withdraw(session: Session) -> None:
    send.withdraw_wrong(session.ledger, session.options.out_dir, session.options.sender)


def _finish(session: Session) -> None:
    session.finish("done")


def _report(session: Session) -> None:
    options = session.options
    session.result.report = write_report(
        session.ledger, session.run_id, options.out_dir, DEFAULT_FORMATS, options.lang, style=session.style,
        in_use=partial(_in_use, session),
    )  # fmt: skip


def _in_use(session: Session, error: FileInUseError) -> None:
    session.result.in_use.append(error)
    session.progress.message(error.message)


def _workbook(session: Session) -> None:
    options = session.options
    session.result.workbook = write_workbook(
        session.ledger, session.run_id, options.out_dir, options.lang, names=options.names
    )
    if options.names and session.result.workbook is not None:
        audited.names_exported(session.ledger, options, session.result.workbook.name)


# --- the table ---------------------------------------------------------------------------------------------------


_SAID_NO = "a person said to leave what is staged as it is"


def _never(_session: Session) -> str:
    return ""


def _if_nobody_decides_on_doubles(session: Session) -> str:
    return "no rule, supplement or decision says what to do with doubles" if nobody_decides(session) else ""


def _if_no_cluster(session: Session) -> str:
    return "" if session.options.cluster else "no cluster is asked for"


def _if_they_are_used(session: Session) -> str:
    return "parts are joined, or those of a cluster go on" if session.options.join or session.options.cluster else ""


def _if_not_in_parts(session: Session) -> str:
    return "" if session.parts is not None else "nothing was converted elsewhere"


def _if_nothing_to_expect(session: Session) -> str:
    if session.options.join or session.options.cluster:
        return "parts were made without knowing of other pupils"
    return _if_nothing_is_supplied(session)


def _if_everybody_is_chosen(session: Session) -> str:
    chooser = session.converter.chooser
    return "every pupil is chosen" if chooser is None or chooser.takes_everybody else ""


def _if_every_supplement_is_sound(session: Session) -> str:
    return "" if session.options.broken_supplements else "every supplement can be read"


def _if_nothing_is_supplied(session: Session) -> str:
    return "" if session.options.supplements else "there is no supplement"


def _if_nothing_is_decided(session: Session) -> str:
    return "" if session.decisions else "nobody decided anything"


def _if_not_staging(session: Session) -> str:
    if session.leave_outbox:
        return _SAID_NO
    return "" if session.options.sender == OUTBOX else "another sender hands over what a person tells it to"


def _if_not_withdrawing(session: Session) -> str:
    if session.leave_outbox:
        return _SAID_NO
    return "staging withdraws as well" if session.options.sender == OUTBOX else ""


class Step(NamedTuple):
    """One step of a run. `skipped` says why it has nothing to do, "" when it has."""

    name: str
    work: Callable[[Session], None]
    skipped: Callable[[Session], str] = _never


STEPS = (
    Step("say what to know of the OSO version", _tell_about_the_version),
    Step("say what to know of the disk", _tell_about_the_disk),
    Step("tell which parts were left", _tell_about_parts, _if_they_are_used),
    Step("remember the supplements", _remember),
    Step("note which schools are expected", note_schools),
    Step("say which PINs were not used", _tell_which_pins_were_not_used),
    Step("expect rows of several pupils", expect_shared_rows, _if_nothing_to_expect),
    Step("decide what to merge", _merge, _if_nobody_decides_on_doubles),
    Step("have parts made on a cluster", _convert_elsewhere, _if_no_cluster),
    Step("convert the exports", _convert),
    Step("note files that are no export", note_left_files),
    Step("note supplements that cannot be read", note_broken_supplements, _if_every_supplement_is_sound),
    Step("settle rows of nobody and of several pupils", settle_rows, _if_nothing_is_supplied),
    Step("decide which deliveries count", settle),
    Step("tell what the choice of pupils came to", tell_choice, _if_everybody_is_chosen),
    Step("see which decisions nothing asked for", note_idle_decisions, _if_nothing_is_decided),
    Step("hold doubles", _hold_doubles),
    Step("remember how each dossier stands", _write_down),
    Step("write down what people said", _tell_what_people_said),
    Step("ask before taking back", _ask_before_taking_back),
    Step("stage what is ready", _stage, _if_not_staging),
    Step("withdraw what is no longer right", _withdraw, _if_not_withdrawing),
    Step("finish the run", _finish),
    Step("write the report", _report),
    Step("list whose data must go", list_for_destruction, _if_everybody_is_chosen),
    Step("write the workbook", _workbook),
    Step("remove the parts", _remove_parts, _if_not_in_parts),
)
