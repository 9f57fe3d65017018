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

_WIDTH = 360
_ROW = 36
_LABEL = 44  # characters of a label that fit


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


def bars(name: str, title: str, rows: Sequence[Bar]) -> Markup:
    """A chart of horizontal bars, each with its label above it; `name` is unique on the page."""
    height = len(rows) * _ROW
    drawn = []
    for i, row in enumerate(rows):
        y = i * _ROW
        label = row.label if len(row.label) <= _LABEL else row.label[: _LABEL - 1] + "…"
        drawn.append(
            f'<text class="ink" fill="{COLOURS["ink"]}" x="0" y="{y + 13}" font-size="12">{escape(label)}</text>'
            f'<text class="ink" fill="{COLOURS["ink"]}" x="{_WIDTH}" y="{y + 13}" font-size="12" text-anchor="end">'
            f"{escape(row.said)}</text>"
            + _rect("shade", 0, y + 18, _WIDTH, 10)
            + (_parts(row.parts, row.full, _WIDTH, y + 18, 10) if row.full else "")
        )
    return Markup(  # noqa: S704  every text in it is escaped
        f'<svg class="chart" role="img" aria-labelledby="{name}-t" viewBox="0 0 {_WIDTH} {height}" width="{_WIDTH}" '
        f'height="{height}" font-family="sans-serif"><title id="{name}-t">{escape(title)}</title>{"".join(drawn)}</svg>'
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
