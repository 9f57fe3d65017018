"""One command at a time in an output folder: the second is told who is first, whatever became of an earlier one."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from dod2oso.base import folderlock
from dod2oso.base.errors import TryLaterError
from dod2oso.base.folderlock import SERVE, WRITE, held
from tests.refusals import refused

HOLD = """
import sys
from pathlib import Path
from dod2oso.base.folderlock import held
with held(Path(sys.argv[1]), "handover send"):
    print("in", flush=True)
    sys.stdin.read()
"""


def elsewhere(call: Callable[..., Any], *arguments: Any) -> Any:
    """The result of a call in another thread, which holds nothing itself."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(call, *arguments).result()


def take(out: Path, name: str = ".dod2oso.lock") -> str:
    with held(out, "report", name):
        return "free"


def test_the_second_is_told_who_is_first(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path / "out")], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as first:
        assert first.stdout is not None
        assert first.stdout.readline().strip() == b"in"
        with pytest.raises(TryLaterError) as caught:
            take(tmp_path / "out")
        assert caught.value.code == "folder-in-use"
        told = caught.value.message.values
        assert (told["command"], told["number"]) == ("handover send", str(first.pid))
        assert take(tmp_path / "out", SERVE) == "free"  # a server that stays up is another matter
        first.send_signal(signal.SIGTERM if os.name == "nt" else signal.SIGKILL)
    assert take(tmp_path / "out") == "free"  # the system let go


def test_a_command_may_call_another_but_another_thread_may_not(tmp_path: Path) -> None:
    with held(tmp_path, "run"):
        assert take(tmp_path) == "free"
        with refused(TryLaterError, "folder-in-use", command="run"):
            elsewhere(take, tmp_path)
    assert elsewhere(take, tmp_path) == "free"


def test_what_a_killed_command_left_half_written_is_removed(tmp_path: Path) -> None:
    for folder in ("", "report", "reservekopie/2026-01-01"):
        (tmp_path / folder).mkdir(parents=True, exist_ok=True)
        (tmp_path / folder / ".gaps.html.999999.tmp").write_bytes(b"half")
        (tmp_path / folder / "gaps.html").write_bytes(b"whole")
    take(tmp_path)
    assert not list(tmp_path.rglob("*.tmp"))
    assert len(list(tmp_path.rglob("gaps.html"))) == 3


def test_a_folder_in_which_nothing_was_written_is_not_left_behind(tmp_path: Path) -> None:
    take(tmp_path / "a" / "out")
    assert not (tmp_path / "a" / "out").exists()


@pytest.mark.parametrize(("call", "name"), [("unlink", WRITE), ("rmdir", "out")], ids=["windows", "network"])
def test_nor_where_an_open_file_cannot_go_and_what_went_wrong_is_told_as_such(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str, name: str
) -> None:
    """Windows removes no open file; on a network disk a folder is not empty until what was open in it is closed."""
    out, refusing, plain = tmp_path / "out", [PermissionError(13, "in use")], getattr(Path, call)

    def while_it_is_open(path: Path, **options: bool) -> None:
        if path.name == name and refusing:
            raise refusing.pop()
        plain(path, **options)

    monkeypatch.setattr(folderlock, "_OPEN_STAYS", call == "unlink")
    monkeypatch.setattr(Path, call, while_it_is_open)
    with pytest.raises(ZeroDivisionError), held(out, "run"):
        raise ZeroDivisionError
    assert not refusing and not out.exists()
