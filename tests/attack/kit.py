"""Reading hostile files: in this process, or in one of its own that may use only so much memory and time."""

import subprocess
import sys
import zipfile
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path

import pytest

from dod2oso.base.errors import ExportError
from dod2oso.source.container.find import find_exports
from dod2oso.source.container.pins import Pins
from dod2oso.source.formats.content import Tables
from dod2oso.source.opening import OpenExport
from dod2oso.source.profile import shipped_profiles

MEGABYTE = 1 << 20


def read_all(path: Path, *pins: str) -> list[str]:
    """Read every export at this path to its end, as a run does; the code of what was wrong with each, "" for nothing.

    Any exception but an ExportError goes through.
    """
    codes = []
    for found in find_exports([path], Pins(pins)).exports:
        try:
            opened = OpenExport(found)
            try:
                opened.fingerprint()
                opened.recognise(shipped_profiles())
                for table in opened.content.tables() if isinstance(opened.content, Tables) else ():
                    for _row in table.rows():
                        pass
            finally:
                opened.close()
            codes.append("")
        except ExportError as error:
            assert "Voorbeeld" not in error.text("nl") + error.text("en")
            codes.append(error.code)
    return codes


_SCRIPT = """
import resource, sys
from pathlib import Path
import lxml.etree, python_calamine
from tests.attack import kit
{code}
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
limit = {memory} << 20
resource.setrlimit(resource.RLIMIT_CPU, ({seconds}, {seconds}))
print(action(Path(sys.argv[1])))
grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
print(grown // 1024, file=sys.stderr)
sys.exit(0 if grown < limit // 1024 else 99)
"""


def confined(path: Path, memory: int, seconds: int = 30, code: str = "action = kit.read_all") -> str:
    """What `action(path)` printed, run in a process of its own; fails when it took more MB or CPU seconds."""
    if sys.platform != "linux":
        pytest.skip("the memory of a process is measured on Linux")
    script = _SCRIPT.format(memory=memory, seconds=seconds, code=code)
    done = subprocess.run(
        [sys.executable, "-c", script, str(path)],
        capture_output=True, text=True, cwd=Path(__file__).parents[2],
    )  # fmt: skip
    assert done.returncode == 0, f"{done.returncode}: {done.stdout} {done.stderr[-2000:]}"
    return done.stdout.strip()


def room_for_files(number: int) -> None:
    """Let this process have so many files and connections open; skips where the system does not allow that."""
    if sys.platform == "win32":
        return
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < number:
        pytest.skip(f"needs {number} open files, and this machine allows {hard}")
    if soft != resource.RLIM_INFINITY and soft < number:
        resource.setrlimit(resource.RLIMIT_NOFILE, (number, hard))


def zipped(members: Mapping[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return buffer.getvalue()
