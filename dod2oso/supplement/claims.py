"""Which rows of the supplement are about a pupil, and which of those can be believed.

A row is looked up by HMAC, so it finds a record that was just read and a dossier in the ledger in the same way. Whether
what it names is one pupil's alone is only seen over all records of a run: rows that are not are `shared`. They give
nothing, to nobody, and every dossier they may be about stays home, for the row may be a refusal.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, select

from dod2oso.base.pseudonym import Pseudonyms
from dod2oso.findings.model import Finding
from dod2oso.ledger.answers import hash_of, keep, recalled
from dod2oso.ledger.duplicates import merged_away, same_pupil
from dod2oso.ledger.rows import in_pages
from dod2oso.ledger.store import Ledger
from dod2oso.ledger.tables import dossiers
from dod2oso.supplement.kept import KeptKeys
from dod2oso.supplement.later import Rows
from dod2oso.supplement.pupil import Keys, Whose, whose
from dod2oso.supplement.rows import Row

SHARED, DISPUTED = "aanvulling-meer-leerlingen", "aanvulling-leerling-tegenstrijdig"
SEPARATOR = "/"  # between BRIN and location in the ledger's column key_school
_SHOWN = 5


class Found(NamedTuple):
    """The rows about a pupil, of the school first; and the rows that may be, with the code of why they give nothing."""

    rows: list[Row]
    doubted: list[tuple[str, Row]]

    def findings(self) -> Iterable[Finding]:
        """What has to be said of the doubted rows."""
        for code, row in self.doubted:
            yield Finding(code, place=row.place)

    def said(self, pseudonyms: Pseudonyms) -> str:
        """A keyed hash of what rows give a dossier ("" for nothing): another hash means that it must be made again."""
        given = [row.said for row in self.rows if row.values]
        given += [f"{code}:{row.place.text('nl')}" for code, row in self.doubted]
        return pseudonyms.of("aanvulling", *given) if given else ""


NOTHING = Found([], [])


class RowFinder:
    """The rows of a supplement by what pupils are known by. `shared`: the numbers of rows that several pupils claim."""

    def __init__(self, supplement: Rows, pseudonyms: Pseudonyms, shared: frozenset[int] = frozenset()) -> None:
        self.shared = shared
        self._supplement = supplement
        self._pseudonyms = pseudonyms

    @property
    def identity(self) -> str:
        """A hash of all that it finds by, "" when that is not known."""
        identity = self._supplement.identity
        return identity and hash_of([sorted(self.shared)], identity)

    @cached_property
    def _rows(self) -> Sequence[Row]:
        return self._supplement.pupils

    @cached_property
    def _keys(self) -> KeptKeys:
        return KeptKeys(row.named.keys(self._pseudonyms) for row in self._rows)

    def find(self, pupil: Keys) -> Found:
        """The rows about a pupil: of the whole school first, then by name, by number, by pseudonym."""
        own, doubted, schools = [], [], self._supplement.schools
        for number, keys in self._keys.candidates(pupil):
            answer = whose(keys, pupil)
            if answer is Whose.OTHER:
                continue
            row = self._rows[number]
            if answer is Whose.DISPUTED:
                doubted.append((DISPUTED, row))
            elif number in self.shared:
                doubted.append((SHARED, row))
            else:
                own.append((row.rank, number, row))
        rows = [row for _rank, _number, row in sorted(own, key=lambda one: one[:2])]
        # whom rows give a school, the rows of that school are about
        brin = _agreed(rows, "school.brin", pupil.brin)
        vestiging = _agreed(rows, "school.vestiging", pupil.vestiging)
        places = dict.fromkeys(((brin, ""), (brin, vestiging)))
        whole = [row for place in places for row in schools.get(place, ())]
        return Found(whole + rows, doubted)

    def claimed_by(self, pupil: Keys) -> Iterable[int]:
        """The numbers of the rows that are, or may be, about this pupil."""
        return (each for each, keys in self._keys.candidates(pupil) if whose(keys, pupil) is not Whose.OTHER)


def _agreed(rows: Iterable[Row], field: str, own: str) -> str:
    """What rows say of the pupil's school, if they say one thing; else what the export says."""
    said = {row.school[field] for row in rows if field in row.school}
    return said.pop() if len(said) == 1 else own


def keys_in_ledger(row: Any) -> Keys:
    """By what the ledger knows a dossier's pupil; `row` has the columns KEY_COLUMNS."""
    brin, _, vestiging = row.key_school.partition(SEPARATOR)
    return Keys(brin, vestiging, row.pseudonym, row.key_number, row.key_name)


def school_key(pupil: Keys) -> str:
    """The school that the export itself gave, for the ledger; never empty."""
    return f"{pupil.brin}{SEPARATOR}{pupil.vestiging}"


KEY_COLUMNS = (dossiers.c.pseudonym, dossiers.c.key_school, dossiers.c.key_number, dossiers.c.key_name)


@dataclass(frozen=True, slots=True)
class Claims:
    """What the pupils of a run say of the rows, by the numbers of the rows: whom nobody knows, whom several are."""

    unknown: frozenset[int]
    shared: frozenset[int]


def claims(
    ledger: Ledger, finder: RowFinder, supplement: Rows, only: ColumnElement[bool], question: str = ""
) -> Claims:
    """Hold every row against every dossier of `only` (a condition on dossiers).

    `question`: the name under which the answer is remembered, "" for not.
    """
    of = question and supplement.identity and hash_of(_dossiers(ledger, only), supplement.identity)
    said = recalled(ledger, question, of) if of else None
    if said is not None:
        return Claims(*map(frozenset, json.loads(said)))
    found = _claims(ledger, finder, supplement, only)
    if of:
        keep(ledger, question, of, json.dumps([sorted(found.unknown), sorted(found.shared)]))
    return found


def _claims(ledger: Ledger, finder: RowFinder, supplement: Rows, only: ColumnElement[bool]) -> Claims:
    if not supplement.pupils:
        return Claims(frozenset(), frozenset())
    times = bytearray(len(supplement.pupils))  # how many dossiers each may be about, two for more
    for number, _row in _claimed(ledger, finder, only):
        times[number] = min(times[number] + 1, 2)
    unknown = frozenset(number for number, n in enumerate(times) if not n)
    return Claims(unknown, _of_several(ledger, finder, only, times) if 2 in times else frozenset())


def _of_several(ledger: Ledger, finder: RowFinder, only: ColumnElement[bool], times: bytearray) -> frozenset[int]:
    """Of the rows that may be about several dossiers those about several pupils.

    In a reading of its own: of most rows no dossier then has to be remembered.
    """
    first: dict[int, Any] = {}
    shared: set[int] = set()
    for number, row in _claimed(ledger, finder, only):
        if times[number] > 1:
            before = first.setdefault(number, row)
            if before is not row and not same_pupil(before, row):
                shared.add(number)
    return frozenset(shared)


def _claimed(ledger: Ledger, finder: RowFinder, only: ColumnElement[bool]) -> Iterator[tuple[int, Any]]:
    """Every row's number with each dossier of `only` that it is, or may be, about."""
    for row in _dossiers(ledger, only):
        for number in finder.claimed_by(keys_in_ledger(row)):
            yield number, row


def _dossiers(ledger: Ledger, only: ColumnElement[bool]) -> Iterator[Any]:
    """By what the ledger knows the pupils of those dossiers, without those that went into another."""
    who = (dossiers.c.export_id, dossiers.c.brin, dossiers.c.match_pgn, dossiers.c.match_name)
    with ledger.read() as connection:
        chosen = select(*KEY_COLUMNS, *who).where(only, dossiers.c.id.not_in(merged_away()))
        yield from in_pages(connection, chosen.order_by(dossiers.c.id))
