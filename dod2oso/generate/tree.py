"""A synthetic dossier in dictionary terms, as an export would hold it."""

from dataclasses import dataclass, field
from typing import Any


class Raw(str):
    """A text that goes into the export exactly as it is, also where the layout would write it otherwise."""

    __slots__ = ()


@dataclass(slots=True)
class Tree:
    """Fields by dictionary name (inside a list: the short name) and repeating groups below them.

    Values stand in the dictionary's own notation (ISO dates, decimal point, true/false, our words for codes).
    """

    fields: dict[str, str] = field(default_factory=dict)
    lists: dict[str, list["Tree"]] = field(default_factory=dict)

    def put(self, prefix: str = "", /, **values: Any) -> None:
        """Set fields: `put("advies.", code="42")`; booleans become true or false, None and '' are skipped."""
        for name, value in values.items():
            if value is not None and value != "":
                self.fields[prefix + name] = _text(value)

    def add(self, group: str, /, **values: Any) -> "Tree":
        """Add one item to a repeating group and return it."""
        item = Tree()
        item.put(**values)
        self.lists.setdefault(group, []).append(item)
        return item


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else str(value)
