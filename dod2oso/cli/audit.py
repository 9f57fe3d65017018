"""`dod2oso audit`: who did what and when, and whether that was changed."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dod2oso.base.errors import ExitCode
from dod2oso.base.texts import Text
from dod2oso.cli.handover_start import account_of, opened_ledger
from dod2oso.cli.help import Commands
from dod2oso.cli.options import OUT, Account, AsJson, Lang, Out, Url

if TYPE_CHECKING:
    from dod2oso.trust.audit import Verified

app = Commands()


@app.command()
def show(
    last: Annotated[int, typer.Option(min=0)] = 20,
    dossier: Annotated[str, typer.Option(metavar="DOSSIER")] = "",
    out: Out = OUT,
    ledger: Url = "",
    as_json: AsJson = False,
    lang: Lang = Lang.nl,
) -> None:
    """Show the log."""
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
    file: Annotated[Path | None, typer.Argument(metavar="[FILE]")] = None,
    anchor: Annotated[list[str] | None, typer.Option("--anchor", metavar="N:HASH")] = None,
    anchor_file: Annotated[Path | None, typer.Option("--anchor-file", metavar="FILE")] = None,
    out: Out = OUT,
    ledger: Url = "",
    as_json: AsJson = False,
    lang: Lang = Lang.nl,
) -> None:
    """Check that nothing in the log was changed, moved or taken away."""
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
def show_anchor(out: Out = OUT, ledger: Url = "", lang: Lang = Lang.nl) -> None:
    """Give the anchor of now: keep it elsewhere (on paper, in a mailbox), to check by later."""
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
    target: Annotated[Path, typer.Argument(metavar="FILE")],
    out: Out = OUT,
    ledger: Url = "",
    account: Account = "",
    lang: Lang = Lang.nl,
) -> None:
    """Write the log to a file, for an auditor. It holds nothing of a pupil."""
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
def repair(out: Out = OUT, ledger: Url = "", account: Account = "", lang: Lang = Lang.nl) -> None:
    """Let file and ledger say the same again. What differed is kept beside them."""
    from dod2oso.base.folderlock import held
    from dod2oso.ledger import audit_file

    with held(out, "audit repair"), opened_ledger(ledger, out) as opened:
        status = audit_file.repair(opened, account_of(account))
    typer.echo(Text(f"audit-was-{status.how.value}", line=status.same + 1).text(lang.value))


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
