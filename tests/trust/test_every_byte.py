"""Every command that meets pupils, in an encrypted project: afterwards no byte of one is readable but where it must be.

All of them run in one process of their own, that has no home, cache and temporary folder but those of the test. It
notes each file that it makes, so that one that was readable for a moment only is seen too.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from dod2oso.base import projectkey
from tests.handover.test_envelope import made as certificate_of
from tests.trust.killing import WORD, encrypted
from tests.trust.kit import SAMPLES
from tests.trust.test_encrypting import in_the_clear, values

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="what is written there is the same")

ALL = """
import json, os, sys

root, seen, busy = sys.argv[1], open(sys.argv[2], "w"), False

def library():
    # whether Python itself looks for a library of C: that makes files for a compiler, with nothing of ours in them
    frame = sys._getframe()
    while frame is not None and not frame.f_code.co_filename.endswith("ctypes/util.py"):
        frame = frame.f_back
    return frame is not None

def note(event, arguments):
    global busy
    path = arguments[0] if arguments else None
    if busy or not isinstance(path, (str, bytes)):
        return
    busy = True
    writes = event == "open" and arguments[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)
    if (writes or event in ("tempfile.mkstemp", "tempfile.mkdtemp", "sqlite3.connect")) and not library():
        seen.write(os.path.abspath(os.fsdecode(path)) + "\\n")
    busy = False

sys.addaudithook(note)
from dod2oso.base import wrapping
wrapping.COST = 1 << 14
from dod2oso.cli.app import main

for line in sys.stdin:
    sys.argv = ["dod2oso", *json.loads(line)]
    try:
        main()
    except SystemExit as stop:
        sys.__stderr__.write(json.dumps(["ended", sys.argv[1], stop.code]) + "\\n")
seen.close()
"""
MAPPINGS = Path(__file__).parents[2] / "mappings"
WELL = {0, 3}  # also with findings


class Done(NamedTuple):
    root: Path
    codes: list[tuple[str, int]]
    said: bytes
    created: set[Path]


@pytest.fixture(name="done", scope="module")
def _done(region: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Done]:
    root = tmp_path_factory.mktemp("bytes")
    for name in ("home", "tmp", "cache", "given/received"):
        (root / name).mkdir(mode=0o700, parents=True)
    (root / "word").write_text(WORD)
    certificate_of(root, "reader")
    pupil, *others = sorted(region.glob("dossiers/ready/*/*.xml"))[:3]
    for path in others:
        (root / "given" / "received" / path.name).write_bytes(path.read_bytes())
    out = root / "out"
    out.mkdir()
    (out / "project.key").write_bytes((region / "project.key").read_bytes())  # the same pupils under the same names
    (out / "project.key").chmod(0o600)
    encrypted(out)
    projectkey.forget()
    run = ("run", str(SAMPLES / "exports"), "--overstap", "POVO", "--schools", str(SAMPLES / "scholen.csv"),
           "--supplement", str(SAMPLES / "aanvulling.csv"))  # fmt: skip
    commands = [
        run, ("status",), ("receive", "given/received"),
        ("receive", *(f"given/received/{path.name}" for path in others), "--compare"),
        ("report", "--format", "xlsx,json"),
        ("handover", "recipient", "reader.pem"), run, ("subject-access", pupil.stem, "access"),
        ("show", "out/binnengekomen", "--to", "shown"), ("proof", "run"), ("audit", "verify"), ("doctor",),
        ("change-passphrase", "--new-passphrase-file", "word"), ("recovery-sheet",), ("rekey",),
        ("purge", "--pupil", pupil.stem, "--yes"),
    ]  # fmt: skip
    environment = os.environ | {
        "PYTHONPATH": str(Path(__file__).parents[2]), "DOD2OSO_PASSPHRASE_FILE": str(root / "word"),
        "HOME": str(root / "home"), "DOD2OSO_DATA": str(root / "cache"), "XDG_DATA_HOME": str(root / "home"),
        "TMPDIR": str(root / "tmp"), "SQLITE_TMPDIR": str(root / "tmp"), "PYTHONDONTWRITEBYTECODE": "1",
    }  # fmt: skip
    ended = subprocess.run(
        [sys.executable, "-c", ALL, str(root), str(root / "created")],
        input="".join(json.dumps([*each, "--out", "out"]) + "\n" for each in commands).encode(),
        cwd=root, env=environment, capture_output=True, check=False,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr[-2000:]
    codes = [json.loads(line)[1:] for line in ended.stderr.splitlines() if line.startswith(b'["ended"')]
    created = {Path(line) for line in (root / "created").read_text().splitlines()}
    yield Done(root, [(name, code) for name, code in codes], ended.stdout + ended.stderr, created)


def test_every_command_did_its_work(done: Done) -> None:
    assert [(name, code) for name, code in done.codes if code not in WELL] == []
    assert len(done.codes) == 16 and len(list((done.root / "shown").rglob("*.html"))) == 3


def test_afterwards_no_byte_of_a_person_is_readable(done: Done, region: Path) -> None:
    """Also not in the outbox, for that is for one reader here; what was asked for readable is set apart."""
    shipped = b"".join(path.read_bytes() for path in MAPPINGS.rglob("*") if path.is_file())  # the cache is of that
    wanted = {word for word in values(region) if word not in shipped}
    assert len(wanted) > 250
    assert in_the_clear(done.root / "out", wanted) == set()
    assert in_the_clear(done.root, wanted) == {"access", "shown", "given"}
    assert [word for word in wanted if word in done.said] == []


def test_no_file_was_made_that_is_not_in_the_project_or_asked_for(done: Done) -> None:
    """Temporary files are those of the project: there they are sealed, or wiped by whoever comes next."""
    ours = [done.root / name for name in ("out", "access", "shown", "cache")]
    strange = {path for path in done.created if not any(map(path.is_relative_to, ours)) and not path.is_dir()}
    assert strange <= {Path(os.devnull)}
    assert list((done.root / "tmp").iterdir()) == []
