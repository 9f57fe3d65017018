"""The files below a folder on disk."""

import os
from collections.abc import Iterator
from pathlib import Path


def files_below(folder: Path) -> Iterator[tuple[Path, bool]]:
    """Every file below a folder, sorted by path, and whether it lies there: False for a link to somewhere else.

    Hidden files and folders are left out, links to folders are not followed, and what is neither file nor folder
    (a pipe, a device) is left out as well.
    """
    home = folder.resolve()
    found = []
    for place, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        found += [Path(place) / name for name in names if not name.startswith(".")]
    for path in sorted(found):
        if path.is_file():
            yield path, not path.is_symlink() or path.resolve().is_relative_to(home)
