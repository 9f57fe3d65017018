"""The files below a folder on disk."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal

_OURS = (".dod2oso", ".vernietiging")  # how the names of our locks and of a destruction under way begin
Kind = Literal["file", "link", "closed", "odd", "own", "hidden"]


def files_below(folder: Path, is_own: Callable[[Path], bool]) -> Iterator[tuple[Path, Kind]]:
    """Everything below a folder that is to be looked at or told, sorted by path, with what it is.

    `link`: it leads to somewhere else, or is a link to a folder, which are not followed; `closed`: a folder that may
    not be read; `odd`: neither file nor folder (a pipe, a device, a link to nothing); `own`: a folder that `is_own`
    says is our own output, not looked into; `hidden`: a file or folder whose name begins with a dot, not looked into.
    """
    home = folder.resolve()
    found: list[tuple[Path, Kind | None]] = []
    closed: list[Path] = []
    for place, folders, names in os.walk(folder, onerror=lambda error: closed.append(Path(error.filename))):
        here = Path(place)
        if is_own(here):
            found.append((here, "own"))
            folders.clear()
            continue
        hidden = [name for name in (*folders, *names) if name.startswith(".")]
        found += [(here / name, "own" if name.startswith(_OURS) else "hidden") for name in hidden]
        folders[:] = [name for name in folders if not name.startswith(".")]
        found += [(here / name, "link") for name in folders if (here / name).is_symlink()]
        found += [(here / name, None) for name in names if not name.startswith(".")]
    found += [(path, "closed") for path in closed]
    for path, kind in sorted(found, key=lambda each: each[0]):
        yield path, kind or _kind(path, home)


def _kind(path: Path, home: Path) -> Kind:
    try:
        if not path.is_file():
            return "odd"
        return "file" if not path.is_symlink() or path.resolve().is_relative_to(home) else "link"
    except OSError:  # its folder may be listed but not entered
        return "file"  # opening it tells why not
