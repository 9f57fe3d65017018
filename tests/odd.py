"""python -m tests.odd [--whole] [--row NAME ...] [--log FOLDER] [test ...]

The tests on odd machines, a line for each oddity: its result, or why it cannot be had here. An ordinary run does the
tests of QUICK, each there for what an oddity may spoil; `--whole` does all tests. Exit code 1 when a row is not green.
"""

import argparse
import os
import pwd
import random
import shutil
import stat
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests import oddities
from tests.apart import ROOT, bare, busy, run_tests

QUICK = {
    "tests/base": "files and their modes, locks, what is kept in a cache folder, texts",
    "tests/cli/test_run.py": "whole runs, processes, signals, what is private",
    "tests/cli/test_manners.py": "the demo",
    "tests/ledger/test_store.py": "SQLite, and PostgreSQL on a socket",
    "tests/handover/test_tls.py": "ports and certificates",
    "tests/source/container/test_find.py": "folders, names of files, archives",
    "tests/foreign": "files in other encodings, made by other programmes",
    "tests/test_told.py": "the log of the tests themselves",
}
LOCALE = "tr_TR.UTF-8"  # where the capital of i is no I
BUSY = 10
NOBODY = "nobody"
NO_CASE = "DOD2OSO_TEST_NO_CASE"
_SMALL_LETTERS = (  # a disk made here shows all names in small letters, as none of a user does; these read them back
    "tests/source/container/test_find.py::test_one_edex2000_file_brings_the_others",
    "tests/source/container/test_find.py::test_every_kind_in_a_folder",
    "tests/cli/test_run.py::test_a_folder_is_all_its_xml_files",
)
_DISK = 2 << 30  # bytes, of which only those written take place
TMP = "/tmp"  # noqa: S108  the folder itself is what is odd


class AbsentError(Exception):
    """This oddity cannot be had here; says why."""


@dataclass
class Machine:
    """Where and how the tests run: the checkout, what differs in the environment, what starts it, which Python."""

    root: Path = ROOT
    environment: dict[str, str | None] = field(default_factory=dict)
    before: list[str] = field(default_factory=list)
    python: str = sys.executable
    busy: int = 0
    plugins: list[str] = field(default_factory=list)
    left_out: Sequence[str] = ()
    owner: str | None = None


Row = Callable[[Path], Iterator[Machine]]
ROWS: dict[str, Row] = {}


def row(name: str) -> Callable[[Row], Row]:
    """Register an oddity: it gets a folder that is its own, and yields the machine."""

    def register(make: Row) -> Row:
        ROWS[name] = make
        return make

    return register


def _as_root(*command: str) -> list[str]:
    """What runs a command line after this one in namespaces of its own; the words of the tests follow."""
    if os.geteuid() != 0 or not shutil.which("unshare"):
        raise AbsentError("needs root and unshare")
    script = " && ".join((*command[1:], 'exec "$@"'))
    before = ["unshare", command[0], "sh", "-c", script, "sh"]
    tried = subprocess.run([*before, "true"], capture_output=True, text=True, check=False)
    if tried.returncode:
        raise AbsentError(f"not allowed here ({tried.stderr.strip().splitlines()[-1]})")
    return before


@row("a folder with spaces and é")
def _odd_folder(folder: Path) -> Iterator[Machine]:
    copy = folder / "Kopie één & twee"
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, check=True)
    for name in filter(None, listed.stdout.decode().split("\0")):
        if (ROOT / name).exists():
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, copy / name)
    shared = os.environ.get("DOD2OSO_SHARED", str(ROOT.parent / "shared"))
    yield Machine(root=copy, environment={"DOD2OSO_SHARED": shared})


for _zone in ("Pacific/Kiritimati", "Pacific/Midway"):

    @row(f"TZ={_zone}")
    def _far_away(folder: Path, zone: str = _zone) -> Iterator[Machine]:
        yield Machine(environment={"TZ": zone})


@row("LC_ALL=C, no UTF-8")
def _ascii(folder: Path) -> Iterator[Machine]:
    yield Machine(environment={"LC_ALL": "C", "LANG": None, "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"})


@row(f"LC_ALL={LOCALE}")
def _turkish(folder: Path) -> Iterator[Machine]:
    known = subprocess.run(["locale", "-a"], capture_output=True, text=True, check=False).stdout.lower()
    if LOCALE.lower().replace("-", "") in known.replace("-", ""):
        yield Machine(environment={"LC_ALL": LOCALE})
        return
    source, charset = LOCALE.split(".")
    made = None
    if shutil.which("localedef"):
        made = subprocess.run(
            ["localedef", "-i", source, "-f", charset, str(folder / LOCALE)], capture_output=True, check=False
        )
    if made is None or made.returncode > 1:  # 1: with warnings
        raise AbsentError("this locale is not installed, and cannot be made")
    yield Machine(environment={"LC_ALL": LOCALE, "LOCPATH": str(folder)})


@row("umask 077")
def _umask(folder: Path) -> Iterator[Machine]:
    yield Machine(before=["sh", "-c", 'umask 077 && exec "$@"', "sh"])


@row("a HOME where nothing can be written")
def _no_home(folder: Path) -> Iterator[Machine]:
    yield Machine(environment={"HOME": "/proc"})  # also root cannot write there


@row("no IPv6 and no network")
def _no_network(folder: Path) -> Iterator[Machine]:
    off = "sysctl -qw net.ipv6.conf.all.disable_ipv6=1"
    yield Machine(before=_as_root("--net", off, "ip link set lo up"))


@row(f"{TMP} of 256 MB")
def _small_tmp(folder: Path) -> Iterator[Machine]:
    yield Machine(before=_as_root("--mount", f"mount -t tmpfs -o size=256m none {TMP}"), environment={"TMPDIR": TMP})


@row(f"{TMP} where nothing can be executed")
def _noexec_tmp(folder: Path) -> Iterator[Machine]:
    yield Machine(before=_as_root("--mount", f"mount -t tmpfs -o noexec none {TMP}"), environment={"TMPDIR": TMP})


@row("files where a name in capitals is the same name")
def _no_case(folder: Path) -> Iterator[Machine]:
    with _disk_of_windows(folder) as place:
        mine = Path(tempfile.mkdtemp(prefix="odd", dir=place))
        try:
            (mine / "a").touch()
            if not (mine / "A").exists():
                raise AbsentError(f"the disk of {NO_CASE} tells a from A")
            left_out = () if NO_CASE in os.environ else _SMALL_LETTERS
            yield Machine(environment={"TMPDIR": str(mine)}, left_out=left_out)
        finally:
            shutil.rmtree(mine, ignore_errors=True)


@contextmanager
def _disk_of_windows(folder: Path) -> Iterator[str]:
    """A folder on a disk that tells no a from A: the one that NO_CASE names, or NTFS in a file."""
    if NO_CASE in os.environ:
        yield os.environ[NO_CASE]
        return
    if os.geteuid() != 0 or not (shutil.which("mkntfs") and shutil.which("lowntfs-3g")):
        raise AbsentError(f"needs root and ntfs-3g, or {NO_CASE}: a folder on such a disk, as Windows and macOS have")
    image, place = folder / "disk", folder / "mounted"
    place.mkdir()
    with image.open("wb") as file:
        file.truncate(_DISK)
    for command in (
        ["mkntfs", "-F", "-Q", "-q", str(image)],
        ["lowntfs-3g", "-o", "ignore_case,permissions,streams_interface=none", str(image), str(place)],
    ):
        tried = subprocess.run(command, capture_output=True, text=True, check=False)
        if tried.returncode:
            raise AbsentError(f"{command[0]} cannot make such a disk here")
    try:
        yield str(place)
    finally:
        subprocess.run(["umount", str(place)], capture_output=True, check=True)


@row("an ordinary user")
def _ordinary(folder: Path) -> Iterator[Machine]:
    if os.geteuid() != 0:
        raise AbsentError("the tests run as one already")
    if NOBODY not in {user.pw_name for user in pwd.getpwall()} or not shutil.which("runuser"):
        raise AbsentError(f"needs runuser and the user {NOBODY}")
    for place in (Path(sys.executable).resolve(), ROOT):
        for above in (place, *place.parents):
            if not above.stat().st_mode & stat.S_IXOTH:
                raise AbsentError(f"{above} is closed to other users")
    yield Machine(before=["runuser", "-u", NOBODY, "--"], owner=NOBODY)


@row("a slow disk")
def _slow_disk(folder: Path) -> Iterator[Machine]:
    yield Machine(environment={oddities.ENV: oddities.SLOW_DISK}, plugins=["tests.oddities"])


@row("a clock that jumps")
def _jumping_clock(folder: Path) -> Iterator[Machine]:
    yield Machine(environment={oddities.ENV: oddities.JUMPING_CLOCK}, plugins=["tests.oddities"])


@row(f"a load of {BUSY}")
def _busy(folder: Path) -> Iterator[Machine]:
    yield Machine(busy=BUSY)


for _minor in (11, 12, 13):

    @row(f"Python 3.{_minor}")
    def _python(folder: Path, minor: int = _minor) -> Iterator[Machine]:
        if sys.version_info[:2] == (3, minor):
            yield Machine()
            return
        name = f"python3.{minor}"
        python = ROOT / f".venv-{name}" / "bin" / "python"
        if not python.exists():
            raise AbsentError(f"make setup PYTHON={name} VENV=.venv-{name} installs what it needs")
        yield Machine(python=str(python))


def do(name: str, tests: Sequence[str], log: Path) -> tuple[bool, str]:
    """Run one row: whether it is well, and what to say of it."""
    shutil.rmtree(log, ignore_errors=True)
    log.mkdir(parents=True)
    folder = Path(tempfile.mkdtemp(prefix="odd"))
    try:
        with contextmanager(ROWS[name])(folder) as machine:
            if machine.environment.get("TMPDIR") == TMP and log.is_relative_to(TMP):
                raise AbsentError(f"its log would lie in that {TMP}, which is gone afterwards")
            environment = bare(log / "home", TMPDIR=str(log / "tmp"))
            for key, value in machine.environment.items():
                environment.pop(key, None)
                if value is not None:
                    environment[key] = value
            for place in ("home", "tmp"):
                (log / place).mkdir()
            if machine.owner is not None:
                for place in (log, log / "home", log / "tmp"):
                    shutil.chown(place, machine.owner)
            plugins = [word for plugin in machine.plugins for word in ("-p", plugin)]
            plugins += [f"--deselect={test}" for test in machine.left_out]
            arguments = ["-p", "no:cacheprovider", f"--randomly-seed={random.randrange(2**32)}", *plugins, *tests]
            with busy(machine.busy):
                ended = run_tests(
                    arguments, log, environment, root=machine.root, before=machine.before, python=machine.python
                )
    except AbsentError as problem:
        return True, f"not here: {problem}"
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        for place in ("home", "tmp"):
            shutil.rmtree(log / place, ignore_errors=True)
    told = f"{ended.passed} passed, {ended.skipped} skipped, {ended.wall:.0f} s"
    if ended.green:
        return True, told
    return False, f"{told}, FAILED: {', '.join(ended.failed) or ended.said}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Do the rows; 0 when all that can be had here are green."""
    parser = argparse.ArgumentParser(prog="python -m tests.odd", description="The tests on odd machines.")
    parser.add_argument("--whole", action="store_true", help="all tests; else a quick selection")
    parser.add_argument("--row", action="append", help="only this one, or all of which the name holds this")
    parser.add_argument("--log", type=Path, default=ROOT / "test-log" / "odd", help="where the logs go")
    parser.add_argument("tests", nargs="*", help="only these; else a quick selection")
    chosen = parser.parse_args(arguments)
    names = [name for name in ROWS if not chosen.row or any(word in name for word in chosen.row)]
    if not names:
        parser.error(f"no such row; there are: {'; '.join(ROWS)}")
    tests = [] if chosen.whole else chosen.tests or list(QUICK)
    fine = True
    for name in names:
        well, said = do(name, tests, chosen.log.absolute() / f"{list(ROWS).index(name) + 1:02}")
        fine &= well
        print(f"{name:38}  {said}", flush=True)
    return 0 if fine else 1


if __name__ == "__main__":
    sys.exit(main())
