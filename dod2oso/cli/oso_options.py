"""The options by which commands name an OSO version and a transfer; which there are is data, read when it is needed."""

from typing import Annotated

import typer


def overstap_name(name: str) -> str:
    """The name of a kind of transfer as typed by a person; UsageError, with all names, when there is no such kind."""
    from dod2oso.oso.transfers import transfer

    return transfer(name).name


AnyTransfer = Annotated[
    str | None,
    typer.Option(
        "--overstap", parser=overstap_name, metavar="OVERSTAP", help="De soort overstap (anders de meest gevraagde)."
    ),
]
AnyVersion = Annotated[str | None, typer.Option("--oso", help="De OSO-versie; anders de nieuwste die er is.")]


def chosen_version(oso: str | None) -> str:
    """The version a command works with; UsageError when there is no such version."""
    from dod2oso.oso.versions import newest, version

    return version(oso).name if oso else newest()


def chosen_transfer(overstap: str | None) -> str:
    """The transfer a command works with."""
    from dod2oso.oso.transfers import most_asked

    return overstap or most_asked()
