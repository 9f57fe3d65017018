"""Which dossiers of a finished export get something else from the supplement than when they were made.

Found in the ledger alone: the keys of a row are hashed as the pupils were, and what the rows give is compared with the
keyed hash that the dossier was made with. The ledger knows a pupil by the number and school of the export, but by the
name that the supplement gave: so where that changed and rows are looked for by name, at any school, or give a whole
school another number, the dossier is always counted in. It is converted, turns out to be the same, and stays as it is.
"""

from typing import Any

from sqlalchemy import select

from dod2oso.base.pseudonym import Pseudonyms
from dod2oso.ledger import tables
from dod2oso.ledger.store import Ledger
from dod2oso.supplement.rows import CHANGES_IDENTITY_MARK, Row, Supplement, supplied_with


class Affected:
    """The rows of a supplement by what the ledger knows of pupils; made once per run."""

    def __init__(self, ledger: Ledger, supplement: Supplement, pseudonyms: Pseudonyms) -> None:
        self._ledger = ledger
        self._pseudonyms = pseudonyms
        self._schools = supplement.schools
        self._names: dict[tuple[str, str], list[Row]] = {}  # by school ("" for any) and pseudonym
        self._anywhere: dict[str, list[Row]] = {}  # by pseudonym
        self._numbers: dict[str, list[Row]] = {}
        self._dossiers: dict[str, list[Row]] = {}
        with ledger.read() as connection:
            schools = {"", *connection.scalars(select(tables.dossiers.c.brin).distinct())}
        for key, rows in supplement.pupils.items():
            school, kind = key[0], key[1]
            if kind == "naam":
                self._names[school, pseudonyms.of("naam", key[2], key[3])] = rows
            elif kind == "dossier":
                self._dossiers[key[2]] = rows
            elif school:
                self._numbers[pseudonyms.of("leerling", school, key[2])] = rows
            else:
                self._anywhere |= {pseudonyms.of("leerling", brin, key[2]): rows for brin in schools}
        moved = any(row.school for rows in supplement.schools.values() for row in rows)
        self._vague = bool(self._names or self._anywhere or moved)

    def records(self, export_id: int) -> frozenset[int] | None:
        """The numbers of the records that must be converted anew; None when that cannot be told of this export."""
        dossiers = tables.dossiers
        found = []
        with self._ledger.read() as connection:
            rows = connection.execution_options(yield_per=1000).execute(
                select(
                    dossiers.c.record, dossiers.c.pseudonym, dossiers.c.match_name, dossiers.c.brin,
                    dossiers.c.vestiging, dossiers.c.supplied, dossiers.c.placed,
                    dossiers.c.counts.is_(None).label("old"),
                ).where(dossiers.c.export_id == export_id)
            )  # fmt: skip
            for row in rows:
                vague = self._vague and row.supplied.startswith(CHANGES_IDENTITY_MARK)
                if vague or not row.placed or self._given(row) != row.supplied:
                    if row.old:
                        return None
                    found.append(row.record)
        return frozenset(found)

    def _given(self, row: Any) -> str:
        return supplied_with(self._rows(row.brin, row.vestiging, row.pseudonym, row.match_name), self._pseudonyms)

    def _rows(self, brin: str, vestiging: str, pseudonym: str, name: str) -> list[Row]:
        """As Supplement.rows, in the same order; the school in the ledger is the one that rows gave, if any."""
        found: list[Row] = []
        for school in dict.fromkeys(("", brin)):
            if name:
                found += self._names.get((school, name), ())
        found += self._anywhere.get(pseudonym, ())
        found += self._numbers.get(pseudonym, ())
        for row in self._dossiers.get(pseudonym, ()):
            number = row.leerlingid
            if row not in found and (not number or self._same_pupil(brin, number, pseudonym)):
                found.append(row)
        for row in found:
            brin, vestiging = row.school.get("school.brin", brin), row.school.get("school.vestiging", vestiging)
        return [*self._schools.get((brin, ""), ()), *self._schools.get((brin, vestiging), ()), *found]

    def _same_pupil(self, brin: str, leerlingid: str, pseudonym: str) -> bool:
        return self._pseudonyms.of("leerling", brin, leerlingid) == pseudonym
