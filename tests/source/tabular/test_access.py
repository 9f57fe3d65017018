"""Access databases: what mdbtools tells of them, where it is installed, and what is said where it is not."""

import json
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from shutil import which

import pytest

from dod2oso.base.errors import ExportError
from dod2oso.source.bind import BoundProfile
from dod2oso.source.container.find import find_exports
from dod2oso.source.dictionary import load_dictionary
from dod2oso.source.opening import OpenExport
from dod2oso.source.profile import load_profile
from dod2oso.source.tabular.access import TOOLS, tables
from dod2oso.source.tabular.table import Notation
from tests.corpus.kit import write
from tests.source.container.kit import zipped
from tests.source.container.test_find import problems
from tests.source.tabular.jet import (
    BOOLEAN,
    DOUBLE,
    LONG,
    MEMO,
    MOMENT,
    TEXT,
    Column,
    JetTable,
    accdb,
    access97,
    access2000,
)

PUPILS = JetTable(
    "leerlingen",
    (
        Column("llnr", LONG), Column("achternaam", TEXT), Column("geboren", MOMENT), Column("afgeschermd", BOOLEAN),
        Column("gewicht", DOUBLE), Column("notitie", MEMO),
    ),
    (
        (7, 'Proef, "Één"', datetime(2007, 5, 1), True, 0.3, "regel 1\r\nregel 2"),
        (8, "Tweede", datetime(2008, 12, 31, 12, 30), False, None, None),
        (9, None, datetime(1899, 12, 30, 8, 15), False, None, None),
    ),
)  # fmt: skip
TESTS = JetTable("toetsen", (Column("llnr", LONG), Column("toets", TEXT)), ((7, "A"), (7, "B"), (8, "A")))
NOTHING = JetTable("leeg", (Column("a", LONG),), ())
PROFILE = """\
profile: toegang
describes: een database van Access
format: tables
match: {tables: {leerlingen: [llnr, geboren]}}
text: {dates: dd-mm-jjjj}
records: bundel/leerlingen
nested: {toetsen: {by: llnr}}
fields: {leerling.leerlingid: llnr, leerling.achternaam: achternaam, leerling.geboortedatum: geboren}
lists:
  toetsen: {at: toetsen, fields: {naam: toets}}
"""
JSON = (
    r'{"llnr":7,"achternaam":"Proef, \"Één\"","geboren":"\u00022007-05-01T00:00:00","afgeschermd":1,'
    r'"gewicht":0.3,"notitie":"regel 1\u000d\u000aregel 2"}',
    r'{"llnr":8,"achternaam":"Tweede","geboren":"\u00022008-12-31T12:30:00","afgeschermd":0}',
    r'{"llnr":9,"geboren":"\u00021899-12-30T08:15:00","afgeschermd":0}',
    "",
)
SAID = {
    "mdb-tables": "toetsen\nleerlingen\nleeg\n",
    "mdb-export leerlingen": "llnr,achternaam,geboren,afgeschermd,gewicht,notitie\n7\n",
    "mdb-export toetsen": "llnr,toets\n",
    "mdb-export leeg": "a\n",
    "mdb-json leerlingen": "\n".join(JSON),
    "mdb-json toetsen": '{"llnr":7,"toets":"A"}\n{"llnr":7,"toets":"B"}\n{"llnr":8,"toets":"A"}\n',
    "mdb-json leeg": "",
}  # what mdbtools 1.0 says of these tables
TOOL = """\
#!{python}
import sys
known = {known}
name = {name!r} + (" " + sys.argv[-1] if {name!r} != "mdb-tables" else "")
sys.stdout.buffer.write(known[name].encode())
sys.exit({end})
"""


@pytest.fixture
def database(tmp_path: Path) -> Path:
    path = tmp_path / "leerlingen.mdb"
    path.write_bytes(access97(TESTS, PUPILS, NOTHING))
    return path


@pytest.fixture(params=["mdbtools", "what it said"])
def tools(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param == "mdbtools":
        if not all(map(which, TOOLS)):
            pytest.skip("needs mdbtools")
        return
    fake(tmp_path, monkeypatch)


def fake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: dict[str, str] = SAID, end: int = 0) -> None:
    """Tools that say what is in `said`."""
    for name in TOOLS:
        text = TOOL.format(python=sys.executable, known=ascii(said), name=name, end=end if name == "mdb-json" else 0)
        write(tmp_path / "bin" / name, text).chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))


KINDS = {"97.mdb": access97, "2000.mdb": access2000, "2007.accdb": accdb}


@pytest.fixture(params=list(KINDS))
def any_kind(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    path = tmp_path / request.param
    path.write_bytes(KINDS[request.param](TESTS, PUPILS, NOTHING))
    return path


@pytest.mark.skipif(not all(map(which, TOOLS)), reason="needs mdbtools")
def test_each_generation_of_access_gives_the_same_cells(any_kind: Path, tmp_path: Path) -> None:
    """Jet 3, Jet 4 and ACE, each in its own pages and texts, as mdbtools reads them."""
    _read_as_the_profile_writes(any_kind)
    odd = JetTable("leerlingen", (Column("llnr", LONG), Column("achternaam", TEXT)), ((7, "Łuksasz"), (8, "Šahin-Özk")))
    if any_kind.name != "97.mdb":  # its texts are in a code page that has no such letters
        path = tmp_path / f"odd{any_kind.suffix}"
        path.write_bytes(KINDS[any_kind.name](odd))
        (table,) = tables(path, Notation())
        assert [row[1] for row in table.rows()] == ["Łuksasz", "Šahin-Özk"]


@pytest.mark.usefixtures("tools")
def test_cells_are_written_as_the_profile_writes_them(database: Path) -> None:
    _read_as_the_profile_writes(database)


def _read_as_the_profile_writes(database: Path) -> None:
    found = {table.name: table for table in tables(database, Notation("dd-mm-jjjj", ","))}
    assert list(found) == ["leeg", "leerlingen", "toetsen"]
    assert found["leerlingen"].columns == tuple(column.name for column in PUPILS.columns)
    for _again in range(2):
        assert list(found["leerlingen"].rows()) == [
            ("7", 'Proef, "Één"', "01-05-2007", "1", "0,3", "regel 1\r\nregel 2"),
            ("8", "Tweede", "31-12-2008 12:30:00", "0", "", ""),
            ("9", "", "08:15:00", "0", "", ""),
        ]
    assert list(found["leeg"].rows()) == [] and len(list(found["toetsen"].rows())) == 3


@pytest.mark.usefixtures("tools")
def test_an_export_under_a_profile(database: Path, tmp_path: Path) -> None:
    profile = load_profile(write(tmp_path / "p.yaml", PROFILE))
    (found,) = find_exports([database]).exports
    assert found.kind == "access" and found.problem is None
    with OpenExport(found) as opened:
        assert opened.fitting()(profile)
        export = opened.export(BoundProfile(profile, load_dictionary()))
        export.survey()
        dossiers = list(export.dossiers())
        assert opened.fingerprint(profile.model).startswith(f"{database.stat().st_size}:")
    born = [one.root.value("leerling.geboortedatum") for one in dossiers]
    assert born == ["2007-05-01", "2008-12-31", None]  # a time alone is no day
    assert [[test.value("naam") for test in one.root.lists.get("toetsen", ())] for one in dossiers] == [
        ["A", "B"],
        ["A"],
        [],
    ]


def test_without_mdbtools_it_is_said_what_to_do(
    database: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path / "nothing"))
    assert problems(find_exports([database])) == {"leerlingen.mdb": "export-ander-soort"}
    zipped_up = write(tmp_path / "z.zip", zipped({"leerlingen.mdb": database.read_bytes()}))
    assert list(problems(find_exports([zipped_up])).values()) == ["database-in-zip"]


def _half(said: dict[str, str]) -> dict[str, str]:
    return said | {"mdb-json toetsen": '{"llnr":7,"toets":"A"}\n{"llnr":7,"to'}


@pytest.mark.parametrize(
    ("change", "end"), [(_half, 0), (lambda said: said, 1), (lambda said: said | {"mdb-json toetsen": "[]\n"}, 0)]
)
def test_what_ends_badly_is_damaged(
    change: Callable[[dict[str, str]], dict[str, str]], end: int, database: Path, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    fake(tmp_path, monkeypatch, change(SAID), end)
    (table,) = (one for one in tables(database, Notation()) if one.name == "toetsen")
    with pytest.raises(ExportError) as raised:
        list(table.rows())
    assert raised.value.code == "database-beschadigd"


@pytest.mark.skipif(not all(map(which, TOOLS)), reason="needs mdbtools")
def test_a_file_that_only_begins_as_a_database_is_damaged(tmp_path: Path) -> None:
    for start in (b"\0\1\0\0Standard Jet DB\0", b"\0\1\0\0Standard ACE DB\0"):
        path = write(tmp_path / "kapot.accdb", start + bytes(200))
        with pytest.raises(ExportError) as raised:
            tables(path, Notation())
        assert raised.value.code == "database-beschadigd" and "kapot" not in json.dumps(raised.value.text("nl"))


def test_a_quote_in_the_name_of_a_column_does_not_end_it(
    database: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake(tmp_path, monkeypatch, SAID | {"mdb-tables": "toetsen\n", "mdb-export toetsen": 'llnr,"to\n""ets"\n7,A\n'})
    (table,) = tables(database, Notation())
    assert len(table.columns) == 2
