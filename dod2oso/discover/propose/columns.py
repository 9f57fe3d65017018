"""Columns that say by their name of whom or what they are: `moeder_naam`, `tel_vader`, `ad1_straat`, `huisarts_tel`.

Two things tell that columns belong together. Structure: the same names stand behind (or before) two different
beginnings, `m_naam m_tel v_naam v_tel`, whatever those mean. Words: columns.yaml says that `moeder` is a carer. What
comes out are blocks: columns without the beginning that they share, and the word or number that they had in common.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Literal

from pydantic import Field as Aliased

from dod2oso.base.models import Strict, validate
from dod2oso.base.resources import mappings_dir
from dod2oso.base.yaml import load
from dod2oso.discover.propose.words import Bag, Vocabulary, Word, pieces
from dod2oso.discover.survey.facts import Values

_MOST = 600  # columns that are looked at; so many names in one record are no table of pupils any more
_SHARED = 2  # so many names must stand behind both beginnings
_SHARED_LETTERS = 3  # the same, where nothing shows where the beginning ends
_SHORT = 3  # a beginning of fewer letters only takes the names that it shares


class GroupWords(Strict):
    """Words by which a column is about an item of a list (see columns.yaml)."""

    words: tuple[str, ...]
    list_: str | None = Aliased(None, alias="list")
    constants: dict[str, str] = {}
    about: str | None = None
    own: bool = False


class ColumnWords(Strict):
    """What columns.yaml says."""

    columns: Literal[1]
    groups: tuple[GroupWords, ...]
    kinds: dict[str, dict[str, dict[str, tuple[str, ...]]]]
    by_value: dict[str, dict[str, dict[str, str]]]
    usual: tuple[str, ...]
    loose: dict[str, tuple[str, ...]]


@lru_cache(maxsize=1)
def column_words() -> ColumnWords:
    """The shipped columns.yaml."""
    file = load(mappings_dir() / "columns.yaml")
    return validate(ColumnWords, file.data, file)


def meaning_of(words: Iterable[Word]) -> GroupWords | None:
    """What a beginning says: the first entry of which a word fits, by what stands there before by what it may mean."""
    known = column_words().groups
    some = [word for word in words if word.concepts or word.form]
    by_form = (one for word in some for one in known if word.form in one.words)
    by_concept = (one for word in some for one in known if word.sure > 0.7 and not word.concepts.isdisjoint(one.words))
    return next(by_form, None) or next(by_concept, None)


@dataclass(slots=True)
class Block:
    """Columns of one item. `columns`: number of the column -> its name without what the item is called by."""

    marker: str
    words: Bag
    columns: dict[int, str] = field(default_factory=dict)

    @property
    def meaning(self) -> GroupWords | None:
        return meaning_of(self.words)


Family = list[Block]  # items of one list, in the order of the columns


@dataclass(frozen=True, slots=True)
class _Split:
    column: int
    marker: str
    rest: str
    plain: bool  # where the beginning ends shows in the name itself
    behind: bool


def families(names: list[str], words: Vocabulary) -> list[Family]:
    """The blocks in the names of a record's columns; each column in at most one."""
    names = names[:_MOST]
    splits = [split for number, name in enumerate(names) for split in _splits(number, name)]
    free = set(range(len(names)))
    found: list[Family] = []
    for alike in _alike(splits, words):
        family = _family(alike, splits, free, words)
        if family:
            found.append(family)
            free -= {column for block in family for column in block.columns}
    found += _by_words(names, free, words)
    return sorted(found, key=lambda family: min(family[0].columns))


def _splits(number: int, name: str) -> Iterator[_Split]:
    """Every way to take a name apart in a beginning (or an end) and the rest."""
    parts = pieces(name)
    yield _Split(number, "", "_".join(parts), True, False)
    yield _Split(number, "", "_".join(parts), True, True)
    for at in range(1, len(parts)):
        before, after = "_".join(parts[:at]), "_".join(parts[at:])
        if not after.isdigit():
            yield _Split(number, before, after, True, False)
        if not before.isdigit():
            yield _Split(number, after, before, True, True)
    whole = name.lower()
    if sum(1 for part in parts if part.isalpha()) == 1 and whole.isalnum():
        for at in range(1, len(whole) - 1):
            yield _Split(number, whole[:at], whole[at:], False, False)
            if len(whole) - at <= 12:
                yield _Split(number, whole[at:], whole[:at], False, True)


@dataclass(frozen=True, slots=True)
class _Alike:
    """Two beginnings (or ends) behind which the same names stand."""

    one: str
    other: str
    behind: bool
    plain: bool
    shared: int


def _alike(splits: list[_Split], words: Vocabulary) -> list[_Alike]:
    """Pairs of markers that share names, the most convincing first."""
    by_rest: dict[tuple[bool, str], set[str]] = defaultdict(set)
    plain: dict[tuple[bool, str], bool] = {}
    for split in splits:
        by_rest[split.behind, split.rest].add(split.marker)
        key = (split.behind, split.marker)
        plain[key] = plain.get(key, False) or split.plain
    shared: Counter[tuple[bool, str, str]] = Counter()
    for (behind, _rest), markers in by_rest.items():
        if 1 < len(markers) <= 12:
            ordered = sorted(markers)
            shared.update((behind, one, other) for number, one in enumerate(ordered) for other in ordered[number + 1 :])
    pairs = [
        _Alike(one, other, behind, plain[behind, one] and plain[behind, other], n)
        for (behind, one, other), n in shared.items()
    ]
    good = [pair for pair in pairs if pair.shared >= (_SHARED if pair.plain else _SHARED_LETTERS)]
    return sorted(
        good,
        key=lambda p: (
            _bare(p.one) or _bare(p.other),
            not p.plain,
            not p.one,
            -p.shared,
            _rank(p.one, words) + _rank(p.other, words),
            -len(p.one) - len(p.other),
            p.one,
        ),
    )


def _rank(marker: str, words: Vocabulary) -> int:
    """0: says of whom it is; 1: nobody knows it; 2: a word for something else, so rather the name of a column."""
    bag = words.bag(marker)
    return 0 if meaning_of(bag) is not None else 1 + any(word.concepts for word in bag)


def _bare(marker: str) -> bool:
    """A number alone, which says least."""
    return marker.isdigit()


def _family(alike: _Alike, splits: list[_Split], free: set[int], words: Vocabulary) -> Family:
    """The blocks of two markers and of others that share as much with them."""
    mine: dict[str, dict[int, str]] = defaultdict(dict)
    rests: dict[str, set[str]] = defaultdict(set)
    for split in splits:
        if split.behind == alike.behind and split.column in free and (split.plain or not alike.plain):
            mine[split.marker][split.column] = split.rest
            rests[split.marker].add(split.rest)
    common = rests.get(alike.one, set()) & rests.get(alike.other, set())
    if len(common) < (_SHARED if alike.plain else _SHARED_LETTERS):
        return []
    more = [
        marker
        for marker in mine
        if marker not in (alike.one, alike.other)
        and len(rests[marker] & common) >= max(_SHARED, 0.5 * len(common))
        and not any(_overlap(marker, known) for known in (alike.one, alike.other))
        and (alike.plain or len(marker) > 1)
        and _as_long(marker, alike)
    ]
    everywhere = Counter(rest for marker in (alike.one, alike.other, *more) for rest in rests[marker])
    family: Family = []
    taken: set[int] = set()
    for marker in (alike.one, alike.other, *more):
        if not marker:
            continue  # columns without a beginning stay with the record
        bag = words.bag(marker)
        known = {split.column: split.rest for split in splits if not split.marker and not split.behind}
        loose = len(marker.replace("_", "")) < _SHORT and meaning_of(bag) is None and not marker[-1:].isdigit()
        columns = {
            column: rest
            for column, rest in mine[marker].items()
            if column not in taken and (not loose or everywhere[rest] > 1 or _only_so(known[column], rest, words))
        }
        if columns:
            taken |= columns.keys()
            family.append(Block(marker, bag, columns))
    family.sort(key=lambda block: min(block.columns))
    return family


def _own(word: Word) -> bool:
    """Whether a word speaks of the pupil: `lln_arts_tel` is about the doctor."""
    meaning = meaning_of((word,))
    return meaning is not None and meaning.own


def _only_so(name: str, rest: str, words: Vocabulary) -> bool:
    """Whether a name means something without its beginning, and nothing with it."""
    return all(word.concepts for word in words.bag(rest)) and not all(word.concepts for word in words.bag(name))


def _as_long(marker: str, alike: _Alike) -> bool:
    """Whether a third marker is made as the other two: a number where they have one."""
    return marker[-1:].isdigit() == alike.other[-1:].isdigit()


def _overlap(one: str, other: str) -> bool:
    return bool(one and other) and (one.startswith(f"{other}_") or other.startswith(f"{one}_"))


def _by_words(names: list[str], free: set[int], words: Vocabulary) -> list[Family]:
    """Columns of which a word says that they are about an item, whether or not there are others like it."""
    blocks: dict[tuple[str, str], Block] = {}
    for number in sorted(free):
        parts = pieces(names[number])
        bag = words.bag(names[number])
        for behind in (False, True):
            word = next((word for word in (bag[::-1] if behind else bag) if not _own(word)), None)
            if word is None or meaning_of((word,)) is None:
                continue
            digits = next((part for part in (parts[-1:] if behind else parts[1:2]) if part.isdigit()), "")
            text = "".join(one.form for one in bag if not _own(one))
            rest = text.removesuffix(word.form) if behind else text.removeprefix(word.form)
            if rest == text:
                continue
            key = (word.form, digits)
            block = blocks.setdefault(key, Block(f"{word.form}{digits}", (word,)))
            block.columns[number] = "_".join(one.form for one in bag if one is not word and not _own(one)) or rest
            break
    return [[block] for block in blocks.values()]


_HABIT, _HABIT_LEAST = 0.15, 4  # share, and number, of the names that a beginning stands before


def habits(names: Iterable[str], words: Vocabulary) -> frozenset[str]:
    """Beginnings that so many names of a layout have that they say nothing: `lln_naam lln_groep …`, `x_naam …`.

    Only those that nobody knows, or that say that the name is about the pupil, which every name of a record is.
    """
    bags = [words.bag(name) for name in names]
    found = Counter(bag[0].form for bag in bags if len(bag) > 1 and _empty(bag[0]) and _says(bag[1:]))
    return frozenset(form for form, n in found.items() if n >= max(_HABIT_LEAST, _HABIT * len(bags)))


def without_habit(bag: Bag, known: frozenset[str]) -> Bag:
    """The words of a name without such a beginning, where what is left says something."""
    return bag[1:] if known and len(bag) > 1 and bag[0].form in known and _empty(bag[0]) and _says(bag[1:]) else bag


def _empty(word: Word) -> bool:
    return not word.concepts or _own(word)


_NUMBERS = frozenset({"nummer", "id", "code", "key"})  # of whom says what these are


def _says(bag: Bag) -> bool:
    return any(not word.concepts <= _NUMBERS for word in bag if word.concepts)


def kind_of(list_: str, words: Bag, values: Values) -> dict[str, str]:
    """What a column that is an item of its own says of it: `mob_nr` is a number of kind mobiel."""
    known = column_words()
    found: dict[str, str] = {}
    for name, meanings in known.kinds.get(list_, {}).items():
        for value, forms in meanings.items():
            if name not in found and any(word.form in forms or not word.concepts.isdisjoint(forms) for word in words):
                found[name] = value
    for name, kinds in known.by_value.get(list_, {}).items():
        for kind, value in kinds.items():
            if name not in found and values.share(kind) > 0.8:
                found[name] = value
    return found
