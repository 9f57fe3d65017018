"""Rows beyond those in memory wait on disk: they give the same, are found the same way, and nobody reads them there."""

from pathlib import Path

import pytest

from dod2oso.base.pseudonym import Pseudonyms
from dod2oso.mapping.compile import shipped_plan
from dod2oso.source import sealed
from dod2oso.source.dictionary import load_dictionary
from dod2oso.supplement import kept
from dod2oso.supplement.claims import RowFinder
from dod2oso.supplement.kept import KeptList
from dod2oso.supplement.pupil import Keys, name_key, number_key
from dod2oso.supplement.rows import Supplement, read_supplements

KEY = Pseudonyms(bytes(32))
TABLE = "brin;leerlingid;achternaam;geboortedatum;leerling.roepnaam;school.brin\n" + "".join(
    f"99XX;{number % 5};Voorbeeld{number};01-02-2012;Naam{number};{'99YY' if number == 6 else ''}\n"
    for number in range(9)
)


def read(tmp_path: Path) -> Supplement:
    path = tmp_path / "aanvulling.csv"
    path.write_text(TABLE, encoding="utf-8")
    return read_supplements([path], shipped_plan("2019.1", "POVO"), load_dictionary())


def pupil(number: int) -> Keys:
    """By what the pupil of a row is found; the row of the same number with another name is disputed."""
    name = name_key(KEY, f"Voorbeeld{number}", "2012-02-01")
    return Keys("99XX", "", KEY.of("leerling", "99XX", str(number)), number_key(KEY, str(number)), name)


@pytest.mark.parametrize("limit", [0, 3, 8, 9])
def test_rows_on_disk_are_the_same_and_found_the_same(
    limit: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    near = read(tmp_path)
    finder = RowFinder(near, KEY)
    monkeypatch.setattr(kept, "LIMIT", limit)
    far = read(tmp_path)
    assert len(far.pupils) == len(near.pupils) == 9
    told = [(row.number, row.named, row.said, row.school, row.odd, row.place.text("nl")) for row in near.pupils]
    assert [(row.number, row.named, row.said, row.school, row.odd, row.place.text("nl")) for row in far.pupils] == told
    assert [far.pupils[n].said for n in (-1, 0, 4)] == [near.pupils[n].said for n in (-1, 0, 4)]
    found = RowFinder(far, KEY)
    for number in range(6):
        who = pupil(number)
        assert list(found.claimed_by(who)) == list(finder.claimed_by(who))
        assert found.find(who).said(KEY) == finder.find(who).said(KEY)
        assert [row.number for row in found.find(who).rows] == [row.number for row in finder.find(who).rows]
    assert [row.number for row in finder.find(pupil(1)).rows] == [3] and len(finder.find(pupil(1)).doubted) == 1
    assert list(finder.claimed_by(pupil(0))) == [0, 5]  # two rows of one number: seen on disk as well


def test_what_waits_on_disk_cannot_be_read(monkeypatch: pytest.MonkeyPatch) -> None:
    waiting: KeptList[str] = KeptList(str, str, limit=0)
    waiting.append("Voorbeeldachternaam")
    assert waiting._far is not None
    dump = b"".join(str(line).encode() for line in waiting._far._database.iterdump())
    assert b"Voorbeeld" not in dump and b"566f6f72" not in dump.lower()
    assert waiting[0] == "Voorbeeldachternaam" and list(waiting) == ["Voorbeeldachternaam"]


def test_no_row_stands_where_there_is_none() -> None:
    few: KeptList[int] = KeptList(int, int, limit=1)
    for number in range(3):
        few.append(number)
    assert few[1:] == [1, 2] and few[-1] == 2
    with pytest.raises(IndexError):
        few[3]


def test_a_small_supplement_makes_nothing_on_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused() -> None:
        raise AssertionError("a database was made")

    monkeypatch.setattr(kept, "temporary_database", refused)
    monkeypatch.setattr(sealed, "temporary_database", refused)
    assert len(RowFinder(read(tmp_path), KEY).find(pupil(1)).rows) == 1
