"""`dod2oso report`: write the gap report of the last run again, in the formats and language asked for; and
`dod2oso report merge`: join the masked reports of several boards.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from dod2oso.base.errors import ExitCode, FileInUseError, UsageError
from dod2oso.base.texts import Text
from dod2oso.cli.handover_start import account_of
from dod2oso.cli.help import Commands, Group
from dod2oso.cli.options import OUT, Lang, MappingFile, Out, Url

if TYPE_CHECKING:
    from dod2oso.ledger.store import Ledger
    from dod2oso.report.style import HouseStyle


_ALONE = "dod2oso.report.alone"  # a command below stands right behind the name


class _ReportOrMerge(Group):
    """A report by itself, or one of the commands below it: then nothing of its own is asked."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        ctx.meta[_ALONE] = ctx.resilient_parsing = bool(args) and args[0] in self.commands  # no folder is looked for
        try:
            return super().parse_args(ctx, args)
        finally:
            ctx.resilient_parsing = False


app = Commands(_ReportOrMerge, no_args_is_help=False, invoke_without_command=True)


@app.callback()
def report(
    ctx: typer.Context,
    out: Out = OUT,
    ledger: Url = "",
    formats: Annotated[str, typer.Option("--format", metavar="LIST")] = "html,xlsx,csv,json",
    since: Annotated[str, typer.Option("--since", metavar="RUN")] = "",
    compare_versions: Annotated[bool, typer.Option("--compare-versions")] = False,
    mapping: MappingFile = None,
    with_names: Annotated[bool, typer.Option("--names")] = False,
    mask_small: Annotated[bool, typer.Option("--mask-small")] = False,
    per_school: Annotated[bool, typer.Option("--per-school")] = False,
    config: Annotated[Path | None, typer.Option(metavar="FILE")] = None,
    lang: Lang = Lang.nl,
) -> None:
    """Schrijf het rapport van de laatste run: DIR/report/gaps.html (.xlsx, .csv, .json, .pdf) en aanvulling.xlsx."""
    if ctx.invoked_subcommand is not None:
        if not ctx.meta[_ALONE]:
            raise UsageError("merge-options-before", name=ctx.invoked_subcommand)
        return
    from dod2oso.ledger.engine import no_ledger
    from dod2oso.ledger.safety import ledger_to_write_in
    from dod2oso.report.style import load_style
    from dod2oso.report.write import write
    from dod2oso.supplement.workbook import write_workbook
    from dod2oso.trust.audit import note

    wanted = [name.strip().lower() for name in formats.split(",") if name.strip()]
    style = load_style(config)
    in_use: list[FileInUseError] = []
    with ledger_to_write_in(ledger or out, out, "report") as opened:
        run_id = opened.last_run()
        if run_id is None:
            raise no_ledger()
        paths = write(
            opened, run_id, out, wanted, lang.value, since=since, versions=compare_versions, mapping=mapping,
            masked=mask_small, style=style, in_use=in_use.append,
        )  # fmt: skip
        workbook = None if mask_small else write_workbook(opened, run_id, out, lang.value, names=with_names)
        paths += [workbook] if workbook is not None else []
        names = with_names and workbook is not None
        note(opened, "report-written", account_of(""), run=run_id, formats=wanted, masked=mask_small, names=names)
        if per_school:
            paths += _packages(opened, run_id, out, style, lang.value, names=with_names)
    _written(paths, in_use, lang.value)


def _written(paths: list[Path], in_use: list[FileInUseError], lang: str) -> None:
    for path in paths:
        typer.echo(path)
    for error in in_use:
        typer.echo(error.text(lang), err=True)
    if in_use:
        raise typer.Exit(int(ExitCode.TRY_LATER))


@app.command("merge")
def merge(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...")],
    to: Annotated[Path, typer.Option("--to", metavar="FOLDER")] = Path(),
    config: Annotated[Path | None, typer.Option(metavar="FILE")] = None,
    lang: Lang = Lang.nl,
) -> None:
    """Join the masked reports of boards that each ran at home into one picture of their region."""
    from dod2oso.report import merge as joining
    from dod2oso.report.merged import write_region
    from dod2oso.report.numbers import date
    from dod2oso.report.style import load_style

    style = load_style(config)
    region = joining.merge(files, lang.value)
    in_use: list[FileInUseError] = []
    paths = write_region(region, to, style, in_use.append)
    first, last = date(region.first, lang.value), date(region.last, lang.value)
    schools = sum(board.schools for board in region.boards)
    said = Text("merge-made", boards=len(region.boards), schools=schools, first=first, last=last)
    typer.echo(said.text(lang.value), err=True)
    _written(paths, in_use, lang.value)


def _packages(ledger: "Ledger", run_id: str, out: Path, style: "HouseStyle", lang: str, *, names: bool) -> list[Path]:
    """Write a package for every school; the folder with all of them."""
    from dod2oso.cli.settings import here
    from dod2oso.project.packages import FOLDER, Sender, write_packages
    from dod2oso.project.sender import contacts, sender_of

    project = here()
    sender = Sender() if project is None else sender_of(project, ledger, run_id)
    made = write_packages(
        ledger, run_id, out, sender, contacts(project), style, lang,
        lambda text: typer.echo(text.text(lang), err=True), names=names,
    )  # fmt: skip
    typer.echo(Text("packages-made", count=len(made)).text(lang), err=True)
    return [out / FOLDER]
