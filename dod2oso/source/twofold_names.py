"""Surnames that say two things: `Berg, van den` beside a voorvoegsel of its own that is another.

Which of the two counts only a person knows; what is decided about are the voorvoegsels, which are nobody's.
"""

from collections.abc import Iterator
from typing import NamedTuple

from dod2oso.findings.shape import shape
from dod2oso.source.record import DROPPED, CellSource, Group
from dod2oso.source.surname import prefix_words, split_surname

OWN, TAIL = "own", "tail"  # what can be decided: the voorvoegsel of its own counts, or the one behind the comma
_PUPIL, _CARERS = "leerling.", "verzorgers"
_OTHER = "andere-bron"


class Prefixes(NamedTuple):
    """The two voorvoegsels of a name, in lower case; of one that is no known word the shape."""

    tail: str
    own: str

    @property
    def nobodys(self) -> bool:
        """Whether both are words that any voorvoegsel is made of, or shapes."""
        return all(_plain(text) == text for text in self)


class TwofoldName(NamedTuple):
    """Where such a name stands: the group, what its names begin with, and its two voorvoegsels."""

    group: Group
    prefix: str
    says: Prefixes

    def settle(self, which: str, decision: str) -> None:
        """Take one of the two, as was decided; the other one stays behind."""
        surname, own = (self.group.fields[self.prefix + name] for name in ("achternaam", "voorvoegsel"))
        name, tail = split_surname(surname.value)
        bound = surname.bound
        surname.value = name
        surname.bound = CellSource(bound.field, bound.place, bound.rank, lossy=True, decided=decision)
        if which == TAIL and tail is not None:
            own.settle(DROPPED, _OTHER)
            bound = own.bound
            given = type(own)(tail, CellSource(bound.field, bound.place, bound.rank, shared=True, decided=decision))
            self.group.fields[self.prefix + "voorvoegsel"] = given


def twofold_names(root: Group) -> Iterator[TwofoldName]:
    """The names of the pupil and the carers that contradict themselves."""
    for group, prefix in ((root, _PUPIL), *((item, "") for item in root.lists.get(_CARERS, ()))):
        name, tail = split_surname(group.value(f"{prefix}achternaam") or "")
        own = group.value(f"{prefix}voorvoegsel")
        if name and tail is not None and own is not None and own.lower().split() != tail.lower().split():
            yield TwofoldName(group, prefix, Prefixes(_plain(tail), _plain(own)))


def _plain(text: str) -> str:
    words = text.lower().split()
    return " ".join(words) if all(word in prefix_words() for word in words) else shape(text)
