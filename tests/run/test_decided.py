"""Decisions in a run: they count, they are told and counted, and changing one converts again what it is about."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from dod2oso.base.errors import ConfigurationError
from dod2oso.ledger.store import Ledger
from dod2oso.report import queries
from dod2oso.source.decisions import DecidedTest, DecidedValue, Decision, write_decisions
from tests.corpus.kit import CONSENT, DATUM, convert, dossiers, schools, supplement, totals, tree
from tests.decide.kit import export, test_of, with_tests
from tests.source.test_decisions import test as decided_test
from tests.source.test_decisions import value as decided_value

test_of.__test__ = False  # type: ignore[attr-defined]
SEX, KNOWN = decided_value("K", "vrouw"), decided_value("Z", "man")
REKENEN = decided_test("Rekenen M8", "RW-M8")


class Region:
    """Two pupils, one with an unknown sex and a test without a code."""

    def __init__(self, folder: Path) -> None:
        tests = test_of("Rekenen M8"), test_of("Taal M8", code="T-M8")
        self.export = export(folder, with_tests(1, *tests, Geslacht="K"), with_tests(2, test_of("Rekenen m8")))
        self.decisions, self.out = folder / "beslissingen.yaml", folder / "out"
        rows = ({"brin": "99XX", "leerlingid": str(n)} | CONSENT for n in (1, 2))
        self.given: dict[str, Any] = {"schools": schools(folder), "supplements": [supplement(folder, *rows)]}

    def run(self, *rows: DecidedTest | DecidedValue, workers: int = 1) -> dict[str, Any]:
        write_decisions(self.decisions, rows, None)
        chosen = [self.decisions] if rows else []
        self.result = convert(self.out, self.export, decisions=chosen, workers=workers, **self.given)
        return totals(self.out, self.result)

    def told(self) -> dict[tuple[str, str, str], int]:
        with Ledger.open(self.out) as ledger, ledger.read() as connection:
            rows = queries.decided(connection, self.result.run_id)
        return {(row.code, row.decision, row.field): row.n for row in rows}


@pytest.fixture(name="region")
def _region(tmp_path: Path) -> Region:
    return Region(tmp_path)


def by(row: DecidedTest | DecidedValue) -> str:
    return Decision(row, "").id


def test_decisions_fill_dossiers_and_are_counted(region: Region) -> None:
    before, without = region.run(), b"".join(dossiers(region.out).values())
    after, having = region.run(SEX, KNOWN, REKENEN), b"".join(dossiers(region.out).values())
    assert b"RW-M8" not in without and having.count(b"<eldtoetscode>RW-M8</eldtoetscode>") == 2
    assert without.count(b"<geslacht>1</geslacht>") == 1 and having.count(b"<geslacht>1</geslacht>") == 2
    assert after["dossiers"]["ready"] == 2
    assert region.told() == {
        ("besluit-toegepast", by(SEX), "leerling.geslacht"): 1,
        ("besluit-toegepast", by(REKENEN), "toetsen[].code"): 2,
        ("besluit-ongebruikt", by(KNOWN), ""): 1,
    }
    balances = [one["exports"][0]["balance"] for one in (before, after)]
    assert balances[0]["source_values"] == balances[1]["source_values"]
    assert balances[1]["mapped"] > balances[0]["mapped"] and balances[1]["refused"] < balances[0]["refused"]


def test_the_report_shows_them_and_holds_no_value(region: Region) -> None:
    region.run(SEX, KNOWN, REKENEN)
    gaps = json.loads((region.out / "report/gaps.json").read_text())
    fields = {part["name"]: part["decided"] for part in gaps["fields"] if part["decided"]}
    assert fields == {"leerling.geslacht": 1, "toetsen[].code": 2}
    assert {(one["id"], one["outcome"], one["count"]) for one in gaps["decisions"]} == {
        (by(SEX), "besluit-toegepast", 1), (by(REKENEN), "besluit-toegepast", 2), (by(KNOWN), "besluit-ongebruikt", 0),
    }  # fmt: skip
    page = (region.out / "report/gaps.html").read_text()
    assert by(SEX) in page and "Door een mens beslist" in page
    for path, data in tree(region.out).items():
        if path.startswith("report/gaps") or path.endswith(".sqlite"):
            assert b"Beheerder" not in data and b"Rekenen M8" not in data, path


def test_in_worker_processes_it_is_the_same(region: Region) -> None:
    region.run(SEX, REKENEN)
    alone, told = dossiers(region.out), region.told()
    region.out = region.out.parent / "weer"
    (region.out).mkdir()
    key = region.out.parent / "out" / "project.key"
    if key.exists():
        (region.out / "project.key").write_bytes(key.read_bytes())
    region.run(SEX, REKENEN, workers=2)
    assert len(dossiers(region.out)) == len(alone) and region.told() == told


def test_another_answer_converts_again_and_without_it_the_dossier_waits(region: Region) -> None:
    region.run(SEX, REKENEN)
    first = dossiers(region.out)
    assert region.run(SEX, REKENEN)["dossiers"] and dossiers(region.out) == first
    region.run(decided_value("K", "man"), REKENEN)
    changed = dossiers(region.out)
    assert first.keys() == changed.keys() and first != changed
    sex = [re.findall(rb"<geslacht>(.)</geslacht>", data)[0] for data in first.values()]
    assert sorted(sex) == [b"1", b"1"]
    assert sorted(re.findall(rb"<geslacht>(.)</geslacht>", data)[0] for data in changed.values()) == [b"1", b"2"]


def test_what_no_layout_can_take_stops_before_anything_is_written(region: Region) -> None:
    with pytest.raises(ConfigurationError) as raised:
        region.run(decided_value("K", "meisje"))
    assert raised.value.code == "decision-impossible" and not (region.out / "ledger.sqlite").exists()
    assert "beslissingen.yaml:" in raised.value.text("nl")


def test_the_run_says_how_many_counted(region: Region) -> None:
    from dod2oso.run.pipeline import Options, run
    from tests.corpus.kit import Quiet

    write_decisions(region.decisions, [SEX, KNOWN], None)
    watcher = Quiet()
    run(Options([region.export], "POVO", out_dir=region.out, datum=DATUM, decisions=[region.decisions]), watcher)
    assert "beslissingen.yaml: 2 beslissingen, waarvan 1 iets in deze exports bepaalden en 1 niets (meer)." in watcher.messages  # fmt: skip  # noqa: E501
