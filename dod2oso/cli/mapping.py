"""`dod2oso mapping …`: look into a mapping, check it, run its examples."""

from pathlib import Path
from typing import Annotated

import typer

from dod2oso.base.errors import ExitCode, UsageError
from dod2oso.cli.oso_options import AnyTransfer, AnyVersion, chosen_transfer, chosen_version
from dod2oso.cli.run import Lang

app = typer.Typer(no_args_is_help=True, help="Bekijk en controleer de mapping.", rich_markup_mode=None)

MappingFile = Annotated[Path | None, typer.Option("--mapping", help="Een eigen mapping (anders de meegeleverde).")]
Language = Annotated[Lang, typer.Option(help="Taal van de antwoorden.")]


@app.command()
def check(mapping: MappingFile = None) -> None:
    """Controleer of de mapping klopt en volledig is, voor alle versies en overstappen."""
    from dod2oso.mapping.compile import compile_plan
    from dod2oso.mapping.load import load_mapping
    from dod2oso.oso.transfers import all_transfers

    loaded = load_mapping(mapping)
    plans = [compile_plan(loaded, version, kind.name) for kind in all_transfers() for version in kind.versions]
    typer.echo(f"{loaded.mapping}: goed, volledig voor {len(plans)} combinaties van versie en overstap.")


@app.command()
def coverage(
    overstap: AnyTransfer = None, oso: AnyVersion = None, mapping: MappingFile = None, lang: Language = Lang.nl
) -> None:
    """Toon van elk veld uit het woordenboek waar het heen gaat, of waarom het achterblijft."""
    from dod2oso.findings.catalogue import reason
    from dod2oso.mapping import explain as explaining
    from dod2oso.source.dictionary import load_dictionary

    for line in explaining.coverage(_plan(mapping, oso, overstap), load_dictionary()):
        text = ", ".join(line.targets)
        if line.reason:
            text = f"- {reason(line.reason).text(lang.value)}"
        typer.echo(f"{line.field}\t{text}")


@app.command()
def explain(
    field: Annotated[str, typer.Argument(metavar="VELD|OSO-PAD")],
    overstap: AnyTransfer = None,
    oso: AnyVersion = None,
    mapping: MappingFile = None,
    lang: Language = Lang.nl,
) -> None:
    """Zeg waar een OSO-veld vandaan komt, of waar een oud veld blijft."""
    from dod2oso.mapping import explain as explaining
    from dod2oso.source.dictionary import load_dictionary

    plan = _plan(mapping, oso, overstap)
    lines = explaining.explain(plan, load_dictionary(), field, lang.value)
    if not lines:
        raise UsageError("field-unknown", field=field, version=plan.version)
    typer.echo("\n".join(lines))


@app.command()
def test(mapping: MappingFile = None) -> None:
    """Draai de voorbeelden die in de mapping zelf staan."""
    from dod2oso.mapping.load import load_mapping
    from dod2oso.mapping.selftest import run_tests

    loaded = load_mapping(mapping)
    failures = run_tests(loaded)
    for failure in failures:
        typer.echo(f"{failure.name}: {failure.problem}")
    typer.echo(f"{len(loaded.tests)} voorbeelden, {len({f.name for f in failures})} kloppen niet.", err=True)
    if failures:
        raise typer.Exit(int(ExitCode.CONFIGURATION))


@app.command()
def schema(kind: Annotated[str, typer.Argument(help="mapping, profile of dictionary")] = "mapping") -> None:
    """Schrijf het JSON Schema van een van de drie soorten YAML-bestanden."""
    from json import dumps

    from dod2oso.mapping.jsonschema import json_schema

    typer.echo(dumps(json_schema(kind), ensure_ascii=False, indent=2))


@app.command()
def diff(
    old: Annotated[Path, typer.Argument()],
    new: Annotated[Path, typer.Argument()],
    overstap: AnyTransfer = None,
    oso: AnyVersion = None,
) -> None:
    """Toon welke velden in een andere mapping anders lopen."""
    from dod2oso.mapping import explain as explaining
    from dod2oso.source.dictionary import load_dictionary

    dictionary = load_dictionary()
    before = explaining.coverage(_plan(old, oso, overstap), dictionary)
    after = explaining.coverage(_plan(new, oso, overstap), dictionary)
    for one, other in zip(before, after, strict=True):
        if one != other:
            typer.echo(f"{one.field}\t{_short(one)} → {_short(other)}")


def _short(line: tuple[str, tuple[str, ...], str]) -> str:
    _field, targets, reason = line
    return ", ".join(targets) or f"({reason})"


def _plan(mapping: Path | None, oso: str | None, overstap: str | None):  # type: ignore[no-untyped-def]  # Plan: imported late
    from dod2oso.mapping.compile import compile_plan
    from dod2oso.mapping.load import load_mapping

    return compile_plan(load_mapping(mapping), chosen_version(oso), chosen_transfer(overstap))
