"""What shares something costly goes to one worker, and the names by which it is known are those of files that exist."""

import os
import subprocess
import sys
from pathlib import Path

from tests import together
from tests.sweeps import pairs, part
from tests.together import unit

ROOT = Path(__file__).resolve().parents[1]


def test_every_file_that_is_named_is_there() -> None:
    assert [name for name in (*together._FOLDERS, *together._FILES) if not (ROOT / name).exists()] == []


def test_a_file_is_its_own_unit_unless_it_shares_something() -> None:
    assert unit("tests/oso/test_writer.py::test_a[x::y]") == "tests/oso/test_writer.py"
    assert unit("tests/desk/test_open.py::test_a") == unit("tests/desk/test_fill.py::test_b") == "tests/desk/"
    assert (
        unit("tests/project/test_region.py::a") == unit("tests/project/test_board.py::b") != unit("tests/project/x.py")
    )


def test_one_worker_does_all_of_a_unit(tmp_path: Path) -> None:
    """In a project of its own, of which two files share a fixture: it is made once, by one of two workers."""
    for name in ("project/test_board.py", "project/test_region.py", "test_alone.py", "test_other.py"):
        (tmp_path / "tests" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "tests" / name).write_text(
            "import os, pytest\n@pytest.mark.parametrize('n', range(3))\n"
            "def test_a(n):\n    open('done', 'a').write(f'{__file__} {os.getpid()}\\n')\n",
            encoding="utf-8",
        )
    (tmp_path / "tests" / "conftest.py").write_text('pytest_plugins = ["tests_together"]\n', encoding="utf-8")
    (tmp_path / "tests_together.py").write_bytes(Path(together.__file__).read_bytes())
    (tmp_path / "pytest.ini").write_text("[pytest]\ntestpaths = tests\n", encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-p", "xdist", "-n", "2", "--dist", "loadfile"]
    environment = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    ended = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    lines = (tmp_path / "done").read_text(encoding="utf-8").splitlines()
    assert len(lines) == 12
    assert len({line.rpartition(" ")[2] for line in lines if "project" in line}) == 1


def test_a_part_begins_anywhere_and_is_never_empty() -> None:
    assert part("abcdef", 3) in (["a", "d"], list("abcdef"))
    assert part("abcdef", 3, begin=4) in (["b", "e"], list("abcdef"))
    assert part("a", 5, begin=3) == ["a"] and part("", 5) == []


def test_any_two_values_meet() -> None:
    found = pairs("ab", "cde", "fg")
    assert {(a, c) for a, c, _ in found} == {(a, c) for a in "ab" for c in "cde"}
    assert {(a, f) for a, _, f in found} == {(a, f) for a in "ab" for f in "fg"}
    assert {(c, f) for _, c, f in found} == {(c, f) for c in "cde" for f in "fg"}
    assert len(found) in (6, 12) and len(set(found)) == len(found)
