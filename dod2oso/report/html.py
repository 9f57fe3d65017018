"""gaps.html: one file without links to anything, readable on paper, on a phone and in the dark, also without script.

The policy in its head allows exactly our own style sheet and script, by their hash, and nothing from elsewhere.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from typing import BinaryIO, NamedTuple

from markupsafe import Markup

from dod2oso.base.texts import Text
from dod2oso.findings.states import state_word
from dod2oso.ledger.store import Ledger
from dod2oso.report.actions import numbering
from dod2oso.report.cells import is_number, page_cell, state_bar
from dod2oso.report.charts import Bar, bars, strip
from dod2oso.report.grouping import group_fields, group_reasons, group_targets
from dod2oso.report.hidden import Hidden
from dod2oso.report.meanings import meanings
from dod2oso.report.model import Report, States
from dod2oso.report.numbers import date, number, share
from dod2oso.report.page import counted, environment, hash_of, said, style_sheet, template_text
from dod2oso.report.rendering import Rendering, register
from dod2oso.report.style import PLAIN, HouseStyle
from dod2oso.report.texts import BESIDE_VALIDATOR, Lexicon
from dod2oso.report.views import overview
from dod2oso.report.views.content import fields_of, targets_of
from dod2oso.report.views.value import VIEWS, Badge, Cell, Column, Place, Row, View


@dataclass(frozen=True, slots=True)
class Caps:
    """How long the lists on the page are at most; the rest is in the other renderings."""

    schools: int = 500
    findings: int = 300
    fields: int = 200
    changes: int = 100
    points: int = 8


_CAPS = Caps()
_LIMITS = {
    "schools": _CAPS.schools,
    "exports": _CAPS.schools,
    "fields": _CAPS.fields,
    "targets": 10_000,
    "version-fields": _CAPS.fields,
    "changed-causes": _CAPS.changes,
    "changed-schools": _CAPS.changes,
}
_PLAIN = Column("", "")
CHARTED = 12  # bars in a chart


def render(report: Report, style: HouseStyle = PLAIN) -> str:
    """The report as one HTML document."""
    words = Lexicon(report.lang, report.run.oso, report.run.overstap)
    template = environment().get_template("gaps.html.j2")
    style_text, script_text = style_sheet(style), template_text("gaps.js")
    extras, groups = report.extras, group_fields(report.fields, words)
    return template.render(
        report=report,
        style=style,
        style_text=Markup(style_text),  # noqa: S704  our own file
        script_text=Markup(script_text),  # noqa: S704  our own file
        style_hash=hash_of(style_text),
        script_hash=hash_of(script_text),
        cap=_CAPS,
        sim=extras.simulation,
        beside_validator=BESIDE_VALIDATOR,
        changes=extras.changes,
        trends=[trend for trend in extras.trends if len(trend.points) > 1],
        versions=extras.versions,
        school_chart=_school_chart(report, words),
        category_chart=_category_chart(report, words),
        cause_chart=_cause_chart(report, words),
        field_groups=[(group, _table(fields_of(group.incomplete, words), words)) for group in groups],
        target_groups=[
            (category, len(parts), _table(targets_of(parts, words), words))
            for category, parts in group_targets(report.categories, report.targets)
        ],
        tables=_Tables(report, words),
        reasons=group_reasons(report.fields),
        numbers={cause.key: number for number, cause in enumerate(report.first, 1)},
        explained=list(meanings(report, words)),
        numbered=numbering(report.actions),
        opened=_opened(report),
        who=lambda action: words.say(f"who-{action.who}"),
        waiting_sheet=words.say("view-waiting"),
        say=partial(said, words.lang),
        counted=partial(counted, words.lang),
        strong=Markup("<strong>{}</strong>").format,
        bold=Markup("<b>{}</b>").format,
        code=Markup('<span class="code">{}</span>').format,
        span=Markup('<span id="{}">{}</span>').format,
        link=Markup('<a href="{}">{}</a>').format,
        handover_state=lambda state: Text(f"page-handover-{state}").text(words.lang),
        place=lambda brin, vestiging: page_cell(Place(brin, vestiging), _PLAIN, words),
        bar=lambda states, height=24: state_bar(states, words, height),
        with_dossier=report.dossiers.ready + report.dossiers.held,
        n=partial(number, lang=report.lang),
        share=share,
        strip=strip,
        states=overview.states(report, words),
        state_word=lambda state: state_word(state).text(words.lang),
        date=partial(date, lang=report.lang),
    )


class Opened(NamedTuple):
    """One school of an action: its name, how many of its dossiers need it, and those of them that the page lists."""

    brin: str
    vestiging: str
    name: str
    needing: int
    dossiers: list[str]

    @property
    def listed(self) -> int:
        return len(self.dossiers)


def _opened(report: Report) -> dict[str, list[Opened]]:
    """What opens below each action, by its key."""
    names = {(part.brin, part.vestiging): part.name for part in report.schools}
    listed: defaultdict[tuple[str, str, str], list[str]] = defaultdict(list)
    for item in report.waiting:
        for key in item.actions:
            listed[key, item.brin, item.vestiging].append(item.dossier_id)
    return {
        action.key: [
            Opened(
                one.brin, one.vestiging, names.get((one.brin, one.vestiging), ""), one.dossiers,
                listed[action.key, one.brin, one.vestiging],
            )
            for one in action.schools
        ]
        for action in report.actions
    }  # fmt: skip


class PageCell(NamedTuple):
    """A cell on the page: its HTML, the heading above it (for narrow screens), and how it stands."""

    html: Markup
    heading: str
    number: bool
    wide: bool


class PageTable(NamedTuple):
    """A view as the page shows it; `total` rows when not all are shown."""

    columns: tuple[Column, ...]
    rows: list[list[PageCell]]
    keys: list[str]  # per row the code of its first cell, where it has one
    total: int


class _Tables(dict[str, PageTable]):
    """The views as tables, by name, each made when the page asks for it: not all of them stand on the page."""

    def __init__(self, report: Report, words: Lexicon) -> None:
        super().__init__()
        self._report = report
        self._words = words

    def __missing__(self, name: str) -> PageTable:
        view = VIEWS[name](self._report, self._words)
        if view is None:
            raise KeyError(name)
        self[name] = _table(view, self._words)
        return self[name]


def _table(view: View, words: Lexicon) -> PageTable:
    page, limit = view.on("page"), _LIMITS.get(view.name, _CAPS.findings)
    rows, keys, total = [], [], 0
    for total, row in enumerate(_unread_first(view, page.rows, limit), 1):
        if total <= limit:
            rows.append(_row(page.columns, row, words))
            keys.append(_key(row[0]))
    top = tuple(column for column in page.columns if not column.under)
    return PageTable(top, rows, keys, total)


def _key(cell: Cell) -> str:
    """By what a row can be pointed at."""
    match cell:
        case Badge():
            return cell.code
        case Place():
            return f"{cell.brin}-{cell.vestiging}"
        case _:
            return ""


def _unread_first(view: View, rows: Iterable[Row], limit: int) -> Iterable[Row]:
    """Exports in their order; where the list is cut off those that were not read come first."""
    found = list(rows)
    if view.name != "exports" or len(found) <= limit:
        return found
    return sorted(found, key=lambda row: not any(isinstance(cell, Badge) and cell.code == "unreadable" for cell in row))


def _row(columns: tuple[Column, ...], row: Row, words: Lexicon) -> list[PageCell]:
    cells: dict[str, PageCell] = {}
    for column, cell in zip(columns, row, strict=True):
        html = page_cell(cell, column, words)
        if column.under:
            above = cells[column.under]
            cells[column.under] = above._replace(html=_beneath(above.html, html, column, cell))
        else:
            cells[column.key] = PageCell(html, column.title, is_number(cell), isinstance(cell, States))
    return list(cells.values())


def _beneath(above: Markup, html: Markup, column: Column, cell: Cell) -> Markup:
    if not html:
        return above
    if column.as_code:
        return above + Markup("<br>") + html if above else html
    return above + (Markup('<p class="soft small tight">{}</p>').format(html) if isinstance(cell, str) else html)


def _school_chart(report: Report, words: Lexicon) -> Markup | None:
    rows = []
    for part in [part for part in report.schools if part.dossiers.total][:CHARTED]:
        states = part.dossiers
        parts = [("ready", states.ready), ("held", states.held), ("rejected", states.rejected)]
        if any(isinstance(n, Hidden) for _, n in parts):
            continue  # lengths would tell what is hidden
        label = part.name or f"{part.brin} {part.vestiging}".strip() or words.say("school-unknown")
        said = f"{number(states.ready, report.lang)} / {number(states.total, report.lang)}"
        rows.append(Bar(label, parts, said, states.total))
    return bars(words.say("chart-schools"), rows) if rows else None


def _category_chart(report: Report, words: Lexicon) -> Markup | None:
    made = report.dossiers.ready + report.dossiers.held
    if isinstance(made, Hidden):
        return None
    rows = [
        Bar(part.label, [("mapped", part.dossiers)], share(part.dossiers, made), made)
        for part in report.categories
        if part.level != "forbidden" and not isinstance(part.dossiers, Hidden)
    ]
    return bars(words.say("chart-categories"), rows) if rows else None


def _cause_chart(report: Report, words: Lexicon) -> Markup | None:
    shown = sorted(report.findings, key=lambda part: -int(part.dossiers))[:CHARTED]
    most = max((int(part.dossiers) for part in shown), default=0)
    rows = [
        Bar(part.text, [(_SEVERITY[part.severity], part.dossiers)], number(part.dossiers, report.lang), most)
        for part in shown
        if part.dossiers and not isinstance(part.dossiers, Hidden)
    ]
    return bars(words.say("chart-causes"), rows) if rows else None


_SEVERITY = {"error": "rejected", "warning": "held", "info": "dropped"}


def _write(_ledger: Ledger, report: Report, file: BinaryIO, style: HouseStyle) -> None:
    file.write(render(report, style).encode())


register(Rendering("html", _write))
