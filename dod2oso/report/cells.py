"""How a cell of a view is shown: as text or number on a sheet, as HTML on the page. Hidden numbers are a mark in
both.
"""

from collections.abc import Sequence

from markupsafe import Markup, escape

from dod2oso.findings.states import states_said
from dod2oso.report.charts import strip
from dod2oso.report.hidden import MARK, Hidden
from dod2oso.report.model import States
from dod2oso.report.numbers import number, share
from dod2oso.report.texts import Lexicon
from dod2oso.report.views.value import Badge, Cell, Code, Column, Counted, Note, Place, Share

# what makes a spreadsheet take a cell for a formula, full-width forms included
_FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r", "\n")
_BAR = 10  # height


def sheet_cell(cell: Cell) -> str | int:
    """A cell as plain text or number, for a workbook or a CSV."""
    match cell:
        case Hidden():
            return MARK
        case str() | int():
            return cell
        case Badge():
            return cell.text
        case Share():
            return share(cell.part, cell.whole)
        case Place():
            return f"{cell.brin} {cell.vestiging}".strip()
        case States():
            return cell.total
        case _:
            return "; ".join(dict.fromkeys(_plain(part) for part in cell))


def _plain(part: str | Counted | Note) -> str:
    match part:
        case Counted():
            return part.text
        case Note():
            times = MARK if isinstance(part.count, Hidden) else part.count
            return " ".join(filter(None, (part.text, part.remedy, f"({times}×)" if part.count != 1 else "")))
        case _:
            return part


def neutralise(cell: str) -> str:
    """A cell that no spreadsheet will calculate: an apostrophe before what looks like a formula."""
    return f"'{cell}" if cell.lstrip(" ").startswith(_FORMULA) else cell


def page_cell(cell: Cell, column: Column, words: Lexicon) -> Markup:
    """A cell as HTML."""
    match cell:
        case Code():
            return Markup('<a href="#uitleg-{}"><code>{}</code></a>').format(cell.about, cell)
        case str():
            return Markup("<code>{}</code>").format(cell) if column.as_code and cell else escape(cell)
        case int():
            return escape(f"{'+' if column.sign else ''}{number(cell, words.lang)}")
        case Badge():
            return _badge(cell, column)
        case Share():
            return escape(share(cell.part, cell.whole))
        case Place():
            return _place(cell, words)
        case States():
            return state_bar(cell, words, _BAR)
        case _:
            return _list(cell, words)


def is_number(cell: Cell) -> bool:
    """Does it stand to the right, as numbers do?"""
    return isinstance(cell, int | Share)


def state_bar(states: States, words: Lexicon, height: int = 24) -> Markup:
    """How many dossiers are in which state, as a bar that also says so."""
    parts = [("ready", states.ready), ("held", states.held), ("rejected", states.rejected)]
    return strip(parts, state_counts(states, words), height)


def state_counts(states: States, words: Lexicon) -> str:
    """How many dossiers are in which state, in words."""
    counts = (number(n, words.lang) for n in (states.ready, states.held, states.rejected))
    return states_said(*counts).text(words.lang)


def _badge(cell: Badge, column: Column) -> Markup:
    if column.key == "became":
        chip = Markup("") if cell.code == "total" else Markup('<span class="chip {}"></span>').format(cell.code)
        return chip + escape(cell.text)
    if column.key == "severity":
        return Markup('<span class="badge {}">{}</span>').format(cell.code, cell.text)
    return escape(cell.text)


def _place(cell: Place, words: Lexicon) -> Markup:
    if not cell.brin:
        return Markup('<span class="soft">{}</span>').format(words.say("school-unknown"))
    location = words.say("location-of-school", number=cell.vestiging) if cell.vestiging else ""
    if cell.name:
        code = f"{cell.brin} {location}".strip()
        return Markup('{}<p class="soft small tight">{}</p>').format(cell.name, code)
    return Markup('{} <span class="soft">{}</span>').format(cell.brin, location) if location else escape(cell.brin)


def _list(cell: Sequence[str] | Sequence[Counted] | Sequence[Note], words: Lexicon) -> Markup:
    if cell and isinstance(cell[0], Note):
        return Markup("").join(_note(part, words) for part in cell if isinstance(part, Note))
    items = Markup("").join(_item(part, words) for part in cell if not isinstance(part, Note))
    return Markup('<ul class="why small">{}</ul>').format(items) if items else Markup("")


def _item(part: str | Counted, words: Lexicon) -> Markup:
    if isinstance(part, str):
        return Markup("<li>{}</li>").format(part)
    chip = Markup('<span class="chip {}"></span>').format(part.mark) if part.mark else ""
    soft = Markup(' <span class="soft">{}</span>').format(part.soft) if part.soft else ""
    return Markup("<li>{}<b>{}×</b> {}{}</li>").format(chip, number(part.count, words.lang), part.text, soft)


def _note(part: Note, words: Lexicon) -> Markup:
    times = f" ({number(part.count, words.lang)}×)" if part.count != 1 else ""
    return Markup(
        '<p class="small tight"><span class="badge {}">{}</span> {}{} <span class="soft">{}</span></p>'
    ).format(part.severity.code, part.severity.text, part.text, times, part.remedy)
