"""JSON and JSON Lines, as trees: what stands in them is read as the XML that says the same (source/jsonxml.py)."""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from json import JSONDecodeError, JSONDecoder
from typing import Any

from dod2oso.base.texts import Text
from dod2oso.source.bind import BoundProfile
from dod2oso.source.container.discreet import is_title
from dod2oso.source.container.head import decoded_start, may_be_json
from dod2oso.source.container.member import FoundExport, Member
from dod2oso.source.export import Origin
from dod2oso.source.formats.content import AnyContent, Documents
from dod2oso.source.formats.format import SourceFormat
from dod2oso.source.formats.registry import register
from dod2oso.source.formats.start import ATTACHMENTS, HEAD, Start
from dod2oso.source.jsonxml import open_json
from dod2oso.source.tabular.discreet import mentioned
from dod2oso.source.tabular.table import xml_name
from dod2oso.source.xmlreader import read_head

_LINES = frozenset({".jsonl", ".ndjson"})
_SUFFIXES = _LINES | {".json"}
# Also under another name; but a log may begin with [2027-
_SURELY = re.compile(r'[\s\ufeff]*(\{\s*"|\[\s*\{\s*")')
_OBJECT_ON_A_LINE = re.compile(r"[\s\ufeff]*(\{.*\})[ \t]*\r?\n\s*\{")


class Json(SourceFormat):
    name, word = "json", "JSON"
    title: Text | str = "JSON"
    reads = {"json": "tree"}

    def knows(self, start: Start) -> bool:
        if not start.is_text or start.suffix in ATTACHMENTS - {".txt"}:
            return False
        return may_be_json(start.text) if start.suffix in _SUFFIXES else _SURELY.match(start.text) is not None

    def open(self, found: FoundExport) -> AnyContent:
        return _Json(found.members)


class _Json(Documents):
    """What is open of it: keys are told under their own names only where these are titles, or the profile's."""

    has_lines = False

    def __init__(self, members: Sequence[Member]) -> None:
        super().__init__([_as_xml(member, is_title) for member in members], Json.name)
        self._own = members

    def root(self) -> Any:
        """With every key under its own name, for a profile may know names that we do not."""
        member = _as_xml(self._own[0], lambda _key: True)
        return read_head(member.open, member.size)

    def origin(self, profile: BoundProfile) -> Origin:
        known = mentioned(profile.model)
        encoding = profile.model.text.encoding

        def is_known(key: str) -> bool:
            return xml_name(key).lower() in known or is_title(key)

        return self.records([_as_xml(member, is_known, encoding) for member in self._own], profile)

    def description(self) -> Text:
        return Text("layout-json")


def _as_xml(member: Member, known: Callable[[str], bool], encoding: str | None = None) -> Member:
    lines = member.suffix in _LINES or _has_lines(decoded_start(member.head(HEAD)))
    return replace(member, opener=lambda: open_json(member.open, lines=lines, encoding=encoding, known=known))


def _has_lines(start: str) -> bool:
    """Whether a text begins with a line that is a whole object, and goes on with another."""
    found = _OBJECT_ON_A_LINE.match(start)
    if found is None:
        return False
    try:
        JSONDecoder().decode(found[1])
    except (JSONDecodeError, RecursionError, ValueError):
        return False
    return True


register(Json())
