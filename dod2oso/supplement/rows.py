"""The supplement (`--supplement`): what people add per pupil or per school, by dictionary name or OSO path.

A row is about a pupil (see pupil.py) or, without a pupil, about a whole school. Rows of a pupil win over rows of a
location, and those over rows of a school; rows of one kind may not contradict each other. A column is a dictionary
field, an OSO path, or `bezwaar.<categorie>` (the parents object). Consent can only come from here, and per pupil (see
consent.py).
"""

import difflib
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from dod2oso.base.brin import typed_brin, typed_vestiging
from dod2oso.base.errors import ConfigurationError
from dod2oso.base.texts import Text, listed
from dod2oso.findings.model import Finding
from dod2oso.mapping.check_value import value_check
from dod2oso.mapping.context import FIRST_EACH, TOP
from dod2oso.mapping.plan import Plan
from dod2oso.mapping.supplied import ORIGIN, Supplied
from dod2oso.oso.catalogue import Catalogue, Element, catalogue
from dod2oso.oso.codelists import codes
from dod2oso.source.bind import PLAIN_NUMBERS
from dod2oso.source.dictionary import Dictionary
from dod2oso.source.normalise import (
    Unreadable,
    boolean_normaliser,
    decimal_normaliser,
    integer,
    pgn,
    typed_date,
)
from dod2oso.source.oddtext import NO_TEXT, NUMBER_CELL
from dod2oso.source.plausible import SUPPLIED, Plausibility
from dod2oso.source.record import DROPPED, Cell, CellSource, Group, LegacyDossier
from dod2oso.source.user_tables import Sheet, TableRow, stream_tables
from dod2oso.supplement import consent
from dod2oso.supplement.kept import KeptList
from dod2oso.supplement.pupil import COLUMNS, Named

DOUBLE = "dubbel.gebruik"
WRONG, NOT_ALLOWED = "aanvulling-waarde-onjuist", "aanvulling-niet-toegestaan"
CONTRADICTED = "aanvulling-dubbel"

_SCHOOL: dict[str, Callable[[str], str]] = {"school.brin": typed_brin, "school.vestiging": typed_vestiging}
_NO_SCHOOL: Mapping[str, str] = {}
_LABELLED = re.compile(r"(?P<code>[^\s–]+) – ")  # a drop-down list of ours shows a code with its meaning

_SHOWN = 5  # places named in one finding
_INDEX = re.compile(r"\[(?P<n>[1-9][0-9]?)\]")
_YES = ("ja", "j", "true", "1", "yes")
_NO = ("nee", "n", "false", "0", "no")
_boolean = boolean_normaliser(_YES, _NO)

_BY_TYPE: dict[str, Callable[[str], str]] = {
    "date": typed_date,
    "boolean": _boolean,
    "integer": integer,
    "int": integer,
    "decimal": decimal_normaliser(","),
    "pgn": pgn,
}


@dataclass(frozen=True, slots=True)
class Column:
    """What one column sets: a dictionary field (`steps` into lists, then `name`), an OSO path, an objection, or which
    export counts for a pupil who stands in several (`name`: the block, empty for all).
    """

    header: str
    kind: Literal["field", "path", "objection", "double", "forbidden"]
    name: str
    steps: tuple[tuple[str, int], ...] = ()
    element: Element | None = None
    normalise: Callable[[str], str] | None = None
    takes: frozenset[str] = frozenset({NUMBER_CELL})  # kinds of cells that are no text, by finding code, but right here


@dataclass(frozen=True, slots=True)
class Row:
    """What one row gives. `said` tells two rows apart that do not do the same (see claims.Found.said)."""

    sheet: Sheet
    number: int
    named: Named
    values: tuple[tuple[Column, str], ...]
    said: str
    school: Mapping[str, str]  # what it says of the pupil's school
    odd: Mapping[str, str] = field(default_factory=dict)  # see TableRow

    @property
    def place(self) -> Text:
        return self.sheet.row(self.number)

    @property
    def rank(self) -> tuple[int, bool]:
        """In what order rows are told of: found by name, by number, by pseudonym; of any school, of this one."""
        by = 2 if not self.named.leerlingid and self.named.dossier else 1 if self.named.leerlingid else 0
        return by, bool(self.named.brin)

    def cell(self, column: Column) -> Text:
        return self.sheet.cell(self.number, column.header)


class _Packing:
    """Rows as JSON and back: the sheets and columns of all of them are kept once, and named by their numbers."""

    def __init__(self) -> None:
        self._sheets: list[Sheet] = []
        self._columns: list[Column] = []
        self._numbers: dict[int, int] = {}  # by identity

    def pack(self, row: Row) -> Any:
        values = [(self._number(column, self._columns), text) for column, text in row.values]
        sheet = self._number(row.sheet, self._sheets)
        return sheet, row.number, row.named, values, row.said, dict(row.school), dict(row.odd)

    def unpack(self, packed: Any) -> Row:
        sheet, number, named, values, said, school, odd = packed
        given = tuple((self._columns[column], text) for column, text in values)
        return Row(self._sheets[sheet], number, Named(*named), given, said, school, odd)

    def _number(self, one: Any, known: list[Any]) -> int:
        number = self._numbers.get(id(one))
        if number is None:
            number = self._numbers[id(one)] = len(known)
            known.append(one)  # so its identity stays its own
        return number


def kept_rows() -> KeptList[Row]:
    """No rows yet; however many come, memory does not grow with them."""
    packing = _Packing()
    return KeptList(packing.pack, packing.unpack)


@dataclass(slots=True)
class Supplement:
    """All rows of all supplement files: about pupils in their order, about schools by BRIN and location ("": all)."""

    pupils: KeptList[Row] = field(default_factory=kept_rows)
    schools: dict[tuple[str, str], list[Row]] = field(default_factory=dict)
    refused: list[Finding] = field(default_factory=list)  # rows that are about nobody in particular
    tells_doubles: bool = False  # some column says which export counts
    identity: str = ""  # see later.Given: nobody says what it follows from, so nothing is remembered of it


def read_supplements(paths: Iterable[Path], plan: Plan, dictionary: Dictionary) -> Supplement:
    """Read all supplement files for this plan; ConfigurationError, with the place, when a column cannot be meant."""
    supplement = Supplement()
    target = catalogue(plan.version)
    for path in paths:
        for table in stream_tables(path):
            if not set(COLUMNS) & set(table.columns):  # without a header row we would show values as column names
                raise ConfigurationError("supplement-no-keys", file=table.name, known=", ".join(COLUMNS))
            named = [name for name in table.columns if _is_field(name)]
            columns = [_column(name, table.name, plan, dictionary, target) for name in named]
            supplement.tells_doubles |= any(column.kind == "double" for column in columns)
            for row in table.rows:
                _add(supplement, row, columns)
    return supplement


def _is_field(column: str) -> bool:
    return column not in COLUMNS and not column.startswith("#")


def _add(supplement: Supplement, row: TableRow, columns: list[Column]) -> None:
    cells = row.cells
    values = tuple((column, cells[column.header]) for column in columns if column.header in cells)
    if not values:
        return  # whoever leaves a row empty expects nothing of it
    found = _row(row, values)
    named = found.named
    if named.names_pupil:
        supplement.pupils.append(found)
    elif not named.brin:
        raise ConfigurationError("supplement-row-nobody", place=row.place)
    elif any(column.name in consent.FACTS for column, _text in values):
        supplement.refused.append(Finding(consent.SCHOOL_WIDE, place=row.place))
    else:
        supplement.schools.setdefault((named.brin, named.vestiging), []).append(found)


def _row(row: TableRow, values: tuple[tuple[Column, str], ...]) -> Row:
    parts = [f"{column.header}={text}" for column, text in values]
    if row.odd or any(_may_be_told(column, text) for column, text in values):
        parts.append(row.place.text("nl"))  # it stands in a finding, so the place matters too
    school = {column.name: _SCHOOL[column.name](text) for column, text in values if column.name in _SCHOOL}
    named = Named.of(row.cells)
    return Row(row.sheet, row.number, named, values, "\n".join(parts), school or _NO_SCHOOL, row.odd)


def _may_be_told(column: Column, text: str) -> bool:
    if column.kind == "forbidden" or column.steps:
        return True
    try:
        if column.normalise is not None:
            column.normalise(text)
    except Unreadable:
        return True
    return False


def misfit(header: str, text: str, plan: Plan, dictionary: Dictionary) -> str:
    """Why a text cannot stand in a column of a supplement for this plan, as a finding code; "" when it can.

    ConfigurationError when nobody can mean the column.
    """
    column = _column(header, "", plan, dictionary, catalogue(plan.version))
    if column.kind == "forbidden" and column.name != consent.CONSENT:
        return NOT_ALLOWED
    try:
        if column.normalise is not None:
            column.normalise(text)
    except Unreadable as problem:
        return problem.code
    return ""


# --- columns ---


def _column(header: str, file: str, plan: Plan, dictionary: Dictionary, target: Catalogue) -> Column:
    if header.startswith("bezwaar."):
        category = "cat_" + header.removeprefix("bezwaar.").removeprefix("cat_")
        return Column(header, "objection", category, normalise=_boolean)
    if header == DOUBLE or header.startswith(f"{DOUBLE}."):
        return _double_column(header, file, dictionary)
    if "/" in header or header in {child.name for child in target.root.children}:
        return _path_column(header, file, plan, dictionary, target)
    steps = tuple((found, int(n)) for found, n in _list_steps(header))
    full = _INDEX.sub("[]", header)
    if full in dictionary and "[]" not in header:
        leaf = full.rsplit("[].", 1)[-1]
        kind = dictionary[full].type
        return Column(header, "field", leaf, steps, normalise=_BY_TYPE.get(kind), takes=_takes(kind, full))
    known = [*dictionary.fields, *plan.leaves, *COLUMNS]
    near = difflib.get_close_matches(full, known, 1)
    if near:
        raise ConfigurationError("supplement-column-near", file=file, column=header, near=near[0])
    raise ConfigurationError("supplement-column-unknown", file=file, column=header)


def _double_column(header: str, file: str, dictionary: Dictionary) -> Column:
    block = header.removeprefix(DOUBLE).removeprefix(".")
    blocks = sorted({name.partition(".")[0].removesuffix("[]") for name in dictionary.fields})
    if block and block not in blocks:
        known = ", ".join(blocks)
        raise ConfigurationError("supplement-block-unknown", file=file, column=header, known=known)
    return Column(header, "double", block)


def doubles_in(rows: Iterable[Row]) -> Iterable[tuple[str, str]]:
    """What rows about a pupil say of which export counts: block (empty: all others), name of the export.

    A block comes as often as rows name it that may count, for they may contradict each other.
    """
    said: dict[str, list[tuple[Column, str, Row]]] = {}
    for row in rows:
        for column, text in row.values:
            if column.kind == "double":
                said.setdefault(column.name, []).append((column, text, row))
    for block, each in said.items():
        yield from ((block, text) for _column, text, _row in _deciding(each))


def _list_steps(header: str) -> Iterable[tuple[str, str]]:
    start = 0
    for found in _INDEX.finditer(header):
        yield header[start : found.start()], found["n"]
        start = found.end() + 1


def _path_column(header: str, file: str, plan: Plan, dictionary: Dictionary, target: Catalogue) -> Column:
    path = header.strip("/").removeprefix("dossier/")
    by_lower = {known.lower(): known for known in plan.leaves}
    known = by_lower.get(path)
    if known is None:
        return Column(header, "forbidden", path)
    element = target.at(known)
    repeating = any(
        (step := target.at(known.rsplit("/", i)[0])) is None or step.max is None for i in range(known.count("/") + 1)
    )
    if element is None or repeating:
        raise ConfigurationError("supplement-block-repeats", file=file, column=header)
    leaf = plan.leaves[known]
    legacy = [source for source in leaf.sources if source.level == TOP or source.level >= FIRST_EACH]
    if len(legacy) == 1 and legacy[0].level == TOP and leaf.table is None and not leaf.operations:
        name = legacy[0].key  # the same as giving the dictionary field, so that conditions see it too
        kind = dictionary[name].type
        return Column(header, "field", name, normalise=_BY_TYPE.get(kind), takes=_takes(kind, name))
    takes = _takes("code" if element.codelist is not None else element.type, known)
    normalise = _target_normaliser(element, plan.version)
    return Column(header, "path", known, element=element, normalise=normalise, takes=takes)


def _takes(kind: str, name: str) -> frozenset[str]:
    """Which cells that are no text can be right in a field of this type: in a text a number may have lost its zeros."""
    if kind in ("date", "datetime"):
        return frozenset({NUMBER_CELL, NO_TEXT})
    harmless = kind in ("integer", "int", "decimal", "boolean", "pgn", "code") or name in PLAIN_NUMBERS
    return frozenset({NUMBER_CELL}) if harmless else frozenset()


def _target_normaliser(element: Element, version: str) -> Callable[[str], str]:
    """What people type -> what stands in the OSO field; Unreadable when it does not fit there."""
    by_type = _BY_TYPE.get(element.type)
    check = value_check(element, version)
    folded = {code.lower(): code for code in codes(element.codelist, version)} if element.codelist is not None else {}

    def normalise(text: str) -> str:
        labelled = _LABELLED.match(text) if folded else None
        code = labelled["code"] if labelled is not None else text
        value = folded.get(code.lower(), text)
        if by_type is not None:
            value = by_type(value)
        problem = check(value) if check is not None else None
        if problem is not None:
            raise Unreadable(problem)
        return value

    return normalise


# --- applying ---


def supply(record: LegacyDossier, rows: Sequence[Row], plausible: Plausibility | None = None) -> Supplied:
    """Put what the rows give into the record; return what has to wait until the dossier is made.

    `plausible` judges what goes past the record, under an OSO path; it judges the record itself afterwards.
    """
    given = Supplied()
    objections = set()
    for column, text, row in _chosen(rows, record.root, given):
        if column.name == consent.CONSENT:
            given.consent = consent.answer(text)
            if column.kind == "forbidden":
                continue  # OSO has no field for it here, yet it decides whether the dossier may go
        if column.kind == "double":
            continue  # says nothing of the record itself
        if column.kind == "forbidden":
            given.findings.append(Finding(NOT_ALLOWED, target=column.name, place=row.cell(column)))
            continue
        try:
            odd = row.odd.get(column.header, "")
            if odd and odd not in column.takes:
                raise Unreadable(odd)
            value = column.normalise(text) if column.normalise is not None else text
        except Unreadable as problem:
            given.findings.append(Finding(WRONG, column.header, cause=problem.code, place=row.cell(column)))
            if column.name in consent.FACTS:  # it may be a refusal
                given.findings.append(Finding(consent.UNREADABLE, target=column.name, place=row.cell(column)))
            _unclear(record.root, column, given)
            continue
        if column.kind == "objection":
            if value == "true":
                objections.add(column.name)
        elif column.kind == "path":
            wanted = plausible.problem(column.name, value) if plausible is not None else None
            if wanted is None:
                given.paths[column.name] = value
            else:
                given.findings.append(Finding(SUPPLIED, column.header, note=wanted, place=row.cell(column)))
                given.unclear.add(column.name)
        elif not _set(record.root, column, value, row.cell(column)):
            given.findings.append(Finding(WRONG, column.header, cause="volgnummer", place=row.cell(column)))
    given.objections = frozenset(objections)
    return given


def _chosen(rows: Sequence[Row], root: Group, given: Supplied) -> Iterable[tuple[Column, str, Row]]:
    """Of every column what counts. Of what parents answered that is the refusal, wherever it stands.

    Of anything else it is the one value that all rows give: when they differ nobody knows which is right, so that none
    is used, nothing is assumed in its place, and the finding keeps the dossier home.
    """
    said: dict[tuple[str, Any], list[tuple[Column, str, Row]]] = {}
    for row in rows:
        for column, text in row.values:
            said.setdefault((column.name, column.steps), []).append((column, text, row))
    for (name, _steps), each in said.items():
        deciding = _deciding(each)
        texts = [text for _column, text, _row in deciding]
        answers = name in consent.FACTS or each[0][0].kind == "objection"
        chosen = deciding[-1]
        if answers:
            firm = consent.firmest(texts) if name in consent.FACTS else consent.objecting(texts)
            chosen = deciding[texts.index(firm)]
        if len({as_used(column, text) for column, text, _row in deciding}) > 1:
            code = consent.CONTRADICTED if answers else CONTRADICTED
            places = listed([row.cell(column) for column, _text, row in deciding], _SHOWN)
            target = name if "/" in name else ""
            given.findings.append(Finding(code, "" if target else chosen[0].header, target, place=places))
            if not answers:
                _unclear(root, chosen[0], given)
                continue
        yield chosen


def _deciding(each: Sequence[tuple[Column, str, Row]]) -> list[tuple[Column, str, Row]]:
    """Of what rows say in one column what may count: of the pupil before the location, and that before the school."""
    near = [(row.named.names_pupil, bool(row.named.vestiging and not row.named.names_pupil)) for _c, _t, row in each]
    return [one for one, rank in zip(each, near, strict=True) if rank == max(near)]


def as_used(column: Column, text: str) -> str:
    """The text as it would be used, so that `ja` and `Ja`, or two notations of a date, are no two things."""
    try:
        return column.normalise(text) if column.normalise is not None else text
    except Unreadable:
        return text


def _unclear(group: Group, column: Column, given: Supplied) -> None:
    """Somebody said something here that cannot be read: nothing may be assumed in its place."""
    if column.kind == "path":
        given.unclear.add(column.name)
    elif column.kind == "field":
        reached = _reach(group, column.steps, new=False)
        if reached is not None:
            reached.unreadable += (column.name,)


def _set(group: Group, column: Column, value: str, place: Text) -> bool:
    reached = _reach(group, column.steps, new=True)
    if reached is None:
        return False
    old = reached.fields.get(column.name)
    if old is not None:
        old.settle(DROPPED, ORIGIN)
    reached.put(column.name, Cell(value, CellSource(column.header, place, supplied=True)))
    return True


def _reach(group: Group, steps: Iterable[tuple[str, int]], *, new: bool) -> Group | None:
    """The group that a column is about, as one of this pupil's own; with `new` it may be the next that there is."""
    for name, number in steps:
        groups = list(group.lists.get(name, ()))
        if number > len(groups) + new:
            return None
        if number == len(groups) + 1:
            groups.append(Group())
        group.lists[name] = groups
        groups[number - 1] = group = groups[number - 1].copy()  # the school's groups belong to all its pupils
    return group
