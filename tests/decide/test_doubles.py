"""Decisions about pupils in several exports: in the project only, for exactly the records they were made for."""

from pathlib import Path
from typing import Any

import pytest

from dod2oso.base.errors import ConfigurationError
from dod2oso.base.texts import Text
from dod2oso.decide.doubles import (
    FILE,
    Double,
    DoubleDecision,
    Doubles,
    ask_doubles,
    open_doubles,
    prefer,
    read_doubles,
    write_doubles,
)
from dod2oso.ledger.store import Ledger
from dod2oso.report import queries
from dod2oso.run.pipeline import run
from dod2oso.run.session import Options
from tests.cli.kit import dod2oso
from tests.corpus.kit import (
    CONSENT,
    DATUM,
    Quiet,
    bsn,
    convert,
    dossiers,
    pupil,
    reference,
    schools,
    supplement,
    totals,
    tree,
    write,
)
from tests.decide.kit import BY

pytestmark = pytest.mark.usefixtures("without_report", "without_workbook")


class Region:
    """Pupil 1 in two exports, pupil 2 in one."""

    def __init__(self, folder: Path) -> None:
        self.exports = [
            write(folder / "noord.xml", reference(pupil(1, Roepnaam="Noord"), pupil(2))),
            write(folder / "zuid.xml", reference(pupil(1, Roepnaam="Zuid"))),
        ]
        rows = ({"brin": "99XX", "leerlingid": str(n)} | CONSENT for n in (1, 2, 3))
        self.given: dict[str, Any] = {"schools": schools(folder), "supplements": [supplement(folder, *rows)]}
        self.out = folder / "out"

    def run(self, **more: Any) -> dict[str, int]:
        self.result = convert(self.out, self.exports, **self.given | more)
        states: dict[str, int] = totals(self.out, self.result)["dossiers"]
        return states

    def open(self) -> list[Double]:
        with Ledger.open(self.out) as ledger:
            return open_doubles(ledger, read_doubles(self.out))

    def ready(self) -> bytes:
        return b"".join(data for name, data in dossiers(self.out).items() if name.startswith("ready"))


@pytest.fixture(name="region")
def _region(tmp_path: Path) -> Region:
    region = Region(tmp_path)
    assert region.run()["ready"] == 1
    return region


def test_a_double_is_asked_about_and_what_was_decided_is_used(region: Region) -> None:
    [double] = region.open()
    assert double.exports == ("noord.xml", "zuid.xml")
    write_doubles(region.out, prefer([double], "zuid.xml", BY))
    assert region.open() == []
    assert region.run() == {"ready": 2, "held": 0, "rejected": 0}
    assert b"Zuid" in region.ready() and b"Noord" not in region.ready()
    [row] = read_doubles(region.out).rows
    with Ledger.open(region.out) as ledger, ledger.read() as connection:
        told = {(one.decision, one.code): one.n for one in queries.decided(connection, region.result.run_id)}
    assert told == {(row.id, "besluit-toegepast"): 1}


def test_another_answer_counts_in_the_next_run(region: Region) -> None:
    [double] = region.open()
    write_doubles(region.out, prefer([double], "zuid.xml", BY))
    region.run()
    write_doubles(region.out, prefer([double], "noord.xml", BY))
    region.run()
    assert b"Noord" in region.ready() and b"Zuid" not in region.ready()
    (region.out / FILE).unlink()
    assert region.run()["ready"] == 1


def test_one_more_export_with_the_pupil_is_a_new_question(region: Region, tmp_path: Path) -> None:
    [double] = region.open()
    write_doubles(region.out, prefer([double], "zuid.xml", BY))
    region.exports.append(write(tmp_path / "west.xml", reference(pupil(1, Leerlingnummer="77"))))
    assert region.run()["ready"] == 1
    assert len(region.open()) == 1


def test_a_supplement_that_says_otherwise_leaves_it_to_nobody(region: Region, tmp_path: Path) -> None:
    [double] = region.open()
    write_doubles(region.out, prefer([double], "zuid.xml", BY))
    rows = [{"brin": "99XX", "leerlingid": "1", "dubbel.gebruik": "noord.xml"} | CONSENT]
    assert region.run(supplements=[supplement(tmp_path, *rows, name="anders.csv")])["ready"] == 0
    assert len(dossiers(region.out)) == 3


@pytest.mark.usefixtures("with_report")
def test_the_file_is_private_and_holds_no_name(region: Region) -> None:
    [double] = region.open()
    write_doubles(region.out, prefer([double], "zuid.xml", BY))
    path = region.out / FILE
    assert path.stat().st_mode & 0o077 == 0
    assert b"Voorbeeld" not in path.read_bytes() and bsn(1).encode() not in path.read_bytes()
    region.run()
    reports = {name: data for name, data in tree(region.out).items() if name.startswith("report/gaps")}
    assert len(reports) > 2
    for name, data in reports.items():
        assert b"Beheerder" not in data, name


def row(uses: str, *pupils: str) -> DoubleDecision:
    return DoubleDecision(pupils=pupils, uses=uses, who="a", when="2026-11-28", why="b")


def test_rows_that_contradict_are_told_with_both_lines(tmp_path: Path) -> None:
    write_doubles(tmp_path, [row("a.xml", "p", "q"), row("b.xml", "q", "p")])
    with pytest.raises(ConfigurationError) as raised:
        read_doubles(tmp_path)
    assert raised.value.code == "decision-contradicts" and raised.value.text("nl").count(FILE) == 2
    found = Doubles([row("a.xml", "p", "q"), row("b.xml", "p")])
    assert {one.uses for one in found.of(["p"])} == {"a.xml", "b.xml"} and found.of(["p", "x"]) == found.of([]) == []


def test_rows_for_more_and_fewer_records_that_contradict_are_told_in_the_run(region: Region) -> None:
    [double] = region.open()
    write_doubles(region.out, [row("noord.xml", *double.pupils), row("zuid.xml", *double.pupils, "ander")])
    watcher = Quiet()
    given = {"datum": DATUM, "remember": False, "file_names": True} | region.given
    run(Options(tuple(region.exports), "POVO", out_dir=region.out, **given), watcher)
    assert sum("spreken elkaar tegen over noord.xml, leerling 1" in one for one in watcher.messages) == 1
    assert len(dossiers(region.out)) == 3


def test_asking(region: Region) -> None:
    doubles, said, answers = region.open(), list[str](), iter(["9", "noord", "2"])

    def ask(text: Text) -> str:
        said.append(text.text("nl"))
        return next(answers)

    counts = ask_doubles(region.out, doubles, Doubles(), BY, lambda text: said.append(text.text("nl")), ask)
    assert (counts.decided, counts.open) == (1, 0) and sum("Dat kan niet" in one for one in said) == 2
    assert read_doubles(region.out).rows[0].uses == "zuid.xml"


def test_a_plus_behind_the_number_joins_them(region: Region) -> None:
    answers = iter(["+", "2 +"])
    counts = ask_doubles(region.out, region.open(), Doubles(), BY, lambda _text: None, lambda _text: next(answers))
    [made] = read_doubles(region.out).rows
    assert counts.decided == 1 and (made.uses, made.together) == ("zuid.xml", True)
    assert region.run()["ready"] == 2 and b"Zuid" in region.ready()


def test_from_the_command_line(
    region: Region, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    ended = dod2oso(capsys, monkeypatch, "decide", "doubles", "--out", region.out)
    assert ended.code == 2 and "--prefer" in ended.err
    arguments = ("decide", "doubles", "--out", region.out, "--prefer", "zuid.xml")
    assert dod2oso(capsys, monkeypatch, *arguments).code == 2  # nobody signs
    assert dod2oso(capsys, monkeypatch, "decide", "doubles", "--out", region.out, "--together").code == 2
    ended = dod2oso(capsys, monkeypatch, *arguments, "--who", "W. Beheerder", "--why", "verhuisd")
    assert ended.code == 0 and "1 beslist" in ended.err
    assert "niets te beslissen" in dod2oso(capsys, monkeypatch, "decide", "doubles", "--out", region.out).err
