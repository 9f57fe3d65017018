"""`dod2oso bundle`: official technical files (XSD and XSLT of an OSO version) that the user downloaded."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dod2oso.base.errors import UsageError
from dod2oso.base.texts import Text
from dod2oso.cli.help import Commands
from dod2oso.cli.options import Lang

if TYPE_CHECKING:
    from dod2oso.oso.bundles.add import Added
    from dod2oso.oso.bundles.store import Bundle
    from dod2oso.oso.derive.take_in import TakenIn

app = Commands()

_LISTED = 8  # names of extra files
_MISSING = {"ov": Text("bundle-missing-ov"), "swv": Text("bundle-missing-swv")}
_TRIALS = {
    "does-not-compile": "bundle-trial-does-not-compile",
    "stops": "bundle-trial-stops",
    "no-end": "bundle-trial-no-end",
    "other-output": "bundle-trial-other-output",
    "not-tried": "bundle-trial-not-tried",
}


@app.command("add")
def add(
    sources: Annotated[list[Path], typer.Argument(metavar="FILE.zip|FILE.xlsx|FOLDER...")],
    lang: Lang = Lang.nl,
) -> None:
    """Check and keep the files of an OSO version; a second ZIP completes the first."""
    from dod2oso.oso.bundles.add import add as add_files
    from dod2oso.source.tabular.sheets import sheet_texts

    kept = False
    for source in sources:
        typer.echo(Text("bundle-busy", name=source.name).text(lang), err=True)
        versions, problems = add_files(source, sheet_texts)
        for problem in problems:
            typer.echo(problem.text(lang), err=True)
        for one in versions:
            kept |= one.bundle is not None
            for text in _told(one):
                typer.echo(text.text(lang))
    if not kept:
        raise UsageError("bundle-useless")


@app.command("list")
def show(lang: Lang = Lang.nl) -> None:
    """Show which official files there are."""
    from dod2oso.oso.bundles.store import installed

    found = installed()
    for bundle in found.values():
        typer.echo(_line(bundle).text(lang))
    if not found:
        typer.echo(Text("bundle-none").text(lang), err=True)


@app.command("remove")
def remove(
    versions: Annotated[list[str], typer.Argument(metavar="VERSION...")],
    lang: Lang = Lang.nl,
) -> None:
    """Remove the files of an OSO version."""
    from dod2oso.oso.bundles.store import remove as forget

    for version in versions:
        forget(version)
        typer.echo(Text("bundle-removed", version=version).text(lang))


def _told(one: "Added") -> Iterator[Text]:
    """What there is now, what is still missing, what came along, and what went wrong."""
    if one.bundle is not None:
        yield _line(one.bundle)
        if not one.known:
            yield Text("bundle-unknown-version", version=one.version)
        if one.taken_in is not None:
            yield from _derived(one.taken_in)
        for layer in one.replaced:
            yield Text("bundle-replaced", layer=layer)
        for layer in one.missing:
            yield _MISSING[layer]
        for layer, state in one.bundle.trials.items():
            if state in _TRIALS:
                yield Text(_TRIALS[state], layer=layer)
        if one.bundle.extra:
            names = ", ".join(one.bundle.extra[:_LISTED])
            more = len(one.bundle.extra) - _LISTED
            yield Text("bundle-extra", names=f"{names} (+{more})" if more > 0 else names)
    yield from one.problems


def _derived(taken: "TakenIn") -> Iterator[Text]:
    promoted = {key for keys in taken.learned.promoted.values() for key in keys}
    elements = sum(1 for _ in taken.structure.dossier.walk()) - 1
    yield Text(
        "bundle-derived",
        version=taken.version,
        nearest=taken.nearest,
        elements=elements,
        lists=len(taken.lists.codes),
        rules=len(promoted),
        mutants=taken.learned.mutants,
    )
    for problem in taken.problems[:_LISTED]:
        yield Text(problem.code, where=problem.where, what=problem.what)
    if len(taken.problems) > _LISTED:
        yield Text("bundle-more-problems", n=len(taken.problems) - _LISTED, version=taken.version)


def _line(bundle: "Bundle") -> Text:
    parts = [*(["XSD"] if bundle.schema_path else []), *bundle.sheets]
    return Text("bundle-line", version=bundle.version, parts=", ".join(parts), files=len(bundle.hashes))
