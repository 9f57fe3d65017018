"""Changing the state of a dossier after it was recorded: first the row, then its file."""

from pathlib import Path

from sqlalchemy import select, update

from dod2oso.base.files import disk_guard, make_private_dir
from dod2oso.ledger import places, tables
from dod2oso.ledger.store import Ledger

_CHUNK = 500


def move_files(ledger: Ledger, out_dir: Path) -> None:
    """Bring every file of a finished export where the state in its row says; also after a crash half-way.

    Whoever changes a state sets `placed` to false in the same transaction and calls this.
    """
    dossiers, exports = tables.dossiers, tables.exports
    moved = (
        select(dossiers.c.id, dossiers.c.dossier_id, dossiers.c.state, dossiers.c.brin)
        .join(exports, exports.c.id == dossiers.c.export_id)
        .where(exports.c.status == "done", dossiers.c.placed.is_(False))
        .order_by(dossiers.c.id)
        .limit(_CHUNK)
    )
    while True:
        with ledger.read() as connection:
            rows = connection.execute(moved).all()
        if not rows:
            return
        for row in rows:
            _place(out_dir, row.state, row.brin, row.dossier_id)
        with ledger.write() as connection:
            chosen = dossiers.c.id.in_([row.id for row in rows])
            connection.execute(update(dossiers).where(chosen).values(placed=True))


def _place(out_dir: Path, state: str, brin: str, dossier_id: str) -> None:
    right = places.dossier_path(out_dir, state, brin, dossier_id)
    for other in places.ANYWHERE:
        wrong = places.dossier_path(out_dir, other, brin, dossier_id)
        if other != state and wrong.exists():
            with disk_guard():
                make_private_dir(right.parent)
                wrong.replace(right)
