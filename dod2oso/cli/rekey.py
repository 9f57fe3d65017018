"""`dod2oso rekey`, `recovery-sheet`, `show`: what an encrypted project needs besides its passphrase."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from dod2oso.base.texts import Text
from dod2oso.cli.handover_start import account_of
from dod2oso.cli.options import OUT, Account, Lang, Out
from dod2oso.cli.passphrase import Passphrase, PassphraseFile
from dod2oso.cli.settings import typed_for


def rekey(passphrase_file: PassphraseFile = None, out: Out = OUT, account: Account = "", lang: Lang = Lang.nl) -> None:
    """Give an encrypted project other keys, or finish what was broken off."""
    from dod2oso.trust import encrypting

    encrypting.refuse_plain(out)
    word = Passphrase(passphrase_file, lang).once()
    done = encrypting.rekey(out, word, account_of(account), typed=typed_for(out))
    typer.echo(Text("rekeyed", count=done.files).text(lang.value))
    tell_recovery(done.recovery, [out], lang)
    tell_left(done.left, lang)
    typer.echo(Text("rekeyed-closed").text(lang.value), err=True)


def recovery_sheet(
    target: Annotated[Path | None, typer.Option("--to", metavar="FILE")] = None,
    passphrase_file: PassphraseFile = None,
    out: Out = OUT,
    account: Account = "",
    lang: Lang = Lang.nl,
) -> None:
    """Make another recovery code, on a sheet to print."""
    from dod2oso.base.errors import UsageError
    from dod2oso.base.files import atomic_write
    from dod2oso.report.recovery import sheet
    from dod2oso.trust import encrypting

    encrypting.refuse_plain(out)
    if target is not None and target.exists():
        raise UsageError("output-exists", file=target.name)
    word = Passphrase(passphrase_file, lang).once()
    code = encrypting.new_recovery(out, word, account_of(account))
    if target is None:
        tell_recovery(code, [out], lang)
        return
    atomic_write(target, sheet(code, out.resolve().name, lang.value).encode())
    typer.echo(Text("recovery-sheet-made", file=target.name).text(lang.value))


def show(
    file: Annotated[Path, typer.Argument(metavar="FILE")],
    target: Annotated[Path | None, typer.Option("--to", metavar="FILE")] = None,
    out: Out = OUT,
    account: Account = "",
    lang: Lang = Lang.nl,
) -> None:
    """Show a file of an encrypted project as it is inside, or write it, or all of a folder, elsewhere."""
    from dod2oso.base.errors import UsageError
    from dod2oso.base.files import atomic_open, disk_guard
    from dod2oso.trust import encrypting

    if target is not None and target.exists():
        raise UsageError("output-exists", file=target.name)
    who = account_of(account)
    if file.is_dir():
        if target is None:
            raise UsageError("show-folder-to")
        count = encrypting.show_folder(out, file, target, who)
        typer.echo(Text("folder-shown", count=count, folder=target.name).text(lang.value), err=True)
        return
    if target is None:
        encrypting.show(out, file, sys.stdout.buffer, who)
        sys.stdout.flush()
        return
    with disk_guard(), atomic_open(target) as written:
        encrypting.show(out, file, written, who)
    typer.echo(Text("file-shown", file=target.name).text(lang.value), err=True)


def tell_recovery(code: str, folders: list[Path], lang: Lang) -> None:
    """The code, and what it opens, for who writes it down now; it is kept nowhere."""
    names = ", ".join(folder.resolve().name for folder in folders)
    typer.echo(Text("recovery-code", code=code, folders=names).text(lang.value))


def tell_left(count: int, lang: Lang) -> None:
    """How many files could not be opened, if any."""
    if count:
        typer.echo(Text("encrypted-left", count=count).text(lang.value), err=True)
