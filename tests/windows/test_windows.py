"""What is different on Windows, as far as it can be played elsewhere: locks, names, letters, line ends, spawn."""

import io
import os
import pickle
import re
import subprocess
import sys
import zipfile
from pathlib import Path, PureWindowsPath

import pytest

import dod2oso
from dod2oso.base import disk, files
from dod2oso.base.errors import ExportError, FileInUseError
from dod2oso.base.files import atomic_write
from dod2oso.cli import health, streams
from dod2oso.run import pipeline
from dod2oso.run.session import Options, make_converter

ROOT = Path(__file__).resolve().parents[2]
SAMPLES = ROOT / "samples" / "formaten"
EXPORT = SAMPLES / "edexml-2.1.xml"
RESERVED = re.compile(r"^(con|prn|aux|nul|com\d|lpt\d)(\.|$)", re.IGNORECASE)
Patch = pytest.MonkeyPatch


# --- files that another program holds ---


def test_a_file_that_is_held_for_a_moment_is_written_after_all(tmp_path: Path, monkeypatch: Patch) -> None:
    refused, real, slept = [1, 2], Path.replace, list[float]()

    def replace(self: Path, target: Path) -> Path:
        if refused:
            refused.pop()
            raise PermissionError(13, "sharing violation")
        return real(self, target)

    monkeypatch.setattr(Path, "replace", replace)
    monkeypatch.setattr(files, "_PAUSES", (0, 0, 0))
    monkeypatch.setattr(files.time, "sleep", slept.append)
    monkeypatch.setattr(files.os, "name", "nt")
    try:
        atomic_write(tmp_path / "gaps.xlsx", b"new")
    finally:
        monkeypatch.setattr(files.os, "name", os.name if sys.platform == "win32" else "posix")
    assert (tmp_path / "gaps.xlsx").read_bytes() == b"new" and len(slept) == 2


def test_a_file_that_stays_held_keeps_its_content_and_is_named(tmp_path: Path, monkeypatch: Patch) -> None:
    (tmp_path / "gaps.xlsx").write_bytes(b"old")

    def replace(self: Path, target: Path) -> Path:
        raise PermissionError(13, "sharing violation")

    monkeypatch.setattr(Path, "replace", replace)
    with pytest.raises(FileInUseError) as raised:
        atomic_write(tmp_path / "gaps.xlsx", b"new")
    assert "gaps.xlsx" in raised.value.text("nl")
    assert [path.name for path in tmp_path.iterdir()] == ["gaps.xlsx"]
    assert (tmp_path / "gaps.xlsx").read_bytes() == b"old"


def test_an_export_that_is_held_is_told_and_the_others_go_on(tmp_path: Path, monkeypatch: Patch) -> None:
    for name in ("a.xml", "b.xml"):
        (tmp_path / name).write_bytes(EXPORT.read_bytes())
    real = io.open

    def held(file: object, *arguments: object, **named: object) -> object:
        if str(file).endswith("a.xml"):
            raise PermissionError(13, "sharing violation")
        return real(file, *arguments, **named)  # type: ignore[call-overload]

    monkeypatch.setattr(io, "open", held)
    monkeypatch.setattr("builtins.open", held)
    told: list[tuple[str, ExportError]] = []
    read = list(dod2oso.read_exports(tmp_path, problem=lambda name, why: told.append((name, why))))
    assert {one.export for one in read} == {"b.xml"}
    assert [(name, why.code) for name, why in told] == [("a.xml", "export-geen-toegang")]


def test_no_link_is_ever_made() -> None:
    """Neither FAT nor a network drive has hard links, and a symbolic one asks for an administrator."""
    made = re.compile(r"os\.(?:link|symlink)\(|\.hardlink_to\(|\.symlink_to\(")
    assert [p.name for p in (ROOT / "dod2oso").rglob("*.py") if made.search(p.read_text(encoding="utf-8"))] == []


# --- names ---


@pytest.fixture(name="out", scope="module")
def _out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("windows") / "out"
    dod2oso.run_exports(
        *sorted((ROOT / "samples" / "regio" / "exports").iterdir()), transfer="POVO", out=out, datum="2025-06-15",
        schools=ROOT / "samples" / "regio" / "scholen.csv", supplements=[ROOT / "samples" / "regio" / "aanvulling.csv"],
    )  # fmt: skip
    return out


def test_every_name_that_a_run_makes_can_be_a_name_on_windows(out: Path) -> None:
    made = [path.relative_to(out) for path in out.rglob("*")]
    assert len(made) > 80
    for path in made:
        for part in path.parts:
            assert not RESERVED.match(part) and not re.search(r'[<>:"|?*\\\x00-\x1f]|[. ]$', part), path
    folded = [str(path).casefold() for path in made]
    assert len(folded) == len(set(folded))
    assert max(len(str(path)) for path in made) < disk.DEEPEST


def test_names_in_a_zip_that_are_one_name_or_no_name_on_windows_are_read_all_the_same(tmp_path: Path) -> None:
    names = ("Klas.xml", "klas.xml", "CON.xml", "map./a .xml")
    with zipfile.ZipFile(tmp_path / "school.zip", "w") as file:
        for name in names:
            file.writestr(name, EXPORT.read_bytes())
    read = list(dod2oso.read_exports(tmp_path / "school.zip"))
    assert len({one.export for one in read}) == len(names)
    assert [path.name for path in tmp_path.iterdir()] == ["school.zip"]


# --- where the folder is ---

MOUNTS = """22 1 8:1 / / rw - ext4 /dev/sda1 rw
30 22 0:40 / /mnt/school\\040schijf rw,relatime shared:5 - cifs //server/x rw
31 22 0:41 / /home rw - nfs4 server:/home rw
32 31 8:2 / /home/local rw - ext4 /dev/sdb1 rw
half a line
"""


@pytest.mark.parametrize(
    ("place", "kind"),
    [
        ("/mnt/school schijf/regio", "cifs"), ("/mnt/school schijfje", "ext4"), ("/home/an/regio", "nfs4"),
        ("/home/local/regio", "ext4"), ("/", "ext4"),
    ],
)  # fmt: skip
def test_the_file_system_of_a_folder_is_that_of_the_nearest_mount(place: str, kind: str) -> None:
    assert disk.kind_of(place, MOUNTS) == kind


def test_a_folder_of_which_nothing_is_known_is_not_on_a_network(tmp_path: Path, monkeypatch: Patch) -> None:
    monkeypatch.setattr(disk, "_MOUNTS", tmp_path / "nothing")
    assert disk.on_network(tmp_path) is False
    assert disk.kind_of("/x", "") == ""


@pytest.mark.parametrize(
    ("place", "remote"),
    [
        (r"\\server\deel\regio", True),
        (r"\\?\UNC\server\deel\regio", True),
        (r"C:\Regio", False),
        (r"\\?\C:\Regio", False),
    ],
)
def test_a_share_of_windows_is_a_network(place: str, remote: bool) -> None:
    if sys.platform == "win32" and not remote:
        pytest.skip("the kind of a drive is asked of Windows itself")
    assert disk._windows(place) is remote
    assert PureWindowsPath(place).drive


def test_a_ledger_on_a_network_drive_is_warned_about(tmp_path: Path, monkeypatch: Patch) -> None:
    monkeypatch.setattr(pipeline, "on_network", lambda _folder: True)
    ended = dod2oso.run_exports(EXPORT, transfer="POVO", out=tmp_path / "out", datum="2025-06-15")
    assert [message for message in ended.messages if "netwerkschijf" in message and "--ledger" in message]
    monkeypatch.setattr(health, "on_network", lambda _folder: True)
    monkeypatch.setattr(health, "too_deep", lambda _folder: 1)
    told = [check.text.text("en") for check in health._place(tmp_path, "")]
    assert "network drive" in told[0] and "1 character too long" in told[1]
    assert list(health._place(tmp_path, "postgresql://x"))[1:] == []


# --- letters, line ends, processes ---


@pytest.mark.parametrize("encoding", ["cp1252", "cp850", "ascii"])
def test_no_letter_stops_a_window_that_does_not_know_it(encoding: str, monkeypatch: Patch) -> None:
    window, pipe = (io.TextIOWrapper(io.BytesIO(), encoding=encoding) for _ in range(2))
    window.isatty = lambda: True  # type: ignore[method-assign]
    monkeypatch.delenv("PYTHONIOENCODING", raising=False)
    monkeypatch.setattr(sys, "stdout", window)
    monkeypatch.setattr(sys, "stderr", pipe)
    streams.settle()
    for stream in (window, pipe):
        stream.write("é → ☐ 中\n")
        stream.flush()
    assert b"?" in window.buffer.getvalue()  # type: ignore[attr-defined]
    assert pipe.buffer.getvalue().decode("utf-8").rstrip() == "é → ☐ 中"  # type: ignore[attr-defined]


def test_line_ends_of_windows_in_the_users_own_files_change_nothing(tmp_path: Path) -> None:
    def made(folder: Path) -> list[tuple[str, bytes | None]]:
        given = {"schools": folder / "scholen.csv", "supplements": [folder / "aanvulling.csv"]}
        made = dod2oso.convert_exports(EXPORT, transfer="POVO", datum="2025-06-15", **given)  # type: ignore[arg-type]
        return [(one.state, one.xml) for one in made]

    for name in ("scholen.csv", "aanvulling.csv"):
        lines = (SAMPLES / name).read_bytes().replace(b"\r\n", b"\n")
        (tmp_path / name).write_bytes(lines.replace(b"\n", b"\r\n"))
    assert made(tmp_path) == made(SAMPLES)


def test_a_new_process_gets_all_it_needs(tmp_path: Path) -> None:
    """Windows starts processes anew (spawn): what they are given is pickled, and nothing is inherited."""
    options = Options(exports=(), transfer="POVO", out_dir=tmp_path)
    assert pickle.loads(pickle.dumps(make_converter(options, "2025-06-15")))  # noqa: S301
    code = (
        "import multiprocessing, sys\n"
        "from dod2oso.cli.app import main\n"
        "if __name__ == '__main__':\n"
        "    multiprocessing.set_start_method('spawn')\n"
        "    main()\n"
    )
    (tmp_path / "start.py").write_text(code, encoding="utf-8")
    command = [sys.executable, str(tmp_path / "start.py"), "run", str(EXPORT), "--overstap", "POVO", "--workers", "2"]
    done = subprocess.run(
        [*command, "--out", str(tmp_path / "out"), "--yes", "--fail-on", "never"], capture_output=True, text=True,
        check=False, env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert len(list((tmp_path / "out" / "dossiers").rglob("*.xml"))) == 6
