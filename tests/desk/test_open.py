"""`dod2oso open` itself: the address, the mistakes, and Ctrl-C."""

import http.client
import signal
import subprocess
from pathlib import Path

import pytest

from dod2oso.base.clock import stopwatch
from dod2oso.desk import server as server_module
from tests import copied
from tests.cli.kit import dod2oso
from tests.desk.kit import running
from tests.waiting import HANG


def test_it_says_where_it_is_and_ctrl_c_ends_it_in_order(tmp_path: Path) -> None:
    started = copied.started(
        "open", "--no-browser", cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        environment={"XDG_DATA_HOME": str(tmp_path)},
    )  # fmt: skip
    assert started.stdout is not None
    line = started.stdout.readline()
    host = line.partition("http://")[2].partition("/")[0]
    connection = http.client.HTTPConnection(host, timeout=HANG)
    connection.request("GET", "/")
    assert connection.getresponse().status == 403  # without the key
    started.send_signal(signal.SIGINT)
    _out, err = started.communicate(timeout=HANG)
    assert started.returncode == 0 and "De werkplek is gestopt" in err


@pytest.mark.parametrize("arguments", [["--school", "12AB"], ["{project}", "--school", "geen-brin"]])
def test_one_school_is_never_all_schools(
    arguments: list[str], project: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    given = [each.replace("{project}", str(project)) for each in arguments]
    ended = dod2oso(capsys, monkeypatch, "open", "--no-browser", *given)
    assert ended.code == 2 and "--school" in ended.err


def test_a_folder_that_is_no_project_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    ended = dod2oso(capsys, monkeypatch, "open", "--no-browser", str(tmp_path))
    assert ended.code == 5 and "dod2oso.toml" in ended.err


def test_when_nobody_asks_anything_it_stops(project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server_module, "_LOOK", 0.01)
    with running(tmp_path, project, idle=0.05) as caller:
        began = stopwatch()
        while caller.ended is None:
            assert stopwatch() - began < 60
        assert caller.ended is False
