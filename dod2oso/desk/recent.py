"""The projects that were opened on this machine, the last one first. A list that cannot be read is an empty one."""

import json
from pathlib import Path

from dod2oso.base.files import atomic_write, make_private_dir

FILE = "projecten.json"
KEPT = 20


class Recent:
    """The list, in a file in `folder`."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE

    def folders(self) -> list[Path]:
        """Where they lie; a folder may be gone by now."""
        try:
            found = json.loads(self._path.read_bytes())
        except (OSError, ValueError):
            return []
        return [Path(each) for each in found if isinstance(each, str)] if isinstance(found, list) else []

    def add(self, folder: Path) -> bool:
        """Put a folder in front; False where it cannot be written down, which is no reason to stop."""
        return self._keep([folder, *(each for each in self.folders() if each != folder)][:KEPT])

    def forget(self, folder: Path) -> bool:
        """Take a folder off the list; the folder itself stays."""
        return self._keep([each for each in self.folders() if each != folder])

    def _keep(self, folders: list[Path]) -> bool:
        try:
            make_private_dir(self._path.parent, tighten=False)
            # a name with half characters (of another system) is kept as it is
            atomic_write(self._path, json.dumps([str(each) for each in folders], indent=1).encode())
        except OSError:
            return False
        return True
