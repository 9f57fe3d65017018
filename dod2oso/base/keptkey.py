"""The master key of an encrypted project while somebody works: `unlock` keeps it, `lock` forgets it.

It is kept in memory only: in the folder that the system gives each user for as long as he is logged in
(XDG_RUNTIME_DIR), or in the keyring of the system (extra `keyring`), which keeps it under the login of the user.
"""

import os
import stat
from pathlib import Path
from typing import Any

from dod2oso.base.errors import UsageError
from dod2oso.base.files import make_private_dir, write_private
from dod2oso.base.wipe import wipe

_SERVICE = "dod2oso"
_MEMORY = ("tmpfs", "ramfs")


def keep_master(project: str, master: bytes, *, keyring: bool = False) -> None:
    """Keep it, in the keyring or else in memory. UsageError when this machine has no such place."""
    if keyring:
        ring = _keyring()
        if ring is None:
            raise UsageError("keyring-absent")
        ring.set_password(_SERVICE, project, master.hex())
        return
    folder = _folder()
    if folder is None:
        raise UsageError("unlock-no-memory")
    make_private_dir(folder)
    write_private(folder / project, master.hex().encode())


def kept_master(project: str) -> bytes | None:
    """The key that was kept; None when there is none."""
    folder = _folder()
    said = ""
    if folder is not None and (folder / project).is_file():
        said = (folder / project).read_text("ascii", "replace")
    elif (ring := _keyring()) is not None:
        said = _in_keyring(ring, project)
    try:
        return bytes.fromhex(said) or None
    except ValueError:
        return None


def forget_master(project: str) -> bool:
    """Forget it, wherever it was kept; whether there was one."""
    folder = _folder()
    gone = bool(wipe(folder / project)) if folder is not None else False
    ring = _keyring()
    if ring is not None and _in_keyring(ring, project):
        ring.delete_password(_SERVICE, project)
        gone = True
    return gone


def _folder() -> Path | None:
    """The folder in memory that is this user's alone; None when the system has none."""
    named = os.environ.get("XDG_RUNTIME_DIR", "")
    if not named or not hasattr(os, "getuid"):
        return None
    path = Path(named)
    try:
        seen = path.stat()
        mounted = _mounts()
    except OSError:
        return None
    ours = stat.S_ISDIR(seen.st_mode) and seen.st_uid == os.getuid() and not seen.st_mode & 0o077
    place = path.resolve()
    kind = next((kind for point, kind in mounted if place.is_relative_to(point)), "")
    return path / _SERVICE if ours and kind in _MEMORY else None


def _mounts() -> list[tuple[Path, str]]:
    """Where file systems are mounted and of what kind, the deepest first."""
    lines = Path("/proc/self/mounts").read_text().splitlines()
    found = [(Path(parts[1]), parts[2]) for parts in map(str.split, lines) if len(parts) > 2]
    return sorted(found, key=lambda each: len(each[0].parts), reverse=True)


def _in_keyring(ring: Any, project: str) -> str:
    """What the keyring keeps of a project; "" also when it does not open."""
    from keyring.errors import KeyringError

    try:
        return ring.get_password(_SERVICE, project) or ""
    except KeyringError:
        return ""


def _keyring() -> Any:
    """The keyring of the system; None without the extra, or where there is none that can be used."""
    try:
        import keyring
        from keyring.backends.fail import Keyring as Absent
    except ImportError:
        return None
    ring = keyring.get_keyring()
    return None if isinstance(ring, Absent) else ring
