"""What kind of place a folder is: on a network, where SQLite may be damaged, or too deep for Windows."""

import os
import sys
from pathlib import Path, PureWindowsPath

# File systems over a network, as Linux and macOS call them. Between two machines their locks cannot be trusted.
NETWORK = frozenset(
    {"nfs", "nfs4", "cifs", "smb3", "smbfs", "afpfs", "webdav", "davfs", "afs", "ceph", "glusterfs", "lustre", "9p"}
    | {"fuse.sshfs", "fuse.rclone", "fuse.davfs", "fuse.glusterfs", "fuse.s3fs"}
)
_MOUNTS = Path("/proc/self/mountinfo")
_REMOTE = 4  # what Windows calls a drive that is elsewhere
LONGEST = 259  # characters of a path, where Windows was not told that more is fine
DEEPEST = 90  # characters below the output folder: the longest name that a run makes there


def on_network(folder: Path) -> bool:
    """Whether a folder lies on another machine, as far as can be seen; False where it cannot."""
    place = str(folder.absolute())
    try:
        if os.name == "nt":
            return _windows(place)
        return kind_of(place, _MOUNTS.read_text(encoding="utf-8", errors="replace")) in NETWORK
    except OSError:
        return False


def kind_of(place: str, mounts: str) -> str:
    """The file system of a path by the lines of mountinfo; "" when none holds it.

    A line: id, parent, device, root, mount point, options, any others, `-`, kind, and more.
    """
    longest, kind = "", ""
    for line in mounts.splitlines():
        words = line.split(" ")
        if "-" not in words[6:] or len(words) < 8:
            continue
        point = words[4].replace("\\040", " ").replace("\\011", "\t").replace("\\134", "\\")
        inside = place == point or place.startswith(point.rstrip("/") + "/")
        if inside and len(point) >= len(longest):  # of two at one point the later one lies on top
            longest, kind = point, words[words.index("-", 6) + 1]
    return kind


def _windows(place: str) -> bool:
    drive = PureWindowsPath(place).drive
    if drive.startswith("\\\\"):
        return not drive.startswith(("\\\\?\\", "\\\\.\\")) or drive.upper().startswith("\\\\?\\UNC\\")
    if sys.platform != "win32":  # said once more for the type checker
        return False
    import ctypes

    return int(ctypes.windll.kernel32.GetDriveTypeW(f"{drive}\\")) == _REMOTE


def too_deep(folder: Path) -> int:
    """On Windows: by how many characters a path in this output folder may be too long; 0 where there is no limit."""
    return max(0, len(str(folder.absolute())) + DEEPEST - LONGEST) if os.name == "nt" else 0
