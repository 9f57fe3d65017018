"""A ledger is never believed before it was looked at, and never the only copy of what it knows.

Without its ledger an output folder does not know any more what was handed over, and would hand all of it over again. So
a ledger that is lost or damaged stops every command, and each day's last state stays in DIR/reservekopie/<date>/.
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from datetime import date
from pathlib import Path

from sqlalchemy import func, select

from dod2oso.base.atrest import keys_of
from dod2oso.base.clock import now
from dod2oso.base.errors import LostLedgerError
from dod2oso.base.files import FILE_MODE, atomic_write, disk_guard, make_private_dir
from dod2oso.base.folderlock import held
from dod2oso.base.pseudonym import COPIES, KEY_FILE
from dod2oso.base.wipe import wipe, wipe_tree
from dod2oso.ledger import audit_file, tables
from dod2oso.ledger.engine import LEDGER_FILE, driver_error, lost, raw
from dod2oso.ledger.handover_tables import handover_log, handovers
from dod2oso.ledger.store import Ledger

KEPT_DAYS = 7
_ASIDE = "ledger-beschadigd"


@contextmanager
def ledger_to_write_in(target: str | Path, out_dir: Path, command: str, *, create: bool = False) -> Iterator[Ledger]:
    """The ledger of an output folder that nobody else writes in, looked at before and copied afterwards.

    Raises TryLaterError when another command holds the folder, LostLedgerError when the ledger is lost or damaged.
    """
    with held(out_dir, command), Ledger.open(target, out_dir, create=create) as ledger:
        check(ledger)
        audit_file.check(ledger)
        try:
            yield ledger
        finally:
            try:
                audit_file.mirror(ledger)
            finally:
                copy(ledger, out_dir)


def check(ledger: Ledger) -> None:
    """LostLedgerError, with what to do, when the ledger is damaged or its own counts contradict each other."""
    try:
        sound = _is_whole(ledger) and not _miscounted(ledger)
    except LostLedgerError:
        sound = False
    if not sound:
        raise lost(ledger.out_dir)


def _is_whole(ledger: Ledger) -> bool:
    if ledger.engine.dialect.name != "sqlite":
        return True  # its server looks after that
    with ledger.read() as connection:
        return bool(connection.exec_driver_sql("PRAGMA quick_check(1)").scalar() == "ok")


def _miscounted(ledger: Ledger) -> bool:
    """Whether rows are missing or double: a finished export has a dossier per record, a handover a line in the log."""
    exports, dossiers = tables.exports, tables.dossiers
    counted = select(dossiers.c.export_id, func.count().label("n")).group_by(dossiers.c.export_id).subquery()
    wrong = (
        select(func.count())
        .select_from(exports.outerjoin(counted, counted.c.export_id == exports.c.id))
        .where(exports.c.status == "done", func.coalesce(counted.c.n, 0) != exports.c.records - exports.c.destroyed)
    )
    silent = (
        select(func.count())
        .select_from(handovers.outerjoin(handover_log, handover_log.c.handover_id == handovers.c.id))
        .where(handover_log.c.handover_id.is_(None))
    )
    with ledger.read() as connection:
        return bool(connection.scalar(wrong) or connection.scalar(silent))


def copy(ledger: Ledger, out_dir: Path) -> None:
    """Replace today's copy of the ledger and its key; older ones stay, the last KEPT_DAYS days that there was work."""
    if ledger.engine.dialect.name != "sqlite" or ledger.path is None:
        return  # a server has copies of its own
    folder, keys = out_dir / COPIES / f"{now():%Y-%m-%d}", keys_of(out_dir, unfinished=True)
    with disk_guard():
        for made in (out_dir / COPIES, folder):
            make_private_dir(made)
        unfinished = folder / f".{LEDGER_FILE}.{os.getpid()}.tmp"  # a server and a run may both be at it
        wipe(unfinished)
        try:
            with closing(raw(ledger.path, keys)) as source, closing(raw(unfinished, keys)) as target:
                unfinished.chmod(FILE_MODE)
                source.backup(target)
        except driver_error(keys) as error:
            raise OSError(28, "copy") from error  # the ledger itself was just read and written: what fails is the disk
        unfinished.replace(folder / LEDGER_FILE)
        if (out_dir / KEY_FILE).exists():
            shutil.copyfile(out_dir / KEY_FILE, folder / KEY_FILE)
            (folder / KEY_FILE).chmod(FILE_MODE)
    for old in _copies(out_dir)[KEPT_DAYS:]:
        with suppress(OSError):  # somebody has it open: the next time
            wipe_tree(old)


def restore(out_dir: Path, target: Path | None = None) -> str:
    """Put the newest sound copy in the place of a lost or damaged ledger (`target`, when not in the folder); its day.

    What stood there is kept beside it under another name. A lost key comes back too; where that was all, a sound
    ledger stays, for it is newer than any copy. LostLedgerError when there is no sound copy.
    """
    target = target or out_dir / LEDGER_FILE
    with held(out_dir, "doctor --restore"):
        day = _key_back(out_dir)
        if day and target.is_file() and _is_sound(target, out_dir):
            return day
        for folder in _copies(out_dir):
            found = folder / LEDGER_FILE
            if found.exists() and _is_sound(found, out_dir):
                moment = f"{now():%Y%m%dT%H%M%S}"
                for suffix in ("", "-wal", "-shm"):
                    old = target.with_name(target.name + suffix)
                    if old.exists():
                        old.rename(target.with_name(f"{_ASIDE}-{moment}{suffix}"))
                with disk_guard():
                    unfinished = target.with_name(f".{LEDGER_FILE}.tmp")
                    shutil.copyfile(found, unfinished)
                    unfinished.chmod(FILE_MODE)
                    unfinished.replace(target)
                return folder.name
    raise LostLedgerError("ledger-copy-absent", folder=COPIES, file=LEDGER_FILE)


def _key_back(out_dir: Path) -> str:
    """Put the newest copy of a lost key back; its day, "" when nothing was done."""
    if not (out_dir / KEY_FILE).exists():
        for folder in _copies(out_dir):
            if (folder / KEY_FILE).exists():
                with disk_guard():
                    atomic_write(out_dir / KEY_FILE, (folder / KEY_FILE).read_bytes())
                return folder.name
    return ""


def _is_sound(path: Path, out_dir: Path) -> bool:
    try:
        with Ledger.open(path, out_dir, create=False) as ledger:
            check(ledger)
    except LostLedgerError:
        return False
    return True


def _copies(out_dir: Path) -> list[Path]:
    """The folders with copies, the newest first."""
    found = []
    for folder in (out_dir / COPIES).glob("*"):
        try:
            date.fromisoformat(folder.name)
        except ValueError:
            continue
        found.append(folder)
    return sorted(found, reverse=True)
