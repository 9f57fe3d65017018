"""The options that commands share, each named and explained in help.yaml. What OSO versions there are is data."""

import os
import re
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

OUT = Path("dod2oso-out")
LEDGER_VARIABLE = "DOD2OSO_LEDGER"
_PASSWORD = re.compile(r"[a-z][a-z0-9_+.-]*://([^/@]*:[^/@]*@|.*[?&]password=)", re.IGNORECASE)


class Lang(StrEnum):
    nl = "nl"
    en = "en"


def overstap_name(name: str) -> str:
    """The name of a kind of transfer as typed by a person; UsageError, with all names, when there is no such kind."""
    from dod2oso.oso.transfers import transfer

    return transfer(name).name


def _transfers(incomplete: str) -> list[tuple[str, str]]:
    """What a shell offers for a kind of transfer."""
    from dod2oso.cli.completion import typed
    from dod2oso.cli.help import language
    from dod2oso.oso.transfers import all_transfers

    lang, small = language(typed()), incomplete.islower()
    return [(kind.name.lower() if small else kind.name, kind.text(lang)) for kind in all_transfers()]


def _versions(_incomplete: str) -> list[str]:
    from dod2oso.oso.versions import known_versions

    return list(known_versions())


def _in_project(ctx: typer.Context, out: Path) -> Path:
    """The folder as given; when nobody gave one, in a project that of its only transfer, or of `--overstap`.

    UsageError when the project has several transfers and nobody said which.
    """
    if out != OUT or ctx.resilient_parsing:
        return out
    from dod2oso.base.errors import ConfigurationError, UsageError
    from dod2oso.cli.settings import here

    try:
        project = here()
    except ConfigurationError:  # the command tells it: of doctor it is the answer
        return out
    if project is None:
        return out
    transfers = project.chosen(None)
    if len(transfers) > 1:
        raise UsageError("project-several-transfers", known=", ".join(transfers), example=f"{OUT}/{transfers[0]}")
    return project.out(transfers[0])


Out = Annotated[Path, typer.Option("--out", metavar="FOLDER", callback=_in_project)]


def _ledger_named(ctx: typer.Context, url: str | None) -> str | None:
    """The ledger as given; else as DOD2OSO_LEDGER says; `@FILE`: the first line of that file.

    UsageError for a password on the command line: every user of the machine can read it there, and it stays in the
    history of the shell.
    """
    if ctx.resilient_parsing:
        return url
    from dod2oso.base.errors import UsageError

    if url and _PASSWORD.match(url):
        raise UsageError("ledger-password-shown", variable=LEDGER_VARIABLE)
    said = url or os.environ.get(LEDGER_VARIABLE, "")
    return first_line(Path(said[1:])) if said.startswith("@") else said or url


def _exports_named(ctx: typer.Context, exports: list[str] | None) -> list[str] | None:
    """The exports as given; `@FILE` is the first line of that file, unless there is an export of that very name.

    UsageError for a password on the command line, ConfigurationError when the file cannot be read.
    """
    if ctx.resilient_parsing or not exports:
        return exports
    from dod2oso.base.errors import UsageError

    if any(map(_PASSWORD.match, exports)):
        raise UsageError("export-password-shown")
    return [first_line(Path(e[1:])) if e.startswith("@") and not Path(e).exists() else e for e in exports]


def _export_named(ctx: typer.Context, export: str | None) -> str | None:
    named = _exports_named(ctx, [export] if export else None)
    return named[0] if named else export


def first_line(path: Path) -> str:
    """The first line of a file that somebody names; ConfigurationError when it cannot be read."""
    from dod2oso.base.errors import ConfigurationError

    try:
        return path.read_text(encoding="utf-8-sig").split("\n", 1)[0].strip()
    except (OSError, UnicodeDecodeError):
        raise ConfigurationError("file-absent", file=path.name) from None


Url = Annotated[str, typer.Option("--ledger", metavar="URL", callback=_ledger_named)]
MaybeUrl = Annotated[str | None, typer.Option("--ledger", metavar="URL", callback=_ledger_named)]
Config = Annotated[Path | None, typer.Option("--config", metavar="FILE")]
AsJson = Annotated[bool, typer.Option("--json")]
Profile = Annotated[str | None, typer.Option("--source-profile", metavar="NAME|FILE")]
Decisions = Annotated[list[Path] | None, typer.Option("--decisions", metavar="FILE")]
Schools = Annotated[Path | None, typer.Option("--schools", metavar="FILE")]
Supplement = Annotated[list[Path] | None, typer.Option("--supplement", metavar="FILE")]
Account = Annotated[str, typer.Option("--account", metavar="NAME")]
PinFile = Annotated[Path | None, typer.Option("--pin-file", metavar="FILE")]
MappingFile = Annotated[Path | None, typer.Option("--mapping", metavar="FILE")]
Exports = Annotated[list[str], typer.Argument(metavar="EXPORT...", callback=_exports_named)]
MaybeExports = Annotated[list[str] | None, typer.Argument(metavar="[EXPORT...]", callback=_exports_named)]
Export = Annotated[str, typer.Argument(metavar="EXPORT", callback=_export_named)]
MaybeExport = Annotated[str | None, typer.Argument(metavar="EXPORT", callback=_export_named)]
_OVERSTAP = typer.Option("--overstap", parser=overstap_name, metavar="OVERSTAP", autocompletion=_transfers)
Transfer = Annotated[str, _OVERSTAP]
AnyTransfer = Annotated[str | None, _OVERSTAP]
AnyVersion = Annotated[str | None, typer.Option("--oso", metavar="VERSION", autocompletion=_versions)]


def chosen_version(oso: str | None) -> str:
    """The version a command works with; UsageError when there is no such version."""
    from dod2oso.oso.versions import newest, version

    return version(oso).name if oso else newest()


def chosen_transfer(overstap: str | None) -> str:
    """The transfer a command works with."""
    from dod2oso.oso.transfers import most_asked

    return overstap or most_asked()
