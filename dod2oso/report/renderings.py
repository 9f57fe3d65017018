"""The forms of the report that there are, in the order in which they are written. To add one: its module, and its
name here.
"""

from dod2oso.report import html, xlsx, csv_, json_, pdf  # noqa: F401, I001  in this order
from dod2oso.report.rendering import RENDERINGS

__all__ = ["DEFAULT_FORMATS", "FORMATS", "RENDERINGS"]
FORMATS = tuple(RENDERINGS)
DEFAULT_FORMATS = tuple(name for name, rendering in RENDERINGS.items() if rendering.default)
