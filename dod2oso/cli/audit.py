"""`dod2oso audit`: who did what and when, and whether that was changed."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dod2oso.base.errors import ExitCode
from dod2oso.base.texts import Text
from dod2oso.cli.handover_options import Account, Language, Url, account_of, opened_ledger
from dod2oso.cli.out_option import OUT, Out
from dod2oso.cli.run import Lang

if TYPE_CHECKING:
    from dod2oso.trust.audit import Verified

app = typer.Typer(
    no_args_is_help=True, rich_markup_mode=None, help="Het logboek: wie deed wat en wanneer, en of dat veranderd is."
)

AsJson = Annotated[bool, typer.Option("--json", help="Geef een JSON-document.")]


@app.command()
def show(
    last: Annotated[int, typer.Option(min=0, help="Hoeveel regels, van achteren (0: alle).")] = 20,
    dossier: Annotated[str, typer.Option(metavar="DOSSIER", help="Alleen wat over dit dossier gaat.")] = "",
    out: Out = OUT,
    ledger: Url = "",
    as_json: AsJson = False,
    lang: Language = Lang.nl,
) -> None:
    """Toon het logboek."""
    from dod2oso.trust import audit

    with opened_ledger(ledger, out) as opened:
        found = list(audit.entries(opened, last=0 if dossier else last, about=dossier.removesuffix(".xml")))
    if as_json:
        document = {"format": 1, "entries": [audit.as_json(entry) for entry in found]}
        typer.echo(json.dumps(document, ensure_ascii=False, indent=2))
    else:
        for entry in found:
            typer.echo(audit.as_line(entry, lang.value))


@app.command()
def verify(
    file: Annotated[
        Path | None, typer.Argument(metavar="[BESTAND]", help="Een logboekbestand (anders dat van de uitvoermap).")
    ] = None,
    anchor: Annotated[
        list[str] | None, typer.Option("--anchor", metavar="N:HASH", help="Een bewaard anker; mag vaker.")
    ] = None,
    anchor_file: Annotated[
        Path | None, typer.Option("--anchor-file", metavar="BESTAND", help="Een bestand met bewaarde ankers.")
    ] = None,
    out: Out = OUT,
    ledger: Url = "",
    as_json: AsJson = False,
    lang: Language = Lang.nl,
) -> None:
    """Controleer of er niets in het logboek is veranderd, verplaatst of weggehaald."""
    from dod2oso.trust import audit

    kept = audit.anchors([*(anchor or ()), *([] if anchor_file is None else [_text(anchor_file)])])
    if file is not None:
        seen = audit.verify_file(file, kept)
    else:
        with opened_ledger(ledger, out) as opened:
            seen = audit.verify_project(opened, kept)
    if as_json:
        typer.echo(json.dumps(_document(seen, lang.value), ensure_ascii=False, indent=2))
    else:
        for note in (*seen.problems, *seen.notes):
            typer.echo(note.text(lang.value), err=True)
        if not seen.problems:
            typer.echo(Text("audit-verified", count=seen.lines, anchor=str(seen.anchor or "-")).text(lang.value))
            if not kept:
                typer.echo(Text("audit-no-anchor").text(lang.value), err=True)
    if seen.problems:
        raise typer.Exit(int(ExitCode.FINDINGS))


@app.command("anchor")
def show_anchor(out: Out = OUT, ledger: Url = "", lang: Language = Lang.nl) -> None:
    """Geef het anker van nu: bewaar het elders (op papier, in een mailbox), voor een latere controle."""
    from dod2oso.base.errors import ConfigurationError
    from dod2oso.trust import audit

    with opened_ledger(ledger, out) as opened:
        seen = audit.verify_project(opened)
    if seen.problems or seen.last is None:
        raise ConfigurationError("audit-no-anchor-yet")
    typer.echo(f"{seen.anchor}  {seen.last.at}")
    typer.echo(Text("audit-keep-anchor").text(lang.value), err=True)


@app.command()
def export(
    target: Annotated[Path, typer.Argument(metavar="BESTAND", help="Het nieuwe bestand; elke regel is JSON.")],
    out: Out = OUT,
    ledger: Url = "",
    account: Account = "",
    lang: Language = Lang.nl,
) -> None:
    """Schrijf het logboek naar een bestand, voor een auditor. Het bevat niets van een leerling."""
    from dod2oso.base.errors import UsageError
    from dod2oso.base.files import atomic_open, disk_guard
    from dod2oso.ledger import audit as log
    from dod2oso.trust.audit import note, verify_project

    if target.exists():
        raise UsageError("output-exists", file=target.name)
    with opened_ledger(ledger, out) as opened:
        note(opened, "audit-exported", account_of(account))
        seen = verify_project(opened)
        with opened.read() as connection, disk_guard(), atomic_open(target) as file:
            for line in log.lines(connection):
                file.write(f"{line}\n".encode())
    for problem in seen.problems:
        typer.echo(problem.text(lang.value), err=True)
    typer.echo(Text("audit-exported-to", count=seen.lines, file=target.name).text(lang.value), err=True)
    if seen.problems:
        raise typer.Exit(int(ExitCode.FINDINGS))


@app.command()
def repair(out: Out = OUT, ledger: Url = "", account: Account = "", lang: Language = Lang.nl) -> None:
    """Laat bestand en grootboek weer hetzelfde zeggen. Wat afweek blijft ernaast bewaard."""
    from dod2oso.base.folderlock import held
    from dod2oso.ledger import audit_file

    with held(out, "audit repair"), opened_ledger(ledger, out) as opened:
        standing = audit_file.repair(opened, account_of(account))
    typer.echo(Text(f"audit-was-{standing.how.value}", line=standing.same + 1).text(lang.value))


def _document(seen: "Verified", lang: str) -> dict[str, object]:
    return {
        "format": 1,
        "verified": not seen.problems,
        "lines": seen.lines,
        "anchor": str(seen.anchor or ""),
        "problems": [problem.text(lang) for problem in seen.problems],
        "notes": [note.text(lang) for note in seen.notes],
    }


def _text(path: Path) -> str:
    from dod2oso.base.errors import ConfigurationError

    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        raise ConfigurationError("file-absent", file=path.name) from None
