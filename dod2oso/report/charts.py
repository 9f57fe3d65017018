"""Charts as inline SVG, made from the numbers of the report; the table beside each says the same in text.

Colours are given twice: as a class, for the style sheet of a screen (dark too), and as an attribute, for what does not
apply style sheets inside a picture (the PDF).
"""

from collections.abc import Sequence
from typing import NamedTuple

from markupsafe import Markup, escape

from dod2oso.report.hidden import Hidden

COLOURS = {
    "ready": "#1d6f94", "held": "#d99a1c", "rejected": "#7d1a35",
    "mapped": "#1d6f94", "lossy": "#7fb0cc", "legal": "#76659c", "dropped": "#a3a9b1", "unmapped": "#d8b04c",
    "refused": "#7d1a35", "shade": "#e9e6de", "ink": "#1c2530",
}  # fmt: skip

_BAR = 12  # height


class Bar(NamedTuple):
    """One bar: what it is about, its parts (class, number), what is written at its end, and its full length."""

    label: str
    parts: Sequence[tuple[str, int]]
    said: str
    full: int


def strip(parts: Sequence[tuple[str, int]], said: str, height: int = 24) -> Markup:
    """One bar over the whole width, as wide as the page allows. Hidden numbers are drawn as nothing."""
    total = sum(int(n) for _, n in parts)
    drawn = _parts(parts, total, 1000.0, 0, height) if total else ""
    return Markup(  # noqa: S704  every text in it is escaped
        f'<svg class="strip" role="img" aria-label="{escape(said)}" viewBox="0 0 1000 {height}" width="100%" '
        f'height="{height}" preserveAspectRatio="none">{_rect("shade", 0, 0, 1000, height)}{drawn}</svg>'
    )


def bars(title: str, rows: Sequence[Bar]) -> Markup:
    """A chart of horizontal bars over the whole width: what each is about, the bar, and what is written at its end.

    Words are no part of the pictures, so that they are as large as other words at every width.
    """
    lines = Markup("").join(
        Markup('<div class="bar"><span class="label">{}</span>{}<span class="num">{}</span></div>').format(
            row.label, _bar(row), row.said
        )
        for row in rows
    )
    return Markup('<div class="bars" role="img" aria-label="{}">{}</div>').format(title, lines)


def _bar(row: Bar) -> Markup:
    drawn = _parts(row.parts, row.full, 1000.0, 0, _BAR) if row.full else ""
    return Markup(  # noqa: S704  only numbers and our own words
        f'<svg class="strip" aria-hidden="true" viewBox="0 0 1000 {_BAR}" width="100%" height="{_BAR}" '
        f'preserveAspectRatio="none">{_rect("shade", 0, 0, 1000, _BAR)}{drawn}</svg>'
    )


def _parts(parts: Sequence[tuple[str, int]], total: int, width: float, y: int, height: int) -> str:
    x = 0.0
    drawn = []
    for name, n in parts:
        if n > 0 and not isinstance(n, Hidden):
            size = max(width * n / total, 2.0)
            size = min(size, max(width - x, 0))
            drawn.append(_rect(name, x, y, size, height))
            x += size
    return "".join(drawn)


def _rect(name: str, x: float, y: float, width: float, height: float) -> str:
    return f'<rect class="{name}" fill="{COLOURS[name]}" x="{x:.1f}" y="{y}" width="{width:.1f}" height="{height}"/>'
