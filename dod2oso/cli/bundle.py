"""`dod2oso bundle`: official technical files (XSD and XSLT of an OSO version) that the user downloaded."""

from pathlib import Path
from typing import Annotated

import typer

from dod2oso.base.texts import Text
from dod2oso.cli.run import Lang

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Officiële technische bestanden (XSD en XSLT) bewaren, voor validate --official.",
)

_Language = Annotated[Lang, typer.Option(help="Taal van de meldingen.")]


@app.command("add")
def add(
    sources: Annotated[list[Path], typer.Argument(metavar="BESTAND.zip|MAP...", help="Wat u heeft gedownload.")],
    lang: _Language = Lang.nl,
) -> None:
    """Controleer en bewaar de bestanden van een OSO-versie."""
    from dod2oso.oso import bundles

    for source in sources:
        bundle = bundles.add(source)
        typer.echo(_line(bundle.version, bundle.roles, lang))


@app.command("list")
def show(lang: _Language = Lang.nl) -> None:
    """Toon welke officiële bestanden er zijn."""
    from dod2oso.oso import bundles

    found = bundles.installed()
    for bundle in found.values():
        typer.echo(_line(bundle.version, bundle.roles, lang))
    if not found:
        typer.echo(Text("no-bundles").text(lang.value), err=True)


@app.command("remove")
def remove(
    versions: Annotated[list[str], typer.Argument(metavar="VERSIE...", help="De OSO-versie, bijvoorbeeld 2019.1.")],
    lang: _Language = Lang.nl,
) -> None:
    """Verwijder de bestanden van een OSO-versie."""
    from dod2oso.oso import bundles

    for version in versions:
        bundles.remove(version)
        typer.echo(Text("bundle-removed", version=version).text(lang.value))


def _line(version: str, roles: dict[str, str], lang: Lang) -> str:
    layers = ["gegevensset", "ov", "swv"]
    have = [layer for layer in layers if {layer, "both"} & set(roles.values())]
    return Text("bundle-line", version=version, layers=", ".join(have), count=len(roles)).text(lang.value)
