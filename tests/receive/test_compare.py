"""What changed between two dossiers, and whether they are of one pupil."""

from pathlib import Path

import pytest
from lxml import etree

from dod2oso.conformance.dossiers import full_dossier
from dod2oso.receive.compare import Whose, changes, same_pupil
from dod2oso.receive.take import compared, write_comparison
from dod2oso.report.style import PLAIN
from dod2oso.supplement.pupil import Pupil
from tests.receive.kit import GOOD, SMALL, changed, taken

JAN = Pupil("99XX", "", "1", "Jansen", "2010-01-02", "999900006")


@pytest.mark.parametrize(
    ("other", "whose"),
    [
        (JAN, Whose.SAME),
        (JAN._replace(name="Pietersen", born="2011-01-01"), Whose.SAME),  # the number decides
        (JAN._replace(pgn="999900018"), Whose.DIFFERENT),
        (JAN._replace(pgn=""), Whose.LIKELY),
        (JAN._replace(pgn="", name="JANSEN"), Whose.LIKELY),
        (JAN._replace(pgn="", born="2010-01-03"), Whose.DIFFERENT),
        (JAN._replace(pgn="", born=""), Whose.UNSURE),
        (JAN._replace(pgn="", name=""), Whose.UNSURE),
    ],
)
def test_whether_it_is_one_pupil(other: Pupil, whose: Whose) -> None:
    assert same_pupil(JAN, other) is whose
    assert same_pupil(other, JAN) is whose


def told(before: bytes, after: bytes) -> list[tuple[str, str]]:
    found = changes(etree.fromstring(before), etree.fromstring(after))
    return [(change.path.rpartition("/")[2], change.kind) for change in found]


def renamed(name: str) -> bytes:
    """The small dossier with another surname for the pupil, who comes before the carer."""
    return SMALL.replace(b"<achternaam>tekst<", f"<achternaam>{name}<".encode(), 1)


def test_what_is_the_same_is_no_change_in_whatever_order() -> None:
    root = etree.fromstring(full_dossier("2019.1", "POVO", copies=2))
    assert told(etree.tostring(root), etree.tostring(root)) == []
    (tests,) = root.iter("{*}toetslijst")
    before = etree.tostring(root)
    next(each for each in tests[0].iter("{*}*") if len(each) == 0).text = "anders"
    after = etree.tostring(root)
    tests[:] = list(reversed(tests))
    assert told(before, after) == told(before, etree.tostring(root)) != []


def test_a_corrected_value_is_a_change_at_its_place() -> None:
    assert told(SMALL, renamed("Ander")) == [("achternaam", "changed")]


def test_what_came_and_what_went() -> None:
    more = etree.fromstring(GOOD)
    (other,) = more.iter("{*}toetslijst")
    extra = etree.fromstring(etree.tostring(other[0]))
    for field in extra.iter("{*}*"):
        if len(field) == 0:
            field.text = "heel iets anders"
    other.append(extra)
    assert told(GOOD, etree.tostring(more)) == [("toets", "added")]
    assert told(etree.tostring(more), GOOD) == [("toets", "gone")]


def test_a_page_shows_values_and_lines_do_not(tmp_path: Path) -> None:
    out = tmp_path / "uit"
    made = taken(out, {"1.xml": SMALL, "2.xml": renamed("Geheimzin")})
    found = compared(*made.dossiers)
    assert found.whose is Whose.SAME
    assert [row[:1] + row[2:] for row in found.rows("nl", values=False)] == [("changed", [], [])]
    page = write_comparison(out, found, PLAIN, "nl")
    assert "Geheimzin" in page.read_text(encoding="utf-8") and "Geheimzin" not in page.name


def test_two_pupils_are_never_compared_in_silence(tmp_path: Path) -> None:
    other = changed(SMALL, ("<bsn>999900006<", "<bsn>999900018<"))
    made = taken(tmp_path / "uit", {"1.xml": SMALL, "2.xml": other})
    found = compared(*made.dossiers)
    assert found.whose is Whose.DIFFERENT
    page = write_comparison(tmp_path / "uit", found, PLAIN, "nl")
    assert "twee verschillende leerlingen" in page.read_text(encoding="utf-8")
