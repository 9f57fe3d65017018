"""gaps.html: one file without links to anything, readable on paper, on a phone and in the dark, also without script.

The policy in its head allows exactly our own style sheet and script, by their hash, and nothing from elsewhere.
"""

import base64
import hashlib
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import lru_cache, partial
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from dod2oso.report.charts import Bar, bars, strip
from dod2oso.report.masking import MARK, Hidden
from dod2oso.report.model import FieldPart, Report
from dod2oso.report.osofields import CategoryPart, TargetPart
from dod2oso.report.style import PLAIN, HouseStyle
from dod2oso.report.texts import BESIDE_VALIDATOR, Lexicon

_TEMPLATES = Path(__file__).with_name("templates")
_DICTIONARY_NAME = re.compile(r"[a-z][a-z0-9_-]*(\[\])?(\.[a-z0-9][a-z0-9_-]*(\[\])?)+\Z")
_MONTHS = {
    "nl": "januari/februari/maart/april/mei/juni/juli/augustus/september/oktober/november/december",
    "en": "January/February/March/April/May/June/July/August/September/October/November/December",
}


@dataclass(slots=True)
class FieldGroup:
    """Source fields that belong together; `unread`: paths that no source profile binds."""

    name: str
    unread: bool
    incomplete: list[FieldPart] = field(default_factory=list)
    complete: list[FieldPart] = field(default_factory=list)

    @property
    def mapped(self) -> int:
        return sum(part.mapped for part in (*self.incomplete, *self.complete))

    @property
    def behind(self) -> int:
        return sum(part.behind for part in self.incomplete)


@dataclass(slots=True)
class ReasonGroup:
    """Values that stayed behind for one reason, over all fields."""

    outcome: str
    text: str
    legal: bool
    count: int = 0
    fields: list[tuple[FieldPart, int, str]] = field(default_factory=list)  # field, values, article


@dataclass(frozen=True, slots=True)
class Caps:
    """How long the lists on the page are at most; the rest is in the other renderings."""

    schools: int = 500
    findings: int = 300
    fields: int = 200
    changes: int = 100
    points: int = 8


CHARTED = 12  # bars in a chart


def render(report: Report, style: HouseStyle = PLAIN) -> str:
    """The report as one HTML document."""
    words = Lexicon(report.lang, report.run.oso, report.run.overstap)
    template = _environment().get_template("gaps.html.j2")
    style_text, script_text = style_sheet(style), _text("gaps.js")
    extras = report.extras
    return template.render(
        report=report,
        style=style,
        style_text=Markup(style_text),  # noqa: S704  our own file
        script_text=Markup(script_text),  # noqa: S704  our own file
        style_hash=_hash(style_text),
        script_hash=_hash(script_text),
        cap=Caps(),
        sim=extras.simulation,
        beside_validator=BESIDE_VALIDATOR,
        changes=extras.changes,
        trends=[trend for trend in extras.trends if len(trend.points) > 1],
        versions=extras.versions,
        school_chart=_school_chart(report, words),
        category_chart=_category_chart(report, words),
        cause_chart=_cause_chart(report, words),
        field_groups=group_fields(report.fields, words),
        target_groups=group_targets(report.categories, report.targets),
        reasons=group_reasons(report.fields),
        numbers={cause.key: number for number, cause in enumerate(report.first, 1)},
        with_dossier=report.dossiers.ready + report.dossiers.held,
        t=words.pick,
        n=partial(number, lang=report.lang),
        share=share,
        strip=strip,
        date=partial(date, lang=report.lang),
        plural=_plural(report.lang),
    )


def style_sheet(style: HouseStyle) -> str:
    """The style sheet with the house colour in it."""
    text = _text("gaps.css")
    if style.colour:
        text += f"\n:root {{ --accent: {style.colour}; }}\n"
        text += f"@media screen and (prefers-color-scheme: dark) {{ :root {{ --accent: {style.colour_dark}; }} }}\n"
    return text


def _text(name: str) -> str:
    return "\n" + (_TEMPLATES / name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _school_chart(report: Report, words: Lexicon) -> Markup | None:
    waiting = sorted(report.schools, key=lambda part: -int(part.dossiers.waiting))
    rows = []
    for part in waiting[:CHARTED]:
        states = part.dossiers
        parts = [("ready", states.ready), ("held", states.held), ("rejected", states.rejected)]
        if any(isinstance(n, Hidden) for _, n in parts):
            continue  # lengths would tell what is hidden
        label = (
            f"{part.brin} {part.vestiging}".strip() if part.brin else words.pick("School onbekend", "School unknown")
        )
        said = f"{number(states.ready, report.lang)} / {number(states.total, report.lang)}"
        rows.append(Bar(label, parts, said, states.total))
    return bars("scholen", words.pick("Gereedheid per school", "Readiness per school"), rows) if rows else None


def _category_chart(report: Report, words: Lexicon) -> Markup | None:
    made = report.dossiers.ready + report.dossiers.held
    if isinstance(made, Hidden):
        return None
    rows = [
        Bar(part.label, [("mapped", part.dossiers)], share(part.dossiers, made), made)
        for part in report.categories
        if part.level != "forbidden" and not isinstance(part.dossiers, Hidden)
    ]
    return bars("categorieen", words.pick("Vulling per OSO-blok", "Fill rate per OSO block"), rows) if rows else None


def _cause_chart(report: Report, words: Lexicon) -> Markup | None:
    shown = sorted(report.findings, key=lambda part: -int(part.dossiers))[:CHARTED]
    most = max((int(part.dossiers) for part in shown), default=0)
    rows = [
        Bar(part.text, [(_SEVERITY[part.severity], part.dossiers)], number(part.dossiers, report.lang), most)
        for part in shown
        if part.dossiers and not isinstance(part.dossiers, Hidden)
    ]
    return bars("oorzaken", words.pick("Bevindingen naar oorzaak", "Findings by cause"), rows) if rows else None


_SEVERITY = {"error": "rejected", "warning": "held", "info": "dropped"}


def group_fields(parts: Iterable[FieldPart], words: Lexicon) -> list[FieldGroup]:
    """Fields by the first word of their name; the group where most stayed behind first, unread paths last."""
    groups: dict[str, FieldGroup] = {}
    for part in parts:
        unread = not part.label and not _DICTIONARY_NAME.match(part.name)
        name = "" if unread else re.split(r"[.\[]", part.name)[0]
        group = groups.setdefault(name, FieldGroup(words.group(name), unread))
        (group.incomplete if part.behind else group.complete).append(part)
    for group in groups.values():
        group.incomplete.sort(key=lambda part: (-part.behind, part.name))
        group.complete.sort(key=lambda part: (-part.mapped, part.name))
    return sorted(groups.values(), key=lambda group: (group.unread, -group.behind, group.name))


def group_reasons(parts: Iterable[FieldPart]) -> list[ReasonGroup]:
    """What stayed behind, by reason; the largest first."""
    groups: dict[tuple[str, str], ReasonGroup] = {}
    for part in parts:
        for reason in part.reasons:
            key = (reason.outcome, reason.reason)
            group = groups.setdefault(key, ReasonGroup(reason.outcome, reason.text, reason.legal))
            group.count += reason.count
            group.fields.append((part, reason.count, reason.ground))
    for group in groups.values():
        group.fields.sort(key=lambda item: (-item[1], item[0].name))
    return sorted(groups.values(), key=lambda group: -group.count)


def group_targets(
    categories: Iterable[CategoryPart], parts: Iterable[TargetPart]
) -> list[tuple[CategoryPart, list[TargetPart]]]:
    """OSO fields by category, in the order of the dossier; categories without fields are left out."""
    groups: dict[str, list[TargetPart]] = {}
    for part in parts:
        groups.setdefault(part.category, []).append(part)
    return [(category, groups[category.key]) for category in categories if category.key in groups]


def number(value: int, lang: str) -> str:
    """1.234.567 in Dutch, 1,234,567 in English; a hidden count is a mark."""
    if isinstance(value, Hidden):
        return MARK
    return f"{value:,}" if lang == "en" else f"{value:,}".replace(",", ".")


def share(part: int, total: int) -> str:
    """A percentage that never rounds to nothing or to everything."""
    if isinstance(part, Hidden) or isinstance(total, Hidden):
        return MARK
    if not part or not total:
        return "0%"
    percent = 100 * part / total
    if percent < 1:
        return "<1%"
    if 99 < percent < 100:
        return ">99%"
    return f"{percent:.0f}%"


def date(text: str, lang: str) -> str:
    """An ISO date or moment as people write it; anything else unchanged."""
    found = re.match(r"(\d{4})-(\d\d)-(\d\d)", text)
    if not found or not 1 <= int(found[2]) <= 12:
        return text
    months = _MONTHS[lang].split("/")
    return f"{int(found[3])} {months[int(found[2]) - 1]} {found[1]}"


def _plural(lang: str) -> Callable[..., str]:
    def plural(count: int, nl: tuple[str, str], en: tuple[str, str]) -> str:
        return (en if lang == "en" else nl)[count != 1]

    return plural


@lru_cache(maxsize=1)
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
