"""How the transfers of a project stand, kept until something in it changes; and what tells that a ledger changed."""

from pathlib import Path

from dod2oso.base.clock import run_date
from dod2oso.base.settings_file import FILE
from dod2oso.desk.desk import At
from dod2oso.desk.kept import Kept
from dod2oso.ledger.engine import LEDGER_FILE
from dod2oso.project.folder import ProjectFolder
from dod2oso.project.status import TransferStatus, project_status

_stood: Kept[tuple[TransferStatus, ...]] = Kept()


def statuses(project: ProjectFolder) -> tuple[TransferStatus, ...]:
    """How each transfer of a project stands and what to do now, kept until something in it changes."""
    today, outs = run_date(None), [project.out(name) for name in project.transfers]
    lists = [path for path in (*project.project.schools, project.home / FILE) if path.is_file()]
    key = (today, project.inbox().seen, list(map(_stamp, outs)), [path.stat().st_mtime_ns for path in lists])
    return _stood.of(project.home, key, lambda: project_status(project, today))


def stamp(at: At) -> tuple[tuple[int, int], ...]:
    """Changes with every change of the ledger of a transfer."""
    return _stamp(at.out)


def _stamp(out: Path) -> tuple[tuple[int, int], ...]:
    found = []
    for name in (LEDGER_FILE, f"{LEDGER_FILE}-wal"):
        try:
            state = (out / name).stat()
            found.append((state.st_mtime_ns, state.st_size))
        except OSError:
            found.append((0, 0))
    return tuple(found)
