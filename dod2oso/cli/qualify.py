"""`dod2oso qualify`: rehearse the OSO qualification, as a source or as a receiver, and report how it went."""

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from dod2oso.base.errors import ExitCode, UsageError
from dod2oso.base.texts import Text
from dod2oso.cli.help import Commands
from dod2oso.cli.options import Account, AsJson, Lang

if TYPE_CHECKING:
    from dod2oso.qualify.answers import Inputs
    from dod2oso.qualify.kit import Kit
    from dod2oso.qualify.outcome import Rehearsal, Result
    from dod2oso.qualify.scene import Mode, Scene

app = Commands()

FOLDER = Path("dod2oso-qualify")  # as qualify/kept.py calls it, which is not loaded for a list

KitName = Annotated[str, typer.Argument(metavar="KIT")]
Folder = Annotated[Path, typer.Option("--folder", metavar="FOLDER")]
Only = Annotated[list[str] | None, typer.Option("--only", metavar="NAME")]
Output = Annotated[list[Path] | None, typer.Option("--output", metavar="FILE")]


@app.command("list")
def show(
    name: Annotated[str | None, typer.Argument(metavar="KIT")] = None, as_json: AsJson = False, lang: Lang = Lang.nl
) -> None:
    """Show the kits, or the scenarios of one."""
    from dod2oso.qualify.kit import kit, kits

    if name is None:
        rows = [
            {"kit": k.name, "version": k.version, "title": k.title(lang), "scenarios": len(k.scenarios)} for k in kits()
        ]
        _tell(rows, lambda row: f"{row['kit']:<12}{row['scenarios']:>4}  {row['title']}", as_json=as_json)
        return
    chosen = kit(name)
    scenarios = [_scenario(chosen, each, lang.value) for each in chosen.scenarios]
    _tell(scenarios, _scenario_line, as_json=as_json)


def _scenario(kit: "Kit", name: str, lang: str) -> dict[str, Any]:
    from dod2oso.qualify.outcome import expected_text
    from dod2oso.qualify.pages import stimulus

    scenario = kit.scenarios[name]
    how = "untestable" if scenario.untestable else "machine" if scenario.play else "person"
    return {
        "scenario": name,
        "group": scenario.group,
        "given": scenario.text(lang),
        "stimulus": stimulus(scenario, lang) if scenario.play else "",
        "expected": [expected_text(each, lang) for each in scenario.expected(kit.role)],
        "question": scenario.asks.text(lang) if scenario.asks else "",
        "untestable": scenario.untestable.text(lang) if scenario.untestable else "",
        "judged-by": how,
        "certainty": kit.certainty(scenario),
        "source": scenario.source,
        "verifies": list(scenario.verifies),
    }


def _scenario_line(row: dict[str, Any]) -> str:
    return f"{row['scenario']:<18}{row['group']:<14}{row['certainty']}  {row['given']}"


@app.command("requirements")
def requirements(name: KitName, as_json: AsJson = False, lang: Lang = Lang.nl) -> None:
    """Show which requirement is verified by which scenario, and which by none."""
    from dod2oso.qualify.kit import kit
    from dod2oso.qualify.outcome import coverage

    chosen = kit(name)
    known = chosen.requirements()
    rows = [
        {"requirement": each, "certainty": known[each].certainty, "source": known[each].source,
         "text": known[each].text(lang), "scenarios": by}
        for each, by in coverage(chosen)
    ]  # fmt: skip
    none = [row for row in rows if not row["scenarios"]]
    nobody = Text("qualify-by-none").text(lang)

    def line(row: dict[str, Any]) -> str:
        by = row["scenarios"]
        return f"{row['requirement']:<28}{row['certainty']}  {', '.join(by) if isinstance(by, list) and by else nobody}"

    _tell(rows, line, as_json=as_json)
    if not as_json:
        typer.echo(Text("qualify-coverage", n=len(rows), none=len(none)).text(lang))


@app.command("inputs")
def inputs_(
    name: KitName,
    folder: Folder = FOLDER,
    source: Annotated[str, typer.Option("--source", metavar="URL")] = "",
    receiver: Annotated[str, typer.Option("--receiver", metavar="URL")] = "",
    lang: Lang = Lang.nl,
) -> None:
    """Write inputs.toml: the made-up pupils to set up in the system under test, its address, how long to wait."""
    from dod2oso.base.files import make_private_dir
    from dod2oso.qualify.answers import INPUTS, Inputs, write_inputs
    from dod2oso.qualify.kit import kit

    chosen = kit(name)
    path = make_private_dir(folder, tighten=False) / INPUTS
    write_inputs(path, Inputs(kit=chosen.name, source=source, receiver=receiver), chosen)
    typer.echo(Text("qualify-inputs-written", file=path).text(lang))


@app.command("run")
def run(
    name: Annotated[str | None, typer.Argument(metavar="[KIT]")] = None,
    only: Only = None,
    failed: Annotated[bool, typer.Option("--failed")] = False,
    source: Annotated[str, typer.Option("--source", metavar="URL")] = "",
    receiver: Annotated[str, typer.Option("--receiver", metavar="URL")] = "",
    inputs: Annotated[Path | None, typer.Option("--input", metavar="FILE")] = None,
    seconds: Annotated[float | None, typer.Option("--seconds", min=1, max=3600)] = None,
    port: Annotated[int, typer.Option("--port", min=0, max=65535)] = 0,
    folder: Folder = FOLDER,
    output: Output = None,
    as_json: AsJson = False,
    lang: Lang = Lang.nl,
) -> None:
    """Rehearse a kit: our own source, a source at an address, or a receiver that asks us."""
    import asyncio
    import tempfile

    from dod2oso.base.extras import needs
    from dod2oso.base.files import make_private_dir
    from dod2oso.qualify import pages
    from dod2oso.qualify.answers import ANSWERS, INPUTS, read_answers, write_inputs
    from dod2oso.qualify.kept import earlier as kept
    from dod2oso.qualify.kit import kit

    needs("aiohttp", "cryptography", extra="sender")
    from dod2oso.qualify.rehearse import check_mode, rehearse
    from dod2oso.qualify.scene import Mode

    pages.check_names(output or [])
    given = _inputs(folder, inputs, source, receiver, seconds)
    if not (name or given.kit):
        raise UsageError("qualify-kit-needed")
    chosen = kit(name or given.kit)
    mode = _mode(given)
    check_mode(chosen, mode)
    earlier = kept(folder, chosen)
    wanted = chosen.chosen(only or [])
    if failed:
        again = [each for each, result in earlier.items() if result.state == "failed"]
        wanted = [each for each in wanted if each in again]
        if not wanted:
            typer.echo(Text("qualify-none-failed").text(lang), err=as_json)
            return
    answers = read_answers(folder / ANSWERS)
    place = make_private_dir(folder, tighten=False)
    if mode is not Mode.own and not (folder / INPUTS).is_file():
        write_inputs(folder / INPUTS, given.model_copy(update={"kit": chosen.name}), chosen)
    with tempfile.TemporaryDirectory(prefix="dod2oso-qualify-") as work:
        made = asyncio.run(
            rehearse(
                place, Path(work), chosen, mode, wanted, given, answers, earlier=earlier, person=_person(lang.value),
                say=lambda text: typer.echo(text.text(lang.value), err=True), ready=_ready(place, mode, lang.value),
                done=lambda result: _done(result, lang.value, quiet=as_json), port=port,
            )
        )  # fmt: skip
    _write(folder, made, output or [], lang.value, as_json=as_json)
    raise typer.Exit(int(ExitCode.FINDINGS if made.failed() else ExitCode.DONE))


@app.command("answer")
def answer(
    name: KitName, only: Only = None, folder: Folder = FOLDER, account: Account = "", lang: Lang = Lang.nl
) -> None:
    """Ask what only a person sees, and keep the answers; without a terminal: show what is not answered yet."""
    from dod2oso.base.clock import now
    from dod2oso.base.files import make_private_dir
    from dod2oso.cli.handover_start import account_of
    from dod2oso.qualify.answers import ANSWERS, read_answers, write_answers
    from dod2oso.qualify.kit import kit
    from dod2oso.qualify.outcome import Answer

    chosen = kit(name)
    path = folder / ANSWERS
    known = read_answers(path)
    open_ = [
        each for each in chosen.chosen(only or [])
        if (asks := chosen.scenarios[each].asks) is not None and asks.of in (None, chosen.role)
        and (only or each not in known)
    ]  # fmt: skip
    if not sys.stdin.isatty():
        for each in open_:
            typer.echo(f"{each}: {_question(chosen, each, lang.value)}")
        typer.echo(Text("qualify-answers-open", n=len(open_), file=path).text(lang))
        return
    make_private_dir(folder, tighten=False)
    for each in open_:
        said = _asked(f"{each}: {_question(chosen, each, lang.value)}", lang.value)
        if said:
            note = typer.prompt(Text("qualify-ask-note").text(lang), default="", show_default=False)
            moment = now().isoformat(timespec="seconds")
            known[each] = Answer(said, account_of(account), moment, note)  # type: ignore[arg-type]
            write_answers(path, known)
    typer.echo(Text("qualify-answers-kept", file=path).text(lang))


def _question(kit: "Kit", name: str, lang: str) -> str:
    asks = kit.scenarios[name].asks
    return asks.text(lang) if asks else ""


def _asked(question: str, lang: str) -> str:
    """yes, no, n/a; "" to leave it open."""
    words = {"j": "yes", "y": "yes", "n": "no", "-": "n/a"}
    while True:
        typer.echo(question)
        said = typer.prompt(Text("qualify-ask-answer").text(lang), default="", show_default=False).strip().lower()
        if not said or said in words:
            return words.get(said, "")


@app.command("report")
def report(
    name: KitName, folder: Folder = FOLDER, output: Output = None, as_json: AsJson = False, lang: Lang = Lang.nl
) -> None:
    """Write the report of the last rehearsal anew, with the answers that were given since."""
    from dod2oso.qualify import pages
    from dod2oso.qualify.kept import reported
    from dod2oso.qualify.kit import kit

    chosen = kit(name)
    pages.check_names(output or [])
    _write(folder, reported(folder, chosen), output or [], lang.value, as_json=as_json)


def _inputs(folder: Path, path: Path | None, source: str, receiver: str, seconds: float | None) -> "Inputs":
    """The inputs of a file (a named one, or inputs.toml of the folder), with what the command line says over it."""
    from dod2oso.qualify.answers import INPUTS, Inputs, read_inputs
    from dod2oso.sandbox.start import check_url

    kept = path or (folder / INPUTS if (folder / INPUTS).is_file() else None)
    found = read_inputs(kept) if kept is not None else Inputs()
    if source:
        found = found.model_copy(update={"source": source, "receiver": ""})
    if receiver:
        found = found.model_copy(update={"receiver": receiver, "source": ""})
    if source and receiver:
        raise UsageError("qualify-source-or-receiver")
    for url in filter(None, (found.source, found.receiver)):
        check_url(url)
    return found if seconds is None else found.model_copy(update={"seconds": seconds})


def _mode(inputs: "Inputs") -> "Mode":
    from dod2oso.qualify.scene import Mode

    return Mode.source if inputs.source else Mode.receiver if inputs.receiver else Mode.own


def _person(lang: str) -> Callable[[Text], bool]:
    """Asks a person on a terminal to do something; where there is none nobody does it."""

    def ask(text: Text) -> bool:
        if not sys.stdin.isatty():
            return False
        typer.echo(text.text(lang), err=True)
        return typer.confirm(Text("qualify-ask-done").text(lang), default=True, err=True)

    return ask


def _ready(folder: Path, mode: "Mode", lang: str) -> "Callable[[Scene], None]":
    """Says where everybody is, to whom somebody elsewhere must connect."""

    def ready(scene: "Scene") -> None:
        from dod2oso.qualify.kept import connecting

        rows = list(connecting(folder, mode, scene))
        if not rows:
            return
        lines = [f"{who.text(lang):<24}{url:<32}{ap}".rstrip() for who, url, ap in rows]
        typer.echo("\n".join(lines), err=True)
        if sys.stdin.isatty():
            typer.confirm(Text("qualify-ask-ready").text(lang), default=True, err=True)

    return ready


def _done(result: "Result", lang: str, *, quiet: bool) -> None:
    if not quiet:
        typer.echo("\n".join(_result_lines(result, lang)))


def _result_lines(result: "Result", lang: str) -> Iterator[str]:
    from dod2oso.qualify.outcome import expected_text

    state = Text(f"qualify-state-{result.state}").text(lang)
    yield f"{result.scenario:<18}{state}" + (f"  {result.reason.text(lang)}" if result.reason else "")
    for each in result.checked:
        if each.seen is False and result.reason is None:
            saw = Text("qualify-page-saw", saw=each.saw).text(lang)
            yield f"{'':<18}  ✗ {expected_text(each, lang)} ({each.certainty}; {saw})"
    if result.state == "failed":
        yield from (f"{'':<18}  {line.text()}" for line in result.lines)


def _write(folder: Path, made: "Rehearsal", output: list[Path], lang: str, *, as_json: bool) -> None:
    """Keep the result, write the page and what else was asked for, and say how it went."""
    from dod2oso.qualify import pages
    from dod2oso.qualify.kept import keep

    page = keep(folder, made, lang)
    for path in output:
        pages.write(path, made, lang)
    if as_json:
        typer.echo(pages.as_json(made, lang), nl=False)
        return
    typer.echo(pages.lead(made, lang))
    typer.echo(Text("qualify-written", files=", ".join(str(path) for path in (page, *output))).text(lang))


def _tell(rows: list[dict[str, Any]], line: Callable[[dict[str, Any]], str], *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(rows, ensure_ascii=False, indent=1))
    else:
        typer.echo("\n".join(map(line, rows)))
