"""No name of a child in the name of a file, sheet or zip member comes out in anything that leaves."""

import re
from pathlib import Path

import openpyxl
import pytest

from dod2oso.source.container.discreet import LIST
from tests.cli.kit import here
from tests.corpus.kit import DATUM, pupil, reference
from tests.source.container.kit import write, zipped

CHILD = ("pietje", "quispel")
PRIVATE = {"namen.csv", "project.key"}  # what stays; and the dossiers, which are about the child


@pytest.fixture(scope="module")
def region(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("regio")
    exports = folder / "exports"
    write(exports / "Quispel_Pietje.xml", reference(pupil(1)).encode())
    write(exports / "Quispel" / "half Pietje.xml", reference(pupil(2)).encode()[:-20])
    write(exports / "data.zip", zipped({"Pietje Quispel/x.xml": reference(pupil(3)).encode(), "y.xml": b"<vreemd/>"}))
    write(exports / "Pietje.mdb", b"\0\1\0\0Standard Jet DB\0" + bytes(99))
    write(exports / "rapport Pietje.pdf", b"%PDF-1.4")
    book = openpyxl.Workbook()
    for title in ("Pietje Quispel", "leerlingen"):
        book.create_sheet(title).append(["iets", "anders"])
    book.save(exports / "klas.xlsx")
    return folder


def run(region: Path, *more: str) -> tuple[str, Path]:
    out = region / "uit"
    command = ("run", region / "exports", "--overstap", "POVO", "--out", out, "--datum", DATUM, "--json", *more)
    ended = here(*command)
    return ended.stdout + ended.stderr, out


def telling(out: Path) -> list[str]:
    """The files that leave and in which the child's name stands."""
    found = []
    for path in out.rglob("*"):
        inside = path.relative_to(out)
        if path.is_file() and inside.parts[0] not in ("dossiers", *PRIVATE) and inside.name != "aanvulling.xlsx":
            data = path.read_bytes().lower()
            if any(name.encode() in data or name.encode("utf-16-le") in data for name in CHILD):
                found.append(inside.as_posix())
    return found


def test_names_become_numbers_in_everything_that_leaves(region: Path) -> None:
    said, out = run(region)
    assert [name for name in CHILD if name in said.lower()] == []
    assert re.search(r"naam-\d+.xml", said) and LIST in said and "klas.xlsx: Geen bronprofiel" in said
    assert telling(out) == []
    listed = (out / LIST).read_text(encoding="utf-8-sig")
    assert "Quispel_Pietje.xml" in listed and "half Pietje.xml" in listed and "Pietje.mdb" in listed
    masked = here("report", "--out", out, "--mask-small", "--format", "html,csv,json,xlsx")
    assert masked.returncode == 0 and telling(out) == []
    again, _ = run(region)
    (number,) = re.findall(r"(naam-\d+)\.xml: niet veranderd", again)  # the same one in the next run
    assert f"{number};Quispel_Pietje.xml" in listed


def test_whoever_wants_it_gets_the_own_names(region: Path, tmp_path: Path) -> None:
    said, _ = run(region, "--file-names", "--out", str(tmp_path / "eigen"))
    assert "Quispel_Pietje.xml" in said and not (tmp_path / "eigen" / LIST).exists()
