"""The options that commands share, each named and explained in help.yaml. What OSO versions there are is data."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

OUT = Path("dod2oso-out")


class Lang(StrEnum):
    nl = "nl"
    en = "en"


def overstap_name(name: str) -> str:
    """The name of a kind of transfer as typed by a person; UsageError, with all names, when there is no such kind."""
    from dod2oso.oso.transfers import transfer

    return transfer(name).name


Out = Annotated[Path, typer.Option("--out", metavar="FOLDER")]
Url = Annotated[str, typer.Option("--ledger", metavar="URL")]
Config = Annotated[Path | None, typer.Option("--config", metavar="FILE")]
AsJson = Annotated[bool, typer.Option("--json")]
PinFile = Annotated[Path | None, typer.Option("--pin-file", metavar="FILE")]
MappingFile = Annotated[Path | None, typer.Option("--mapping", metavar="FILE")]
Exports = Annotated[list[str], typer.Argument(metavar="EXPORT...")]
Transfer = Annotated[str, typer.Option("--overstap", parser=overstap_name, metavar="OVERSTAP")]
AnyTransfer = Annotated[str | None, typer.Option("--overstap", parser=overstap_name, metavar="OVERSTAP")]
AnyVersion = Annotated[str | None, typer.Option("--oso", metavar="VERSION")]


def chosen_version(oso: str | None) -> str:
    """The version a command works with; UsageError when there is no such version."""
    from dod2oso.oso.versions import newest, version

    return version(oso).name if oso else newest()


def chosen_transfer(overstap: str | None) -> str:
    """The transfer a command works with."""
    from dod2oso.oso.transfers import most_asked

    return overstap or most_asked()
