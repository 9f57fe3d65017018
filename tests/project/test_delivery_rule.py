"""The rule by which a delivery counts, case by case, on two small exports of one school."""

import os
from pathlib import Path

import pytest
from lxml import etree

from dod2oso.ledger.store import Ledger
from dod2oso.report.model import Report, SchoolPart, build
from tests.corpus.kit import write
from tests.project.kit import Work

pytestmark = pytest.mark.usefixtures("without_report")


@pytest.fixture(name="work")
def _work(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Work:
    work = Work(tmp_path, capsys, monkeypatch)
    work.supplement("goed.csv", 1, 2, 3)
    return work


def aged(path: Path, hours: int) -> Path:
    """The file as if it was changed so many hours ago."""
    moment = path.stat().st_mtime - 3600 * hours
    os.utime(path, (moment, moment))
    return path


def report(work: Work) -> Report:
    with Ledger.open(work.folder / "dod2oso-out/POVO") as ledger:
        run = ledger.last_run()
        assert run is not None
        return build(ledger, run)


def school(found: Report, brin: str = "99XX") -> SchoolPart:
    [one] = [part for part in found.schools if part.brin == brin]
    return one


def codes(work: Work) -> set[str]:
    return {finding.key.code for finding in report(work).findings}


def test_what_a_later_run_saw_first_is_newer_whatever_the_file_says(work: Work) -> None:
    work.export("a.xml", 1, 2)
    assert work.run().code == 0 and work.ready() == 2
    aged(work.export("b.xml", 1, 3), 24)
    ended = work.run()
    assert work.ready() == 2 and {"levering-vervangen", "leerling-verdwenen"} <= codes(work)
    assert "leerling-dubbel" not in codes(work) and ended.code == 0


def test_of_two_that_one_run_saw_first_the_younger_file_counts(work: Work) -> None:
    aged(work.export("b.xml", 1, 2), 5)
    work.export("a.xml", 1, 3)
    work.run()
    assert work.ready() == 2 and school(report(work)).files == ("a.xml",)


def test_where_nothing_tells_them_apart_the_pupils_are_double(work: Work) -> None:
    one, other = work.export("a.xml", 1, 2), work.export("b.xml", 1, 3)
    os.utime(one, (1_700_000_000, 1_700_000_000))
    os.utime(other, (1_700_000_000, 1_700_000_000))
    work.run()
    assert "leerling-dubbel" in codes(work) and work.ready() == 2  # 2 and 3; who is double stays home


def test_parts_without_a_common_pupil_all_count(work: Work) -> None:
    aged(work.export("groep-8a.xml", 1), 5)
    work.export("groep-8b.xml", 2)
    work.run()
    assert work.ready() == 2 and not codes(work) & {"levering-vervangen", "leerling-verdwenen"}


def test_the_same_bytes_count_once(work: Work) -> None:
    path = work.export("a.xml", 1, 2)
    write(path.with_name("kopie.xml"), path.read_bytes())
    assert work.run().code == 0
    assert work.ready() == 2 and "levering-zelfde" in codes(work) and "leerling-dubbel" not in codes(work)


def test_what_was_replaced_comes_back_when_the_newer_one_goes(work: Work) -> None:
    work.export("a.xml", 1, 2)
    work.run()
    newer = work.export("b.xml", 1)
    work.run()
    assert work.ready() == 1
    newer.unlink()
    assert work.run().code == 0
    assert report(work).dossiers.ready == 2 and "leerling-verdwenen" not in codes(work)


def test_a_broken_file_that_is_newer_replaces_nothing_and_stays_a_complaint(work: Work) -> None:
    work.export("a.xml", 1, 2)
    work.run()
    write(work.folder / "exports/99XX nieuw.xml", "<DodReferentie versie='1'><Leerlingen>")
    for _again in range(2):
        assert work.run().code == 4 and work.ready() == 2
        found, silent = school(report(work)), school(report(work), "99XY")
        assert (found.unread and found.stand == "ready") or found.stand == "over"
        assert silent.stand == "nothing" and silent.name == "De Stille School"


def test_what_was_replaced_counts_in_no_category_and_no_field(work: Work) -> None:
    work.export("a.xml", 1, 2, 3)
    work.run()
    work.export("b.xml", 1, 2)
    work.run()
    found = report(work)
    assert found.dossiers.total == 2 and school(found).replaced == 3
    made = [etree.parse(path).getroot() for path in (work.folder / "dod2oso-out/POVO/dossiers/ready").rglob("*.xml")]
    told = {part.path: part.dossiers for part in found.targets}
    assert told == {path: sum(has(root, path) for root in made) for path in told} and len(told) > 50
    for part in (*found.targets, *found.categories):
        assert part.dossiers + part.lacks == len(made) == 2


def has(root: etree._Element, path: str) -> bool:
    """Whether there is an element at this path, whatever the namespace."""
    return bool(root.xpath("/*/" + "/".join(f"*[local-name()='{step}']" for step in path.split("/"))))


def test_without_a_project_nothing_replaces_anything(
    work: Work, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("a.xml", "b.xml"):
        write(tmp_path / "los" / name, (work.export(name, 1, 2)).read_bytes())
    out = tmp_path / "out"
    work.do("run", tmp_path / "los", "--overstap", "POVO", "--datum", "2019-03-02", "--out", out)
    assert work.ready() == 0
    with Ledger.open(out) as ledger:
        found = build(ledger, ledger.last_run() or "")
    assert {finding.key.code for finding in found.findings} & {"leerling-dubbel"}
