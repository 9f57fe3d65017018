"""What the law asks and the official validator does not reach holds a dossier: advice, and who can make a transfer."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from dod2oso.findings.catalogue import entry
from dod2oso.ledger.store import Ledger
from dod2oso.oso.transfers import transfer
from dod2oso.report.html import render
from dod2oso.report.model import build
from dod2oso.run.misfits import misfits
from dod2oso.source.user_tables import read_tables
from tests.corpus.kit import CONSENT, convert, pupil, reference, schools, supplement, totals, write

NO_ADVICE = "<Advies><ContactGewenst>nee</ContactGewenst><Code>havo</Code></Advies>"


def made(
    folder: Path, *pupils: str, transfer: str = "POVO", version: str = "2019.1", **options: Any
) -> tuple[Any, Any]:
    """A run with these pupils, all with consent."""
    rows = [{"brin": "99XX", "leerlingid": str(n), **CONSENT} for n in range(1, len(pupils) + 1)]
    export = write(folder / "in" / "a.xml", reference(*pupils))
    result = convert(
        folder / "out", export, transfer, version=version, schools=schools(folder),
        supplements=[supplement(folder, *rows)], **options,
    )  # fmt: skip
    return result, totals(folder / "out", result)


def without_advice(number: int) -> str:
    return pupil(number).replace("<Advies><Code>60</Code></Advies>", NO_ADVICE)


def told(folder: Path, result: Any) -> dict[tuple[str, str], int]:
    with Ledger.open(folder / "out") as ledger:
        report = build(ledger, result.run_id)
    return {(one.key.code, one.key.rule): one.dossiers for one in report.findings}


@pytest.mark.parametrize("version", ["2017.1", "2019.1"])
def test_without_an_advice_a_dossier_to_secondary_school_waits(version: str, tmp_path: Path) -> None:
    result, counted = made(tmp_path, pupil(1), without_advice(2), version=version)
    assert (counted["dossiers"]["ready"], counted["dossiers"]["held"]) == (1, 1)
    assert told(tmp_path, result)["wet-vereist", "advies-verplicht-povo"] == 1
    with Ledger.open(tmp_path / "out") as ledger:
        page = render(build(ledger, result.run_id))
    assert 'id="buiten-validator"' in page and "1 × bij een overstap van po naar vo ontbreekt het schooladvies" in page
    asked = [column for table in read_tables(result.workbook) for column in table.columns]
    assert "huidigeschool/leerling/overstapadvies/advies" in asked  # and it is asked for in the workbook


def test_the_validator_alone_can_be_followed(tmp_path: Path) -> None:
    small = pupil(3, Geboortedatum="01-05-2013", Ingeschreven="01-08-2017")
    result, counted = made(tmp_path, pupil(1), without_advice(2), small, validator_only=True)
    assert counted["dossiers"]["ready"] == 3
    found = told(tmp_path, result)
    assert found["oso-advies", "advies-verplicht-povo"] == 1
    assert found["overstap-onwaarschijnlijk", ""] == 1


def test_a_child_of_five_does_not_go_to_secondary_school(tmp_path: Path) -> None:
    small = pupil(2, Geboortedatum="01-05-2013", Ingeschreven="01-08-2017")
    low = pupil(3).replace("<Jaargroep>8</Jaargroep>", "<Jaargroep>2</Jaargroep>")
    result, counted = made(tmp_path, pupil(1), small, low)
    assert (counted["dossiers"]["ready"], counted["dossiers"]["held"]) == (1, 2)
    found = told(tmp_path, result)
    assert (found["leeftijd-past-niet", ""], found["groep-past-niet", ""]) == (1, 1)


def test_where_no_advice_is_asked_none_is_missed(tmp_path: Path) -> None:
    _result, counted = made(tmp_path, without_advice(1), transfer="POPO")
    assert counted["dossiers"]["ready"] == 1


# --- who can make a transfer ---


def nodes(born: str = "", **groups: str) -> list[Any]:
    """A dossier with this birth date and these year groups by school year (`y2018` is 2018-2019)."""
    steps = [
        ("schoolloopbaan", [("schooljaar", f"{year[1:]}-{int(year[1:]) + 1}"), ("jaargroep", group)])
        for year, group in groups.items()
    ]
    inside = [("geboortedatum", born)] if born else []
    return [("huidigeschool", [("leerling", [*inside, ("schoolloopbaanlijst", steps)])])]


@pytest.mark.parametrize(
    ("name", "born", "today", "fits"),
    [
        ("POVO", "2007-05-01", "2019-03-02", True),
        ("POVO", "2013-05-01", "2019-03-02", False),
        ("POVO", "2010-03-02", "2019-03-02", True),  # nine today
        ("POVO", "2010-03-03", "2019-03-02", False),  # nine tomorrow
        ("POVO", "1998-05-01", "2019-03-02", False),
        ("POPO", "2013-05-01", "2019-03-02", True),
        ("POPO", "1998-05-01", "2019-03-02", False),
        ("VOVO", "2013-05-01", "2019-03-02", False),
        ("VOSWV", "2004-05-01", "2019-03-02", True),
        ("POVO", "2025-05-01", "2019-03-02", False),  # not born yet
        ("POVO", "", "2019-03-02", True),  # not told
    ],
)
def test_the_age_fits_the_transfer(name: str, born: str, today: str, fits: bool) -> None:
    codes = [one.code for one in misfits(nodes(born), transfer(name), date.fromisoformat(today))]
    assert codes == ([] if fits else ["leeftijd-past-niet"])


@pytest.mark.parametrize(
    ("name", "groups", "today", "fits"),
    [
        ("POVO", {"y2017": "7", "y2018": "8"}, "2019-03-02", True),
        ("POVO", {"y2018": "2"}, "2019-03-02", False),
        ("POVO", {"y2017": "2"}, "2019-03-02", True),  # of this year nothing is told
        ("POVO", {"y2018": "8"}, "2019-09-02", True),  # the year that has just ended
        ("POVO", {"y2018": "3"}, "2019-09-02", False),
        ("POVO", {"y2018": "S"}, "2019-03-02", True),
        ("POVO", {"y2018": "11"}, "2019-03-02", False),
        ("VOVO", {"y2018": "8"}, "2019-03-02", False),
        ("BB", {"y2018": "8"}, "2019-03-02", True),
        ("POPO", {}, "2019-03-02", True),
    ],
)
def test_the_year_group_fits_the_transfer(name: str, groups: dict[str, str], today: str, fits: bool) -> None:
    codes = [one.code for one in misfits(nodes(**groups), transfer(name), date.fromisoformat(today))]
    assert codes == ([] if fits else ["groep-past-niet"])


def test_both_hold_and_their_likeness_for_the_validator_alone_does_not() -> None:
    assert {entry(code).severity for code in ("wet-vereist", "leeftijd-past-niet", "groep-past-niet")} == {"error"}
    assert entry("overstap-onwaarschijnlijk").severity == "warning"


# --- what the law names without saying in what form ---


def test_what_the_law_names_too_is_counted_and_holds_nothing(tmp_path: Path) -> None:
    result, counted = made(tmp_path, pupil(1), pupil(2))
    assert counted["dossiers"]["ready"] == 2
    with Ledger.open(tmp_path / "out") as ledger:
        report = build(ledger, result.run_id)
    named = {part.path: (part.dossiers, part.lacks) for part in report.targets if part.level == "law"}
    wishes = {path for path in transfer("POVO").law_names if "/wens" in path}
    assert len(wishes) == 2 and named.keys() == transfer("POVO").law_names.keys()
    assert {path: (0, 2) if path in wishes else (2, 0) for path in named} == named
    assert "de wet noemt het" in render(report)
    assert not transfer("POPO").law_names
