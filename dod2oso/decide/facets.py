"""One pass over exports into what is still to be decided: distinct values with counts, never more than fits.

Listed are only values that are nobody's: codes and words of closed fields, and names of tests; what may be about the
pupil at hand (a word of its own name is in it) or of any person by its form is counted by shape. Texts without limits
are not asked about at all, and a field with too many different values is told as that and nothing else.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from dataclasses import field as made
from typing import Any, NamedTuple

from dod2oso.findings.shape import shape
from dod2oso.mapping.apply import Mapper
from dod2oso.mapping.supplied import Supplied
from dod2oso.source.bind import BoundProfile, Decides, FieldDecides
from dod2oso.source.decisions import TESTS, Decisions, is_personal, plain, test_of
from dod2oso.source.dictionary import load_dictionary
from dod2oso.source.normalise import Normaliser, Unreadable
from dod2oso.source.opening import OpenExport
from dod2oso.source.profile import LoadedProfile
from dod2oso.source.record import REFUSED, Group, LegacyDossier
from dod2oso.source.twofold_names import OWN, TAIL, Prefixes, twofold_names

MAX_VALUES = 500  # different values of one field of one layout, and different tests
MAX_SHAPES = 20
MAX_FACETS = 2000  # fields times layouts
LONGEST = 80  # characters; what is longer is a text, not a name of anything
ASKED = frozenset({"code-onbekend", "ja-nee-onleesbaar"})  # what reading says of a value that has to be decided on
IN_NO_LIST = "code-niet-in-lijst"  # and what mapping says of one that goes along as it is
_NAME_PARTS = ("voornamen", "roepnaam", "achternaam", "voorletters", "naam")
_SHORTEST = 3  # letters of a part of a name that are looked for


@dataclass(slots=True)
class Facet:
    """What is to be decided about one field of one layout: its values and how often, or of those not named the shapes.

    `allowed`: what a value can become; empty when that is any code. `overflow`: there were more than MAX_VALUES
    different values, so none is kept.
    """

    profile: str
    field: str
    allowed: frozenset[str] = frozenset()
    values: Counter[str] = made(default_factory=Counter)
    shapes: Counter[str] = made(default_factory=Counter)
    overflow: bool = False

    def add(self, text: str, *, nobodys: bool) -> None:
        """Count a value."""
        if not nobodys or self.overflow:
            _count(self.shapes, shape(text), MAX_SHAPES)
            return
        self.values[text] += 1
        if len(self.values) > MAX_VALUES:
            self.overflow = True
            for known, n in self.values.items():
                _count(self.shapes, shape(known), MAX_SHAPES, n)
            self.values.clear()

    @property
    def total(self) -> int:
        return self.values.total() + self.shapes.total()


class NamedTest(NamedTuple):
    """A test as exports name it, in the words that came first."""

    name: str
    version: str
    area: str


class Facets:
    """What is to be decided in a number of exports."""

    def __init__(self) -> None:
        self.fields: dict[tuple[str, str], Facet] = {}
        self.tests: dict[tuple[str, str, str], NamedTest] = {}
        self.test_counts: Counter[tuple[str, str, str]] = Counter()
        self.unnamed_tests: Counter[str] = Counter()  # shapes of names that may be of a person
        self.other_tests = 0  # of which the names did not fit any more
        self.names: Counter[tuple[str, Prefixes]] = Counter()  # by layout: names with two voorvoegsels
        self.unread: list[str] = []  # exports that could not be read

    def facet(self, profile: str, name: str, allowed: frozenset[str]) -> Facet | None:
        """The facet of a field; None when there are too many."""
        found = self.fields.get((profile, name))
        if found is None and len(self.fields) < MAX_FACETS:
            found = self.fields[profile, name] = Facet(profile, name, allowed)
        return found

    def add_test(self, item: Group, mine: frozenset[str]) -> None:
        """Count a test without a code."""
        key = test_of(item)
        if key is None:
            return
        words = [" ".join((item.value(name) or "").split()) for name in ("naam", "versie", "leergebied")]
        if not all(is_nobodys(text, mine) for text in words if text):
            _count(self.unnamed_tests, shape(words[0]), MAX_SHAPES)
        elif key in self.tests or len(self.tests) < MAX_VALUES:
            self.tests.setdefault(key, NamedTest(*words))
            self.test_counts[key] += 1
        else:
            self.other_tests += 1


def _count(counts: Counter[str], key: str, limit: int, n: int = 1) -> None:
    """Count, in at most so many places."""
    counts[key if key in counts or len(counts) < limit else "…"] += n


def is_nobodys(text: str, mine: frozenset[str] = frozenset()) -> bool:
    """Whether a value can be named: not the form of a person's data, and no part of the name of the pupil at hand."""
    if len(text) > LONGEST or is_personal(text):
        return False
    words = {word for part in plain(text).replace(",", " ").split() for word in (part, *part.split("-"))}
    return not (words & mine)


def names_of(record: LegacyDossier) -> frozenset[str]:
    """The parts of all names of persons in a record, as `plain` writes them."""
    dictionary = load_dictionary()
    found: set[str] = set()
    for cell in record.cells:
        name = cell.bound.field
        if name.rpartition(".")[2] in _NAME_PARTS and dictionary[name].sensitivity == "identity":
            for part in plain(cell.value).replace(",", " ").replace(".", " ").split():
                found.update(word for word in (part, *part.split("-")) if len(word) >= _SHORTEST)
    return frozenset(found)


class _Listening:
    """Reads with the decisions that there are, and notes what neither they nor the profile can read."""

    def __init__(self, decisions: Decides) -> None:
        self._decisions = decisions
        self.heard: list[tuple[str, str, frozenset[str]]] = []  # field, value, what it can become
        self.taken_as_is: set[str] = set()  # fields whose values go along as the export writes them

    def of_field(self, profile: str, name: str) -> "_Ear":
        return _Ear(self, name, self._decisions.of_field(profile, name))

    def complete(self, record: LegacyDossier, profile: str) -> None:
        self._decisions.complete(record, profile)


class _Ear:
    """Of one field."""

    def __init__(self, listening: _Listening, name: str, decided: FieldDecides | None) -> None:
        self._listening = listening
        self._name = name
        self._decided = decided
        self.values = decided.values if decided is not None else frozenset()

    def reading(self, normalise: Normaliser | None, allowed: frozenset[str]) -> Normaliser:
        heard, name = self._listening.heard, self._name
        if normalise is None:
            self._listening.taken_as_is.add(name)
        inner = normalise if self._decided is None else self._decided.reading(normalise, allowed)

        def listen(text: str) -> str:
            try:
                return text if inner is None else inner(text)
            except Unreadable as problem:
                if problem.code in ASKED:
                    heard.append((name, text, allowed))
                raise

        return listen


def look_at(
    opened: OpenExport, profile: LoadedProfile, mapper: Mapper, decisions: Decisions, facets: Facets,
    begin: Callable[[int], None], done: Callable[[int], None],
) -> None:  # fmt: skip
    """Add what is to be decided in one export. ExportError when it cannot be read.

    `begin` is told how many records there are, `done` of each that was looked at.
    """
    listening = _Listening(decisions)
    export = opened.export(BoundProfile(profile, load_dictionary(), listening))
    export.survey()
    begin(export.records)
    shared = listening.heard[:]
    listening.heard.clear()
    for record in export.dossiers():
        mine = names_of(record)
        _hear(facets, profile.name, shared, mine)
        _hear(facets, profile.name, listening.heard, mine)
        shared.clear()
        listening.heard.clear()
        for item in record.root.lists.get(TESTS, ()):
            facets.add_test(item, mine)
        for name in twofold_names(record.root):
            if decisions.of_name(profile.name, name.says) is None and len(facets.names) < MAX_VALUES:
                facets.names[profile.name, name.says] += 1
        mapper.map(record, None, Supplied())
        for cell in record.cells:
            if cell.state == REFUSED and cell.reason == IN_NO_LIST and cell.bound.field in listening.taken_as_is:
                facet = facets.facet(profile.name, cell.bound.field, frozenset())
                if facet is not None:
                    facet.add(cell.value, nobodys=is_nobodys(cell.value, mine))
        done(1)


def _hear(facets: Facets, profile: str, heard: Iterable[tuple[str, str, frozenset[str]]], mine: frozenset[str]) -> None:
    for name, text, allowed in heard:
        facet = facets.facet(profile, name, allowed)
        if facet is not None:
            facet.add(text, nobodys=is_nobodys(text, mine))


@dataclass(frozen=True, slots=True)
class Question:
    """One thing to decide, with how often it occurs: a test (`test`), a name that says two things (`profile`, `name`)
    or a value (`profile`, `field`, `value`).
    """

    count: int
    test: NamedTest | None = None
    name: Prefixes | None = None
    profile: str = ""
    field: str = ""
    value: str = ""
    allowed: frozenset[str] = frozenset()

    @property
    def key(self) -> tuple[Any, ...]:
        return (self.test is None, -self.count, self.field, self.value, *(self.test or self.name or ()))


def questions(facets: Facets) -> list[Question]:
    """What can be decided, tests first, the commonest first."""
    return sorted((*_tests(facets), *_names(facets), *_values(facets)), key=lambda one: one.key)


def _tests(facets: Facets) -> Iterator[Question]:
    for key, test in facets.tests.items():
        yield Question(facets.test_counts[key], test=test)


def _names(facets: Facets) -> Iterator[Question]:
    for (profile, says), n in facets.names.items():
        yield Question(n, name=says, profile=profile, allowed=frozenset({OWN, TAIL}))


def _values(facets: Facets) -> Iterator[Question]:
    for facet in facets.fields.values():
        for value, n in facet.values.items():
            yield Question(n, profile=facet.profile, field=facet.field, value=value, allowed=facet.allowed)


def unlisted(facets: Facets) -> Sequence[Facet]:
    """Facets with values that are not named."""
    return [facet for facet in facets.fields.values() if facet.shapes]
