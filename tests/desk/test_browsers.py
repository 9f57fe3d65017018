"""Style and script ask nothing newer of a browser than what docs/werkplek.md says, but for what is only nice."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from dod2oso.base.texts import Text
from dod2oso.desk.render import script_text, style_text
from dod2oso.report.style import PLAIN

PAGE = Path(__file__).parents[2] / "docs/werkplek.md"


class Since(NamedTuple):
    """The first version of each that knows it; Edge is as Chrome."""

    chrome: float
    firefox: float
    safari: float


OLDEST = Since(88, 85, 15.4)
# What our style uses, beside what browsers knew before 2017. Who changes this list looks the versions up on MDN.
STYLE = {
    r"var\(--": Since(49, 31, 9.1), r"display: grid": Since(57, 52, 10.1), r"\bgap:": Since(84, 63, 14.1),
    r":is\(": Since(88, 78, 14), r":focus-visible": Since(86, 85, 15.4), r"\bmin\(": Since(79, 75, 11.1),
    r"overflow-wrap: anywhere": Since(80, 65, 15.4), r"@supports selector\(": Since(83, 69, 14.1),
    r"prefers-color-scheme": Since(76, 67, 12.1), r"place-items": Since(59, 45, 11), r"break-inside": Since(51, 65, 10),
    r"minmax\(": Since(57, 52, 10.1),
}  # fmt: skip
NICE = {"text-wrap", "accent-color", "color-scheme", "print-color-adjust", "content-visibility"}  # without: as plain
# in a rule of the report that nobody sees on these pages, or that is for print
ELSEWHERE = (".tools:has(input)", ".tools.few:has(input)", "details::details-content")
NEWER_STYLE = (
    r"&", r"@layer", r"@container", r"@property", r"@scope", r"@starting-style", r":has\(", r":where\(", r":user-valid",
    r"color-mix\(", r"oklch\(", r"light-dark\(", r"subgrid", r"aspect-ratio", r"\binset", r"field-sizing",
    r"[0-9](cq[wh]|dvh|svh|lvh)\b", r"width >=", r"translate:", r"scale:", r"rotate:", r"::details-content",
)  # fmt: skip
# of the script: what it may say is ECMAScript 5 with `fetch`, so that an old browser that reads it stops at nothing
NEWER_SCRIPT = (
    r"=>", r"\blet\b", r"\bconst\b", r"`", r"\bclass\b", r"\basync\b", r"\bawait\b", r"\bimport\b", r"\bexport\b",
    r"\?\.", r"\?\?", r"\.\.\.", r"\*\*", r"\.at\(", r"\.replaceAll\(", r"\.replaceChildren\b", r"\.flatMap\(",
    r"\bfor \(\w+ \w+ of\b", r"Object\.entries", r"structuredClone", r"\bAbortController", r"catch \{",
    r"\.(append|prepend|before|after|replaceWith)\(", r"Array\.from", r"\.(includes|startsWith|endsWith)\(",
)  # fmt: skip


def style() -> str:
    text = re.sub(r"/\*.*?\*/", "", style_text(PLAIN), flags=re.DOTALL)
    for each in ELSEWHERE:
        text = text.replace(each, "")
    return text


def script() -> str:
    """Without comments and without what stands between quotes."""
    return re.sub(r'"[^"\n]*"', '""', re.sub(r"/\*.*?\*/", "", script_text(), flags=re.DOTALL))


def newer(text: str, patterns: tuple[str, ...]) -> Iterator[str]:
    return (each for each in patterns if re.search(each, text))


@pytest.mark.parametrize("feature", STYLE)
def test_what_the_style_uses_is_known_to_the_oldest_browser_that_is_named(feature: str) -> None:
    assert re.search(feature, style()), "no longer used: take it off the list"
    assert all(since <= oldest for since, oldest in zip(STYLE[feature], OLDEST, strict=True))


def test_nothing_newer_is_used() -> None:
    assert list(newer(style(), NEWER_STYLE)) == []
    assert list(newer(script(), NEWER_SCRIPT)) == []


def test_what_is_newer_is_seen() -> None:
    assert len(list(newer("a { & b { color: color-mix(in srgb, red, blue) } }", NEWER_STYLE))) == 2
    assert list(newer("var f = () => { x?.y }", NEWER_SCRIPT)) == ["=>", r"\?\."]


def test_what_is_only_nice_has_no_other_value_that_is_needed() -> None:
    """These declarations stand alone: a browser that does not know them leaves them out and shows the rest."""
    assert all(f"{each}:" in style_text(PLAIN) for each in NICE)


def test_the_docs_and_the_page_name_these_versions() -> None:
    said = PAGE.read_text(encoding="utf-8")
    for name, version in (("Firefox", OLDEST.firefox), ("Chrome", OLDEST.chrome), ("Safari", OLDEST.safari)):
        assert f"{name} {version:g}" in said
        assert f"{name} {version:g}" in Text("desk-old-browser").text("nl")
