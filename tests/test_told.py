"""What a run of the tests tells at its end."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

TESTS = """
import pytest

def test_well():
    pass

@pytest.mark.parametrize("what", ["a b", "é"])
def test_wrong(what):
    print("said before it failed")
    assert what == "right"

@pytest.mark.parametrize("n", range(3))
def test_absent(n):
    pytest.skip("needs a thing")
"""
ROOT = Path(__file__).resolve().parents[1]
NO_OTHER_PLUGIN = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}  # to load them takes longer than all these tests


def pytest_in(folder: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """A run of its own over the tests in a folder, with this plugin."""
    command = [sys.executable, "-m", "pytest", "-p", "tests.told", "-p", "no:cacheprovider", "-c", "/dev/null"]
    command += ["--rootdir", str(folder), *arguments]
    environment = {**NO_OTHER_PLUGIN, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1", "PATH": "", "DOD2OSO_TEST_LOG": "log"}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, encoding="utf-8")


@pytest.mark.parametrize("workers", [[], ["-p", "xdist.plugin", "-n", "2"]], ids=["one", "two"])
def test_it_ends_with_what_was_skipped_what_failed_and_how_to_run_only_that(tmp_path: Path, workers: list[str]) -> None:
    (tmp_path / "test_some.py").write_text(TESTS, encoding="utf-8")
    ended = pytest_in(tmp_path, *workers, "test_some.py")
    assert ended.returncode == 1
    last = ended.stdout.partition("3 skipped:")[2]
    assert "     3  needs a thing" in last
    assert "2 failed:" in last and "test_some.py::test_wrong[a b]" in last and "make again" in last
    assert "The whole log: log/tests.log" in last
    log = (tmp_path / "log" / "tests.log").read_text(encoding="utf-8")
    assert log.count("passed") == 1 and log.count("said before it failed") >= 2 and "AssertionError" in log
    again = pytest_in(tmp_path, "@log/failed.txt")
    assert "2 failed" in again.stdout and "passed" not in again.stdout


def test_a_file_that_cannot_be_imported_is_named(tmp_path: Path) -> None:
    (tmp_path / "test_broken.py").write_text("import nothing_of_this_name\n", encoding="utf-8")
    ended = pytest_in(tmp_path)
    assert ended.returncode == 2
    assert (tmp_path / "log" / "failed.txt").read_text(encoding="utf-8") == "test_broken.py\n"
    assert "nothing_of_this_name" in (tmp_path / "log" / "tests.log").read_text(encoding="utf-8")


def test_where_nothing_can_be_written_the_log_lies_elsewhere(tmp_path: Path) -> None:
    (tmp_path / "test_some.py").write_text("def test_well(): pass\n", encoding="utf-8")
    (tmp_path / "log").write_text("a file is in the way", encoding="utf-8")
    ended = pytest_in(tmp_path, "test_some.py")
    assert ended.returncode == 0
    place = Path(ended.stdout.rpartition("The whole log: ")[2].strip())
    assert place.name == "tests.log" and "test_well" in place.read_text(encoding="utf-8")
    place.unlink()
    (place.parent / "failed.txt").unlink()
    place.parent.rmdir()


def test_the_command_of_the_makefile_works_with_workers(tmp_path: Path) -> None:
    """In a project of its own: the plugin comes from a conftest, no folder to test is named."""
    (tmp_path / "test-log").mkdir()  # of an earlier run
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "conftest.py").write_text('pytest_plugins = ["tests_told"]\n', encoding="utf-8")
    (tmp_path / "tests" / "test_some.py").write_text("def test_well(): pass\n", encoding="utf-8")
    (tmp_path / "tests_told.py").write_bytes((ROOT / "tests" / "told.py").read_bytes())
    (tmp_path / "pytest.ini").write_text("[pytest]\ntestpaths = tests\n", encoding="utf-8")
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    [command] = re.findall(r"\n(?:tests: setup)\n\t@(.*)\n", makefile)
    words = command.replace("$(LOG)", "test-log").replace("$(JOBS)", "2").replace("$(TESTS)", "")
    words = words.replace("$(BIN)/python", shlex.quote(sys.executable))
    environment = {**os.environ, **NO_OTHER_PLUGIN, "PYTEST_PLUGINS": "xdist.plugin"}
    ended = subprocess.run(["sh", "-c", words], cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "The whole log: test-log/tests.log" in ended.stdout
