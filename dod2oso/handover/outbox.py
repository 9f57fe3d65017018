"""The outbox: DIR/outbox/<dossier-id>.xml with <dossier-id>.json, the manifest, that appears last.

A sender looks for manifests, and takes a dossier by moving or removing its manifest. Promise: the same bytes
of a dossier appear once. That holds through a crash, because the row of a handover is committed before its
manifest appears and whether the manifest appeared can always be told afterwards: it either still lies in .tmp
or it does not. Withdrawing is the same in reverse: moving the manifest to .withdrawn decides whether we or
the sender had it.

States: staging -> staged -> taken (the sender has it) -> recall (taken, but no longer ready: a person must
tell the receiver); staged -> withdrawn (removed in time; may be staged again). Other states belong to a
sender.
"""

import json
from collections.abc import Iterator, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Row, Select, and_, delete, exists, insert, select, update

from dod2oso.findings.model import Finding
from dod2oso.ledger import places
from dod2oso.ledger.handover_tables import handovers
from dod2oso.ledger.layout import handover_id
from dod2oso.ledger.rows import exports_of, finding_rows, timestamp
from dod2oso.ledger.store import Ledger
from dod2oso.ledger.tables import dossiers, exports, findings
from dod2oso.privacy.files import disk_guard, make_private_dir, write_private

SENDER = "outbox"
CODE_CHANGED = "bestand-gewijzigd"
MANIFEST_FORMAT = 1

_CHUNK = 200


class Box(NamedTuple):
    """The folders of an outbox."""

    root: Path
    temporary: Path
    withdrawn: Path

    @classmethod
    def of(cls, out_dir: Path) -> "Box":
        root = out_dir / "outbox"
        with disk_guard():
            return cls(*(make_private_dir(path) for path in (root, root / ".tmp", root / ".withdrawn")))

    def size(self, dossier_id: str) -> int | None:
        """The size of the staged dossier; None when its manifest or itself is gone, 0 when one is empty."""
        try:
            manifest = (self.root / f"{dossier_id}.json").stat().st_size
            return (self.root / f"{dossier_id}.xml").stat().st_size if manifest else 0
        except FileNotFoundError:
            return None


def publish(ledger: Ledger, run_id: str, out_dir: Path) -> int:
    """Stage every ready dossier of this run that was not handed over before with these bytes; return how
    many.

    Dossiers that are no longer ready, or have other bytes now, are withdrawn first. A dossier file that is
    not what the ledger says is not staged; its export gets the finding `bestand-gewijzigd`.
    """
    box = Box.of(out_dir)
    _recover(ledger, box)
    _review(ledger, box)
    return _stage(ledger, box, run_id, out_dir)


def _recover(ledger: Ledger, box: Box) -> None:
    """Finish or forget what a crash left half-way."""
    for claimed in box.withdrawn.glob("*.json"):
        _mark(ledger, [claimed.stem], "staged", "withdrawn")
        _discard(box, claimed.stem)
    for rows in _pages(ledger, _in_state("staging")):
        hidden = [row.dossier_id for row in rows if (box.temporary / f"{row.dossier_id}.json").exists()]
        with ledger.write() as connection:
            connection.execute(
                delete(handovers).where(handovers.c.state == "staging", handovers.c.dossier_id.in_(hidden))
            )
        _mark(ledger, [row.dossier_id for row in rows if row.dossier_id not in hidden], "staging", "staged")
    for stray in box.temporary.iterdir():
        stray.unlink()


def _review(ledger: Ledger, box: Box) -> None:
    """See what the sender took, and take back what is no longer right."""
    right = and_(_same_bytes(), dossiers.c.state == "ready")
    staged = (
        select(handovers.c.dossier_id, dossiers.c.size)
        .select_from(handovers.outerjoin(dossiers, right))
        .where(handovers.c.state == "staged")
    )
    for rows in _pages(ledger, staged):
        sizes = {row.dossier_id: box.size(row.dossier_id) for row in rows}
        _mark(ledger, [name for name, size in sizes.items() if size is None], "staged", "fetched")
        # another size: no longer ready, other bytes now, or a power cut left the copy empty
        wrong = [row.dossier_id for row in rows if sizes[row.dossier_id] not in (None, row.size)]
        _withdraw(ledger, box, wrong)
    is_ready = exists().where(dossiers.c.dossier_id == handovers.c.dossier_id, dossiers.c.state == "ready")
    with ledger.write() as connection:
        for old, new, condition in (("fetched", "recall", ~is_ready), ("recall", "fetched", is_ready)):
            connection.execute(
                update(handovers).where(handovers.c.state == old, condition).values(state=new, at=timestamp())
            )


def _withdraw(ledger: Ledger, box: Box, names: Sequence[str]) -> None:
    ours, taken = [], []
    for name in names:
        try:
            (box.root / f"{name}.json").replace(box.withdrawn / f"{name}.json")
            ours.append(name)
        except FileNotFoundError:  # the sender was a moment earlier
            taken.append(name)
    _mark(ledger, ours, "staged", "withdrawn")
    _mark(ledger, taken, "staged", "fetched")
    for name in ours:
        _discard(box, name)


def _stage(ledger: Ledger, box: Box, run_id: str, out_dir: Path) -> int:
    ours = exports_of(run_id)
    with ledger.write() as connection:
        connection.execute(
            delete(findings).where(
                findings.c.code == CODE_CHANGED, findings.c.dossier.is_(None), findings.c.export_id.in_(ours)
            )
        )
    handed_over = exists().where(_same_bytes(), handovers.c.state != "withdrawn")
    waiting = (
        select(dossiers, exports.c.oso, exports.c.overstap)
        .join(exports, exports.c.id == dossiers.c.export_id)
        .where(
            dossiers.c.export_id.in_(ours),
            exports.c.status == "done",
            dossiers.c.state == "ready",
            dossiers.c.placed,
            ~handed_over,
        )
    )
    staged = 0
    for rows in _pages(ledger, waiting, dossiers.c.id):
        prepared: list[Row[Any]] = []
        changed: list[Row[Any]] = []
        with disk_guard():
            for row in rows:
                (prepared if _prepare(box, out_dir, row) else changed).append(row)
        _complain(ledger, changed)
        _publish_prepared(ledger, box, prepared)
        staged += len(prepared)
    return staged


def _prepare(box: Box, out_dir: Path, row: Row[Any]) -> bool:
    """Copy one dossier and its manifest under their temporary names; False when the file is not what it was."""
    try:
        data = places.dossier_path(out_dir, row.state, row.brin, row.dossier_id).read_bytes()
    except OSError:
        return False
    if sha256(data).hexdigest() != row.sha256:
        return False
    manifest = {
        "format": MANIFEST_FORMAT,
        "dossier_id": row.dossier_id,
        "sha256": row.sha256,
        "size": row.size,
        "oso": row.oso,
        "overstap": row.overstap,
        "brin": row.brin,
        "vestiging": row.vestiging,
        "staged_at": timestamp(),
    }
    _copy(
        places.dossier_path(out_dir, row.state, row.brin, row.dossier_id), box.temporary / f"{row.dossier_id}.xml", data
    )
    write_private(box.temporary / f"{row.dossier_id}.json", json.dumps(manifest, indent=2).encode() + b"\n")
    return True


def _copy(source: Path, target: Path, data: bytes) -> None:
    """The dossier under a second name: a hard link where the disk knows those (nothing is written), else a copy."""
    try:
        target.hardlink_to(source)
    except OSError:
        write_private(target, data)


def _publish_prepared(ledger: Ledger, box: Box, rows: Sequence[Row[Any]]) -> None:
    if not rows:
        return
    names = [row.dossier_id for row in rows]
    with ledger.write() as connection:
        connection.execute(  # a withdrawn handover of the same bytes starts again
            delete(handovers).where(
                handovers.c.state == "withdrawn",
                handovers.c.dossier_id.in_(names),
                handovers.c.sha256.in_([row.sha256 for row in rows]),
            )
        )
        moment = timestamp()
        connection.execute(
            insert(handovers),
            [
                {
                    "dossier_id": row.dossier_id,
                    "sha256": row.sha256,
                    "sender": SENDER,
                    "state": "staging",
                    "at": moment,
                    "id": handover_id(row.dossier_id, row.sha256),
                }
                for row in rows
            ],
        )
    with disk_guard():
        for name in names:
            for part in (f"{name}.xml", f"{name}.json"):
                (box.temporary / part).replace(box.root / part)
    _mark(ledger, names, "staging", "staged")


def _complain(ledger: Ledger, rows: Sequence[Row[Any]]) -> None:
    if rows:
        found = [
            line
            for row in rows
            for line in finding_rows(row.export_id, None, [Finding(CODE_CHANGED, detail=row.dossier_id)])
        ]
        with ledger.write() as connection:
            connection.execute(insert(findings), found)


def _same_bytes() -> ColumnElement[bool]:
    return and_(handovers.c.dossier_id == dossiers.c.dossier_id, handovers.c.sha256 == dossiers.c.sha256)


def _in_state(state: str) -> Select[Any]:
    return select(handovers.c.dossier_id).where(handovers.c.state == state)


def _mark(ledger: Ledger, names: Sequence[str], old: str, new: str) -> None:
    if names:
        with ledger.write() as connection:
            connection.execute(
                update(handovers)
                .where(handovers.c.state == old, handovers.c.dossier_id.in_(names))
                .values(state=new, at=timestamp())
            )


def _discard(box: Box, dossier_id: str) -> None:
    (box.root / f"{dossier_id}.xml").unlink(missing_ok=True)
    (box.withdrawn / f"{dossier_id}.json").unlink(missing_ok=True)


def _pages(
    ledger: Ledger, rows: Select[Any], key: ColumnElement[Any] = handovers.c.dossier_id
) -> Iterator[Sequence[Row[Any]]]:
    """The rows in chunks by key, each read afresh: no cursor stays open while the caller writes."""
    last: Any = None
    while True:
        page = rows.order_by(key).limit(_CHUNK)
        with ledger.read() as connection:
            found = connection.execute(page if last is None else page.where(key > last)).all()
        if not found:
            return
        yield found
        last = getattr(found[-1], key.key or "")
