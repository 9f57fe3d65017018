"""What a dossier has when it has a value at a path: the blocks around it, and the categories that govern it.

Counting per dossier what is there answers "how many have it" exactly; sums of counts per field could not.
"""

from dod2oso.base.caches import by_version
from dod2oso.oso.transfers import governed


@by_version
def present_with(version: str, path: str) -> tuple[str, ...]:
    """The path itself, every block around it, and the names (cat_…) of the categories it belongs to."""
    steps = path.split("/")
    around = ["/".join(steps[:depth]) for depth in range(1, len(steps) + 1)]
    there = set(around)
    return (*around, *(name for name, paths in governed(version).items() if there.intersection(paths)))
