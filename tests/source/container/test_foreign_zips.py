"""Zips as Info-ZIP, 7-Zip and Python write them, in all their habits: read right, or told with the true cause."""

import io
import shutil
import sqlite3
import subprocess
import zipfile
from pathlib import Path

import pytest

from dod2oso.source.container.find import find_exports
from dod2oso.source.tabular.database import lacks_log
from tests.corpus.kit import convert, totals
from tests.source.container.kit import XML, write, zipped
from tests.source.container.test_find import place, problems

SAMPLE = Path(__file__).parents[3] / "samples" / "formaten" / "database.sqlite"
PLAIN = zipped({"x.xml": XML})


def by_python(method: int, *, zip64: bool = False, streamed: bool = False, comment: bytes = b"") -> bytes:
    """A zip by the standard library; `streamed`: to something that cannot seek, so that sizes stand behind the data."""

    class Pipe(io.RawIOBase):
        def __init__(self) -> None:
            self.data = b""

        def writable(self) -> bool:
            return True

        def write(self, data: object) -> int:
            self.data += bytes(data)  # type: ignore[call-overload]
            return len(bytes(data))  # type: ignore[call-overload]

    out = Pipe() if streamed else io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        archive.comment = comment
        with archive.open("x.xml", "w", force_zip64=zip64) as file:
            file.write(XML)
    return out.data if isinstance(out, Pipe) else out.getvalue()


GOOD = {
    "stored": lambda: by_python(zipfile.ZIP_STORED),
    "deflated": lambda: by_python(zipfile.ZIP_DEFLATED),
    "zip64": lambda: by_python(zipfile.ZIP_DEFLATED, zip64=True),
    "streamed": lambda: by_python(zipfile.ZIP_DEFLATED, streamed=True),
    "comment": lambda: by_python(zipfile.ZIP_DEFLATED, comment=b"gemaakt door de administratie PK"),
    "stray bytes before": lambda: b"rommel\r\n" + PLAIN,
    "stray bytes behind": lambda: PLAIN + b"\r\n\0\0",
    "mark of one part": lambda: b"PK\x07\x08" + PLAIN,
    "older mark of one part": lambda: b"PK00" + PLAIN,
}


@pytest.mark.parametrize("habit", GOOD)
@pytest.mark.parametrize("named", [True, False])
def test_habits_of_zips(habit: str, named: bool, tmp_path: Path) -> None:
    path = write(tmp_path / "map" / "export.zip", GOOD[habit]())
    (export,) = find_exports([path if named else path.parent]).exports
    assert export.problem is None and export.members[0].open().read() == XML


@pytest.mark.parametrize(("method", "code"), [(zipfile.ZIP_BZIP2, "zip-methode"), (zipfile.ZIP_LZMA, "zip-methode")])
def test_methods_that_are_not_read_are_named(method: int, code: str, tmp_path: Path) -> None:
    assert problems(find_exports([write(tmp_path / "a.zip", by_python(method))])) == {"a.zip": code}


INFOZIP = [("-0",), ("-9",), ("-X",), ("-j",), ("-D",), ("-fd",), ("-fz",), ("-UN=UTF8",)]
SEVENZIP = [("-mx=0",), ("-mx=9",), ("-mcu=on",), ("-mtc=on",), ("-mm=Deflate",), ("-ssw",)]


@pytest.mark.parametrize("options", INFOZIP, ids=" ".join)
@pytest.mark.skipif(shutil.which("zip") is None, reason="Info-ZIP is not here")
def test_info_zip(options: tuple[str, ...], tmp_path: Path) -> None:
    write(tmp_path / "map" / "één.xml", XML)
    subprocess.run(["zip", "-q", "-r", *options, "export.zip", "map"], cwd=tmp_path, check=True)
    (export,) = find_exports([tmp_path / "export.zip"]).exports
    assert export.problem is None and export.members[0].open().read() == XML


@pytest.mark.parametrize("options", SEVENZIP, ids=" ".join)
@pytest.mark.skipif(shutil.which("7z") is None, reason="7-Zip is not here")
def test_7_zip(options: tuple[str, ...], tmp_path: Path) -> None:
    write(tmp_path / "map" / "één.xml", XML)
    subprocess.run(["7z", "a", "-tzip", "-bso0", *options, "export.zip", "map"], cwd=tmp_path, check=True)
    (export,) = find_exports([tmp_path / "export.zip"]).exports
    assert export.problem is None and export.members[0].open().read() == XML


def split(parts: int = 2) -> dict[str, bytes]:
    """A zip in parts as Info-ZIP names and marks them."""
    end = bytearray(PLAIN)
    at = end.rfind(b"PK\x05\x06")
    end[at + 4] = end[at + 6] = parts - 1
    return {"export.z01": b"PK\x07\x08" + PLAIN[:60], "export.zip": bytes(end[60:])}


def test_a_zip_in_parts_is_told_as_that(tmp_path: Path) -> None:
    folder = place(tmp_path / "map", {**split(), "a.zip.001": PLAIN[:60], "a.zip.002": PLAIN[60:]})
    found = problems(find_exports([folder]))
    assert found == dict.fromkeys(("a.zip.001", "a.zip.002", "export.z01", "export.zip"), "zip-gesplitst")
    assert set(problems(find_exports(sorted(folder.iterdir()))).values()) == {"zip-gesplitst"}


@pytest.mark.parametrize("content", [b"", b"<html>niet gevonden</html>", PLAIN[:60]])
def test_what_is_called_a_zip_and_is_none_is_told(content: bytes, tmp_path: Path) -> None:
    assert problems(find_exports([place(tmp_path / "map", {"a.zip": content})])) == {"a.zip": "zip-beschadigd"}


# --- a database without its log ---


def test_a_database_without_its_log_is_read_and_that_is_said(tmp_path: Path) -> None:
    path = write(tmp_path / "a.sqlite", SAMPLE.read_bytes())
    database = sqlite3.connect(path)
    database.execute("pragma journal_mode = wal")
    database.close()
    found = totals(tmp_path / "out", convert(tmp_path / "out", path))
    assert found["findings"]["by_code"]["database-zonder-wal"] == 1
    assert sum(found["dossiers"].values()) > 0


def test_a_database_that_was_copied_without_its_log(tmp_path: Path) -> None:
    with_log = tmp_path / "in-gebruik" / "regio.sqlite"
    with_log.parent.mkdir()
    database = sqlite3.connect(with_log)
    database.execute("pragma journal_mode = wal")
    database.execute("create table leerlingen (naam text)")
    database.commit()
    copy = write(tmp_path / "kopie" / "regio.sqlite", with_log.read_bytes())
    assert lacks_log(f"sqlite:///{copy}") and not lacks_log(f"sqlite:///{with_log}")
    found = find_exports([with_log.parent])
    assert [each.name for each in found.exports] == ["regio.sqlite"] and found.skipped == 0  # the log is part of it
    database.close()
    assert not lacks_log("postgresql+psycopg://jan:geheim@server.example/platform")
