"""What is printed arrives whole: no letter that a window does not know stops a command, and a pipe gets UTF-8."""

import os
import sys
from typing import TextIO


def settle() -> None:
    """See to it for both streams.

    A window keeps its own encoding (on an old one of Windows 1252 or 850) and shows `?` for what it lacks. What goes to
    a file or another programme is UTF-8, also on Windows, for JSON is; unless PYTHONIOENCODING says otherwise.
    """
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is None:  # none at all, or somebody's own
            continue
        if _is_window(stream) or os.environ.get("PYTHONIOENCODING"):
            reconfigure(errors="replace")
        else:
            reconfigure(encoding="utf-8", errors="replace")


def _is_window(stream: TextIO) -> bool:
    try:
        return stream.isatty()
    except ValueError:  # closed
        return False
