"""How often an export is read: once to look and once to convert, also when doubles are merged; and when more often."""

import io
import shutil
import sqlite3
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, BinaryIO, cast

import pytest

from dod2oso.base.pseudonym import load_key
from dod2oso.run import first_pass
from dod2oso.source.container import gather
from dod2oso.source.container.member import Member, file_member
from dod2oso.source.xmlreader import XmlRecords
from tests.corpus.kit import CONSENT, convert, dossiers, pupil, reference, schools, supplement, totals, write

pytestmark = pytest.mark.usefixtures("without_report", "without_workbook")

PADDING = f"<!--{'-x' * 600_000}-->"  # to look at the head of a file is not to read it


class _Counted(io.RawIOBase):
    """Counts the bytes that are read."""

    def __init__(self, stream: BinaryIO, name: str, taken: Counter[str]) -> None:
        self._stream, self._name, self._taken = stream, name, taken

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        data = self._stream.read(len(buffer))
        buffer[: len(data)] = data
        self._taken[self._name] += len(data)
        return len(data)


class Passes:
    """How often each file was read as a whole since the last time that was asked."""

    def __init__(self) -> None:
        self.taken: Counter[str] = Counter()
        self.sizes: dict[str, int] = {}

    def since(self) -> dict[str, int]:
        found = {name: taken // self.sizes[name] for name, taken in self.taken.items()}
        self.taken.clear()
        return found


@pytest.fixture
def passes(monkeypatch: pytest.MonkeyPatch) -> Passes:
    counted = Passes()

    def watched(path: Path, name: str) -> Member:
        found = file_member(path, name)
        counted.sizes[name] = found.size
        return replace(found, opener=lambda: cast(BinaryIO, _Counted(found.open(), name, counted.taken)))

    monkeypatch.setattr(gather, "file_member", watched)
    return counted


def large(path: Path, *pupils: str, date: str = "01-10-2018") -> Path:
    head = f"<Kop><Aanmaakdatum>{date}</Aanmaakdatum></Kop>"
    return write(path, reference(*pupils, before=PADDING + head))


def test_an_export_is_read_twice_and_when_unchanged_once(tmp_path: Path, passes: Passes) -> None:
    export = large(tmp_path / "a.xml", pupil(1), pupil(2))
    convert(tmp_path / "out", export)
    assert passes.since() == {"a.xml": 2}
    convert(tmp_path / "out", export)
    assert passes.since() == {"a.xml": 1}
    large(export, pupil(1), pupil(2), pupil(3))
    convert(tmp_path / "out", export)
    assert passes.since() == {"a.xml": 2}
    given = supplement(tmp_path, {"brin": "99XX", "leerlingid": "2", **CONSENT})
    convert(tmp_path / "out", export, supplements=[given])
    assert passes.since() == {"a.xml": 2}


def test_workers_get_what_the_first_reading_kept_unless_it_is_too_much(
    tmp_path: Path, passes: Passes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever they get, what they make is what one process makes."""
    export = large(tmp_path / "a.xml", *map(pupil, range(1, 8)))
    shutil.copytree(_with_key(tmp_path / "one"), tmp_path / "kept")
    shutil.copytree(tmp_path / "one", tmp_path / "more")
    convert(tmp_path / "one", export)
    assert passes.since() == {"a.xml": 2}
    convert(tmp_path / "kept", export, workers=2)
    assert passes.since() == {"a.xml": 1}
    monkeypatch.setattr(first_pass, "_KEPT", 3000)  # one pupil is kept, and then it is too much
    convert(tmp_path / "more", export, workers=2)
    assert passes.since() == {"a.xml": 2}
    assert len(dossiers(tmp_path / "one")) == 7
    assert dossiers(tmp_path / "one") == dossiers(tmp_path / "kept") == dossiers(tmp_path / "more")


def _with_key(out: Path) -> Path:
    load_key(out)
    return out


def test_one_that_changed_and_kept_its_size_is_read_once_more(tmp_path: Path, passes: Passes) -> None:
    """It may be as it was, so it was only hashed first; the others are not read for it."""
    exports = [large(tmp_path / "a.xml", pupil(1), pupil(2)), large(tmp_path / "b.xml", pupil(3))]
    convert(tmp_path / "out", exports)
    assert passes.since() == {"a.xml": 2, "b.xml": 2}
    large(exports[0], pupil(1), pupil(4))
    convert(tmp_path / "out", exports)
    assert passes.since() == {"a.xml": 3, "b.xml": 1}


def test_a_row_of_several_pupils_costs_its_export_two_readings_and_only_once(tmp_path: Path, passes: Passes) -> None:
    exports = [
        large(tmp_path / "a.xml", pupil(1), pupil(2, Leerlingnummer="1"), pupil(3)),
        large(tmp_path / "b.xml", pupil(7)),
    ]
    given = {"supplements": [supplement(tmp_path, {"brin": "99XX", "leerlingid": "1", **CONSENT})]}
    convert(tmp_path / "out", exports, **given)
    assert passes.since() == {"a.xml": 4, "b.xml": 2}
    convert(tmp_path / "out", exports, **given)
    assert passes.since() == {"a.xml": 1, "b.xml": 1}


def test_a_profile_that_recognises_other_exports_changes_nothing_for_these(tmp_path: Path, passes: Passes) -> None:
    export = large(tmp_path / "a.xml", pupil(1))
    convert(tmp_path / "out", export)
    head = "profile: eigen\ndescribes: een eigen indeling\nrecords: {root}/L\nfields: {{leerling.achternaam: N}}\n"
    own = write(tmp_path / "eigen.yaml", head.format(root="Set") + "match: {root: Set}\n")
    passes.since()
    convert(tmp_path / "out", export, own_profiles=[own])
    assert passes.since()["a.xml"] == 1
    write(own, "profile: eigen\nextends: dod-referentie\ndescribes: een eigen indeling\n")
    convert(tmp_path / "out", export, own_profiles=[own])
    assert passes.since()["a.xml"] == 2  # read with another profile now, so converted again


def test_merging_reads_no_export_more_often(tmp_path: Path, passes: Passes) -> None:
    exports = [
        large(tmp_path / "a.xml", pupil(1), pupil(2)),
        large(tmp_path / "b.xml", pupil(3), pupil(1), date="01-10-2019"),
    ]
    more = {"schools": schools(tmp_path), "merge": "newest"}
    convert(tmp_path / "out", exports, **more)
    assert passes.since() == {"a.xml": 1, "b.xml": 1}  # the records were kept at the first reading
    before = dossiers(tmp_path / "out")
    convert(tmp_path / "out", exports, **more)
    assert passes.since() == {"a.xml": 1, "b.xml": 1}
    assert dossiers(tmp_path / "out") == before
    large(exports[1], pupil(3), pupil(1, Roepnaam="Nieuwer"), date="01-10-2019")
    result = convert(tmp_path / "out", exports, **more)
    assert passes.since() == {"a.xml": 2, "b.xml": 1}
    assert "leerling-dubbel" not in totals(tmp_path / "out", result)["findings"]["by_code"]


def test_every_dossier_of_a_folder_is_read_twice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    convert(tmp_path / "bron", write(tmp_path / "a.xml", reference(pupil(1), pupil(2))), version="2018.1")
    parsed: Counter[int] = Counter()
    plain = XmlRecords.__iter__

    def counted(self: XmlRecords) -> Iterator[Any]:
        parsed[id(self)] += 1
        return plain(self)

    monkeypatch.setattr(XmlRecords, "__iter__", counted)
    shutil.copytree(tmp_path / "bron" / "dossiers", tmp_path / "elders")  # output of ours is no export where it stands
    assert convert(tmp_path / "out", tmp_path / "elders", version="2019.1").unreadable == []
    assert list(parsed.values()) == [2, 2]


def test_a_database_is_read_twice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from dod2oso.source.tabular.database import DatabaseTable

    with sqlite3.connect(tmp_path / "a.sqlite") as database:
        database.execute("create table leerlingen (leerlingid, achternaam, geboortedatum, geslacht, brin)")
        database.execute("insert into leerlingen values ('1', 'Voorbeeld', '2010-01-01', 'v', '99XX')")
    reads: Counter[str] = Counter()
    rows = DatabaseTable.rows

    def counted(self: DatabaseTable) -> Iterator[Any]:
        yield from rows(self)
        reads[self.name] += 1

    monkeypatch.setattr(DatabaseTable, "rows", counted)
    own = write(
        tmp_path / "eigen.yaml",
        "profile: eigen\ndescribes: eigen\nformat: tables\nrecords: bundel/leerlingen\n"
        "match: {tables: {leerlingen: [leerlingid, achternaam]}}\n"
        "fields:\n  leerling.leerlingid: leerlingid\n  leerling.achternaam: achternaam\n",
    )
    result = convert(tmp_path / "out", tmp_path / "a.sqlite", source_profile=str(own))
    assert result.unreadable == []
    assert reads == {"leerlingen": 2}
    convert(tmp_path / "out", tmp_path / "a.sqlite", source_profile=str(own))
    assert reads == {"leerlingen": 3}
