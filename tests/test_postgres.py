"""The PostgreSQL server that the tests start for themselves: what is not there or does not start is named."""

import sys
from pathlib import Path

import pytest

from tests import postgres


def test_without_a_server_it_says_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgres, "_programs", lambda: None)
    assert postgres._own.__wrapped__() == (
        None,
        "needs a PostgreSQL server: install one, or set DOD2OSO_TEST_POSTGRES to the URL of a database",
    )


@pytest.mark.skipif(sys.platform == "win32", reason="needs shell scripts")
@pytest.mark.parametrize("fails", ["initdb", "pg_ctl"])
def test_a_server_that_does_not_start_is_named(fails: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("initdb", "pg_ctl"):
        script = tmp_path / name
        script.write_text(f"#!/bin/sh\necho broken\nexit {int(name == fails)}\n")
        script.chmod(0o755)
    monkeypatch.setattr(postgres, "_programs", lambda: tmp_path)
    monkeypatch.setattr(postgres, "_somebody", lambda: None)
    url, why = postgres._own.__wrapped__()
    assert url is None
    assert why == "there is a PostgreSQL server, but it does not start: broken"


def test_the_newest_server_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for version in ("9", "15", "16"):
        (tmp_path / version / "bin").mkdir(parents=True)
        (tmp_path / version / "bin" / "initdb").touch()
        (tmp_path / version / "bin" / ("pg_ctl" if version != "16" else "other")).touch()
    monkeypatch.setattr(postgres, "_DEBIAN", tmp_path)
    monkeypatch.setenv("PATH", "")
    assert postgres._programs() == tmp_path / "15" / "bin"
