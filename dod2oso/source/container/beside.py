"""Which loose files belong to which exports: those nearest to them."""

from collections import defaultdict
from collections.abc import Iterable

from dod2oso.source.container.gather import Found, Parts
from dod2oso.source.container.member import Member


def beside(folders: Iterable[Parts], zips: Iterable[Parts], loose: Iterable[Found]) -> dict[Parts, list[Member]]:
    """The loose files by folder with exports.

    From its own folder up to where the argument begins, a file belongs to the exports of the first folder that has
    some, or to those further down when they all lie in one folder (`school/data/`, `school/bijlagen/`) or all of it
    lies in one zip.
    """
    nearby = _Nearby(folders, zips)
    found: dict[Parts, list[Member]] = defaultdict(list)
    for file in loose:
        if file.member is not None:
            for folder in nearby.owners(file.spot.folder, len(file.spot.root)):
                found[folder].append(file.member)
    return found


class _Nearby:
    def __init__(self, folders: Iterable[Parts], zips: Iterable[Parts]) -> None:
        self._zips = frozenset(zips)
        self._folders = frozenset(folders)
        self._below: dict[Parts, set[Parts]] = defaultdict(set)
        for folder in self._folders:
            for depth in range(len(folder)):
                self._below[folder[:depth]].add(folder)
        self._known: dict[tuple[Parts, int], tuple[Parts, ...]] = {}

    def owners(self, folder: Parts, top: int) -> tuple[Parts, ...]:
        """The folders whose exports own the files of this folder."""
        key = (folder, top)
        if key not in self._known:
            self._known[key] = self._climb(folder, top)
        return self._known[key]

    def _climb(self, folder: Parts, top: int) -> tuple[Parts, ...]:
        for depth in range(len(folder), top - 1, -1):
            here = folder[:depth]
            if here in self._folders:
                return (here,)
            if here in self._below:
                below = self._below[here]
                return tuple(sorted(below)) if len(below) == 1 or self._in_zip(here) else ()
        return ()

    def _in_zip(self, folder: Parts) -> bool:
        return any(folder[:depth] in self._zips for depth in range(1, len(folder) + 1))
