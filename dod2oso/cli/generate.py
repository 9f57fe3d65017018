"""`dod2oso generate`: synthetic exports with a school register and a supplement, or a conformance package."""

import json
import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dod2oso.base.errors import ExitCode, UsageError
from dod2oso.base.texts import Text
from dod2oso.cli.options import AsJson, Lang

if TYPE_CHECKING:
    from dod2oso.conformance.index import Index


class Format(StrEnum):
    dod_referentie = "dod-referentie"
    edexml_2_1 = "edexml-2.1"
    edex2000 = "edex2000"
    xml_with_pin = "xml-with-pin"
    xml_attributes = "xml-attributes"
    csv_bundle = "csv-bundle"
    spreadsheet = "spreadsheet"
    database = "database"


def generate(
    ctx: typer.Context,
    directory: Annotated[Path, typer.Argument(metavar="FOLDER")],
    format: Format = Format.dod_referentie,
    pupils: Annotated[int, typer.Option(min=1)] = 100,
    schools: Annotated[int, typer.Option(min=1)] = 1,
    seed: int = 1,
    vo: Annotated[bool, typer.Option("--vo")] = False,
    typical: Annotated[bool, typer.Option("--typical")] = False,
    conformance: Annotated[bool, typer.Option("--conformance")] = False,
    oso: Annotated[list[str] | None, typer.Option("--oso", metavar="VERSION")] = None,
    answers: Annotated[Path | None, typer.Option("--answers", metavar="FILE")] = None,
    as_json: AsJson = False,
    lang: Lang = Lang.nl,
) -> None:
    """Make synthetic exports, or test dossiers with expected verdicts. Nobody in them exists."""
    _check_options(ctx, conformance)
    if answers is not None:
        _compare(directory, answers, lang, as_json=as_json)
    elif conformance:
        _conformance(directory, oso, lang, as_json=as_json)
    else:
        from dod2oso.generate.region import write_region
        from dod2oso.generate.school import DAY, SCHOOL_YEAR

        made = write_region(directory, format.value, pupils, schools, seed, "vo" if vo else "po", typical)
        typer.echo(Text("generated", folder=directory, exports=len(made), pupils=pupils).text(lang.value), err=True)
        typed = f'"{directory}"' if " " in str(directory) else str(directory)  # as any shell takes it
        init = f"dod2oso init {typed}" + (" --overstap VOVO" if vo else "")
        next_step = Text(
            "generated-next", init=init, folder=directory, year=SCHOOL_YEAR, run=f"dod2oso run --datum {DAY}"
        )
        typer.echo(next_step.text(lang.value), err=True)


def _check_options(ctx: typer.Context, conformance: bool) -> None:
    """UsageError for options that say nothing here: a person who gave them expects something of them."""
    mine = {"oso": "--oso", "answers": "--answers", "as_json": "--json"}
    others = {name: f"--{name}" for name in ("format", "pupils", "schools", "seed", "vo", "typical")}
    wrong = [
        option
        for name, option in (others if conformance else mine).items()
        if (source := ctx.get_parameter_source(name)) is not None and source.name == "COMMANDLINE"
    ]
    if wrong:
        key = "conformance-options" if conformance else "conformance-only"
        raise UsageError(key, options=", ".join(wrong), count=len(wrong))


def _conformance(folder: Path, oso: list[str] | None, lang: Lang, *, as_json: bool) -> None:
    from tqdm import tqdm

    from dod2oso.conformance.write import PAGE, write_package
    from dod2oso.oso.versions import VERSIONS, version

    names = list(dict.fromkeys(version(name).name for name in oso)) if oso else list(VERSIONS)
    with tqdm(total=len(names), unit="OSO", file=sys.stderr, disable=not sys.stderr.isatty()) as bar:
        index = write_package(folder, names, lang.value, lambda _name: bar.update())
    if as_json:
        counts = {name: {key: [s.have, s.whole] for key, s in shares.items()} for name, shares in index.covered.items()}
        typer.echo(json.dumps({"format": 1, "dossiers": len(index.dossiers), "covered": counts}, indent=1))
        return
    for line in _shares(index, lang.value):
        typer.echo(line)
    said = Text("conformance-written", folder=folder, count=len(index.dossiers), page=folder / PAGE)
    typer.echo(said.text(lang.value), err=True)
    typer.echo(Text("conformance-next", folder=folder).text(lang.value), err=True)


def _shares(index: "Index", lang: str) -> list[str]:
    lines = []
    for name, shares in index.covered.items():
        of = {key: Text("conformance-of", have=share.have, whole=share.whole) for key, share in shares.items()}
        lines.append(Text("conformance-share", version=name, **of).text(lang))
        lines += [
            Text("conformance-share-missing", what=each.what, reason=each.reason).text(lang)
            for share in shares.values()
            for each in share.missing
        ]
    return lines


def _compare(folder: Path, answers: Path, lang: Lang, *, as_json: bool) -> None:
    from dod2oso.conformance.answers import compare, read_answers
    from dod2oso.conformance.index import read_index
    from dod2oso.conformance.write import RESULT_PAGE, result_json, write_result

    found = compare(read_index(folder), read_answers(answers))
    write_result(folder, found, lang.value)
    if as_json:
        typer.echo(json.dumps(result_json(found, lang.value), ensure_ascii=False, indent=1))
    else:
        counts = {state.replace("-", "_"): n for state, n in found.counts().items()}
        typer.echo(Text("conformance-result", page=folder / RESULT_PAGE, **counts).text(lang.value))
        if found.strange:
            typer.echo(Text("conformance-result-strange", count=len(found.strange)).text(lang.value), err=True)
            for name in found.strange:
                typer.echo(f"  {name}", err=True)
    raise typer.Exit(int(ExitCode.DONE if found.complete else ExitCode.FINDINGS))
