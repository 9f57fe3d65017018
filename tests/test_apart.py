"""Repeating the tests, and running them on odd machines: what is told of it."""

import os
import random
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests import odd, told
from tests.apart import Ended, bare, busy, run_tests
from tests.loop import Turn, row, turns, verdict

HERE = Path(__file__).resolve().parents[1]
TESTS = """
import os, pytest

def test_well():
    assert sorted(name for name in os.environ if name.startswith("GEHEIM")) == []

def test_absent():
    pytest.skip("needs a thing")

def test_wrong():
    assert os.path.exists("sometimes")
"""


def ended(*failed: str, code: int = 0, said: str = "") -> Ended:
    return Ended(code, 10, 2, failed, 61.5, 120.0, 300, said)


def test_the_workers_take_turns_and_each_order_is_its_own() -> None:
    found = turns(7, [1, 2, 4], 2, random.Random(1))
    assert [turn.jobs for turn in found] == [1, 2, 4, 1, 2, 4, 1]
    assert [turn.number for turn in found] == list(range(1, 8))
    assert len({turn.seed for turn in found}) == 7
    assert found == turns(7, [1, 2, 4], 2, random.Random(1))


def test_what_fails_in_some_runs_is_unstable_and_in_all_broken() -> None:
    done = [
        (Turn(1, 1, 0, 11), ended("test_a.py::a", code=1)),
        (Turn(2, 2, 0, 12), ended("test_a.py::a", "test_b.py::b", code=1)),
    ]
    assert verdict(done).splitlines() == [
        "0 of 2 runs green",
        "broken: test_a.py::a: 2 of 2, run 1, 2",
        "unstable: test_b.py::b: 1 of 2, run 2",
    ]
    assert verdict([(Turn(1, 1, 0, 11), ended())]) == "1 of 1 runs green"
    assert "exit code 1" in row(*done[0]) and "1:01" in row(*done[0]) and "green" in row(Turn(1, 1, 0, 11), ended())


def test_a_run_that_ended_without_naming_a_test_says_what_it_said() -> None:
    done = [(Turn(1, 1, 0, 11), ended(code=4, said="no such folder"))]
    assert verdict(done).splitlines() == ["0 of 1 runs green", "run 1 ended with 4 and names no test: no such folder"]


def test_a_run_of_its_own_in_a_bare_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = tmp_path / "kopie één"
    (root / "tests").mkdir(parents=True)
    (root / "tests" / "conftest.py").write_text('pytest_plugins = ["told"]\n', encoding="utf-8")
    (root / "told.py").write_bytes((HERE / "tests" / "told.py").read_bytes())
    (root / "pytest.ini").write_text("[pytest]\ntestpaths = tests\n", encoding="utf-8")
    (root / "tests" / "test_some.py").write_text(TESTS, encoding="utf-8")
    monkeypatch.setenv("GEHEIM", "1")
    found = run_tests(
        ["-p", "no:cacheprovider"], tmp_path / "log", bare(tmp_path, PYTEST_DISABLE_PLUGIN_AUTOLOAD="1"), root=root
    )
    assert (found.code, found.passed, found.skipped) == (1, 1, 1)
    assert found.failed == ("tests/test_some.py::test_wrong",)
    assert not found.green and found.processor > 0 and found.megabytes > 0
    again = run_tests(
        ["-p", "no:cacheprovider", "nergens"],
        tmp_path / "log 2",
        bare(tmp_path, PYTEST_DISABLE_PLUGIN_AUTOLOAD="1"),
        root=root,
    )
    assert again.code == 4 and not again.green and "no tests ran" in again.said


def test_what_a_run_did_not_leave_is_nothing(tmp_path: Path) -> None:
    assert told.outcomes(tmp_path) == (0, 0, ())


@pytest.mark.skipif(sys.platform == "win32", reason="asks the system for processes")
def test_busy_processes_are_gone_afterwards() -> None:
    with busy(1):
        children = subprocess.run(
            ["ps", "--ppid", str(os.getpid()), "-o", "args=", "-ww"], capture_output=True, text=True
        )
        assert "parent = os.getppid()" in children.stdout
    children = subprocess.run(["ps", "--ppid", str(os.getpid()), "-o", "args=", "-ww"], capture_output=True, text=True)
    assert "parent = os.getppid()" not in children.stdout


def test_a_row_that_cannot_be_had_says_what_it_needs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    [name] = (each for each in odd.ROWS if "capitals" in each)
    monkeypatch.delenv(odd.NO_CASE, raising=False)
    monkeypatch.setattr(shutil, "which", lambda _: None)
    well, said = odd.do(name, [], tmp_path / "log")
    assert well and said.startswith(f"not here: needs root and ntfs-3g, or {odd.NO_CASE}")
    monkeypatch.setenv(odd.NO_CASE, str(tmp_path))
    (tmp_path / "a").touch()
    if not (tmp_path / "A").exists():
        assert odd.do(name, [], tmp_path / "log") == (True, f"not here: the disk of {odd.NO_CASE} tells a from A")
    assert list(tmp_path.glob("odd*")) == []
