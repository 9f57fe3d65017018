"""Where the shipped data lies: `mappings/` in a checkout, `_mappings/` inside an installed wheel."""

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parents[1]


def mappings_dir() -> Path:
    """The folder with dictionary, source profiles, target catalogue and mapping."""
    shipped = _PACKAGE / "_mappings"
    return shipped if shipped.is_dir() else _PACKAGE.parent / "mappings"
