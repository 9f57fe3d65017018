"""One dossier, to read: what goes in it, what stays behind and why, what is in the way, and where it went.

Values are read from the file of the dossier itself, only for who asks for them.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from lxml import etree
from sqlalchemy import Connection, select

from dod2oso.base import atrest
from dod2oso.base.english import element_label
from dod2oso.base.errors import Dod2osoError
from dod2oso.base.xml import parse_bytes
from dod2oso.findings import catalogue
from dod2oso.findings.model import detail_of
from dod2oso.ledger import places
from dod2oso.ledger.counts import unpacker
from dod2oso.ledger.handover_tables import handover_log, handovers
from dod2oso.ledger.rows import REASON, exports_of
from dod2oso.ledger.tables import dossiers, exports, findings
from dod2oso.oso.catalogue import catalogue as oso_catalogue
from dod2oso.report.texts import Lexicon, cause_key

_LONG = 2_000  # signs of a value; what is longer is the content of an attachment


class Listed(NamedTuple):
    """A dossier in a list."""

    id: str
    state: str
    export: str
    record: int


class Value(NamedTuple):
    """One value that goes: the labels of where it stands, and the value ("" when nobody asked; None: an attachment)."""

    section: str
    label: str
    text: str | None


class Behind(NamedTuple):
    """Values of a field that stay behind, and why."""

    label: str
    reason: str
    times: int


class InTheWay(NamedTuple):
    """What keeps it home, or is to be known (`severity`), and what to do about it."""

    severity: str
    text: str
    remedy: str


class Step(NamedTuple):
    """One step of a hand-over."""

    at: str
    state: str
    account: str
    receiver: str  # BRIN of who fetched it
    reason: str


@dataclass(frozen=True, slots=True)
class OneDossier:
    """A dossier of a run."""

    listed: Listed
    brin: str
    vestiging: str
    goes: tuple[Value, ...]
    behind: tuple[Behind, ...] | None  # None: recorded by a version that did not keep it
    findings: tuple[InTheWay, ...]
    steps: tuple[Step, ...]


def dossiers_of(connection: Connection, run_id: str, brin: str, vestiging: str) -> list[Listed]:
    """The dossiers of a school in a run, those that wait first."""
    rows = connection.execute(
        select(dossiers.c.dossier_id, dossiers.c.state, exports.c.name, dossiers.c.record)
        .join(exports, exports.c.id == dossiers.c.export_id)
        .where(dossiers.c.export_id.in_(exports_of(run_id)))
        .where(dossiers.c.brin == brin, dossiers.c.vestiging == vestiging)
        .where(dossiers.c.state.in_(places.STATES_WITH_FILE))
        .order_by(dossiers.c.state == "ready", exports.c.name, dossiers.c.record)
    )
    return [Listed(*row) for row in rows]


def one_dossier(
    connection: Connection, run_id: str, out_dir: Path, dossier_id: str, words: Lexicon, *, values: bool
) -> OneDossier | None:
    """A dossier of a run, None when it has no such; `values`: with what stands in it."""
    row = connection.execute(
        select(dossiers, exports.c.name.label("export"), exports.c.oso)
        .join(exports, exports.c.id == dossiers.c.export_id)
        .where(dossiers.c.dossier_id == dossier_id, dossiers.c.export_id.in_(exports_of(run_id)))
    ).first()
    if row is None:
        return None
    return OneDossier(
        Listed(row.dossier_id, row.state, row.export, row.record),
        row.brin,
        row.vestiging,
        tuple(_goes(row, out_dir, words, values=values)),
        None if row.counts is None else tuple(_behind(connection, row, words)),
        tuple(_findings(connection, row.id, words)),
        tuple(_steps(connection, dossier_id)),
    )


def _goes(row: Any, out_dir: Path, words: Lexicon, *, values: bool) -> Iterator[Value]:
    try:
        root = parse_bytes(atrest.read(places.dossier_path(out_dir, row.state, row.brin, row.dossier_id), out_dir))
    except (OSError, etree.XMLSyntaxError, Dod2osoError):  # destroyed, or never written
        return
    target = oso_catalogue(row.oso)

    def label(path: str) -> str:
        element = target.at(path)
        return element_label(element.nl, words.lang) if element is not None and element.nl else path.rpartition("/")[2]

    def walk(element: Any, path: str, section: str) -> Iterator[Value]:
        for child in element:
            if not isinstance(child.tag, str):
                continue
            place = f"{path}/{etree.QName(child).localname}".lstrip("/")
            if any(isinstance(inner.tag, str) for inner in child):
                yield from walk(child, place, label(place))
            elif text := (child.text or "").strip():
                yield Value(section, label(place), (None if len(text) > _LONG else text) if values else "")

    yield from walk(root, "", "")


def _behind(connection: Connection, row: Any, words: Lexicon) -> Iterator[Behind]:
    fields, _targets = unpacker(connection)(row.counts)
    for counted, n in sorted(fields.items()):
        if counted.outcome != "mapped":
            label = words.field(counted.field) or counted.field
            yield Behind(label, words.reason(counted.reason, counted.outcome), n)


def _findings(connection: Connection, number: int, words: Lexicon) -> Iterator[InTheWay]:
    rows = connection.execute(
        select(findings, REASON.label("why")).where(findings.c.dossier == number).order_by(findings.c.id)
    )
    seen = set()
    for row in sorted(rows, key=lambda one: ("error", "warning", "info").index(one.severity)):
        said = words.cause(cause_key(row.code, row.why, row.target, detail_of(row.note, row.place)))
        found = InTheWay(catalogue.entry(row.code).severity, said.text, said.remedy)
        if found not in seen:
            seen.add(found)
            yield found


def _steps(connection: Connection, dossier_id: str) -> Iterator[Step]:
    rows = connection.execute(
        select(*(handover_log.c[name] for name in Step._fields))
        .join(handovers, handovers.c.id == handover_log.c.handover_id)
        .where(handovers.c.dossier_id == dossier_id)
        .order_by(handover_log.c.id)
    )
    return (Step(*row) for row in rows)
