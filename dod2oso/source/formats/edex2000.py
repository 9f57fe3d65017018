"""EDEX2000: up to four files of text with fixed names, known by those."""

import re
from collections.abc import Collection
from pathlib import Path

from dod2oso.base.errors import ExportError
from dod2oso.source.container.problems import problem
from dod2oso.source.formats.registry import register
from dod2oso.source.formats.start import Start
from dod2oso.source.formats.tables import TextTables

_FILE = re.compile(r"EDEX(LL|LK|GR|LG)\.TXT", re.IGNORECASE)
_PUPILS = "EDEXLL.TXT"


class Edex2000(TextTables):
    name = "edex2000"

    @property
    def kind(self) -> str:
        return TextTables.name

    def knows(self, start: Start) -> bool:
        return start.is_text and _FILE.fullmatch(start.bare_name) is not None

    def lacking(self, names: Collection[str]) -> ExportError | None:
        return None if _PUPILS in names else problem("edex2000-onvolledig")

    def label(self, _group: str) -> str:
        return " (EDEX2000)"

    def companions(self, path: Path) -> list[Path]:
        if not _FILE.fullmatch(path.name):
            return []
        return sorted(each for each in path.parent.iterdir() if _FILE.fullmatch(each.name))


register(Edex2000())
