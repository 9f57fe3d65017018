"""Every reason why a container cannot be read says what to do, and users can look it up."""

import re
from pathlib import Path

import pytest

import dod2oso
from dod2oso.base.texts import templates
from dod2oso.source.container.limits import amount
from dod2oso.source.container.problems import problem

ROOM = Path(dod2oso.__file__).parent / "source" / "container"
CODE = "".join(file.read_text(encoding="utf-8") for file in sorted(ROOM.glob("*.py")))
KEYS = sorted(
    key
    for key in set(re.findall(r'"([a-z0-9.-]+)"', CODE)) & set(templates())
    if key.startswith(("database-in", "edex", "export", "pin-n", "pin-o", "spreadsheet", "zip"))
)
PAGE = (Path(__file__).parents[3] / "docs" / "bestanden.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("key", KEYS)
def test_each_code_is_explained_and_has_a_remedy(key: str) -> None:
    error = problem(key, number=3, method=12, kind="gzip")
    assert f"`{error.code}`" in PAGE
    for text in (error.text("nl"), error.text("en")):
        assert text.count(". ") >= 1 and text.endswith(".") and "{" not in text


def test_amounts() -> None:
    assert [amount(size) for size in (12, 4096, 32 << 20, 4 << 30)] == ["12 bytes", "4 kB", "32 MB", "4 GB"]
