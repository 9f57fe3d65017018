"""`dod2oso decide`: what only people can decide, asked once and kept."""

import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from dod2oso.base.errors import ExitCode, UsageError
from dod2oso.base.texts import Text
from dod2oso.cli.help import Commands, Group
from dod2oso.cli.options import (
    OUT,
    AnyTransfer,
    AnyVersion,
    AsJson,
    Exports,
    Lang,
    Out,
    PinFile,
    Profile,
    chosen_transfer,
    chosen_version,
)

if TYPE_CHECKING:
    from dod2oso.decide.facets import Facets
    from dod2oso.decide.person import Signature
    from dod2oso.decide.testlist import TestCodes
    from dod2oso.source.decisions import Decisions


class _AskByDefault(Group):
    """`decide EXPORT...` asks: what is no command here is an export."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        helping = bool(args) and args[0] in ctx.help_option_names
        if args and args[0] not in self.commands and not helping:
            args = ["ask", *args]
        return super().parse_args(ctx, args)


app = Commands(group=_AskByDefault)

File = Annotated[Path | None, typer.Option("--decisions", metavar="FILE")]
TestList = Annotated[Path | None, typer.Option("--test-codes", metavar="FILE")]
Columns = Annotated[str | None, typer.Option("--test-columns", metavar="code=COLUMN,name=COLUMN,...")]
Who = Annotated[str | None, typer.Option("--who", metavar="NAME")]
Why = Annotated[str | None, typer.Option("--why")]


@app.command()
def ask(
    exports: Exports,
    decisions: File = None,
    test_codes: TestList = None,
    test_columns: Columns = None,
    who: Who = None,
    why: Why = None,
    overstap: AnyTransfer = None,
    oso: AnyVersion = None,
    source_profile: Profile = None,
    pin_file: PinFile = None,
    lang: Lang = Lang.nl,
) -> None:
    """Ask on the terminal what is to be decided; each answer is kept at once. Also without 'ask' before it."""
    from dod2oso.decide.asking import Book, ask_all
    from dod2oso.decide.facets import questions

    if not (sys.stdin is not None and sys.stdin.isatty()):
        raise UsageError("decide-no-terminal")
    path, there = _there(decisions)
    listed = _test_codes(test_codes, test_columns, there, lang)
    tests = listed.tests if listed is not None else ()
    facets = _look(exports, there, overstap, oso, source_profile, pin_file, lang)
    waiting = questions(facets)
    if waiting:
        by = _signature(who, why, lambda text: typer.prompt(text.text(lang.value), err=True))
        book = Book(path, there, listed.layout if listed is not None else None)
        counts = ask_all(waiting, tests, book, by, _say(lang), _terminal(lang))
        said = Text("decide-done", file=path.name, decided=counts.decided, left=counts.left, open=counts.open)
    else:
        said = Text("decide-nothing")
    typer.echo(said.text(lang.value), err=True)
    _leave(facets)


@app.command("list")
def list_(
    decisions: File = None,
    as_json: AsJson = False,
    lang: Lang = Lang.nl,
) -> None:
    """Show all decisions: about what, what it became, who decided that when, and why."""
    _path, there = _there(decisions)
    rows = [
        {
            "id": one.id,
            "place": one.place,
            "said": one.row.said,
            **one.row.model_dump(exclude_none=True),
        }
        for one in sorted(there.all, key=lambda one: one.row.key)
    ]
    if as_json:
        from json import dumps

        typer.echo(dumps({"format": 1, "decisions": rows}, ensure_ascii=False, indent=2))
        return
    left = Text("decide-left").text(lang.value)
    for row in rows:
        typer.echo("\t".join((row["id"], row["said"], row.get("becomes", left), row["when"], row["who"], row["why"])))
    typer.echo(Text("decide-count", count=len(rows)).text(lang.value), err=True)


@app.command("export")
def export_(
    exports: Exports,
    output: Annotated[Path, typer.Option(metavar="FILE")] = Path("vragen.xlsx"),
    decisions: File = None,
    test_codes: TestList = None,
    test_columns: Columns = None,
    overstap: AnyTransfer = None,
    oso: AnyVersion = None,
    source_profile: Profile = None,
    pin_file: PinFile = None,
    lang: Lang = Lang.nl,
) -> None:
    """Write what is to be decided as a sheet, with candidates; 'decide import' takes the answers over."""
    from dod2oso.decide.facets import questions
    from dod2oso.decide.sheet import write_sheet
    from dod2oso.source.decisions import write_decisions

    if output.exists():
        raise UsageError("output-exists", file=output.name)
    if output.suffix.lower() != ".xlsx":
        raise UsageError("decide-sheet-suffix")
    path, there = _there(decisions)
    listed = _test_codes(test_codes, test_columns, there, lang)
    facets = _look(exports, there, overstap, oso, source_profile, pin_file, lang)
    waiting = questions(facets)
    if listed is not None and test_columns is not None:
        write_decisions(path, (one.row for one in there.all), listed.layout)
    write_sheet(output, waiting, listed.tests if listed is not None else (), lang.value)
    typer.echo(Text("decide-exported", file=output.name, count=len(waiting)).text(lang.value), err=True)
    _leave(facets)


@app.command("import")
def import_(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...")],
    decisions: File = None,
    who: Who = None,
    why: Why = None,
    replace: Annotated[bool, typer.Option("--replace")] = False,
    lang: Lang = Lang.nl,
) -> None:
    """Take answers over in beslissingen.yaml. If one contradicts an earlier one, nothing is taken over."""
    from dod2oso.decide.person import Signature
    from dod2oso.decide.sheet import merge, read_answers
    from dod2oso.source.decisions import write_decisions

    path, there = _there(decisions)
    by = Signature(who or "", _today(), why or "")
    read = [read_answers(file, by) for file in files]
    merged = merge(there, [one for answers in read for one in answers.decisions], replace=replace)
    write_decisions(path, merged.rows, there.test_list)
    unanswered = sum(answers.open for answers in read)
    said = Text(
        "decide-imported", file=path.name, new=merged.new, same=merged.same, replaced=merged.replaced, open=unanswered
    )
    typer.echo(said.text(lang.value), err=True)


@app.command()
def doubles(
    out: Out = OUT,
    prefer: Annotated[str | None, typer.Option("--prefer", metavar="EXPORT")] = None,
    together: Annotated[bool, typer.Option("--together")] = False,
    who: Who = None,
    why: Why = None,
    lang: Lang = Lang.nl,
) -> None:
    """Decide which export counts for pupils who stand in several; kept in the output folder only."""
    from dod2oso.base.folderlock import held
    from dod2oso.decide import doubles as pupils
    from dod2oso.decide.person import Counts
    from dod2oso.ledger.store import Ledger

    if together and prefer is None:
        raise UsageError("decide-together-alone")
    with held(out, "decide doubles"), Ledger.open(out / "ledger.sqlite", out, create=False) as ledger:
        decided = pupils.read_doubles(out)
        waiting = pupils.open_doubles(ledger, decided)
        if prefer is not None:
            if not who or not why:
                raise UsageError("decide-unsigned")
            by = _signature(who, why, lambda _text: "")
            rows = pupils.prefer(waiting, prefer, by, together=together)
            if not rows:
                raise UsageError("decide-nothing-there", export=prefer)
            pupils.write_doubles(out, (*decided.rows, *rows))
            counts = Counts(len(rows), 0, len(waiting) - len(rows))
        elif not waiting:
            typer.echo(Text("decide-nothing").text(lang.value), err=True)
            return
        else:
            if not (sys.stdin is not None and sys.stdin.isatty()):
                raise UsageError("decide-doubles-no-terminal", count=len(waiting))
            by = _signature(who, why, lambda text: typer.prompt(text.text(lang.value), err=True))
            counts = pupils.ask_doubles(out, waiting, decided, by, _say(lang), _terminal(lang))
    said = Text("decide-done", file=pupils.FILE, decided=counts.decided, left=counts.left, open=counts.open)
    typer.echo(said.text(lang.value), err=True)


def _there(given: Path | None) -> tuple[Path, "Decisions"]:
    """The file to keep decisions in, and what is in it already."""
    from dod2oso.source.decisions import FILE, NONE, read_decisions

    path = given or FILE
    return path, read_decisions([path]) if path.exists() else NONE


def _test_codes(path: Path | None, columns: str | None, there: "Decisions", lang: Lang) -> "TestCodes | None":
    from dod2oso.decide.testlist import read_test_codes, told_layout

    if path is None:
        return None
    layout = told_layout(columns) if columns is not None else None
    listed = read_test_codes(path, layout, there.test_list)
    for problem in listed.problems:
        typer.echo(problem.text(lang.value), err=True)
    typer.echo(Text("test-list-read", file=path.name, count=len(listed.tests)).text(lang.value), err=True)
    return listed


def _look(
    exports: Sequence[str], there: "Decisions", overstap: str | None, oso: str | None, source_profile: str | None,
    pin_file: Path | None, lang: Lang,
) -> "Facets":  # fmt: skip
    """What is to be decided in the exports; those that cannot be read are told, and the others go on.

    What is not asked, because it cannot be named or is too much, is told by shape.
    """
    from dod2oso.cli.progress import TerminalProgress
    from dod2oso.cli.settings import own_profiles
    from dod2oso.decide.survey import remarks, survey
    from dod2oso.source.container.find import find_exports
    from dod2oso.source.container.pins import gather_pins, terminal_ask
    from dod2oso.source.own_profiles import known_profiles

    profiles = known_profiles(source_profile, own_profiles(), _say(lang))
    found = find_exports(exports, gather_pins(pin_file, terminal_ask(lang.value))).exports
    if not found:
        raise UsageError("no-exports-given")
    with TerminalProgress(lang.value) as progress:
        facets = survey(found, profiles, there, chosen_version(oso), chosen_transfer(overstap), progress)
    for remark in remarks(facets):
        typer.echo(remark.text(lang.value), err=True)
    return facets


def _signature(who: str | None, why: str | None, prompt: Callable[[Text], str]) -> "Signature":
    from dod2oso.decide.person import Signature

    return Signature(who or prompt(Text("decide-who")), _today(), why or prompt(Text("decide-why")))


def _today() -> str:
    from dod2oso.base.clock import run_date

    return run_date(None).isoformat()


def _say(lang: Lang) -> Callable[[Text], None]:
    return lambda text: typer.echo(text.text(lang.value), err=True)


def _terminal(lang: Lang) -> Callable[[Text], str]:
    def answer(text: Text) -> str:
        typer.echo(text.text(lang.value) + " ", err=True, nl=False)
        line = sys.stdin.readline()
        if not line:
            raise EOFError
        return line

    return answer


def _leave(facets: "Facets") -> None:
    if facets.unread:
        raise typer.Exit(int(ExitCode.EXPORT_UNREADABLE))
