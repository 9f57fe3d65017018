"""`dod2oso run`: options in, one call, a summary out."""

from dataclasses import replace
from enum import StrEnum
from pathlib import Path
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
    from dod2oso.base.clock import run_date
    from dod2oso.cli.decide_options import chosen_decisions
    from dod2oso.cli.progress import terminal_confirm
    from dod2oso.cli.settings import here, load_settings
    from dod2oso.project.inbox import remember_seen
    from dod2oso.run.choice import Selection
    from dod2oso.run.session import Options
    from dod2oso.source.container.pins import gather_pins, terminal_ask

    project = here()
    if project is None and (not exports or overstap is None):
        raise UsageError("run-without-project")
    handover = load_settings().handover
    given = Options(
        exports=tuple(exports or ()),
        transfer=overstap or "",
        version=chosen_version(oso),
        out_dir=out or OUT,
        source_profile=source_profile,
        given=tuple(given_values or ()),
        mapping=mapping,
        supplements=tuple(supplement or ()),
        schools=schools,
        decisions=chosen_decisions(decisions),
        selection=Selection(
            tuple(jaargroep or ()), tuple(group or ()), pupils, run_date(left_after) if left_after else None
        ),
        workers=workers,
        ledger=ledger,
        datum=datum,
        lang=lang.value,
        official=official,
        validator_only=validator_only,
        merge=merge.value if merge is not None else None,
        pins=gather_pins(pin_file, terminal_ask(lang.value)),
        sender=handover.sender,
        only_inspected=handover.only_inspected,
        names=names,
        forget_supplements=forget_supplements,
        file_names=file_names,
        account=account,
        confirm=None if yes else terminal_confirm(lang.value),
    )
    asked = [given]
    if project is not None:
        inbox, transfers = project.inbox(), project.chosen(overstap)
        if out is not None and len(transfers) > 1:
            raise UsageError("project-out-of-one", known=", ".join(transfers))
        asked = [project.options(name, inbox, given, out) for name in transfers]
        asked = [replace(each, version=given.version) for each in asked] if oso else asked
    ended = []
    for options in asked:
        ended.append(_one(options, fail_on, shown=not json))
        if project is not None and not exports:
            remember_seen(options.out_dir, inbox)
    if json:
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
