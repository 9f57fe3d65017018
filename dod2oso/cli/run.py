"""`dod2oso run`: options in, one call, a summary out."""

from dataclasses import replace
from enum import StrEnum
from inspect import signature
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Annotated, Any

import typer

from dod2oso.base.errors import ExitCode, UsageError
from dod2oso.cli.options import (
    OUT,
    Account,
    AnyTransfer,
    AnyVersion,
    AsJson,
    Decisions,
    Lang,
    MappingFile,
    MaybeExports,
    MaybeUrl,
    PinFile,
    Profile,
    Schools,
    Supplement,
    chosen_version,
)

if TYPE_CHECKING:
    from dod2oso.run.session import Options, Result


class FailOn(StrEnum):
    error = "error"
    warning = "warning"
    never = "never"


class Merge(StrEnum):
    newest = "newest"


def run(
    exports: MaybeExports = None,
    overstap: AnyTransfer = None,
    oso: AnyVersion = None,
    out: Annotated[Path | None, typer.Option("--out", metavar="FOLDER")] = None,
    source_profile: Profile = None,
    given_values: Annotated[list[str] | None, typer.Option("--given", metavar="NAME=VALUE")] = None,
    mapping: MappingFile = None,
    supplement: Supplement = None,
    decisions: Decisions = None,
    schools: Schools = None,
    jaargroep: Annotated[list[str] | None, typer.Option("--jaargroep", metavar="NUMBER")] = None,
    group: Annotated[list[str] | None, typer.Option("--group", metavar="NAME")] = None,
    pupils: Annotated[Path | None, typer.Option("--pupils", metavar="FILE")] = None,
    left_after: Annotated[str | None, typer.Option("--left-after", metavar="YYYY-MM-DD")] = None,
    workers: int = 1,
    part: Annotated[str | None, typer.Option("--part", metavar="K/N")] = None,
    cluster: Annotated[str | None, typer.Option("--cluster", metavar="local|ADDRESS")] = None,
    ledger: MaybeUrl = None,
    pin_file: PinFile = None,
    datum: Annotated[str | None, typer.Option(metavar="YYYY-MM-DD")] = None,
    lang: Lang = Lang.nl,
    fail_on: FailOn = FailOn.error,
    official: Annotated[bool, typer.Option("--official")] = False,
    validator_only: Annotated[bool, typer.Option("--validator-only")] = False,
    merge: Merge | None = None,
    names: Annotated[bool, typer.Option("--names")] = False,
    file_names: Annotated[bool, typer.Option("--file-names")] = False,
    forget_supplements: Annotated[bool, typer.Option("--forget-supplements")] = False,
    account: Account = "",
    yes: Annotated[bool, typer.Option("--yes", "--no-input")] = False,
    json: AsJson = False,
) -> None:
    """Convert exports to OSO dossiers, with a report and an outbox. In a project folder (see init) without options."""
    _run(SimpleNamespace(**locals()))


def join(**words: Any) -> None:
    """Join the parts that `run --part` made: what run says and writes, of all of them together."""
    _run(SimpleNamespace(**words, part=None, cluster=None), join=True)


# the words of `run`, but for who converts: that was done
_SIGNATURE = signature(run)
join.__signature__ = _SIGNATURE.replace(  # type: ignore[attr-defined]
    parameters=[each for name, each in _SIGNATURE.parameters.items() if name not in ("part", "cluster")]
)
join.__annotations__ = {name: kind for name, kind in run.__annotations__.items() if name not in ("part", "cluster")}


def _run(said: Any, *, join: bool = False) -> None:
    """What the command line said, done."""
    from dod2oso.base.clock import run_date
    from dod2oso.cli.decide_options import chosen_decisions
    from dod2oso.cli.progress import terminal_confirm
    from dod2oso.cli.settings import here, load_settings
    from dod2oso.project.inbox import remember_seen
    from dod2oso.run.choice import Selection
    from dod2oso.run.parts.division import Share
    from dod2oso.run.session import Options
    from dod2oso.source.container.pins import gather_pins, terminal_ask

    project = here()
    if project is None and (not said.exports or said.overstap is None):
        raise UsageError("run-without-project")
    handover = load_settings().handover
    given = Options(
        exports=tuple(said.exports or ()),
        transfer=said.overstap or "",
        version=chosen_version(said.oso),
        out_dir=said.out or OUT,
        source_profile=said.source_profile,
        given=tuple(said.given_values or ()),
        mapping=said.mapping,
        supplements=tuple(said.supplement or ()),
        schools=said.schools,
        decisions=chosen_decisions(said.decisions),
        selection=Selection(
            tuple(said.jaargroep or ()),
            tuple(said.group or ()),
            said.pupils,
            run_date(said.left_after) if said.left_after else None,
        ),
        workers=said.workers,
        part=Share.read(said.part) if said.part is not None else None,
        join=join,
        cluster=said.cluster,
        ledger=said.ledger,
        datum=said.datum,
        lang=said.lang.value,
        official=said.official,
        validator_only=said.validator_only,
        merge=said.merge.value if said.merge is not None else None,
        pins=gather_pins(said.pin_file, terminal_ask(said.lang.value)),
        sender=handover.sender,
        only_inspected=handover.only_inspected,
        names=said.names,
        forget_supplements=said.forget_supplements,
        file_names=said.file_names,
        account=said.account,
        confirm=None if said.yes else terminal_confirm(said.lang.value),
    )
    asked = [given]
    if project is not None:
        inbox, transfers = project.inbox(), project.chosen(said.overstap)
        if said.out is not None and len(transfers) > 1:
            raise UsageError("project-out-of-one", known=", ".join(transfers))
        asked = [project.options(name, inbox, given, said.out) for name in transfers]
        asked = [replace(each, version=given.version) for each in asked] if said.oso else asked
    ended = []
    for options in asked:
        if options.part is not None:
            ended.append(_part(options, shown=not said.json))
            continue
        ended.append(_one(options, said.fail_on, shown=not said.json))
        if project is not None and not said.exports:
            remember_seen(options.out_dir, inbox)
    if said.json:
        from json import dumps

        totals = [each for each, _code in ended]
        whole = totals[0] if len(totals) == 1 else {"format": 1, "runs": totals}
        typer.echo(dumps(whole, ensure_ascii=False, indent=2))
    raise typer.Exit(int(max((code for _totals, code in ended), key=_SERIOUS.index)))


# from good to bad: of several runs the worst is told
_SERIOUS = [
    ExitCode.DONE,
    ExitCode.FINDINGS,
    ExitCode.TRY_LATER,
    ExitCode.EXPORT_UNREADABLE,
    ExitCode.BUG,
]


def _one(options: "Options", fail_on: FailOn, *, shown: bool) -> tuple[dict[str, Any], ExitCode]:
    """One run: its totals, printed when `shown`, and how it ended."""
    from dod2oso.cli.progress import TerminalProgress
    from dod2oso.cli.summary import print_summary
    from dod2oso.ledger.store import Ledger
    from dod2oso.report.summary import summary
    from dod2oso.run.pipeline import run as run_pipeline

    with TerminalProgress(options.lang) as progress:
        result = run_pipeline(options, progress)
    with Ledger.open(options.ledger or options.out_dir / "ledger.sqlite", options.out_dir) as opened:
        totals = summary(opened, result.run_id)
    if shown:
        print_summary(totals, result, options.out_dir, options.lang)
    return totals, _exit_code(totals, result, fail_on)


def _part(options: "Options", *, shown: bool) -> tuple[dict[str, Any], ExitCode]:
    """One part of a run: what was made and what is still to be made, printed when `shown`, and how it ended."""
    from dod2oso.base.texts import Text
    from dod2oso.cli.progress import TerminalProgress
    from dod2oso.run.parts.making import make_part

    with TerminalProgress(options.lang) as progress:
        made = make_part(options, progress)
    lacking = [str(share) for share in made.lacking]
    if shown:
        todo = Text("part-lacking", parts=", ".join(lacking)) if lacking else Text("part-last")
        for text in (Text("part-done", part=str(options.part), count=made.records), todo):
            typer.echo(text.text(options.lang))
    totals = {
        "format": 1,
        "part": str(options.part),
        "converted": made.records,
        "unreadable": made.unreadable,
        "lacking": lacking,
    }
    if made.faulty:
        return totals, ExitCode.BUG
    return totals, ExitCode.EXPORT_UNREADABLE if made.unreadable else ExitCode.DONE


def _exit_code(totals: dict[str, Any], result: "Result", fail_on: FailOn) -> ExitCode:
    if result.faulty:
        return ExitCode.BUG
    if result.unreadable:
        return ExitCode.EXPORT_UNREADABLE
    found = totals["findings"]
    failing = {
        FailOn.never: 0,
        FailOn.error: found["error"],
        FailOn.warning: found["error"] + found["warning"],
    }[fail_on]
    if result.in_use:  # close it there, and the same command writes it
        return ExitCode.TRY_LATER
    return ExitCode.FINDINGS if failing else ExitCode.DONE
