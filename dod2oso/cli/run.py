"""`dod2oso run`: options in, one call, a summary out."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from dod2oso.base.errors import ExitCode
from dod2oso.cli.options import (
    OUT,
    AnyVersion,
    AsJson,
    Exports,
    Lang,
    MappingFile,
    Out,
    PinFile,
    Transfer,
    chosen_version,
)

if TYPE_CHECKING:
    from dod2oso.run.session import Result


class FailOn(StrEnum):
    error = "error"
    warning = "warning"
    never = "never"


class Merge(StrEnum):
    newest = "newest"


def run(
    exports: Exports,
    overstap: Transfer,
    oso: AnyVersion = None,
    out: Out = OUT,
    source_profile: Annotated[str | None, typer.Option(metavar="NAME|FILE")] = None,
    given: Annotated[list[str] | None, typer.Option(metavar="NAME=VALUE")] = None,
    mapping: MappingFile = None,
    supplement: Annotated[list[Path] | None, typer.Option(metavar="FILE")] = None,
    schools: Annotated[Path | None, typer.Option(metavar="FILE")] = None,
    workers: int = 1,
    ledger: Annotated[str | None, typer.Option(metavar="URL")] = None,
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
    yes: Annotated[bool, typer.Option("--yes", "--no-input")] = False,
    json: AsJson = False,
) -> None:
    """Convert exports to OSO dossiers, with a report and an outbox."""
    from dod2oso.cli.progress import TerminalProgress, terminal_confirm
    from dod2oso.cli.settings import load_settings
    from dod2oso.cli.summary import print_summary
    from dod2oso.ledger.store import Ledger
    from dod2oso.report.summary import summary
    from dod2oso.run.pipeline import run as run_pipeline
    from dod2oso.run.session import Options
    from dod2oso.source.container.pins import gather_pins, terminal_ask

    options = Options(
        exports=exports,
        transfer=overstap,
        version=chosen_version(oso),
        out_dir=out,
        source_profile=source_profile,
        given=tuple(given or ()),
        mapping=mapping,
        supplements=tuple(supplement or ()),
        schools=schools,
        workers=workers,
        ledger=ledger,
        datum=datum,
        lang=lang.value,
        official=official,
        validator_only=validator_only,
        merge=merge.value if merge is not None else None,
        pins=gather_pins(pin_file, terminal_ask(lang.value)),
        sender=load_settings().handover.sender,
        names=names,
        forget_supplements=forget_supplements,
        file_names=file_names,
        confirm=None if yes else terminal_confirm(lang.value),
    )
    with TerminalProgress(lang.value) as progress:
        result = run_pipeline(options, progress)
    with Ledger.open(ledger or out / "ledger.sqlite", out) as opened:
        totals = summary(opened, result.run_id)
    if json:
        from json import dumps

        typer.echo(dumps(totals, ensure_ascii=False, indent=2))
    else:
        print_summary(totals, result, out, lang.value)
    raise typer.Exit(int(_exit_code(totals, result, fail_on)))


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
