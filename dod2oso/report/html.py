"""gaps.html: one file without scripts or links to anything, readable on paper, on a phone and in the dark."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import lru_cache, partial
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from dod2oso.report.model import FieldPart, Report, TargetPart
from dod2oso.report.texts import Lexicon

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
class TargetGroup:
    """OSO fields of one block."""

    path: str
    label: str
    fields: tuple[TargetPart, ...]


def render(report: Report) -> str:
    """The report as one HTML document."""
    words = Lexicon(report.lang, report.run.oso, report.run.overstap)
    template = _environment().get_template("gaps.html.j2")
    return template.render(
        report=report,
        field_groups=group_fields(report.fields, words),
        target_groups=group_targets(report.targets, words),
        reasons=group_reasons(report.fields),
        numbers={cause.key: number for number, cause in enumerate(report.first, 1)},
        with_dossier=report.dossiers.ready + report.dossiers.held,
        t=words.pick,
        n=partial(number, lang=report.lang),
        share=share,
        date=partial(date, lang=report.lang),
        plural=_plural(report.lang),
    )


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


def group_targets(parts: Iterable[TargetPart], words: Lexicon) -> list[TargetGroup]:
    """OSO fields by block, at most three levels deep, in the order of the dossier."""
    groups: dict[str, list[TargetPart]] = {}
    for part in parts:
        groups.setdefault("/".join(part.path.split("/")[:-1][:3]), []).append(part)
    return [TargetGroup(path, words.target(path), tuple(fields)) for path, fields in groups.items()]


def number(value: int, lang: str) -> str:
    """1.234.567 in Dutch, 1,234,567 in English."""
    return f"{value:,}" if lang == "en" else f"{value:,}".replace(",", ".")


def share(part: int, total: int) -> str:
    """A percentage that never rounds to nothing or to everything."""
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
