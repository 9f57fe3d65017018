"""`dod2oso receive`: take OSO dossiers in as a receiving system must, show them, make tables of them, compare two."""

import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from dod2oso.base.errors import ExitCode, UsageError
from dod2oso.base.texts import Text
from dod2oso.cli.handover_start import account_of
from dod2oso.cli.options import OUT, Account, AsJson, Config, Lang, Out, PinFile, Url

if TYPE_CHECKING:
    from dod2oso.oso.check_files import Official
    from dod2oso.receive.gather import Piece
    from dod2oso.receive.take import Comparison, Received, Taken
    from dod2oso.source.container.discreet import NameList

NONE = "none"


def receive(
    paths: Annotated[list[Path] | None, typer.Argument(metavar="[FILE...]")] = None,
    sandbox: Annotated[bool, typer.Option("--sandbox")] = False,
    accept: Annotated[list[str] | None, typer.Option("--accept", metavar="VERSION")] = None,
    format: Annotated[str, typer.Option("--format", metavar="FORMATS")] = "csv,xlsx",
    compare: Annotated[bool, typer.Option("--compare")] = False,
    show: Annotated[bool, typer.Option("--show-personal-data")] = False,
    official: Annotated[bool, typer.Option("--official")] = False,
    pin_file: PinFile = None,
    out: Out = OUT,
    ledger: Url = "",
    config: Config = None,
    account: Account = "",
    as_json: AsJson = False,
    lang: Lang = Lang.nl,
) -> None:
    """Take OSO dossiers in: check, make readable, tables, compare."""
    from dod2oso.ledger.safety import ledger_to_write_in
    from dod2oso.oso.versions import newest, version
    from dod2oso.receive.take import compared, take, write_comparison
    from dod2oso.report.style import load_style
    from dod2oso.source.container.discreet import NameList
    from dod2oso.trust.audit import note

    say, formats = lang.value, _formats(format)
    accepted = tuple(dict.fromkeys([newest(), *(version(name).name for name in accept or [])]))
    if sandbox and paths:
        raise UsageError("receive-both-ways")
    if not sandbox and not paths:
        raise UsageError("receive-nothing")
    judge = _official() if official else None
    fetched = _fetched(out) if sandbox else []
    with ledger_to_write_in(ledger or out, out, "receive", create=not sandbox) as opened:
        names, style = NameList(out), load_style(config)
        with _Bar() as bar:
            pieces = _pieces(paths or [], fetched, pin_file, names, judge, say)
            made = take(out, pieces, accepted, () if compare else formats, style, say, bar.more)
        names.keep()
        note(opened, "dossiers-received", account_of(account), dossiers=len(made.dossiers), taken=len(made.accepted))
        found = None
        if compare:
            if len(made.dossiers) != 2:
                raise UsageError("receive-two", count=len(made.dossiers))
            found = compared(made.dossiers[0], made.dossiers[1])
            page = write_comparison(out, found, style, say)
            made.files.append(page)
    if as_json:
        typer.echo(json.dumps(_document(made, found, say), ensure_ascii=False, indent=1))
    else:
        for line in (*_lines(made, say, show=show), *(_compared_lines(found, made, say, show=show) if found else ())):
            typer.echo(line)
        _totals(made, out, say, asked=bool(formats) and not compare)
    raise typer.Exit(int(_code(made, found)))


def _formats(text: str) -> tuple[str, ...]:
    from dod2oso.receive.tables import FORMATS

    chosen = tuple(part.strip().lower() for part in text.split(","))
    if chosen == (NONE,):
        return ()
    if wrong := [part for part in chosen if part not in FORMATS]:
        raise UsageError("receive-format-unknown", format=wrong[0])
    return chosen


def _official() -> "Official":
    from dod2oso.oso.official import official_checker

    return official_checker()


def _fetched(out: Path) -> list[bytes]:
    """Everything that is ready, fetched through the sandbox."""
    from dod2oso.base.extras import needs

    needs("aiohttp", "cryptography", extra="sender")
    from dod2oso.sandbox.rehearsal import rehearse

    found: list[bytes] = []
    with _Bar() as bar:
        rehearse(out, bar.begin, lambda _more: bar.more(), found.append)
    return found


def _pieces(
    paths: Sequence[Path], fetched: Sequence[bytes], pin_file: Path | None, names: "NameList", judge: "Official | None",
    lang: str,
) -> "Iterator[Piece]":  # fmt: skip
    from dod2oso.receive import gather
    from dod2oso.source.container.pins import gather_pins, terminal_ask

    if not paths:
        return gather.fetched(fetched, judge)
    return gather.gather(paths, gather_pins(pin_file, terminal_ask(lang)), names.discreet, judge)


class _Bar:
    """A bar on a terminal, for many dossiers."""

    def __enter__(self) -> "_Bar":
        from tqdm import tqdm

        self._bar = tqdm(unit="", file=sys.stderr, disable=not sys.stderr.isatty(), leave=False, delay=1)
        return self

    def begin(self, total: int) -> None:
        self._bar.total = total

    def more(self) -> None:
        self._bar.update()

    def __exit__(self, *_error: object) -> None:
        self._bar.close()


# --- what is told --------------------------------------------------------------------------------------------------


def _lines(made: "Taken", lang: str, *, show: bool) -> Iterator[str]:
    from dod2oso.receive.judge import findings
    from dod2oso.report.readable import name_of

    for one in made.dossiers:
        key = "receive-line-refused" if one.refused else "receive-line-taken"
        transfer = f", {one.transfer}" if one.transfer else ""
        yield Text(key, name=one.name, version=one.report.version, transfer=transfer, folder=one.id).text(lang)
        if show:
            who = " · ".join(filter(None, (name_of(one.root()), one.pupil.born, one.pupil.pgn)))
            yield Text("receive-who", who=who).text(lang)
        for why in one.refused:
            yield Text("receive-line-why", why=why).text(lang)
        if one.refused:
            yield from (f"    {line}" for line in findings(one.report, lang))
        if one.unpacked:
            yield Text("receive-line-attachments", count=one.unpacked).text(lang)
        for problem in one.packed:
            yield Text("receive-line-packed", why=problem).text(lang)
    for name, problem in made.left:
        yield Text("receive-line-left", name=name or "-", why=problem).text(lang)


def _compared_lines(found: "Comparison", made: "Taken", lang: str, *, show: bool) -> Iterator[str]:
    yield Text(f"receive-whose-{found.whose.value}").text(lang)
    for kind, label, before, after in found.rows(lang, values=show):
        change = Text(f"receive-change-{kind}")
        if show:
            sides = ["; ".join(line.value for line in lines if line.value) or "-" for lines in (before, after)]
            yield Text("receive-change-values", label=label, change=change, before=sides[0], after=sides[1]).text(lang)
        else:
            yield Text("receive-change-line", label=label, change=change).text(lang)
    yield Text("receive-compared", count=len(found.changes), file=made.files[-1]).text(lang)


def _totals(made: "Taken", out: Path, lang: str, *, asked: bool) -> None:
    from dod2oso.base.atrest import is_encrypted
    from dod2oso.ledger.places import ARRIVED

    taken = len(made.accepted)
    refused = len(made.dossiers) - taken
    said = [Text("receive-totals", taken=taken, refused=refused, left=len(made.left), folder=out / ARRIVED)]
    said += [Text("receive-twice", count=made.twice)] if made.twice else []
    if made.tables is not None:
        folder, book = made.files[0].parent, "dossiers.xlsx"
        said.append(Text("receive-tables", folder=folder))
        said += [Text("receive-changed-cells", count=n, file=book)] if (n := made.tables.changed) else []
        said += [Text("receive-long-cells", count=n, file=book)] if (n := made.tables.too_long) else []
    elif asked and made.dossiers:
        said.append(Text("receive-no-tables"))
    said += [Text("receive-sealed", folder=out / ARRIVED)] if made.dossiers and is_encrypted(out) else []
    said += [Text("receive-kept")] if made.dossiers else []
    for text in said:
        typer.echo(text.text(lang), err=True)


def _document(made: "Taken", found: "Comparison | None", lang: str) -> dict[str, Any]:
    """Without a value of a person."""
    document: dict[str, Any] = {
        "format": 1,
        "dossiers": [_dossier(one, lang) for one in made.dossiers],
        "left": [{"name": name, "why": why.text(lang)} for name, why in made.left],
        "twice": made.twice,
        "files": [str(path) for path in made.files],
    }
    if found is not None:
        changes = [{"at": each.path, "change": each.kind} for each in found.changes]
        document["compared"] = {"whose": found.whose.value, "changes": changes}
    return document


def _dossier(one: "Received", lang: str) -> dict[str, Any]:
    from dod2oso.receive.judge import findings

    return {
        "id": one.id,
        "name": one.name,
        "oso": one.report.version,
        "overstap": one.transfer or None,
        "verdict": one.report.verdict,
        "taken": not one.refused,
        "refused": [why.text(lang) for why in one.refused],
        "findings": findings(one.report, lang),
        "attachments": one.unpacked,
        "attachments-left": [why.text(lang) for why in one.packed],
        "folder": str(one.folder),
    }


def _code(made: "Taken", found: "Comparison | None") -> ExitCode:
    from dod2oso.receive.compare import Whose

    if not made.dossiers:
        return ExitCode.EXPORT_UNREADABLE
    if any(one.report.verdict in ("failed", "not-checked") for one in made.dossiers):
        return ExitCode.CHECKER_FAILED
    unsure = found is not None and found.whose in (Whose.DIFFERENT, Whose.UNSURE)
    return ExitCode.FINDINGS if made.left or unsure or any(one.refused for one in made.dossiers) else ExitCode.DONE
