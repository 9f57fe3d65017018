"""Names that may leave: a file, a folder or a sheet is often named after a child or a person.

A name is told as it is when every word in it is one of ours: a word for what exports are and hold (`words.txt`, the
dictionary, the profiles), a BRIN, a short number or a recent date. Whatever else it says, the name gets a number, and
what the number stands for is in a list beside the ledger, which goes nowhere.

A column of a table that the profile does not bind is told by its title only when that looks like a title (see
`is_title`): layouts are unknown before they are read, so unlike a file it may hold words that are none of ours.
"""

import csv
import io
import re
from collections.abc import Callable, Iterable
from datetime import date
from functools import lru_cache
from pathlib import Path

from dod2oso.base import atrest
from dod2oso.base.clock import now
from dod2oso.base.files import disk_guard, make_private_dir
from dod2oso.source.dictionary import load_dictionary
from dod2oso.source.surname import prefix_words

LIST = "namen.csv"

_HERE = Path(__file__).parent
_NUMBERED = re.compile(r"naam-\d+", re.IGNORECASE)
_BRIN = re.compile(r"(?<![0-9A-Za-z])[0-9]{2}[A-Z]{2}([0-9]{2})?(?![0-9A-Za-z])", re.IGNORECASE)
_WORD = re.compile(r"[^\W\d_]+|[0-9]+")
_DATE = re.compile(
    r"(?<![0-9])(?:(?P<before>[12][0-9]{3})[^0-9]{1,2}[0-9]{1,2}[^0-9]{1,2}[0-9]{1,2}"
    r"|[0-9]{1,2}[^0-9]{1,2}[0-9]{1,2}[^0-9]{1,2}(?P<behind>[12][0-9]{3}|[0-9]{2}))(?![0-9])"
)
_PIECE = re.compile(r"[A-Z]?[a-z]+|[A-Z]+")
_SEVERAL = 2  # words with a capital are a name, when we know none of them
_LETTERS = 2  # of a word that says nothing: de, in, nr
_SHORT = 4  # digits of a number that is nobody's
_RECENT = 2  # years: nobody of whom there is a dossier is so young
_SUFFIX = re.compile(r"\.[a-z0-9]{1,5}\Z", re.IGNORECASE)


def is_plain(name: str, today: date | None = None, more: frozenset[str] = frozenset()) -> bool:
    """Whether a name can be told: it says nothing of a person. `more`: words that it may hold besides ours."""
    if _NUMBERED.search(name):
        return False
    this = (today or now().date()).year
    recent = {str(year)[from_:] for year in range(this - _RECENT, this + 2) for from_ in (0, 2)}
    if any((found["before"] or found["behind"]) not in recent for found in _DATE.finditer(name)):
        return False
    words = _WORD.findall(_BRIN.sub(" ", name))
    return all(_innocent(word, recent) if word.isdigit() else len(word) == 1 or word.lower() in vocabulary() | more
               for word in words)  # fmt: skip


def _innocent(number: str, recent: set[str]) -> bool:
    """Whether a number is a short one or a recent date, so no date of birth and no number of a pupil."""
    return len(number) <= _SHORT or (len(number) == 8 and (number[:4] in recent or number[4:] in recent))


@lru_cache(maxsize=1)
def vocabulary() -> frozenset[str]:
    """Every word that a name may hold, in lower case."""
    from dod2oso.source.profile import shipped_names

    words = set((_HERE / "words.txt").read_text(encoding="utf-8").split())
    for text in (*load_dictionary().fields, *shipped_names()):
        words.update(word.lower() for word in _WORD.findall(text))
    return frozenset(words)


def is_title(name: str) -> bool:
    """Whether the name of a column looks like a title, and not like a row of data or the name of somebody.

    Nothing in it may be a common name, a long number, a date or an address; and where we know none of its words it may
    not be made of several with capitals, as names are.
    """
    text = name.replace("_", " ")
    if "@" in text or _DATE.search(text) or any(len(digits) > _SHORT for digits in re.findall("[0-9]+", text)):
        return False
    words = _WORD.findall(text)
    letters = [word for word in words if word.lower() not in prefix_words() and not word.isdigit()]
    if any(word.lower() in person_names() for word in letters):
        return False
    if any(word.lower() in titles() for word in letters):
        return True
    capitals = [word for word in letters if word[0].isupper() and word[1:].islower()]
    return len(capitals) < _SEVERAL


@lru_cache(maxsize=1)
def person_names() -> frozenset[str]:
    """Common first names and surnames, in lower case: a short list of our own."""
    words = set((_HERE / "person_names.txt").read_text(encoding="utf-8").split())
    return frozenset(words - vocabulary() - titles())


@lru_cache(maxsize=1)
def titles() -> frozenset[str]:
    """Every word of a title in the dictionary or a profile, in lower case."""
    dictionary = load_dictionary()
    labels = [label for field in dictionary.fields.values() for label in field.synonyms]
    labels += [label for section in dictionary.sections.values() for label in section.synonyms]
    labels += [form for concept, forms in dictionary.words.items() for form in (concept, *forms)]
    words = {word.lower() for label in labels for word in _PIECE.findall(label.replace("_", " "))}
    return frozenset(word for word in words | vocabulary() if len(word) > _LETTERS)


def discreet_table(name: str, number: int) -> str:
    """The name of the `number`-th table of an export, when it can be told; else that number."""
    return name if is_plain(name, more=titles()) else f"tabel-{number}"


class NameList:
    """The numbers of names in an output folder: the same one in every run."""

    def __init__(self, out_dir: Path | None) -> None:
        """`None`: for this time only, of a command that has no output folder."""
        self._path = None if out_dir is None else out_dir / LIST
        self._numbers: dict[str, int] = {}
        self._changed = False
        if self._path is not None and self._path.exists():
            text = atrest.read(self._path, self._path.parent).decode("utf-8-sig", "replace")
            for row in csv.reader(io.StringIO(text), delimiter=";"):
                if len(row) == 2 and _NUMBERED.fullmatch(row[0]):
                    self._numbers.setdefault(row[1], int(row[0].removeprefix("naam-")))

    def __bool__(self) -> bool:
        return bool(self._numbers)

    @property
    def changed(self) -> bool:
        """Whether there is something to write."""
        return self._changed

    def discreet(self, name: str) -> str:
        """A name of parts with `/` between them, in which what cannot be told has become a number."""
        return "/".join(self._part(part) for part in name.split("/"))

    def _part(self, part: str) -> str:
        if is_plain(part):
            return part
        number = self._numbers.get(part)
        if number is None:
            number = self._numbers[part] = max(self._numbers.values(), default=0) + 1
            self._changed = True
        suffix = _SUFFIX.search(part)
        return f"naam-{number}{suffix[0].lower() if suffix and is_plain(suffix[0]) else ''}"

    def forget(self, told: str) -> None:
        """No longer know what the numbers in this name stood for."""
        gone = {int(number) for number in re.findall(r"naam-(\d+)", told)}
        left = {name: number for name, number in self._numbers.items() if number not in gone}
        self._changed |= left != self._numbers
        self._numbers = left

    def keep(self) -> None:
        """Write the list, if there is something new in it; 0600."""
        if self._changed and self._path is not None:
            text = io.StringIO()
            writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
            writer.writerow(("nummer", "naam"))
            writer.writerows((f"naam-{number}", name) for name, number in self._numbers.items())
            with disk_guard():
                make_private_dir(self._path.parent, tighten=False)
                atrest.atomic_write(self._path.parent, self._path, b"\xef\xbb\xbf" + text.getvalue().encode())
            self._changed = False


def renamed(names: Iterable[str], discreet: Callable[[str], str]) -> dict[str, str]:
    """What each of these names becomes, where that is another one."""
    return {name: told for name in names if (told := discreet(name)) != name}
