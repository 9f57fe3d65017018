"""`dod2oso init`: make a project folder, encrypted or not."""

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from dod2oso.base import projectkey
from dod2oso.base.settings_file import FILE
from dod2oso.base.texts import Text
from dod2oso.cli.handover_start import account_of
from dod2oso.cli.options import LEDGER_VARIABLE, Account, Lang, overstap_name
from dod2oso.cli.passphrase import KeepInKeyring, Passphrase, PassphraseFile


def init(
    directory: Annotated[Path, typer.Argument(metavar="FOLDER")],
    overstap: Annotated[list[str] | None, typer.Option("--overstap", parser=overstap_name, metavar="OVERSTAP")] = None,
    deadline: Annotated[str | None, typer.Option(metavar="YYYY-MM-DD")] = None,
    name: Annotated[str, typer.Option("--name", metavar="NAME")] = "",
    encrypt: Annotated[bool | None, typer.Option("--encrypt/--no-encrypt")] = None,
    passphrase_file: PassphraseFile = None,
    keyring: KeepInKeyring = False,
    account: Account = "",
    lang: Lang = Lang.nl,
) -> None:
    """Make a project folder: folders for exports and supplements, scholen.csv, dod2oso.toml and LEESMIJ.txt."""
    from dod2oso.base.clock import run_date
    from dod2oso.base.pseudonym import KEY_FILE
    from dod2oso.oso.transfers import most_asked
    from dod2oso.project.folder import EXPORTS
    from dod2oso.project.init import REGISTER, make_project

    if encrypt:
        _refuse_where_it_cannot()
    given = Passphrase(passphrase_file, lang, "passphrase-ask-new")
    if passphrase_file is not None:  # of a project that is encrypted already too
        projectkey.ask_with(given.once)
    if encrypt and (directory / KEY_FILE).exists():  # an output folder by itself
        _encrypt([(directory, [])], given, keyring, account, lang)
        return
    last = run_date(deadline) if deadline is not None else None
    made = make_project(directory, overstap or [most_asked()], name=name, deadline=last, lang=lang.value)
    if made.made:
        typer.echo(Text("project-made", folder=directory, files=", ".join(made.made)).text(lang.value))
    if made.kept:
        typer.echo(Text("project-kept", files=", ".join(made.kept)).text(lang.value), err=True)
    if last is not None and last < run_date(None):
        typer.echo(Text("project-deadline-past", day=f"{last:%d-%m-%Y}").text(lang.value), err=True)
    waiting = _not_encrypted(directory)
    new = str(FILE) in made.made
    if encrypt or (encrypt is None and new and waiting and _wanted(lang)):
        _encrypt(waiting, given, keyring, account, lang)
    there = REGISTER in made.kept and any((directory / EXPORTS).iterdir())
    typer.echo(Text("project-next-run" if there else "project-next", folder=directory).text(lang.value))


def _not_encrypted(directory: Path) -> list[tuple[Path, list[Path]]]:
    """The output folders of this project that are not, or not wholly, encrypted; each with what was typed for it."""
    from dod2oso.base.atrest import is_encrypted, keys_of
    from dod2oso.cli.settings import load_settings
    from dod2oso.project.filled import files_of
    from dod2oso.project.folder import project_folder

    settings = load_settings(directory / FILE)
    project = project_folder(directory / FILE, settings.project, settings.transfer, settings.retention)
    found = []
    for name in project.transfers if project is not None else ():
        assert project is not None  # noqa: S101  for the type checker
        out = project.out(name)
        keys = keys_of(out, unfinished=True) if is_encrypted(out) else None
        if keys is None or keys.pending:
            found.append((out, files_of(project, out)))
    return found


def _wanted(lang: Lang) -> bool:
    """Asked once, of who makes a new project on a terminal; without the extra it is said how to get it."""
    from dod2oso.base.errors import UsageError

    if not sys.stdin.isatty():
        return False
    try:
        _refuse_where_it_cannot()
    except UsageError as error:
        typer.echo(error.text(lang.value), err=True)
        return False
    return typer.confirm(Text("encrypt-question").text(lang.value), default=True, err=True)


def _refuse_where_it_cannot() -> None:
    """UsageError when every run here is told to keep its ledger in a database elsewhere, or the extra is missing."""
    from dod2oso.base.atrest import refuse_without_extra
    from dod2oso.base.errors import UsageError

    if os.environ.get(LEDGER_VARIABLE):
        raise UsageError("encrypted-ledger-elsewhere")
    refuse_without_extra()


def _encrypt(
    folders: list[tuple[Path, list[Path]]], given: Passphrase, keyring: bool, account: str, lang: Lang
) -> None:
    from dod2oso.base.atrest import is_encrypted
    from dod2oso.base.errors import UsageError
    from dod2oso.base.projectkey import long_enough, new_recovery_code
    from dod2oso.base.pseudonym import KEY_FILE
    from dod2oso.cli.rekey import tell_left, tell_recovery
    from dod2oso.trust.encrypting import encrypt

    if not folders:
        raise UsageError("encrypted-already")
    word = None if keyring else long_enough(given.twice())
    for path in folders[0][0].parent.glob(f"*/{KEY_FILE}"):  # of other transfers: one passphrase opens a project
        if word is not None and is_encrypted(path.parent):
            projectkey.with_word(path, word)
    code = new_recovery_code()  # one for all transfers of a project
    count = left = 0
    for out, typed in folders:
        done = encrypt(out, word, account_of(account), recovery=code, typed=typed)
        count, left = count + done.files, left + done.left
    typer.echo(Text("encrypted", count=count).text(lang.value))
    tell_recovery(code, [out for out, _typed in folders], lang)
    tell_left(left, lang)
    typer.echo(Text("encrypted-not").text(lang.value), err=True)
