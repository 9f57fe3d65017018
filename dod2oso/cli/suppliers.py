"""`dod2oso suppliers`: what each layout can carry to OSO, from profiles and mapping alone."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dod2oso.base.errors import ConfigurationError, ExitCode, ExportError, UsageError
from dod2oso.base.texts import Text
from dod2oso.cli.options import AsJson, Lang, PinFile, chosen_transfer, chosen_version, overstap_name

if TYPE_CHECKING:
    from dod2oso.mapping.plan import Plan
    from dod2oso.suppliers.matrix import Matrix
    from dod2oso.suppliers.measure import Fill

_LISTED = 40  # fields on the terminal; all are in a file


def suppliers(
    layouts: Annotated[list[str] | None, typer.Argument(metavar="[LAYOUT...]")] = None,
    oso: Annotated[list[str] | None, typer.Option("--oso", metavar="VERSION")] = None,
    overstap: Annotated[list[str] | None, typer.Option("--overstap", parser=overstap_name, metavar="OVERSTAP")] = None,
    all: Annotated[bool, typer.Option("--all")] = False,
    compare: Annotated[bool, typer.Option("--compare")] = False,
    measure: Annotated[list[Path] | None, typer.Option("--measure", metavar="EXPORT")] = None,
    output: Annotated[list[Path] | None, typer.Option("--output", metavar="FILE")] = None,
    pin_file: PinFile = None,
    as_json: AsJson = False,
    lang: Lang = Lang.nl,
) -> None:
    """Show what each layout can carry to OSO: whole, in part, not, or not known."""
    from dod2oso.suppliers import pages

    plans = list(_plans(oso or [], overstap or [], everything=all))
    made, wrong = _matrices(layouts or [], plans, lang.value)
    fills, unread = _fills(measure or [], layouts or [], plans, pin_file, lang.value)
    for path in output or ():
        pages.write(path, made, fills, lang.value)
        typer.echo(Text("carry-written", file=path.name).text(lang.value), err=True)
    if as_json:
        typer.echo(json.dumps(pages.document(made, fills, lang.value), ensure_ascii=False, indent=1))
    else:
        told = _compared(made, lang.value) if compare else _told(made, fills, lang.value)
        typer.echo("\n".join(told))
    if wrong or unread:
        raise typer.Exit(int(ExitCode.CONFIGURATION if wrong else ExitCode.EXPORT_UNREADABLE))


def _plans(oso: list[str], overstap: list[str], *, everything: bool) -> "Iterator[Plan]":
    """A plan per version and transfer; UsageError when no version that is asked for knows any of the transfers."""
    from dod2oso.mapping.compile import shipped_plan
    from dod2oso.oso.transfers import all_transfers, transfer
    from dod2oso.oso.versions import known_versions, version

    versions = [version(name).name for name in oso] or (
        list(known_versions()) if everything else [chosen_version(None)]
    )
    kinds = [transfer(name) for name in overstap] or (
        list(all_transfers()) if everything else [transfer(chosen_transfer(None))]
    )
    pairs = [(name, kind.name) for kind in kinds for name in versions if name in kind.versions]
    if not pairs:
        raise UsageError("carry-no-version", transfers=", ".join(kind.name for kind in kinds))
    yield from (shipped_plan(name, kind) for name, kind in pairs)


def _matrices(layouts: list[str], plans: "list[Plan]", lang: str) -> "tuple[list[Matrix], bool]":
    """A matrix per layout and plan, and whether a layout could not be read: that is told, and the others go on."""
    from dod2oso.source.profile import find_profile, shipped_profiles
    from dod2oso.suppliers.layout import fields_of
    from dod2oso.suppliers.matrix import matrix

    shipped = {each.name: each for each in shipped_profiles()}
    made, wrong = [], False
    for name in layouts or shipped:
        try:
            fields = fields_of(shipped.get(name) or find_profile(name), shipped=name in shipped)
        except ConfigurationError as error:
            typer.echo(error.text(lang), err=True)
            wrong = True
            continue
        made += [matrix(fields, plan) for plan in plans]
    return made, wrong


def _fills(
    exports: list[Path], layouts: list[str], plans: "list[Plan]", pin_file: Path | None, lang: str
) -> "tuple[list[Fill], bool]":
    """What was measured per export and plan, and whether one could not be read: that is told, and the others go on."""
    from dod2oso.source.container.find import find_exports
    from dod2oso.source.container.pins import gather_pins, terminal_ask
    from dod2oso.source.profile import find_profile, shipped_profiles
    from dod2oso.suppliers.measure import measure

    if not exports:
        return [], False
    own = tuple(find_profile(name) for name in layouts if Path(name).suffix in (".yaml", ".yml"))
    made, unread = [], False
    for found in find_exports([str(path) for path in exports], gather_pins(pin_file, terminal_ask(lang))).exports:
        try:
            made += [measure(found, own or shipped_profiles(), plan) for plan in plans]
        except ExportError as error:
            typer.echo(error.text(lang), err=True)
            unread = True
    return made, unread


def _told(made: "list[Matrix]", fills: "list[Fill]", lang: str) -> Iterator[str]:
    """Totals per layout; of one matrix alone the fields that are not a plain yes; what was measured."""
    for each in made:
        named = {"layout": each.layout, "version": each.version, "transfer": each.transfer}
        yield Text("carry-total", **named, **each.counts()).text(lang)
    if len(made) == 1:
        yield from _one(made[0], lang)
    for fill in fills:
        named = {"layout": fill.profile, "version": fill.version, "transfer": fill.transfer}
        yield Text("carry-filled", **named, records=fill.records, fields=len(fill.filled), n=fill.unread).text(lang)


def _one(made: "Matrix", lang: str) -> Iterator[str]:
    from dod2oso.suppliers.pages import answer

    left = [(path, cell) for path, cell in made.cells.items() if cell.answer != "yes" and not cell.filled_by]
    for path, cell in left[:_LISTED]:
        yield f"  {path}: {answer(cell.answer, lang)}. {cell.said(lang)}"
    if len(left) > _LISTED:
        yield Text("carry-more", n=len(left) - _LISTED).text(lang)


def _compared(made: "list[Matrix]", lang: str) -> Iterator[str]:
    """Where two matrices differ; UsageError when there are not exactly two."""
    from dod2oso.suppliers.pages import answer, differing

    if len(made) != 2:
        raise UsageError("carry-compare-two", n=len(made))
    one, other = made
    names = [f"{each.layout} {each.version} {each.transfer}" for each in made]
    found = list(differing(one, other))
    yield Text("carry-differing", one=names[0], other=names[1], n=len(found)).text(lang)
    for path, first, second in found:
        yield f"  {path}: {answer(first, lang)} → {answer(second, lang)}"
