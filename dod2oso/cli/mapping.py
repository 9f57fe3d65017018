"""`dod2oso mapping …`: look into a mapping, check it, run its examples."""

from pathlib import Path
from typing import Annotated

import typer

from dod2oso.base.errors import ExitCode, UsageError
from dod2oso.base.texts import Text
from dod2oso.cli.help import Commands
from dod2oso.cli.options import AnyTransfer, AnyVersion, Lang, MappingFile, chosen_transfer, chosen_version

app = Commands()


@app.command()
def check(mapping: MappingFile = None, lang: Lang = Lang.nl) -> None:
    """Check that the mapping is right and complete, for all versions and transfers."""
    from dod2oso.mapping.compile import compile_plan
    from dod2oso.mapping.load import load_mapping
    from dod2oso.oso.transfers import all_transfers

    loaded = load_mapping(mapping)
    plans = [compile_plan(loaded, version, kind.name) for kind in all_transfers() for version in kind.versions]
    typer.echo(Text("mapping-complete", name=loaded.mapping, count=len(plans)).text(lang.value))


@app.command()
def coverage(
    overstap: AnyTransfer = None, oso: AnyVersion = None, mapping: MappingFile = None, lang: Lang = Lang.nl
) -> None:
    """Show of every field of the dictionary where it goes, or why it stays behind."""
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
    field: Annotated[str, typer.Argument(metavar="FIELD|OSO-PATH")],
    overstap: AnyTransfer = None,
    oso: AnyVersion = None,
    mapping: MappingFile = None,
    lang: Lang = Lang.nl,
) -> None:
    """Say where an OSO field comes from, or what becomes of a legacy field."""
    from dod2oso.mapping import explain as explaining
    from dod2oso.source.dictionary import load_dictionary

    plan = _plan(mapping, oso, overstap)
    lines = explaining.explain(plan, load_dictionary(), field, lang.value)
    if not lines:
        raise UsageError("field-unknown", field=field, version=plan.version)
    typer.echo("\n".join(lines))


@app.command()
def test(mapping: MappingFile = None, lang: Lang = Lang.nl) -> None:
    """Run the examples that stand in the mapping itself."""
    from dod2oso.mapping.load import load_mapping
    from dod2oso.mapping.selftest import run_tests

    loaded = load_mapping(mapping)
    failures = run_tests(loaded)
    for failure in failures:
        typer.echo(f"{failure.name}: {failure.problem.text(lang.value)}")
    wrong = len({failure.name for failure in failures})
    typer.echo(Text("mapping-tested", count=len(loaded.tests), wrong=wrong).text(lang.value), err=True)
    if failures:
        raise typer.Exit(int(ExitCode.CONFIGURATION))


@app.command()
def schema(kind: Annotated[str, typer.Argument()] = "mapping") -> None:
    """Write the JSON Schema of one of the three kinds of YAML files."""
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
    """Show which fields go elsewhere in another mapping."""
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
