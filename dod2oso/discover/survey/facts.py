"""What is counted of a layout: a tree of places (elements, or tables and columns) with the facts of their values.

Promise: memory depends on the layout, not on the number of records; a value is kept only while the values of its place
still look like a small set of codes, and never printed unless `Values.codes` says that the set is public.
"""

import secrets
from collections import Counter
from collections.abc import Iterator, Sequence

from dod2oso.discover.survey.dates import Dates, canonical, dates_of
from dod2oso.discover.survey.kinds import BIT, DATES, KINDS, kinds_of
from dod2oso.findings.shape import shape
from dod2oso.source.codes import load_codes
from dod2oso.source.datestyle import ISO

EXACT = 2000  # so many different values are counted exactly; above that "more than"
MAX_CODES, MAX_CODE_LENGTH = 40, 24
MIN_OFTEN = 5  # a code that stands in no code table is only named when it occurs so often
SHAPED = 500  # of so many values the shape is drawn; the first ones tell enough
MAX_PLACES = 5000  # different paths; what comes above is counted together
_SALT = secrets.token_bytes(16)  # the hashes mean nothing outside this process


class Kinds:
    """What values may be, and how many are just that: the bits of KINDS, and as what they are read as dates."""

    __slots__ = ("bits", "dates", "number")

    def __init__(self, bits: int, dates: Dates) -> None:
        self.bits = bits
        self.dates = dates
        self.number = 0


class Values:
    """The facts of the values at one place: how many, which kinds, how many different ones."""

    __slots__ = (
        "_kinds",
        "_sampled",
        "_seen",
        "candidates",
        "count",
        "filled",
        "last_parent",
        "longest",
        "shapes",
        "shortest",
    )

    def __init__(self) -> None:
        self.count = 0  # values that are not blank
        self.filled = 0  # occurrences of the parent with at least one
        self.last_parent = -1
        self.shortest, self.longest = 0, 0
        self.shapes: Counter[str] = Counter()
        self.candidates: Counter[str] | None = Counter()
        self._kinds: dict[tuple[int, Dates], Kinds] = {}
        self._seen: dict[int, Kinds] = {}
        self._sampled = 0  # after so many halvings of the sample

    def add(self, text: str, length: int, parent: int) -> None:
        """Count one value (stripped, not empty; `length` may be more than what is given of a very long one)."""
        self.count += 1
        if parent != self.last_parent:
            self.filled += 1
            self.last_parent = parent
        if length > self.longest:
            self.longest = length
        if length < self.shortest or self.count == 1:
            self.shortest = length
        hashed = hash((_SALT, text, length))
        known = self._seen.get(hashed)
        if known is None:
            bits, _year = kinds_of(text)
            drawn = bits, dates_of(text) if bits & DATES else ()
            known = self._kinds.get(drawn)
            if known is None:
                known = self._kinds[drawn] = Kinds(*drawn)
            self._remember(hashed, known)
        known.number += 1
        if self.count <= SHAPED:
            self.shapes[shape(text)] += 1
        if self.candidates is not None:
            self.candidates[text] += 1
            if length > MAX_CODE_LENGTH or len(self.candidates) > MAX_CODES:
                self.candidates = None

    def _remember(self, hashed: int, kinds: Kinds) -> None:
        """Keep at most EXACT hashes: beyond that a fair sample, the same one in every place."""
        if hashed & ((1 << self._sampled) - 1):
            return
        self._seen[hashed] = kinds
        while len(self._seen) > EXACT:
            self._sampled += 1
            mask = (1 << self._sampled) - 1
            self._seen = {h: kept for h, kept in self._seen.items() if not h & mask}

    @property
    def bits(self) -> list[int]:
        """How many values may be of each kind, in the order of KINDS; many may be of several."""
        counts = [0] * len(KINDS)
        for each in self._kinds.values():
            for number in range(each.bits.bit_length()):
                if each.bits >> number & 1:
                    counts[number] += each.number
        return counts

    @property
    def styles(self) -> dict[str, Counter[int]]:
        """By each way to read the dates how many of them are of which year."""
        found: dict[str, Counter[int]] = {}
        for each in self._kinds.values():
            for style, year in each.dates:
                found.setdefault(style, Counter())[year] += each.number
        return found

    @property
    def distinct(self) -> int:
        """How many different values: exact, or EXACT when there are more (`exact`)."""
        return len(self._seen) if self.exact else EXACT

    @property
    def exact(self) -> bool:
        return self._sampled == 0

    @property
    def unique(self) -> bool:
        """Every value differs, as far as that is known."""
        return self.count > 0 and (
            self.distinct == self.count if self.exact else len(self._seen) << self._sampled > self.count * 0.9
        )

    def share(self, *kinds: str) -> float:
        """Which share of the values is of one of these kinds (the kinds must exclude each other)."""
        bits = self.bits
        return sum(bits[KINDS.index(kind)] for kind in kinds) / self.count if self.count else 0.0

    @property
    def dates(self) -> float:
        """Which share of the values is a date in any style."""
        return (
            sum(n for n, bit in zip(self.bits, BIT.values(), strict=True) if bit & DATES) / self.count
            if self.count
            else 0.0
        )

    @property
    def date_styles(self) -> tuple[str, ...]:
        """The styles in which these dates may be written, the likeliest first: more than one is a doubt to name.

        Those that explain as many values as any other. Two digits of a year are told from a day by how far they spread.
        """
        styles = self.styles
        counts = {style: years.total() for style, years in styles.items()}
        most = max(counts.values(), default=0)
        fitting = [style for style, n in counts.items() if n == most and 2 * n > self.count]
        if any("jj" in style and "jjjj" not in style for style in fitting):
            spread = {style: len(styles[style]) for style in fitting}
            least = min(spread.values())
            fitting = [style for style in fitting if spread[style] < 2 * least or spread[style] <= 3]
        return tuple(sorted(fitting, key=lambda style: _USUAL.index(style[0]) if style[0] in _USUAL else 9))

    def written(self, style: str) -> float:
        """Which share of the values can be read as a date of this style; a typed date cell counts with every style."""
        styles = self.styles
        found = sum(styles[one].total() for one in {canonical(style), ISO} if one in styles)
        return min(1.0, found / self.count) if self.count else 0.0

    @property
    def years(self) -> Counter[int]:
        """The years of the dates, read in the likeliest style."""
        styles = self.date_styles
        return self.styles[styles[0]] if styles else Counter()

    @property
    def wordy(self) -> float:
        """Which share of the first values is written in words: letters, in lower case but for the first of a word."""
        words = sum(n for drawn, n in self.shapes.items() if "aa" in drawn and "9" not in drawn)
        return words / self.shapes.total() if self.shapes else 0.0

    @property
    def usual_shapes(self) -> tuple[tuple[str, float], ...]:
        """The shapes of a fifth or more of the values, with their share; rarer ones might point at a person."""
        total = self.shapes.total()
        return tuple((drawn, n / total) for drawn, n in self.shapes.most_common(3) if 5 * n >= total)

    def within(self, other: "Values") -> float:
        """Which share of the different values here also occurs there."""
        mask = (1 << max(self._sampled, other._sampled)) - 1
        mine = [h for h in self._seen if not h & mask]
        return sum(1 for h in mine if h in other._seen) / len(mine) if mine else 0.0

    def codes(self) -> tuple[str, ...]:
        """The values themselves, when naming them says nothing about a person.

        There must be several, and either all of them stand in one public code table, or the set is small, and each
        holds a digit, has at most three characters and occurs often.
        """
        found = self.candidates
        if (
            not found
            or self.count < MIN_OFTEN
            or any(bit and name in _PERSONAL for name, bit in zip(KINDS, self.bits, strict=True))
        ):
            return ()
        known = any(found.keys() <= table.entries.keys() for table in load_codes().values())
        often = len(found) <= 12 and all(
            len(text) <= 3 and n >= MIN_OFTEN and any(map(str.isdigit, text)) for text, n in found.items()
        )
        return tuple(sorted(found)) if known or often else ()


_USUAL = "djm"  # day first is what Dutch people write
_PERSONAL = frozenset({"bsn", "onderwijsnummer", "email", "phone", "iban", "postcode", "attachment", "text"})


class ElementFacts:
    """An element of the layout (or a table, or a column) with what stands in and below it."""

    __slots__ = (
        "attributes",
        "children",
        "count",
        "last_parent",
        "most",
        "name",
        "parent",
        "path",
        "run",
        "text",
    )

    def __init__(self, name: str, parent: "ElementFacts | None") -> None:
        self.name = name
        self.parent = parent
        self.path: str = f"{parent.path}/{name}" if parent is not None and parent.path else name
        self.count = 0  # occurrences
        self.most = 0  # at most so many in one parent
        self.run, self.last_parent = 0, -1
        self.text = Values()
        self.attributes: dict[str, Values] = {}
        self.children: dict[str, ElementFacts] = {}

    def occurs(self, parent: int) -> None:
        """Count one occurrence, in the parent with this serial number."""
        self.count += 1
        if parent != self.last_parent:
            self.last_parent = parent
            self.run = 0
        self.run += 1
        if self.run > self.most:
            self.most = self.run

    def walk(self) -> Iterator["ElementFacts"]:
        """This place and all below it, in the order of the export."""
        yield self
        for child in self.children.values():
            yield from child.walk()

    def values(self) -> Iterator[tuple[str, Values, int]]:
        """(path, facts, occurrences of the parent) for each place with values, here and below."""
        for place in self.walk():
            for name, values in place.attributes.items():
                yield f"{place.path}/@{name}", values, place.count
            if place.text.count or not (place.children or place.attributes):
                yield place.path, place.text, place.parent.count if place.parent is not None else 1

    def find(self, path: str) -> "ElementFacts | None":
        """The place at a path that starts with this one's own name."""
        steps = path.split("/")
        if steps[0] != self.name:
            return None
        place: ElementFacts | None = self
        for step in steps[1:]:
            place = place.children.get(step) if place is not None else None
        return place


class Survey:
    """What one export holds. `root` has the layout; `encoding` is what the export declares (None: nothing).

    `format`: that of a profile for it; `tables`: whether it is tables, and no tree.
    """

    def __init__(self, format: str, root: ElementFacts, *, tables: bool = False) -> None:
        self.format = format
        self.tables = tables
        self.root = root
        self.encoding: str | None = None
        self.namespaces: Counter[str] = Counter()
        self.namespace = ""  # of the root element
        self.other_places = 0  # values at places above MAX_PLACES
        self.headless: Sequence[str] = ()  # tables whose first row looks like data instead of a header
        self.sheets: dict[str, str] = {}  # table made of several -> the column with the name of each

    @property
    def total(self) -> int:
        """How many source values the export holds."""
        return sum(values.count for _path, values, _parents in self.root.values()) + self.other_places


def typical_kinds(values: Values) -> tuple[str, ...]:
    """The kinds of nearly all values at a place, the most telling first."""
    if not values.count:
        return ()
    found = [kind for kind, n in zip(KINDS, values.bits, strict=True) if n >= 0.9 * values.count]
    return tuple(kind for kind in found if kind != "integer") or tuple(found)


def inferred_type(values: Values) -> str:
    """The type of nearly all values at a place, in the words of the dictionary."""
    if not values.count:
        return "empty"
    if values.dates >= 0.9:
        return "datetime" if values.share("datetime") >= 0.9 else "date"
    if values.share("bsn", "onderwijsnummer") >= 0.9:
        return "pgn"
    if values.share("attachment") >= 0.9:
        return "attachment"
    if values.share("boolean") >= 0.99 and values.distinct <= 2:
        return "boolean"
    if values.codes():
        return "code"
    if values.share("integer") >= 0.9:
        return "integer"
    if values.share("integer", "decimal-point", "decimal-comma") >= 0.9:
        return "decimal"
    return "text"
