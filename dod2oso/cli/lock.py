"""`dod2oso lock`, `unlock`, `change-passphrase`: an output folder that nobody can read, or can work in."""

from pathlib import Path
from typing import Annotated

import typer

from dod2oso.base.texts import Text
from dod2oso.cli.handover_start import account_of
from dod2oso.cli.options import OUT, Account, Lang, Out
from dod2oso.cli.passphrase import KeepInKeyring, Passphrase, PassphraseFile


def lock(passphrase_file: PassphraseFile = None, out: Out = OUT, account: Account = "", lang: Lang = Lang.nl) -> None:
    """Put the whole output folder behind a passphrase, in one encrypted file."""
    from dod2oso.base.errors import UsageError
    from dod2oso.trust import closing

    if not out.is_dir():
        raise UsageError("lock-no-ledger")
    word = Passphrase(passphrase_file, lang, environment=False)
    done = closing.lock(out, word.twice, account_of(account))
    if done is None:
        typer.echo(Text("locked-before").text(lang.value))
        return
    typer.echo(Text("locked", files=done.files, megabytes=f"{done.size / 1e6:.1f}").text(lang.value))
    for note in ("locked-lost", "locked-exports", "destroyed-disk"):
        typer.echo(Text(note).text(lang.value), err=True)


def unlock(
    passphrase_file: PassphraseFile = None,
    keyring: KeepInKeyring = False,
    out: Out = OUT,
    account: Account = "",
    lang: Lang = Lang.nl,
) -> None:
    """Put everything back in its place; of an encrypted project keep the key, until it is locked."""
    from dod2oso.base.atrest import is_encrypted
    from dod2oso.base.folderlock import VAULT
    from dod2oso.trust import closing, encrypting

    encrypted, locked = is_encrypted(out), (out / VAULT).exists()
    if not encrypted:
        closing.refuse_unlocked(out)
    word = Passphrase(passphrase_file, lang).once()
    if locked:
        files = closing.unlock(out, word, account_of(account))
        typer.echo(Text("unlocked", files=files).text(lang.value))
    if encrypted:
        encrypting.open_for_now(out, word, account_of(account), keyring=keyring)
        typer.echo(Text("opened-in-keyring" if keyring else "opened-for-now").text(lang.value))


def change_passphrase(
    passphrase_file: PassphraseFile = None,
    new_file: Annotated[Path | None, typer.Option("--new-passphrase-file", metavar="FILE")] = None,
    out: Out = OUT,
    account: Account = "",
    lang: Lang = Lang.nl,
) -> None:
    """Give an encrypted project, or a locked folder, another passphrase."""
    from dod2oso.base.atrest import is_encrypted
    from dod2oso.trust import closing, encrypting

    encrypted = is_encrypted(out)
    if not encrypted:
        closing.refuse_unlocked(out)
    old = Passphrase(passphrase_file, lang).once()
    new = Passphrase(new_file, lang, "passphrase-ask-new", environment=False).twice()
    if encrypted:
        encrypting.change_word(out, old, new, account_of(account))
    else:
        closing.change_passphrase(out, old, new)
    typer.echo(Text("passphrase-changed").text(lang.value))
