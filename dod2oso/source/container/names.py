"""Names for exports that tell them apart, as short as can be."""

from dod2oso.source.container.member import safe_name


class Names:
    """Gives out names that are unique within a run."""

    __slots__ = ("_taken",)

    def __init__(self) -> None:
        self._taken: set[str] = set()

    def unique(self, parts: tuple[str, ...], shown: int, what: str) -> str:
        """The last parts of a path, with as many parents in front as needed; `what` it is when that does not help."""
        candidates = [safe_name("/".join(parts[-depth:])) for depth in range(shown, len(parts))]
        candidates += [f"{candidates[0]} ({what})"] if candidates else [safe_name(parts[-1])]
        number = 2
        while candidates[0] in self._taken:
            candidates.pop(0)
            if not candidates:
                candidates.append(f"{safe_name(parts[-1])} ({what} {number})")
                number += 1
        self._taken.add(candidates[0])
        return candidates[0]
