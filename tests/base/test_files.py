"""Private files: owner only whatever the umask, whole or absent, and a full disk said in words."""

import errno
import os
import stat
import sys
from collections.abc import Iterator
from io import FileIO
from pathlib import Path
from typing import Any

import pytest

from dod2oso.base.errors import ExitCode, TryLaterError
from dod2oso.base.files import atomic_open, atomic_write, disk_guard, make_private_dir, write_private
from dod2oso.base.wipe import overwrite

posix = pytest.mark.skipif(sys.platform == "win32", reason="file modes mean little on Windows")


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture(params=[0o000, 0o022, 0o777], ids=oct)
def umask(request: pytest.FixtureRequest) -> Iterator[None]:
    old = os.umask(request.param)
    yield
    os.umask(old)


@posix
def test_modes_do_not_depend_on_the_umask(tmp_path: Path, umask: None) -> None:
    folder = make_private_dir(tmp_path / "a" / "b")
    write_private(folder / "x", b"1")
    atomic_write(folder / "y", b"2")
    assert [mode(path) for path in (folder.parent, folder)] == [0o700, 0o700]
    assert [mode(path) for path in (folder / "x", folder / "y")] == [0o600, 0o600]


@posix
def test_an_existing_folder_of_ours_is_tightened_and_the_users_own_is_not(tmp_path: Path) -> None:
    (tmp_path / "open").mkdir()
    (tmp_path / "open").chmod(0o755)  # whatever the umask is
    make_private_dir(tmp_path / "open", tighten=False)
    assert mode(tmp_path / "open") == 0o755
    make_private_dir(tmp_path / "open")
    assert mode(tmp_path / "open") == 0o700


@posix
def test_rewriting_an_open_file_closes_it(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"longer than the new content")
    (tmp_path / "x").chmod(0o644)
    write_private(tmp_path / "x", b"new")
    assert (tmp_path / "x").read_bytes() == b"new"
    assert mode(tmp_path / "x") == 0o600


def test_a_failure_half_way_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    atomic_write(tmp_path / "x", b"old")
    with pytest.raises(RuntimeError), atomic_open(tmp_path / "x") as file:
        file.write(b"half")
        raise RuntimeError
    assert [path.name for path in tmp_path.iterdir()] == ["x"]
    assert (tmp_path / "x").read_bytes() == b"old"


def test_a_short_write_is_completed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.write
    monkeypatch.setattr(os, "write", lambda descriptor, data: real(descriptor, data[:3]))  # as a nearly full disk may
    write_private(tmp_path / "x", b"0123456789")
    monkeypatch.undo()
    assert (tmp_path / "x").read_bytes() == b"0123456789"


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_disk_says_what_to_do_and_no_path(number: int) -> None:
    with pytest.raises(TryLaterError) as caught, disk_guard():
        raise OSError(number, "No space left on device", "export-van-Jansen.xml")
    assert caught.value.exit_code == ExitCode.TRY_LATER == 75
    assert "schijf" in caught.value.text("nl") and "gaat verder" in caught.value.text("nl")
    assert "Jansen" not in caught.value.text("nl") + caught.value.text("en")
    assert caught.value.__suppress_context__


def test_other_errors_pass() -> None:
    with pytest.raises(PermissionError), disk_guard():
        raise PermissionError(errno.EACCES, "denied")


def test_what_is_destroyed_is_written_over_not_only_cut_off(tmp_path: Path) -> None:
    written: list[int] = []

    class Watched(FileIO):
        def write(self, data: Any) -> int:
            written.append(len(data))
            assert not any(data)
            return super().write(data)

    (tmp_path / "a").write_bytes(b"secret" * 400_000)
    with Watched(tmp_path / "a", "r+b") as file:
        overwrite(file)
    assert sum(written) == 2_400_000 and (tmp_path / "a").read_bytes() == b""


def test_a_file_appears_only_when_it_would_survive_a_power_cut(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, done = tmp_path / "a.xml", []
    monkeypatch.setattr("os.fsync", lambda _file: done.append(path.exists()))
    with atomic_open(path) as file:
        file.write(b"<dossier/>")
    assert done == [False] and path.read_bytes() == b"<dossier/>"
