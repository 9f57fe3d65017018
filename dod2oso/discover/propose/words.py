"""Names taken apart into the words they are made of: `gebdat`, `BirthDate` and `datum_geboorte` say the same.

Words, their abbreviations and translations are data (dictionary.yaml: words, synonyms); here is only how a name is cut:
at separators and capitals first, then along known words, their consonants (`gbrt`) and their beginnings (`gebo`).
"""

import re
import unicodedata
from dataclasses import dataclass, field, replace
from functools import lru_cache
from math import log

from dod2oso.source.dictionary import Dictionary, load_dictionary

_PIECES = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_VOWELS = re.compile(r"(?<!^)[aeiouy]")
_NEVER = 1e9
_KNOWN, _CONSONANTS, _BEGINNING, _STRANGE = 1.0, 1.35, 1.5, 1.3  # cost of a word; of a character for strange ones
_STRAY = 1.5  # what it costs more to leave one or two characters over in the middle of a piece
_STOP = {  # between words they say nothing
    "de", "het", "een", "van", "der", "den", "op", "in", "bij", "of", "en", "te", "met", "naar", "als", "volgens",
    "zonder", "is", "the", "a", "an", "to", "for", "by", "at", "on", "and",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Word:
    """One word of a name: the concepts that it may stand for, how sure that is, and how telling it is."""

    concepts: frozenset[str]
    sure: float
    weight: float
    form: str = field(default="", compare=False)  # as it stands in the name


Bag = tuple[Word, ...]


def pieces(name: str) -> list[str]:
    """`LLN_geboorteDatum` -> [lln, geboorte, datum]: cut at separators, digits and capitals, without accents."""
    plain = unicodedata.normalize("NFKD", name.replace("ij", "ij")).encode("ascii", "ignore").decode()
    return [piece.lower() for piece in _PIECES.findall(plain)]


def consonants(word: str) -> str:
    """The word without its vowels, but for a first one; double letters once: `straatnaam` -> `strtnm`."""
    return re.sub(r"(.)\1", r"\1", _VOWELS.sub("", word))


class Vocabulary:
    """All words that the dictionary knows, and how names are made of them."""

    def __init__(self, dictionary: Dictionary) -> None:
        self._forms: dict[str, tuple[float, float, frozenset[str]]] = {}  # form -> cost, sure, concepts
        self._weights: dict[str, float] = {}
        self._longest = 0
        self._whole: dict[str, frozenset[str]] = {}
        for concept, forms in dictionary.words.items():
            for form in (concept, *forms):
                self._learn("".join(pieces(form)) or form, concept, _KNOWN, 1.0)
        labels = [label for field in dictionary.fields.values() for label in field.synonyms]
        labels += [step for name in dictionary.fields for step in re.split(r"[.\[\]]+", name) if step]
        labels += [label for section in dictionary.sections.values() for label in section.synonyms]
        for label in labels:  # words that only occur in labels are words of their own
            for piece in pieces(label):
                if len(piece) > 1 and any(not word.concepts for word in self._cut((piece,))):
                    self._learn(piece, piece, _KNOWN, 1.0)
        self._known = frozenset(self._forms)
        for form, (_cost, _sure, concepts) in list(self._forms.items()):
            for concept in concepts:
                self._abbreviate(form, concept)
        counts: dict[str, int] = {}
        for label in set(labels):
            for word in self._cut(tuple(pieces(label))):
                for concept in word.concepts:
                    counts[concept] = counts.get(concept, 0) + 1
        rarest = log(1 + len(set(labels)))
        self._weights = {c: 0.15 + 0.85 * (log(1 + len(set(labels)) / n) / rarest) ** 2 for c, n in counts.items()}
        self.bag = lru_cache(maxsize=20_000)(self._bag)

    def parts(self, name: str) -> Bag:
        """A name as the words inside it, also when it is a word itself: postcode -> post + code; else nothing."""
        bag = self._cut(tuple(pieces(name)), whole_only=True)
        return bag if len(bag) > 1 and all(word.concepts for word in bag) else ()

    def _learn(self, form: str, concept: str, cost: float, sure: float) -> None:
        known = self._forms.get(form)
        if known is None or cost < known[0]:
            self._forms[form] = (cost, sure, frozenset({concept}))
        elif cost == known[0] and len(known[2]) < 5:
            self._forms[form] = (cost, sure, known[2] | {concept})
        self._longest = max(self._longest, len(form))

    def _abbreviate(self, form: str, concept: str) -> None:
        for short in (consonants(form), _VOWELS.sub("", form)):  # people write nmr, and nmmr
            if len(form) >= 4 and len(short) >= 3 and short != form:
                self._learn(short, concept, _CONSONANTS, 0.92)
        for length in range(self._reach(form), len(form)):
            if len(form) >= 5:
                self._learn(form[:length], concept, _BEGINNING + 0.1 * max(0, 6 - length), 0.75 + 0.04 * min(length, 6))

    def _reach(self, form: str) -> int:
        """How many letters its shortest beginning has: of a form made of words more than the first of them.

        `kindof` does not stand for kindofschool.
        """
        starts = any(form[:at] in self._known for at in range(4, len(form) - 3))
        last = next((at for at in range(4, len(form) - 3) if form[at:] in self._known), 0)
        return last + 1 if starts and last else 3

    def _bag(self, name: str) -> Bag:
        return self._cut(tuple(pieces(name)))

    def _price(
        self, form: str, starts: bool, ends: bool, *, whole: bool, alone: bool, last: bool
    ) -> tuple[float, Word | None]:
        """What it costs to read `form` as one word; `starts`, `ends`: it begins or ends with a piece of the name."""
        known = None if whole else self._forms.get(form)
        if form in _STOP and starts and ends and not (alone or last):
            return 0.2, Word(frozenset(), 1.0, 0.0)
        if known is not None and (len(form) > 2 or ends):
            price = known[0]
            if not (starts and ends):
                price += 0.25 if len(form) > 3 else 0.75 if len(form) == 3 else 1.1
                price += _STRAY if len(form) == 3 and known[0] > _KNOWN else 0.0  # so few letters begin anything
            if price <= _STRANGE * len(form):
                return price, Word(known[2], known[1], max(self._weights.get(c, 0.9) for c in known[2]))
        if len(form) <= 2 or ends:
            stray = 0.0 if starts or ends else _STRAY
            return _STRANGE * len(form) + stray, Word(frozenset(), 0.0, 0.2 if len(form) <= 2 else 0.8)
        return _NEVER, None

    def _cut(self, parts: tuple[str, ...], *, whole_only: bool = False) -> Bag:
        """The cheapest way to read the pieces as words; whole_only: not as one single word."""
        text = "".join(parts)
        edges, at = {0}, 0
        for part in parts:
            at += len(part)
            edges.add(at)
        best: list[tuple[float, int, Word | None]] = [
            (0.0 if place == 0 else _NEVER, 0, None) for place in range(len(text) + 1)
        ]
        ordered = sorted(edges)
        for start in range(len(text)):
            cost = best[start][0]
            if cost >= _NEVER:
                continue
            edge = next(place for place in ordered if place > start)
            ends = list(range(start + 1, edge + 1))  # a word stays within its piece, or takes several whole ones
            if start in edges:
                ends += [place for place in ordered if place > edge and place - start <= self._longest]
            for end in ends:
                alone = end - start == len(text)
                price, word = self._price(
                    text[start:end],
                    start in edges,
                    end in edges,
                    whole=whole_only and alone,
                    alone=alone,
                    last=end == len(text),
                )
                if cost + price < best[end][0]:
                    best[end] = (cost + price, start, word)
        words: list[Word] = []
        end = len(text)
        while end > 0:
            _cost, start, found = best[end]
            if found is not None and found.weight:
                words.append(replace(found, form=text[start:end]))
            end = start
        return tuple(reversed(words))


@lru_cache(maxsize=1)
def vocabulary() -> Vocabulary:
    """The words of the shipped dictionary."""
    return Vocabulary(load_dictionary())


def alike(mine: Bag, context: frozenset[str], theirs: Bag, scope: frozenset[str]) -> float:
    """How alike two names are, 0 to 1.

    mine, context: the words of a path's own name and the concepts of the elements around it. theirs, scope: the words
    of a label and the concepts of the section that it stands in. What the other side says by its place does not count
    against a name: `lgfdatum` in the section lgf is alike to `datum`.
    """
    matched = lost = 0.0
    sure = 1.0
    left = list(theirs)
    for word in mine:
        other = next((one for one in left if one.concepts & word.concepts), None) if word.concepts else None
        if other is not None:
            left.remove(other)
            matched += max(word.weight, other.weight)
            sure *= word.sure
        elif word.concepts & scope:
            matched += 0.02
        else:
            lost += word.weight * (0.6 if word.sure and word.sure < 0.9 else 1.0)
    if matched < 0.1:  # nothing of its own, but all that the label says is said around it: Inzage/Gegeven
        told = [word for word in theirs if not word.concepts & scope]
        return 0.45 if told and all(word.concepts & context for word in told) else 0.0
    for other in left:
        if other.concepts & context:
            matched += 0.5 * other.weight
        elif not other.concepts & scope:
            lost += other.weight
    return sure * 2 * matched / (2 * matched + lost)
