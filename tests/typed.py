"""What the documentation has people type: the lines of its blocks."""

import re
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FENCE = re.compile(r"^ *```(\w*)\n(.*?)^ *```", re.MULTILINE | re.DOTALL)
SHELLS = ("", "sh", "console", "powershell")
_TYPED = re.compile(r"(?:\S*[/\\])?dod2oso|(?:cd|make|py|python|pip|docker) ")


def bare(line: str) -> str:
    """A line without a prompt before it, and without a variable for this command alone."""
    return re.sub(r"^\s*(?:(?:[$>]|PS>|C:\\[^>]*>)\s+)?(?:[A-Z0-9_]+=\S+ )*", "", line).strip()


@cache
def typed_lines(page: str) -> tuple[str, ...]:
    """What a reader of the page types, in its order; a block that only shows what is printed has no such lines."""
    found: list[str] = []
    for language, block in FENCE.findall((ROOT / page).read_text(encoding="utf-8")):
        lines = [bare(line) for line in re.sub(r"\s*\\\n\s*", " ", block).splitlines() if line.strip()]
        if language in SHELLS and any(_TYPED.match(line) for line in lines):
            found += lines
    return tuple(found)
