"""`dod2oso lock`, `unlock`, `change-passphrase`: an output folder behind a passphrase while nobody works in it."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from dod2oso.base.texts import Text
from dod2oso.cli.handover_start import account_of
from dod2oso.cli.options import OUT, Account, Lang, Out

PassphraseFile = Annotated[Path | None, typer.Option("--passphrase-file", metavar="FILE")]


def lock(passphrase_file: PassphraseFile = None, out: Out = OUT, account: Account = "", lang: Lang = Lang.nl) -> None:
    """Put the whole output folder behind a passphrase, in one encrypted file."""
    from dod2oso.base.errors import UsageError
    from dod2oso.trust import closing

    if not out.is_dir():
        raise UsageError("lock-no-ledger")
    word = Passphrase(passphrase_file, lang)
    done = closing.lock(out, word.twice, account_of(account))
    if done is None:
        typer.echo(Text("locked-before").text(lang.value))
        return
    typer.echo(Text("locked", files=done.files, megabytes=f"{done.size / 1e6:.1f}").text(lang.value))
    for note in ("locked-lost", "locked-exports", "destroyed-disk"):
        typer.echo(Text(note).text(lang.value), err=True)


def unlock(passphrase_file: PassphraseFile = None, out: Out = OUT, account: Account = "", lang: Lang = Lang.nl) -> None:
    """Put everything back in its place."""
    from dod2oso.trust import closing

    closing.refuse_unlocked(out)
    files = closing.unlock(out, Passphrase(passphrase_file, lang).once(), account_of(account))
    typer.echo(Text("unlocked", files=files).text(lang.value))


def change_passphrase(
    passphrase_file: PassphraseFile = None,
    new_file: Annotated[Path | None, typer.Option("--new-passphrase-file", metavar="FILE")] = None,
    out: Out = OUT,
    lang: Lang = Lang.nl,
) -> None:
    """Give a locked folder another passphrase."""
    from dod2oso.trust import closing

    closing.refuse_unlocked(out)
    old = Passphrase(passphrase_file, lang).once()
    closing.change_passphrase(out, old, Passphrase(new_file, lang, "passphrase-ask-new").twice())
    typer.echo(Text("passphrase-changed").text(lang.value))


class Passphrase:
    """Asked on a terminal without showing it, or the first line of a file; never on the command line."""

    def __init__(self, file: Path | None, lang: Lang, question: str = "passphrase-ask") -> None:
        self._file, self._lang, self._question = file, lang, question

    def once(self) -> str:
        return self._get(confirm=False)

    def twice(self) -> str:
        return self._get(confirm=True)

    def _get(self, *, confirm: bool) -> str:
        from dod2oso.base.errors import UsageError
        from dod2oso.cli.options import first_line

        if self._file is not None:
            return first_line(self._file)
        if not sys.stdin.isatty():
            raise UsageError("lock-needs-passphrase")
        question, again = (Text(key).text(self._lang.value) for key in (self._question, "passphrase-ask-again"))
        said: str = typer.prompt(question, hide_input=True, confirmation_prompt=again if confirm else False, err=True)
        return said
