"""Parts of the report that belong together, in the order in which they are read."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from dod2oso.report.model import FieldPart
from dod2oso.report.osofields import CategoryPart, TargetPart
from dod2oso.report.texts import Lexicon

_DICTIONARY_NAME = re.compile(r"[a-z][a-z0-9_-]*(\[\])?(\.[a-z0-9][a-z0-9_-]*(\[\])?)+\Z")


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
