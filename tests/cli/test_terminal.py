"""What only shows on a real terminal, or between two processes."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests import copied
from tests.base.test_folderlock import HOLD
from tests.corpus.kit import pupil, reference, write
from tests.source.container.kit import PIN, zipped

ROOT = str(Path(__file__).parents[2])


@pytest.mark.skipif(sys.platform == "win32", reason="there are no pseudo-terminals on Windows")
@pytest.mark.parametrize("command", ["scan", "run"])
def test_the_pin_of_a_zip_is_asked_for(command: str, tmp_path: Path) -> None:
    import pty

    write(tmp_path / "a.zip", zipped({"a.xml": reference(pupil(1)).encode()}, PIN))
    arguments = [command, str(tmp_path / "a.zip")]
    if command == "run":
        arguments += ["--overstap", "POVO", "--out", str(tmp_path / "out"), "--fail-on", "never"]
    environment = {name: value for name, value in os.environ.items() if name != "DOD2OSO_PIN"}
    child, terminal = pty.fork()
    if child == 0:
        copied.become(tuple(arguments), environment)
    shown = b""
    while b"a.zip" not in shown:
        shown += os.read(terminal, 1000)
    os.write(terminal, PIN.encode() + b"\n")
    while True:
        try:
            shown += os.read(terminal, 1000)
        except OSError:  # the other end is closed
            break
    _pid, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 0, shown
    assert b"PIN" in shown
    assert PIN.encode() not in shown  # it is not echoed


@pytest.mark.parametrize("command", [["report"], ["run", "a.xml", "--overstap", "POVO"], ["handover", "send"]])
def test_a_second_command_in_a_folder_says_who_is_first_and_leaves_with_75(command: list[str], tmp_path: Path) -> None:
    write(tmp_path / "a.xml", reference(pupil(1)))
    environment = {**os.environ, "PYTHONPATH": ROOT}
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, "dod2oso-out"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=tmp_path, env=environment,
    ) as first:  # fmt: skip
        assert first.stdout is not None
        first.stdout.readline()
        second = copied.ended(*command, cwd=tmp_path)
        assert second.returncode == 75
        assert "'dod2oso handover send'" in second.stderr and str(first.pid) in second.stderr
        first.kill()
    assert sorted(path.name for path in (tmp_path / "dod2oso-out").iterdir() if path.suffix != ".json") == [
        ".dod2oso.lock"
    ]
