"""Where decisions of people stand, unless somebody says otherwise."""

from collections.abc import Sequence
from pathlib import Path

from dod2oso.source.decisions import FILE


def chosen_decisions(given: Sequence[Path] | None) -> tuple[Path, ...]:
    """The files that were named, else beslissingen.yaml in the current folder when it is there."""
    if given:
        return tuple(given)
    return (FILE,) if FILE.is_file() else ()
