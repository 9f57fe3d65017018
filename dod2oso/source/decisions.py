"""Decisions of people, made once and used in every run: what an unknown code means, which test a name stands for.

They stand in `beslissingen.yaml`, a row each, with who decided, when and why. No pupil is in that file, so boards may
share it. What is about single pupils (the same one in two exports) stands in a file of the project (`run/doubles`).

A decision says what a value means, and never what a blank one would have said; it never gives consent, and it never
goes against what a source profile reads.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, TypeAdapter

from dod2oso.base.errors import ConfigurationError
from dod2oso.base.files import atomic_write
from dod2oso.base.models import Strict, validate
from dod2oso.base.texts import Text
from dod2oso.base.yaml import YamlFile, load
from dod2oso.findings.model import Finding
from dod2oso.source.bind import DECIDABLE
from dod2oso.source.dictionary import load_dictionary
from dod2oso.source.normalise import Decided, Normaliser, Unreadable, is_bsn
from dod2oso.source.record import Cell, CellSource, Group, LegacyDossier
from dod2oso.source.twofold_names import OWN, TAIL, Prefixes, twofold_names
from dod2oso.source.walk import USED

FILE = Path("beslissingen.yaml")
CONTRADICTED, LEFT = "besluit-tegenstrijdig", "besluit-achtergelaten"
TESTS, CODE = "toetsen", "code"
_LONGEST = 200
_ISO_DATE = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"

TestKey = tuple[str, str, str]  # name, version, area, as `plain` writes them


def plain(text: str | None) -> str:
    """A text as two people may write it: case and spaces do not count."""
    return " ".join((text or "").casefold().split())


class _Made(Strict):
    """Who decided, when and why; `becomes` what the value is, or `leave`: it stays behind, and is not asked again."""

    becomes: str | None = Field(None, max_length=_LONGEST)
    leave: Literal[True] | None = None
    who: str = Field(min_length=1, max_length=_LONGEST)
    when: str = Field(pattern=f"^{_ISO_DATE}$")
    why: str = Field(min_length=1, max_length=500)


class DecidedTest(_Made):
    """Which test a name (with version and area, as exports write them) stands for: `becomes` is the eldtoetscode."""

    about: Literal["test"] = "test"
    name: str = Field(min_length=1, max_length=_LONGEST)
    version: str = Field("", max_length=_LONGEST)
    area: str = Field("", max_length=_LONGEST)

    @property
    def key(self) -> tuple[str, ...]:
        return ("test", *self.test)

    @property
    def test(self) -> TestKey:
        return plain(self.name), plain(self.version), plain(self.area)

    @property
    def said(self) -> str:
        """What it is about, in the export's own words."""
        return " / ".join(part for part in (self.name, self.version, self.area) if part)


class DecidedValue(_Made):
    """What a value of a field means, in one layout: `value` as the export writes it, `becomes` in dictionary words."""

    about: Literal["value"] = "value"
    profile: str = Field(min_length=1, max_length=_LONGEST)
    field: str
    value: str = Field(min_length=1, max_length=_LONGEST)

    @property
    def key(self) -> tuple[str, ...]:
        return ("value", self.profile, self.field, self.value)

    @property
    def said(self) -> str:
        """What it is about: a field and a code."""
        return f"{self.field} = {self.value} ({self.profile})"


class DecidedName(_Made):
    """Which voorvoegsel counts where a surname says two: the one behind its comma (`tail`) or its own (`own`)."""

    about: Literal["name"] = "name"
    profile: str = Field(min_length=1, max_length=_LONGEST)
    tail: str = Field(min_length=1, max_length=_LONGEST)
    own: str = Field(min_length=1, max_length=_LONGEST)

    @property
    def key(self) -> tuple[str, ...]:
        return ("name", self.profile, self.tail, self.own)

    @property
    def said(self) -> str:
        """What it is about: two voorvoegsels."""
        return f"…, {self.tail} + {self.own} ({self.profile})"


AnyRow = DecidedTest | DecidedValue | DecidedName
AnyDecision = Annotated[AnyRow, Field(discriminator="about")]


class CodeListLayout(Strict):
    """Which columns of the user's own list of test codes hold what; told once."""

    columns: dict[Literal["code", "name", "version", "area"], str]


class _File(Strict):
    decisions: Literal[1]
    test_list: CodeListLayout | None = None
    rows: tuple[AnyDecision, ...] = ()


@dataclass(frozen=True, slots=True)
class Decision:
    """A decision and where it stands (`place`, file and line)."""

    row: AnyRow
    place: str

    @property
    def id(self) -> str:
        """A short name by which reports and findings call it; of what it is about, not of what was decided."""
        return "b-" + hashlib.sha256(json.dumps(self.row.key).encode()).hexdigest()[:8]


class FieldDecisions:
    """The decisions about one field in one layout; what a reader of that field asks."""

    __slots__ = ("_by_value",)

    def __init__(self, by_value: Mapping[str, Decision]) -> None:
        self._by_value = by_value

    @property
    def values(self) -> frozenset[str]:
        return frozenset(self._by_value)

    def reading(self, normalise: Normaliser | None, allowed: frozenset[str]) -> Normaliser:
        """A normaliser that knows the decisions. ConfigurationError when one gives what this field cannot be."""
        by_value = self._by_value
        for each in by_value.values():
            if allowed and each.row.becomes is not None and each.row.becomes not in allowed:
                known = ", ".join(sorted(allowed))
                raise ConfigurationError("decision-impossible", place=each.place, value=each.row.becomes, known=known)

        def decided(text: str) -> str:
            decision = by_value.get(text)
            if decision is None:
                return text if normalise is None else normalise(text)
            meant = decision.row.becomes
            try:
                read = None if normalise is None else normalise(text)
            except Unreadable:
                read = None
            if read is not None and read != meant:  # the layout is known to say something else: nobody is believed
                raise Unreadable(CONTRADICTED, decision.id)
            if read is not None:
                return read
            if meant is None:
                raise Unreadable(LEFT, decision.id)
            return Decided(meant, decision.id)

        return decided


class Decisions:
    """All decisions of a run, looked up by what they are about."""

    def __init__(self, found: Iterable[Decision] = (), test_list: CodeListLayout | None = None) -> None:
        self.all = tuple(found)
        self.test_list = test_list
        self._tests: dict[TestKey, Decision] = {}
        self._values: dict[tuple[str, str], dict[str, Decision]] = {}
        self._names: dict[tuple[str, Prefixes], Decision] = {}
        for one in self.all:
            if isinstance(one.row, DecidedTest):
                self._tests[one.row.test] = one
            elif isinstance(one.row, DecidedName):
                self._names[one.row.profile, Prefixes(one.row.tail, one.row.own)] = one
            else:
                self._values.setdefault((one.row.profile, one.row.field), {})[one.row.value] = one

    def __bool__(self) -> bool:
        return bool(self.all)

    def of_field(self, profile: str, name: str) -> FieldDecisions | None:
        """The decisions about the values of a dictionary field in a layout."""
        found = self._values.get((profile, name))
        return FieldDecisions(found) if found else None

    def of_name(self, profile: str, says: Prefixes) -> Decision | None:
        """The decision about names with these two voorvoegsels."""
        return self._names.get((profile, says))

    def complete(self, record: LegacyDossier, profile: str) -> None:
        """Settle what was decided on for what a record says: tests without a code, names that say two things."""
        if self._tests:
            self._complete_tests(record)
        for name in twofold_names(record.root) if self._names else ():
            decision = self.of_name(profile, name.says)
            if decision is not None and decision.row.becomes is not None:
                bound = name.group.fields[f"{name.prefix}achternaam"].bound
                record.findings.append(Finding(USED, bound.field, cause=decision.id, place=bound.place))
                name.settle(decision.row.becomes, decision.id)

    def _complete_tests(self, record: LegacyDossier) -> None:
        for item in record.root.lists.get(TESTS, ()):
            test = test_of(item)
            decision = self._tests.get(test) if test is not None else None
            if decision is None:
                continue
            place = item.fields["naam"].bound.place
            if decision.row.becomes is None:
                record.findings.append(Finding(LEFT, f"{TESTS}[].{CODE}", cause=decision.id, place=place))
                continue
            source = CellSource(f"{TESTS}[].{CODE}", place, shared=True, decided=decision.id)
            item.fields[CODE] = Cell(decision.row.becomes, source)
            record.findings.append(Finding(USED, f"{TESTS}[].{CODE}", cause=decision.id, place=place))

    def digest(self) -> str:
        """What changes when any of them gives something else."""
        said = sorted([*one.row.key, one.row.becomes or ""] for one in self.all)
        return hashlib.sha256(json.dumps(said).encode()).hexdigest() if said else ""


NONE = Decisions()


def test_of(item: Group) -> TestKey | None:
    """Of a test without a code what it is called, as decisions know it; None when it has a code or no name."""
    if item.value(CODE) or item.unclear(CODE) or not plain(item.value("naam")) or item.unclear("naam"):
        return None
    return plain(item.value("naam")), plain(item.value("versie")), plain(item.value("leergebied"))


# --- files --------------------------------------------------------------------------------------------------------


def read_decisions(paths: Sequence[Path]) -> Decisions:
    """The decisions in these files.

    Raises ConfigurationError, with file and line, when one is wrong, gives what no decision may give, holds a number
    of a person, or says something else than another one about the same thing.
    """
    found: dict[tuple[str, ...], Decision] = {}
    test_list: CodeListLayout | None = None
    for path in dict.fromkeys(path.resolve() for path in paths):
        file = load(path)
        model = validate(_File, file.data, file)
        test_list = model.test_list or test_list
        for number, row in enumerate(model.rows):
            at = ("rows", number)
            _check(row, file, number)
            here = Decision(row, f"{file.name}:{file.line(at)}")
            add(found, here)
    return Decisions(found.values(), test_list)


def add(found: dict[tuple[str, ...], Decision], new: Decision) -> bool:
    """Add a decision to others; False when the same was decided before. ConfigurationError when something else was."""
    there = found.setdefault(new.row.key, new)
    if (there.row.becomes, there.row.leave) != (new.row.becomes, new.row.leave):
        raise ConfigurationError("decision-contradicts", place=new.place, other=there.place)
    return there is new


def _check(row: AnyRow, file: YamlFile, number: int) -> None:
    if problem := objection(row):
        raise ConfigurationError("decision-wrong", place=f"{file.name}:{file.line(('rows', number))}", problem=problem)


def objection(row: AnyRow) -> Text | None:
    """Why something may not be decided; None when it may."""
    if (row.becomes is None) == (row.leave is None) or row.becomes == "":
        return Text("decision-says-nothing")
    if not isinstance(row, DecidedName) and any(is_personal(text) for text in (row.becomes or "", *row.key[1:])):
        return Text("decision-holds-person")
    if isinstance(row, DecidedName):
        if not Prefixes(row.tail, row.own).nobodys:
            return Text("decision-holds-person")
        if row.becomes not in (OWN, TAIL):  # and leaving it would leave the dossier waiting
            return Text("decision-name-wrong", value=row.becomes or "leave")
    if isinstance(row, DecidedValue):
        dictionary = load_dictionary()
        if row.field not in dictionary:
            return Text("decision-field-unknown", field=row.field)
        if dictionary[row.field].type not in DECIDABLE or dictionary[row.field].sensitivity == "consent":
            return Text("decision-field-closed", field=row.field)
    return None


_NUMBERS = re.compile(r"[0-9](?:[ .-]?[0-9])+")
_DATE = re.compile(r"\b([0-9]{4}[-/.][0-9]{1,2}[-/.][0-9]{1,2}|[0-9]{1,2}[-/.][0-9]{1,2}[-/.][0-9]{4})\b")
_MAIL = re.compile(r"\S@\S")
_MANY_DIGITS = 9


def is_personal(text: str) -> bool:
    """Whether a text can be of one person by its form alone: a personal number, a phone number, a date, an address."""
    for found in _NUMBERS.finditer(text):
        digits = re.sub(r"[^0-9]", "", found[0])
        if len(digits) > _MANY_DIGITS or (len(digits) == _MANY_DIGITS and (is_bsn(digits) or digits.startswith("10"))):
            return True
    return bool(_DATE.search(text) or _MAIL.search(text))


def write_decisions(path: Path, rows: Iterable[AnyRow], test_list: CodeListLayout | None) -> None:
    """Replace the file as a whole, in a fixed order: the same decisions are the same bytes."""
    data: dict[str, Any] = {"decisions": 1}
    if test_list is not None:
        data["test-list"] = {"columns": dict(test_list.columns)}
    data["rows"] = [as_data(row) for row in sorted(rows, key=lambda row: row.key)]
    from dod2oso.base.yamltext import dumped_quoted

    atomic_write(path, _HEAD.encode() + dumped_quoted(data).encode())


_HEAD = """\
# Beslissingen van mensen voor dod2oso: een keer genomen, voor alle scholen en runs. Er staat geen leerling in.
# Decisions of people for dod2oso: taken once, for all schools and runs. No pupil is in here.
"""


def as_data(row: AnyRow) -> dict[str, Any]:
    """A row as the file writes it: what says nothing is left out."""
    data = {key: value for key, value in row.model_dump(by_alias=True).items() if value not in (None, "")}
    return {"about": data.pop("about"), **data}


ANY: TypeAdapter[AnyRow] = TypeAdapter(AnyDecision)
