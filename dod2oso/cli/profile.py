"""`dod2oso profile …`: make, check and show source profiles."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dod2oso.base.errors import ExitCode, UsageError
from dod2oso.base.texts import Text
from dod2oso.cli.run import Lang

if TYPE_CHECKING:
    from dod2oso.source.container.member import FoundExport

app = typer.Typer(no_args_is_help=True, help="Maak, controleer en bekijk bronprofielen.", rich_markup_mode=None)

PinFile = Annotated[Path | None, typer.Option(help="Bestand met de PIN van beveiligde zips; elke regel een PIN.")]
Language = Annotated[Lang, typer.Option(help="Taal van de meldingen.")]


@app.command()
def draft(
    export: Annotated[
        str, typer.Argument(metavar="EXPORT", help="Een bestand, map of zip, of de URL van een database.")
    ],
    name: Annotated[str, typer.Option(metavar="NAAM", help="De naam van het profiel.")] = "eigen-profiel",
    output: Annotated[Path | None, typer.Option(metavar="BESTAND", help="Schrijf naar dit bestand.")] = None,
    pin_file: PinFile = None,
    lang: Language = Lang.nl,
) -> None:
    """Stel een bronprofiel voor bij een onbekende indeling. Kijk het daarna na; een voorstel is geen zekerheid."""
    from dod2oso.discover.propose.draft import make_draft
    from dod2oso.discover.propose.draft_text import counts, draft_text
    from dod2oso.discover.survey.encoding import encoding_of
    from dod2oso.discover.survey.scan import survey_export
    from dod2oso.source.opening import OpenExport

    if output is not None and output.exists():
        raise UsageError("output-exists", file=output.name)
    found = _one(export, pin_file, lang)
    opened = OpenExport(found)
    try:
        encoding = encoding_of(opened.texts) if opened.texts else None
        made = make_draft(survey_export(opened, None))
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
        output.write_text(text, encoding="utf-8", newline="\n")
    typer.echo(Text("profile-drafted", **counts(made)).text(lang.value), err=True)


@app.command()
def check(
    file: Annotated[str, typer.Argument(metavar="BESTAND|NAAM", help="Het bronprofiel.")],
    export: Annotated[
        str | None, typer.Argument(metavar="EXPORT", help="Een export om het profiel op te proberen.")
    ] = None,
    pin_file: PinFile = None,
    lang: Language = Lang.nl,
) -> None:
    """Zeg wat er aan een bronprofiel ontbreekt, niet klopt of niet gelezen wordt, met bestand en regel."""
    from dod2oso.discover.survey.check import check_profile
    from dod2oso.discover.survey.scan import scan_export
    from dod2oso.source.dictionary import load_dictionary
    from dod2oso.source.profile import find_profile

    profile = find_profile(file)
    scanned = None
    if export is not None:
        scanned = scan_export(_one(export, pin_file, lang), (profile,))
        if scanned.problem is not None:
            raise scanned.problem
    remarks = check_profile(profile, load_dictionary(), scanned)
    for remark in remarks:
        where = f"{profile.file.name}:{remark.line}" if remark.line else profile.file.name
        key = "profile-remark-error" if remark.error else "profile-remark"
        typer.echo(Text(key, place=where, remark=remark.text).text(lang.value))
    errors = sum(1 for remark in remarks if remark.error)
    typer.echo(Text("profile-remarks", errors=errors, others=len(remarks) - errors).text(lang.value), err=True)
    if errors:
        raise typer.Exit(int(ExitCode.CONFIGURATION))


@app.command()
def show(name: Annotated[str, typer.Argument(metavar="NAAM|BESTAND", help="Het bronprofiel.")]) -> None:
    """Toon een bronprofiel zoals het wordt gelezen, met `extends` toegepast, en waar elke regel vandaan komt."""
    from dod2oso.discover.survey.show import show_profile

    typer.echo("\n".join(show_profile(name)))


def _one(export: str, pin_file: Path | None, lang: Lang) -> "FoundExport":
    """The one export that the argument means."""
    from dod2oso.source.container.find import find_exports
    from dod2oso.source.container.pins import gather_pins, terminal_ask

    found = find_exports([export], gather_pins(pin_file, terminal_ask(lang.value))).exports
    if len(found) != 1:
        raise UsageError("exports-several", count=len(found))
    return found[0]
