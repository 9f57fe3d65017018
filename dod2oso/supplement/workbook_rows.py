"""What has to be typed for every waiting dossier: which cells, and by what the school recognises the pupil.

The ledger knows what a dossier needs and whose it is only by pseudonym; the pupil number (and the name, when the user
asks) is read from the dossier's own file. One school at a time, so memory does not grow with the region.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from typing import Any

from lxml import etree
from sqlalchemy import Connection, Select, func, select

from dod2oso.base import atrest
from dod2oso.base.errors import Dod2osoError
from dod2oso.base.pseudonym import Pseudonyms
from dod2oso.base.xml import parse_bytes
from dod2oso.ledger import places
from dod2oso.ledger.duplicates import merged_away
from dod2oso.ledger.rows import exports_of, in_pages
from dod2oso.ledger.tables import dossiers, exports
from dod2oso.oso.versions import version as known_version
from dod2oso.supplement import consent
from dod2oso.supplement.needs import Needs
from dod2oso.supplement.pupil import hidden_key, number_key
from dod2oso.supplement.repairs import Fill, Repair, repairs

_PUPIL = "huidigeschool/leerling/"
READY = "ready"
WAITING = ("held", "rejected")  # states of dossiers that something may still be done for


@dataclass(slots=True)
class PupilRow:
    """One row: `leerlingid` when the export has it, `number` what else the dossier says, `open` the columns to fill.

    `useful`: columns that block nothing and are worth filling in.
    """

    key: str
    leerlingid: str
    number: str
    name: str
    born: str
    where: str
    repairs: tuple[Repair, ...]
    open: frozenset[str]
    useful: tuple[Fill, ...] = ()


@dataclass(slots=True)
class SchoolSheet:
    """All rows of one school; `columns` in the order of repairs.yaml, `for_all` the columns of the school's own row."""

    brin: str
    vestiging: str
    rows: list[PupilRow] = field(default_factory=list)
    repairs: dict[str, Repair] = field(default_factory=dict)  # of the pupils
    for_all: dict[str, Repair] = field(default_factory=dict)

    @property
    def columns(self) -> list[Fill]:
        """The columns that at least one row needs, each once."""
        open_somewhere = {column for row in self.rows for column in row.open}
        chosen = sorted([*self.for_all.values(), *self.repairs.values()], key=lambda repair: repair.number)
        fills = {fill.column: fill for repair in chosen for fill in repair.fill}
        ours = {fill.column for repair in self.for_all.values() for fill in repair.fill}
        return [fill for column, fill in fills.items() if column in ours or column in open_somewhere]


def school_sheets(
    connection: Connection,
    run_id: str,
    out_dir: Path,
    pseudonyms: Pseudonyms,
    *,
    names: bool = False,
    only: tuple[str, str] | None = None,
    useful: tuple[Fill, ...] = (),
) -> Iterator[SchoolSheet]:
    """The schools of a run with dossiers for which something can be filled in, by BRIN and location.

    `only`: of this school and no other. `useful`: columns to offer besides what blocks, also where nothing does.
    """
    waiting = dossiers.c.state.in_(WAITING) & (dossiers.c.needs != "")
    of_school = () if only is None else (dossiers.c.brin == only[0], dossiers.c.vestiging == only[1])
    rows = in_pages(connection,
        select(
            dossiers.c.dossier_id, dossiers.c.pseudonym, dossiers.c.state, dossiers.c.brin, dossiers.c.vestiging,
            dossiers.c.record, dossiers.c.needs, dossiers.c.key_number, dossiers.c.key_name, exports.c.name,
            exports.c.oso, dossiers.c.pseudonym.in_(_shared_pseudonyms(run_id)).label("shared"),
        )
        .join(exports, exports.c.id == dossiers.c.export_id)
        .where(dossiers.c.export_id.in_(exports_of(run_id)))
        .where(waiting | (dossiers.c.state == READY) if useful else waiting, *of_school)
        .order_by(dossiers.c.brin, dossiers.c.vestiging, exports.c.name, dossiers.c.record)
    )  # fmt: skip
    for (brin, vestiging), group in groupby(rows, key=lambda row: (row.brin, row.vestiging)):
        sheet = SchoolSheet(brin, vestiging)
        for row in group:
            _add(sheet, row, out_dir, pseudonyms, names, useful)
        if sheet.rows or sheet.for_all:
            yield sheet


def _shared_pseudonyms(run_id: str) -> Select[Any]:
    """The pseudonyms under which an export of a run has several records: one number, so perhaps several pupils."""
    of_run = dossiers.c.export_id.in_(exports_of(run_id))
    chosen = select(dossiers.c.pseudonym).where(of_run, dossiers.c.id.not_in(merged_away()))
    return chosen.group_by(dossiers.c.export_id, dossiers.c.pseudonym).having(func.count() > 1)


def _add(
    sheet: SchoolSheet, row: Any, out_dir: Path, pseudonyms: Pseudonyms, names: bool, useful: tuple[Fill, ...]
) -> None:  # fmt: skip
    needs = Needs.parse(row.needs)
    # whoever refused consent is not asked for more
    if any(cause.startswith(consent.REFUSED) for cause in needs.stuck):
        return
    known = repairs()
    wanted = [known[key] for key in needs.repairs if key in known]
    sheet.for_all.update((repair.key, repair) for repair in wanted if repair.who == "bestuur")
    own = [repair for repair in wanted if repair.who == "school"]
    if not own and not useful:
        return
    dossier = _File(places.dossier_path(out_dir, row.state, row.brin, row.dossier_id), row.oso)
    asked = {fill.column for repair in own for fill in repair.fill if fill.replace or not dossier.has(fill.target)}
    more = tuple(fill for fill in useful if fill.column not in asked and dossier.takes(fill.target))
    if not own and not more:
        return
    leerlingid = dossier.text(_PUPIL + "leerlingid")
    # only what finds the pupil, and no other: without a school a number would be looked for at every school
    lasting = bool(leerlingid and row.brin) and number_key(pseudonyms, leerlingid) == row.key_number
    sheet.repairs.update((repair.key, repair) for repair in own)
    sheet.rows.append(
        PupilRow(
            key=hidden_key(row.pseudonym, row.key_name, shared=row.shared),
            leerlingid=leerlingid if lasting else "",
            number="" if lasting else leerlingid,
            name=dossier.name() if names else "",
            born=dossier.text(_PUPIL + "geboortedatum") if names else "",
            where=f"{row.name}, {row.record}",
            repairs=tuple(own),
            open=frozenset(asked),
            useful=more,
        )
    )


class _File:
    """The file of a dossier; when it cannot be read it has nothing."""

    def __init__(self, path: Path, version: str) -> None:
        self._prefix = f"{{{known_version(version).namespace}}}"
        self._root: etree._Element | None = None
        try:
            self._root = parse_bytes(atrest.read(path))
        except (OSError, etree.XMLSyntaxError, Dod2osoError):
            return

    def has(self, path: str) -> bool:
        return self._find(path) is not None

    def takes(self, path: str) -> bool:
        """Whether it lacks a field and has the block around it: a block that begins could ask for more."""
        return not self.has(path) and self.has(path.rpartition("/")[0])

    def text(self, path: str) -> str:
        found = self._find(path)
        return "" if found is None or found.text is None else found.text.strip()

    def name(self) -> str:
        """Roepnaam (else the first of the voornamen), voorvoegsel and achternaam."""
        first = self.text(_PUPIL + "roepnaam") or self.text(_PUPIL + "voornaam")
        return " ".join(filter(None, (first, self.text(_PUPIL + "voorvoegsel"), self.text(_PUPIL + "achternaam"))))

    def _find(self, path: str) -> etree._Element | None:
        if self._root is None:
            return None
        return self._root.find("/".join(self._prefix + step for step in path.split("/")))
