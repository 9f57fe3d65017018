"""`dod2oso mapping …`: look into a mapping, check it, run its examples."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dod2oso.base.errors import ExitCode, UsageError
from dod2oso.base.texts import Text
from dod2oso.cli.help import Commands
from dod2oso.cli.options import (
    OUT,
    AnyTransfer,
    AnyVersion,
    Decisions,
    Lang,
    MappingFile,
    MaybeExports,
    Out,
    PinFile,
    Profile,
    Schools,
    Supplement,
    chosen_transfer,
    chosen_version,
)

if TYPE_CHECKING:
    from dod2oso.run.session import Options
    from dod2oso.source.container.member import FoundExport

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
    field: Annotated[str, typer.Argument(metavar="FIELD|OSO-PATH|SOURCE-PATH")],
    exports: MaybeExports = None,
    record: Annotated[int | None, typer.Option(metavar="NUMBER")] = None,
    dossier: Annotated[str | None, typer.Option(metavar="CODE")] = None,
    overstap: AnyTransfer = None,
    oso: AnyVersion = None,
    mapping: MappingFile = None,
    decisions: Decisions = None,
    supplement: Supplement = None,
    schools: Schools = None,
    source_profile: Profile = None,
    pin_file: PinFile = None,
    out: Out = OUT,
    lang: Lang = Lang.nl,
) -> None:
    """Say where an OSO field comes from, or what became of an old field; with exports down to the source.

    With --record or --dossier: from an OSO path back to line or cell. Without: where the values of a place went.
    """
    from dod2oso.mapping import explain as explaining
    from dod2oso.source.dictionary import load_dictionary

    if exports:
        from dod2oso.run.explaining import Where, explain, of_dossier

        given = _trial(overstap, oso, mapping, decisions, source_profile, pin_file, out, lang)
        given = _supplied(given, supplement, schools)
        where = Where(None, record) if record is not None else None
        if dossier is not None:
            from dod2oso.ledger.store import Ledger

            with Ledger.open(out / "ledger.sqlite", out) as ledger:
                where = of_dossier(ledger, dossier)
        for text in explain(given, _found(exports, given), field, where):
            typer.echo(text.text(lang.value))
        return
    if record is not None or dossier is not None:
        raise UsageError("explain-without-export")
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
def schema(kind: Annotated[str, typer.Argument(metavar="[KIND]")] = "mapping") -> None:
    """Write the JSON Schema of one of the three kinds of YAML files."""
    from json import dumps

    from dod2oso.mapping.jsonschema import json_schema

    typer.echo(dumps(json_schema(kind), ensure_ascii=False, indent=2))


@app.command()
def diff(
    old: Annotated[Path, typer.Argument(metavar="OLD")],
    new: Annotated[Path, typer.Argument(metavar="NEW")],
    exports: MaybeExports = None,
    overstap: AnyTransfer = None,
    oso: AnyVersion = None,
    decisions: Decisions = None,
    supplement: Supplement = None,
    schools: Schools = None,
    source_profile: Profile = None,
    pin_file: PinFile = None,
    out: Out = OUT,
    lang: Lang = Lang.nl,
) -> None:
    """Show which fields go elsewhere in another mapping, or with exports which dossiers become different."""
    from dod2oso.mapping import explain as explaining
    from dod2oso.source.dictionary import load_dictionary

    if exports:
        from dod2oso.run.differing import differences

        given = _trial(overstap, oso, old, decisions, source_profile, pin_file, out, lang)
        given = _supplied(given, supplement, schools)
        fallen = 0
        for found in _found(exports, given):
            told = differences(given, new, found)
            fallen += told.fallen
            for text in told.lines():
                typer.echo(text.text(lang.value))
        if fallen:
            raise typer.Exit(int(ExitCode.FINDINGS))
        return
    dictionary = load_dictionary()
    before = explaining.coverage(_plan(old, oso, overstap), dictionary)
    after = explaining.coverage(_plan(new, oso, overstap), dictionary)
    for one, other in zip(before, after, strict=True):
        if one != other:
            typer.echo(f"{one.field}\t{_short(one)} → {_short(other)}")


def _short(line: tuple[str, tuple[str, ...], str]) -> str:
    _field, targets, reason = line
    return ", ".join(targets) or f"({reason})"


def _trial(
    overstap: str | None, oso: str | None, mapping: Path | None, decisions: list[Path] | None,
    source_profile: str | None, pin_file: Path | None, out: Path, lang: Lang,
) -> "Options":  # fmt: skip
    """What a run would be asked; nothing is converted by it."""
    from dod2oso.cli.decide_options import chosen_decisions
    from dod2oso.cli.settings import own_profiles
    from dod2oso.run.session import Options
    from dod2oso.source.container.pins import gather_pins, terminal_ask

    return Options(
        exports=(),
        transfer=chosen_transfer(overstap),
        version=chosen_version(oso),
        out_dir=out,
        mapping=mapping,
        decisions=chosen_decisions(decisions),
        source_profile=source_profile,
        own_profiles=own_profiles(),
        pins=gather_pins(pin_file, terminal_ask(lang.value)),
        lang=lang.value,
    )


def _supplied(given: "Options", supplement: list[Path] | None, schools: Path | None) -> "Options":
    """The same with what supplements and register say; those of earlier runs in the output folder count again."""
    from dod2oso.cli.progress import TerminalProgress
    from dod2oso.cli.settings import here
    from dod2oso.run.remembered import with_remembered

    project = here()
    register = project.register if project is not None and schools is None else schools
    with TerminalProgress(given.lang) as progress:
        return with_remembered(replace(given, supplements=tuple(supplement or ()), schools=register), progress)


def _found(exports: list[str], given: "Options") -> "tuple[FoundExport, ...]":
    """The exports, under the names that a run in the same folder gave them."""
    from dod2oso.source.container.discreet import NameList
    from dod2oso.source.container.find import find_exports

    sources = find_exports(exports, given.pins)
    return tuple(sources.told_as(NameList(given.out_dir).discreet).exports)


def _plan(mapping: Path | None, oso: str | None, overstap: str | None):  # type: ignore[no-untyped-def]  # Plan: imported late
    from dod2oso.mapping.compile import plan_of

    return plan_of(mapping, chosen_version(oso), chosen_transfer(overstap))
