"""How a passphrase is got: asked on a terminal without showing it, or the first line of a file; never an option."""

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from dod2oso.base.errors import UsageError
from dod2oso.base.texts import Text
from dod2oso.cli.options import Lang, first_line

VARIABLE = "DOD2OSO_PASSPHRASE_FILE"
PassphraseFile = Annotated[Path | None, typer.Option("--passphrase-file", metavar="FILE")]
KeepInKeyring = Annotated[bool, typer.Option("--keyring")]


class Passphrase:
    """Of one command: `file` as given, else the file of the environment when `environment`, else who sits here."""

    def __init__(
        self, file: Path | None, lang: Lang, question: str = "passphrase-ask", *, environment: bool = True
    ) -> None:
        named = os.environ.get(VARIABLE, "") if environment else ""
        self._file = file or (Path(named) if named else None)
        self._lang, self._question = lang.value, question

    def once(self) -> str:
        return self._get(confirm=False)

    def twice(self) -> str:
        return self._get(confirm=True)

    def _get(self, *, confirm: bool) -> str:
        if self._file is not None:
            return first_line(self._file)
        if not sys.stdin.isatty():
            raise UsageError("lock-needs-passphrase")
        return _asked(self._lang, self._question, confirm=confirm)


def project_word(lang: str) -> str:
    """The passphrase of an encrypted project that a command wants to open; UsageError where nobody can be asked."""
    named = os.environ.get(VARIABLE, "")
    if named:
        return first_line(Path(named))
    if not sys.stdin.isatty():
        raise UsageError("project-encrypted")
    return _asked(lang, "passphrase-ask-project", confirm=False)


def _asked(lang: str, question: str, *, confirm: bool) -> str:
    asked, again = (Text(key).text(lang) for key in (question, "passphrase-ask-again"))
    said: str = typer.prompt(asked, hide_input=True, confirmation_prompt=again if confirm else False, err=True)
    return said
