"""Who delivered what, and which delivery of a school counts when there are several.

The rule: of two deliveries of one school in the same layout that have a pupil in common, the newer counts. Newer is the
one that a later run saw first; of two seen by the same run that of which the file is younger. Where that does not tell
them apart both count, and their pupils are double (duplicates.py). Deliveries without a common pupil are parts, and all
count. The same bytes under two names count once. A file that cannot be read never replaces one that was read, and is no
complaint any more when a newer one of its school was.

What was replaced stays where it was recorded, with the state `replaced`: it comes back when the newer one goes.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, and_, delete, insert, select, update

from dod2oso.findings.model import Finding
from dod2oso.findings.outcome import MERGED, REPLACED, STATES
from dod2oso.ledger import tables
from dod2oso.ledger.exports import ASIDE
from dod2oso.ledger.moves import move_files
from dod2oso.ledger.rows import finding_rows
from dod2oso.ledger.store import Ledger

COUNTS, SAME, UNREAD, MENDED = "counts", "same", "unreadable", "mended"
SUPERSEDED = "superseded"  # the status of an export that could not be read, after a newer one could
GONE, IN_STEAD, TWICE, ELSEWHERE = (
    "leerling-verdwenen", "levering-vervangen", "levering-zelfde", "levering-andere-school",
)  # fmt: skip
_CODES = (IN_STEAD, TWICE, ELSEWHERE)

School = tuple[str, str]  # BRIN and location


class Origin(NamedTuple):
    """What is known of an export besides what it says: the moment of its file ("" if not known), the schools that its
    name or folder names, and a digest of its bytes where another may have the same ("" else).
    """

    moment: str = ""
    schools: tuple[School, ...] = ()
    digest: str = ""


class _Delivery(NamedTuple):
    """What one export holds of one school; `pupils`: its rows by what they match on, only where there is a choice."""

    export: Any
    school: School
    seen: int
    origin: Origin
    pupils: dict[str, list[Any]]

    @property
    def order(self) -> tuple[int, str]:
        return self.seen, self.origin.moment

    def meets(self, other: "_Delivery") -> bool:
        return not self.pupils.keys().isdisjoint(other.pupils)


def settle_deliveries(
    ledger: Ledger, run_id: str, out_dir: Path, origins: Mapping[str, Origin], *, replace: bool
) -> set[str]:
    """Decide for each school which delivery counts, by export name -> origin; the names that are no complaint any more.

    `replace`: let a newer delivery replace an older one; otherwise only what was delivered is written down.
    """
    with ledger.write() as connection:
        number = connection.scalar(select(tables.runs.c.number).where(tables.runs.c.id == run_id)) or 0
        exports = _exports(connection, run_id)
        before = {
            (row.export_id, row.brin, row.vestiging): row
            for row in connection.execute(select(tables.deliveries))
            if row.export_id in exports
        }
        there = _there(connection, exports, origins, before, number, with_pupils=replace)
        by = _counting(there) if replace else {}
        mended = _mended(there, exports, origins, before, number) if replace else {}
        _write_down(connection, there, exports, origins, by, mended, before, number)
        _set_states(connection, exports, by)
        _tell(connection, exports, there, by, mended, origins)
    move_files(ledger, out_dir)
    return {exports[export_id].name for export_id in mended}


def _exports(connection: Connection, run_id: str) -> dict[int, Any]:
    exports, links = tables.exports, tables.run_exports
    rows = connection.execute(
        select(exports).join(links, links.c.export_id == exports.c.id).where(links.c.run_id == run_id)
        .order_by(links.c.position, exports.c.id)
    )  # fmt: skip
    return {row.id: row for row in rows if row.profile not in ASIDE}


def _content(export: Any, origin: Origin) -> str:
    """What tells one content of an export from another; of one that was not read only its moment does."""
    return str(export.fingerprint) or f"unread:{origin.moment}"


def _seen(before: Any, export: Any, school: School, content: str, number: int) -> int:
    known = before.get((export.id, *school))
    return known.seen if known is not None and known.fingerprint == content else number


def _there(
    connection: Connection, exports: Mapping[int, Any], origins: Mapping[str, Origin], before: Any, number: int,
    *, with_pupils: bool,
) -> list[_Delivery]:  # fmt: skip
    """What every export that was read holds of every school, in the order of the run."""
    dossiers = tables.dossiers
    key = (dossiers.c.export_id, dossiers.c.brin, dossiers.c.vestiging)
    read = [export.id for export in exports.values() if export.status == "done"]
    pairs = connection.execute(select(*key).where(dossiers.c.export_id.in_(read), dossiers.c.brin != "").distinct())
    found = []
    for export_id, *school in pairs:
        export = exports[export_id]
        origin = origins.get(export.name, Origin())
        where = (school[0], school[1])
        seen = _seen(before, export, where, _content(export, origin), number)
        found.append(_Delivery(export, where, seen, origin, defaultdict(list)))
    order = {export_id: place for place, export_id in enumerate(exports)}
    found.sort(key=lambda each: (order[each.export.id], each.school))
    if with_pupils:
        several = Counter(each.school for each in found)
        for each in found:
            if several[each.school] > 1:
                _fill(connection, each)
    return found


def _fill(connection: Connection, delivery: _Delivery) -> None:
    dossiers = tables.dossiers
    columns = (dossiers.c.id, dossiers.c.pseudonym, dossiers.c.match_pgn, dossiers.c.match_name, dossiers.c.state)
    for row in connection.execute(select(*columns).where(_of(delivery.export.id, delivery.school))):
        delivery.pupils[row.match_pgn or row.match_name or row.pseudonym].append(row)


def _of(export_id: int, school: School) -> ColumnElement[bool]:
    dossiers = tables.dossiers
    return and_(dossiers.c.export_id == export_id, dossiers.c.brin == school[0], dossiers.c.vestiging == school[1])


def _counting(there: Iterable[_Delivery]) -> dict[tuple[int, School], tuple[_Delivery, str]]:
    """Which deliveries do not count: by (export, school), the one that counts in its stead and why (SAME, REPLACED)."""
    by: dict[tuple[int, School], tuple[_Delivery, str]] = {}
    schools: dict[School, list[_Delivery]] = defaultdict(list)
    for each in there:
        schools[each.school].append(each)
    for school, several in schools.items():
        for place, each in enumerate(several):
            digest = each.origin.digest
            same = next((other for other in several[:place] if digest and other.origin.digest == digest), None)
            if same is not None:
                by[each.export.id, school] = same, SAME
        left = [each for each in several if (each.export.id, school) not in by]
        for each in left:
            newer = [
                other
                for other in left
                if other.order > each.order
                and (other.seen != each.seen or (other.origin.moment and each.origin.moment))
                and other.export.profile == each.export.profile
                and other.meets(each)
            ]
            if newer:
                by[each.export.id, school] = max(newer, key=lambda other: other.order), REPLACED
    return by


def _mended(
    there: Iterable[_Delivery], exports: Mapping[int, Any], origins: Mapping[str, Origin], before: Any, number: int
) -> dict[int, Any]:
    """Exports that cannot be read, of whose every school something newer was; and the export that was."""
    found: dict[int, Any] = {}
    for export in exports.values():
        origin = origins.get(export.name, Origin())
        if export.status != "unreadable" or not origin.schools:
            continue
        order = {
            school: (_seen(before, export, school, _content(export, origin), number), origin.moment)
            for school in origin.schools
        }
        newer = [
            next((each for each in there if each.school == school and each.order > order[school]), None)
            for school in origin.schools
        ]
        if all(newer) and newer[0] is not None:
            found[export.id] = newer[0].export
    return found


def _write_down(
    connection: Connection, there: Iterable[_Delivery], exports: Mapping[int, Any], origins: Mapping[str, Origin],
    by: Mapping[tuple[int, School], tuple[_Delivery, str]], mended: Mapping[int, Any], before: Any, number: int,
) -> None:  # fmt: skip
    rows = []
    for each in there:
        other = by.get((each.export.id, each.school))
        rows.append(
            _row(each.export, each.school, each.seen, each.origin.moment, other[1] if other else COUNTS,
                 other[0].export.id if other else None, each.export.fingerprint)
        )  # fmt: skip
    for export in exports.values():
        if export.status in ("unreadable", SUPERSEDED):
            origin = origins.get(export.name, Origin())
            content = _content(export, origin)
            for school in origin.schools:
                seen = _seen(before, export, school, content, number)
                instead = mended.get(export.id)
                state = UNREAD if instead is None else MENDED
                by_id = None if instead is None else instead.id
                rows.append(_row(export, school, seen, origin.moment, state, by_id, content))
    deliveries = tables.deliveries
    connection.execute(delete(deliveries).where(deliveries.c.export_id.in_(list(exports))))
    if rows:
        connection.execute(insert(deliveries), rows)
    if mended:
        chosen = tables.exports.c.id.in_(list(mended))
        connection.execute(update(tables.exports).where(chosen).values(status=SUPERSEDED))


def _row(
    export: Any, school: School, seen: int, moment: str, state: str, by: int | None, content: str
) -> dict[str, Any]:
    return {
        "export_id": export.id, "brin": school[0], "vestiging": school[1], "fingerprint": content, "seen": seen,
        "moment": moment, "state": state, "by": by,
    }  # fmt: skip


def _set_states(
    connection: Connection, exports: Mapping[int, Any], by: Mapping[tuple[int, School], tuple[_Delivery, str]]
) -> None:
    """Put aside what is replaced, and take back what is so no longer."""
    dossiers = tables.dossiers
    for export_id, school in by:
        counted = (_of(export_id, school), dossiers.c.state.in_(STATES))
        connection.execute(update(dossiers).where(*counted).values(state=REPLACED, placed=False))
    key = (dossiers.c.export_id, dossiers.c.brin, dossiers.c.vestiging)
    aside = (dossiers.c.state == REPLACED, dossiers.c.export_id.in_(list(exports)))
    for export_id, brin, vestiging in connection.execute(select(*key).where(*aside).distinct()).all():
        if (export_id, (brin, vestiging)) not in by:
            chosen = (_of(export_id, (brin, vestiging)), dossiers.c.state == REPLACED)
            connection.execute(update(dossiers).where(*chosen).values(state=dossiers.c.converted, placed=False))


def _tell(
    connection: Connection, exports: Mapping[int, Any], there: Iterable[_Delivery],
    by: Mapping[tuple[int, School], tuple[_Delivery, str]], mended: Mapping[int, Any], origins: Mapping[str, Origin],
) -> None:  # fmt: skip
    """The findings about deliveries, each exactly once however often this is called."""
    findings = tables.findings
    ids = list(exports)
    connection.execute(delete(findings).where(findings.c.code.in_((*_CODES, GONE)), findings.c.export_id.in_(ids)))
    rows: list[dict[str, Any]] = []
    holds: dict[int, set[School]] = defaultdict(set)
    for each in there:
        holds[each.export.id].add(each.school)
        other = by.get((each.export.id, each.school))
        if other is None:
            continue
        newer, why = other
        code = TWICE if why == SAME else IN_STEAD
        where = f"{each.school[0]} {each.school[1]}: {newer.export.name}"
        rows += finding_rows(each.export.id, None, [Finding(code, note=where)])
        if why == REPLACED:
            for key, records in each.pupils.items():
                if not _still_delivered(key, each, there, by):
                    for record in records:
                        if record.state != MERGED:
                            rows += finding_rows(each.export.id, record.id, [Finding(GONE, note=newer.export.name)])
    for export_id, instead in mended.items():
        connection.execute(delete(findings).where(findings.c.export_id == export_id, findings.c.dossier.is_(None)))
        rows += finding_rows(export_id, None, [Finding(IN_STEAD, note=instead.name)])
    for export_id, schools in holds.items():
        named = origins.get(exports[export_id].name, Origin()).schools
        if named and schools.isdisjoint(named):
            where = ", ".join(f"{brin} {vestiging}" for brin, vestiging in named)
            rows += finding_rows(export_id, None, [Finding(ELSEWHERE, note=where)])
    if rows:
        connection.execute(insert(findings), rows)


def _still_delivered(
    key: str, old: _Delivery, there: Iterable[_Delivery], by: Mapping[tuple[int, School], tuple[_Delivery, str]]
) -> bool:
    """Whether a pupil of a replaced delivery stands in one that counts, of whatever school."""
    return any(key in each.pupils for each in there if each is not old and (each.export.id, each.school) not in by)
