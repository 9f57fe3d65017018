"""Every reason why a container cannot be read says what to do, and users can look it up."""

from pathlib import Path

import pytest

from dod2oso.source.container.limits import amount
from dod2oso.source.container.problems import _NAMES, CODES, bad_name, problem
from dod2oso.source.container.unread import DATA

PAGE = (Path(__file__).parents[3] / "docs" / "bestanden.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("code", sorted(CODES))
def test_each_code_is_explained_and_has_a_remedy(code: str) -> None:
    seeming = DATA["access"]._asdict()
    error = problem(code, number=3, method=12, what="gzip", why="x", **seeming)
    assert error.code == code and f"`{code}`" in PAGE
    for text in (error.nl, error.en):
        assert text.count(". ") >= 1 and text.endswith(".") and "{" not in text


@pytest.mark.parametrize("why", sorted(_NAMES))
def test_names(why: str) -> None:
    error = bad_name(7, why)
    assert error.code == "zip-naam" and "7" in error.nl and "7" in error.en and error.nl != error.en


def test_amounts() -> None:
    assert [amount(size) for size in (12, 4096, 32 << 20, 4 << 30)] == ["12 bytes", "4 kB", "32 MB", "4 GB"]
