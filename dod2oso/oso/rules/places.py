"""Which elements of a version a rule is about."""

from collections.abc import Iterable, Iterator

from dod2oso.oso.catalogue import Catalogue
from dod2oso.oso.rules.expression import Path, tests_of
from dod2oso.oso.rules.model import Rule

_ROOT = "dossier"


class Places:
    """Finds the paths that a rule is about."""

    def __init__(self, known: Catalogue) -> None:
        self._known = known
        self._paths = [(path, (_ROOT, *path.split("/"))) for path in known.all_paths]
        self._ending: dict[str, list[tuple[str, tuple[str, ...]]]] = {}  # by its last name
        for path, names in self._paths:
            self._ending.setdefault(names[-1], []).append((path, names))

    def under(self, rule: Rule, paths: Iterable[Path]) -> Iterator[tuple[str, bool]]:
        """The paths asked for (True), and those on the way there, which are then asked for as well (False)."""
        for path in paths:
            for place in [""] if path.doc else self._at(rule.place.steps):
                yield from self._steps(place, path.steps)

    def exist(self, rule: Rule) -> bool:
        """Does this version have every element that the rule mentions, where it looks for it?"""
        document = rule.place.kind == "document"
        places = [""] if document or rule.place.steps[-1] == _ROOT else list(self._at(rule.place.steps))
        return bool(places) and all(self._reaches(places, test.path) for test in tests_of(rule.fires))

    def _reaches(self, places: list[str], path: Path) -> bool:
        if path.doc:
            return path.steps == (_ROOT,) or any(True for _ in self._at(path.steps))
        return not path.steps or any(found for place in places for _, found in self._steps(place, path.steps))

    def _at(self, steps: tuple[str, ...]) -> Iterator[str]:
        last = steps[-1] if steps else "*"
        for path, names in self._paths if last == "*" else self._ending.get(last, ()):
            if len(steps) <= len(names) and all(
                step in ("*", name) for step, name in zip(steps, names[-len(steps) :], strict=True)
            ):
                yield path

    def _steps(self, place: str, steps: tuple[str, ...]) -> Iterator[tuple[str, bool]]:
        if not place and steps and steps[0] == _ROOT:
            steps = steps[1:]
        path = place
        for left, step in zip(range(len(steps) - 1, -1, -1), steps, strict=True):
            path = f"{path}/{step}" if path else step
            if self._known.at(path) is None:
                return
            yield path, left == 0
