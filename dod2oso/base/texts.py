"""Every text a person reads, by its key: the files beside this module (FILES) hold them in nl and en.

Code names a text and the values in it; which language it is said in is known only where it is shown. A value may be
a text itself (or an error), it is then said in the same language. Texts never hold personal data, nor do their values.
"""

import json
import re
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from string import Formatter
from typing import Any

_HERE = Path(__file__).resolve().parent
FILES = (
    "errors.yaml", "texts.yaml", "desk.yaml", "desk-handover.yaml", "desk-qualify.yaml",
    "conformance.yaml", "receive.yaml",
)  # fmt: skip
LANGUAGES = ("nl", "en")


# `{count} {count:dossier|dossiers}`: the word behind a count, as one of them is called and as any other number is.
_COUNTED = re.compile(r"\{\w+:[^{}]*\|")


class _Counting(Formatter):
    def format_field(self, value: Any, format_spec: str) -> str:
        if "|" not in format_spec:
            return str(super().format_field(value, format_spec))
        return one_or_many(value, format_spec)


def one_or_many(value: object, words: str) -> str:
    """Of `one|many` the word that goes with a number."""
    one, many = words.split("|")
    return one if str(value) == "1" else many


_COUNTING = _Counting()


class Text:
    """One text: its key and the values it names, said with `text(lang)`.

    Keys are words with hyphens; what stands behind a dot tells texts of the same code apart.
    """

    __slots__ = ("key", "values")

    def __init__(self, key: str, /, **values: object) -> None:
        self.key = key
        self.values = {name: _writable(value) for name, value in values.items()}

    def text(self, lang: str) -> str:
        """The text in `nl` or `en`."""
        template = templates()[self.key]["en" if lang == "en" else "nl"]
        values = {name: _said(value, lang) for name, value in self.values.items()}
        return _COUNTING.vformat(template, (), values) if _COUNTED.search(template) else template.format_map(values)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Text) and (self.key, self.values) == (other.key, other.values)

    def __hash__(self) -> int:
        return hash((self.key, tuple(self.values.items())))

    def __repr__(self) -> str:
        return f"Text({', '.join([repr(self.key), *(f'{k}={v!r}' for k, v in self.values.items())])})"

    def __getstate__(self) -> tuple[str, dict[str, object]]:
        return self.key, self.values

    def __setstate__(self, state: tuple[str, dict[str, object]]) -> None:
        self.key, self.values = state


class Sentences:
    """Texts that are said one after the other, as a value of another text."""

    __slots__ = ("parts",)

    def __init__(self, *parts: Text) -> None:
        self.parts = parts

    def text(self, lang: str) -> str:
        return " ".join(part.text(lang) for part in self.parts)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sentences) and self.parts == other.parts

    def __hash__(self) -> int:
        return hash(self.parts)


def listed(parts: Sequence[str | Text], shown: int) -> str | Text:
    """Some texts after one another with semicolons; after so many of them an ellipsis. "" when there are none."""
    said: str | Text = "…" if len(parts) > shown else ""
    for part in reversed(parts[:shown]):
        said = Text("also", first=part, other=said) if said else part
    return said


def packed(text: Text) -> str:
    """The values of a text as JSON, "" when it has none, for a ledger: `unpacked` with its key makes it again."""
    values = {name: _packed(value) for name, value in text.values.items()}
    return json.dumps(values, ensure_ascii=False, sort_keys=True) if values else ""


def stored(said: str | Text) -> str:
    """A text as a column of a ledger holds it, so that `shown` can say it in any language; plain words as they are."""
    return said if isinstance(said, str) else json.dumps([said.key, packed(said)], ensure_ascii=False)


def restored(column: str) -> str | Text:
    """What `stored` made a column of; what is no stored text as it is."""
    if not column.startswith('["'):
        return column
    try:
        key, values = json.loads(column)
    except (ValueError, TypeError):
        return column
    return unpacked(key, values) or column


def shown(column: str, lang: str) -> str:
    """What `stored` made a column of, in this language."""
    said = restored(column)
    return said if isinstance(said, str) else said.text(lang)


def unpacked(key: str, values: str) -> Text | None:
    """The text with this key and these packed values; None when this version has no such text, or with other values."""
    try:
        text = Text(key, **{name: _unpacked(value) for name, value in json.loads(values or "{}").items()})
        text.text("nl")
    except (KeyError, IndexError, ValueError, TypeError, AttributeError):
        return None
    return text


def _packed(value: Any) -> object:
    inner = getattr(value, "message", value)  # of an error
    return [inner.key, packed(inner)] if isinstance(inner, Text) else inner if isinstance(inner, int) else str(inner)


def _unpacked(value: Any) -> object:
    return unpacked(*value) if isinstance(value, list) else value


@lru_cache(maxsize=1)
def templates() -> dict[str, dict[str, str]]:
    """All texts by key, each with nl and en; `{name}` stands for a value."""
    from dod2oso.base.yaml import load  # raises errors of its own, which have texts: only here, when both are there

    found: dict[str, dict[str, str]] = {}
    for name in FILES:
        found |= load(_HERE / name).data
    return found


# What a file name can hold and no text may: halves of characters (a name that is no UTF-8) and what steers a terminal.
_UNWRITABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")


def _writable(value: object) -> object:
    return _UNWRITABLE.sub("?", value) if isinstance(value, str) else value


def _said(value: Any, lang: str) -> object:
    return value.text(lang) if hasattr(value, "text") and callable(value.text) else value
