"""`dod2oso profile …`: make, check and show source profiles."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dod2oso.base.errors import ExitCode, UsageError
from dod2oso.base.texts import Text
from dod2oso.cli.help import Commands
from dod2oso.cli.options import (
    AnyTransfer,
    AnyVersion,
    Export,
    Lang,
    MaybeExport,
    PinFile,
    chosen_transfer,
    chosen_version,
)

if TYPE_CHECKING:
    from dod2oso.source.container.member import FoundExport

app = Commands()


@app.command()
def draft(
    export: Export,
    name: Annotated[str, typer.Option(metavar="NAME")] = "eigen-profiel",
    output: Annotated[Path | None, typer.Option(metavar="FILE")] = None,
    pin_file: PinFile = None,
    lang: Lang = Lang.nl,
) -> None:
    """Propose a source profile for an unknown layout. Check it afterwards; a proposal is no certainty."""
    from dod2oso.discover.propose.draft import make_draft
    from dod2oso.discover.propose.draft_text import counts, draft_text
    from dod2oso.discover.propose.together import survey_to_draft
    from dod2oso.discover.survey.encoding import encoding_of
    from dod2oso.source.opening import OpenExport

    if output is not None and output.exists():
        raise UsageError("output-exists", file=output.name)
    found = _one(export, pin_file, lang)
    opened = OpenExport(found)
    try:
        encoding = encoding_of(opened.texts) if opened.texts else None
        made = make_draft(survey_to_draft(opened))
    finally:
        opened.close()
    if made is None:
        typer.echo(Text("profile-no-pupils").text(lang.value), err=True)
        raise typer.Exit(int(ExitCode.EXPORT_UNREADABLE))
    wrong = encoding.probably if encoding is not None and not encoding.decodes else None
    text = draft_text(made, name, lang.value, encoding=wrong)
    if output is None:
        typer.echo(text, nl=False)
    else:
        output.parent.mkdir(parents=True, exist_ok=True)  # the folder profielen of a project is not made by init
        output.write_text(text, encoding="utf-8", newline="\n")
    typer.echo(Text("profile-drafted", **counts(made)).text(lang.value), err=True)


@app.command()
def check(
    file: Annotated[str, typer.Argument(metavar="FILE|NAME")],
    export: MaybeExport = None,
    preview: Annotated[bool, typer.Option("--preview")] = False,
    overstap: AnyTransfer = None,
    oso: AnyVersion = None,
    pin_file: PinFile = None,
    lang: Lang = Lang.nl,
) -> None:
    """Say all that a source profile lacks, has wrong or leaves unread, with file and line."""
    from dod2oso.discover.survey.check import check_profile
    from dod2oso.discover.survey.scan import scan_export
    from dod2oso.source.dictionary import load_dictionary
    from dod2oso.source.profile import find_profile, profile_problems

    if preview and export is None:
        raise UsageError("preview-without-export")
    path = Path(file)
    if path.suffix in (".yaml", ".yml") and path.is_file() and (wrong := profile_problems(path)):
        for problem in wrong:
            typer.echo(problem.text(lang.value))
        typer.echo(Text("profile-remarks", errors=len(wrong), others=0).text(lang.value), err=True)
        raise typer.Exit(int(ExitCode.CONFIGURATION))
    profile = find_profile(file)
    scanned = None
    if export is not None:
        found = _one(export, pin_file, lang)
        scanned = scan_export(found, (profile,))
        if scanned.problem is not None:
            raise scanned.problem
    remarks = check_profile(profile, load_dictionary(), scanned)
    for remark in remarks:
        where = f"{profile.file.name}:{remark.line}" if remark.line else profile.file.name
        key = "profile-remark-error" if remark.error else "profile-remark"
        typer.echo(Text(key, place=where, remark=remark.text).text(lang.value))
    errors = sum(1 for remark in remarks if remark.error)
    if preview and scanned is not None and scanned.profile is not None:
        from dod2oso.discover.survey.preview import preview_of

        for text in preview_of(found, profile, chosen_version(oso), chosen_transfer(overstap)):
            typer.echo(text if isinstance(text, str) else text.text(lang.value))
    typer.echo(Text("profile-remarks", errors=errors, others=len(remarks) - errors).text(lang.value), err=True)
    if errors:
        raise typer.Exit(int(ExitCode.CONFIGURATION))


@app.command()
def test(file: Annotated[str, typer.Argument(metavar="FILE|NAME")], lang: Lang = Lang.nl) -> None:
    """Run the examples that stand under 'tests' in a source profile."""
    from dod2oso.source.profile import find_profile
    from dod2oso.source.profile_tests import run_examples

    profile = find_profile(file)
    if not profile.model.tests:
        typer.echo(Text("profile-no-tests").text(lang.value), err=True)
        return
    failures = run_examples(profile)
    for failure in failures:
        typer.echo(failure.problem.text(lang.value))
    wrong = len({failure.example for failure in failures})
    typer.echo(Text("profile-tests-done", count=len(profile.model.tests), wrong=wrong).text(lang.value), err=True)
    if failures:
        raise typer.Exit(int(ExitCode.CONFIGURATION))


@app.command()
def show(name: Annotated[str, typer.Argument(metavar="NAME|FILE")]) -> None:
    """Show a source profile as it is read, with `extends` applied, and where each line comes from."""
    from dod2oso.discover.survey.show import show_profile

    typer.echo("\n".join(show_profile(name)))


def _one(export: str, pin_file: PinFile, lang: Lang) -> "FoundExport":
    """The one export that the argument means."""
    from dod2oso.source.container.find import find_exports
    from dod2oso.source.container.pins import gather_pins, terminal_ask

    found = find_exports([export], gather_pins(pin_file, terminal_ask(lang.value))).exports
    if len(found) != 1:
        raise UsageError("exports-several", count=len(found))
    return found[0]
