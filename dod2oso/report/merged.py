"""The region of several boards as files: regio-samen.html, .xlsx and .json, from one set of tables."""

from collections.abc import Callable
from functools import partial
from json import dumps
from pathlib import Path
from typing import BinaryIO

from markupsafe import Markup

from dod2oso.base.errors import FileInUseError
from dod2oso.base.files import disk_guard, make_private_dir, write_each
from dod2oso.base.texts import Text
from dod2oso.report.hidden import MARK
from dod2oso.report.merge import Action, Region, RegionSchool, StatesIn, Total, as_json, total
from dod2oso.report.numbers import date, number
from dod2oso.report.page import environment, hash_of, style_sheet
from dod2oso.report.style import PLAIN, HouseStyle
from dod2oso.report.texts import Lexicon
from dod2oso.report.views.schools import STANDS
from dod2oso.report.views.value import Row, View, column, state_columns
from dod2oso.report.xlsx import workbook

NAME = "regio-samen"
_NUMBERS = frozenset({"schools", "expected", "ready", "held", "rejected", "needed", "alone", "has", "lacks"})  # columns


def write_region(
    region: Region, folder: Path, style: HouseStyle = PLAIN, in_use: Callable[[FileInUseError], object] | None = None
) -> list[Path]:
    """Write the three files, each 0600 and whole or not at all; where they are.

    `in_use` is told of each file that another program has open: it stays as it was, and the others are written.
    """
    with disk_guard():
        folder = make_private_dir(folder, tighten=False)
        paths = [folder / f"{NAME}.{suffix}" for suffix in ("html", "xlsx", "json")]
        return write_each(paths, lambda path, file: _write(region, path, file, style), in_use)


def _write(region: Region, path: Path, file: BinaryIO, style: HouseStyle) -> None:
    if path.suffix == ".xlsx":
        with workbook(file, f"{region.last}T00:00:00", style) as sheets:
            for view in views(region):
                sheets.add(view)
    elif path.suffix == ".html":
        file.write(render(region, style).encode())
    else:
        file.write(dumps(as_json(region), ensure_ascii=False, indent=1).encode())


def render(region: Region, style: HouseStyle = PLAIN) -> str:
    """The page as one HTML document without links to anything."""
    words = _words(region)
    style_text = style_sheet(style)
    whole = total(count for board in region.boards for count in _states(board.dossiers))
    return (
        environment()
        .get_template("merged.html.j2")
        .render(
            lang=region.lang,
            region=region,
            boards=len(region.boards),
            days=words.say("region-day", day=date(region.first, region.lang))
            if region.first == region.last
            else words.say("region-days", first=date(region.first, region.lang), last=date(region.last, region.lang)),
            whole=said(whole, region.lang),
            figures=[
                (key, Text(f"state-count-{key}", count=said(count, region.lang)).text(region.lang))
                for key, count in (("ready", region.ready), ("held", region.held), ("rejected", region.rejected))
            ],
            numbers=_NUMBERS,
            stands=[(stand_said(key, words), n) for key, n in region.stands.items()],
            views=views(region),
            style=style,
            style_text=Markup(style_text),  # noqa: S704  our own file
            style_hash=hash_of(style_text),
            say=words.say,
            n=partial(number, lang=region.lang),
        )
    )


def views(region: Region) -> tuple[View, ...]:
    """The tables: boards, what helps, categories, schools. Cells are numbers and words only."""
    words = _words(region)
    return (_boards(region, words), _actions(region, words), _categories(region, words), _schools(region, words))


def said(count: Total, lang: str) -> str:
    """A sum as people read it: 14, or "at least 14"."""
    shown = number(count.least, lang)
    return shown if count.exact else Text("region-at-least", count=shown).text(lang)


def stand_said(key: str, words: Lexicon) -> str:
    """How a school stands, in words; the code of a stand that only a later dod2oso knows."""
    return words.say(STANDS[key]) if key in STANDS else key


def _words(region: Region) -> Lexicon:
    return Lexicon(region.lang, region.oso, region.overstap)


def _cell(count: Total | int | None, lang: str) -> str | int:
    """A count in a table: a number where it is one, so that a sheet can sort and add it."""
    if isinstance(count, Total):
        return count.least if count.exact else said(count, lang)
    return MARK if count is None else count


def _states(states: StatesIn) -> tuple[int | None, int | None, int | None]:
    return states.ready, states.held, states.rejected


def _boards(region: Region, words: Lexicon) -> View:
    columns = (
        column("heading-board", words, 30), column("heading-datum", words, 18), column("heading-schools", words, 10),
        *state_columns(words, 12),
    )  # fmt: skip
    rows: list[Row] = []
    for board in region.boards:
        day = date(board.day, region.lang)
        day = day if board.status == "done" else words.say("region-unfinished", day=day)
        rows.append((board.label, day, board.schools, *(_cell(n, region.lang) for n in _states(board.dossiers))))
    return View("boards", words.say("region-boards"), columns, rows)


def _schools(region: Region, words: Lexicon) -> View:
    columns = (
        column("heading-school-name", words, 30), column("heading-brin", words, 8),
        column("heading-vestiging", words, 10), column("heading-board", words, 30),
        column("heading-school-stand", words, 26), column("heading-expected", words, 10),
        *state_columns(words, 12),
        column("heading-deadline", words, 18),
    )  # fmt: skip
    rows = [_school(school, region.lang, words) for school in region.schools]
    return View("schools", words.say("board-per-school"), columns, rows)


def _school(school: RegionSchool, lang: str, words: Lexicon) -> Row:
    part = school.part
    expected = "" if part.expected is None else part.expected  # nobody said, or it is hidden
    name = part.name or part.brin or words.say("school-unknown")
    return (
        name, part.brin, part.vestiging, school.board, stand_said(part.stand, words), expected,
        *(_cell(n, lang) for n in _states(part.dossiers)), date(part.deadline, lang),
    )  # fmt: skip


def _actions(region: Region, words: Lexicon) -> View:
    columns = (
        column("heading-what", words, 60), column("heading-who", words, 20), column("heading-needed", words, 14),
        column("heading-alone", words, 14),
    )  # fmt: skip
    rows = [_action(each, region.lang, words) for each in (*region.actions, *region.decisions)]
    return View("actions", words.say("board-actions"), columns, rows)


def _action(action: Action, lang: str, words: Lexicon) -> Row:
    who = {"school": "who-school", "bestuur": "who-bestuur", "besluit": "who-besluit"}.get(action.who)
    alone = "–" if action.alone is None else _cell(action.alone, lang)
    return action.text, words.say(who) if who else action.remedy, _cell(action.dossiers, lang), alone


def _categories(region: Region, words: Lexicon) -> View:
    columns = (
        column("heading-category", words, 40), column("heading-has", words, 14), column("heading-lacks", words, 14)
    )  # fmt: skip
    rows = [
        (each.label, _cell(each.dossiers, region.lang), _cell(each.lacks, region.lang))
        for each in region.categories
        if each.level != "forbidden"
    ]
    return View("categories", words.say("region-categories"), columns, rows)
