"""Which pupils: by year group, by group, by list, by when they left; who is not chosen is counted as such."""

import csv
from pathlib import Path
from typing import Any

import pytest

from dod2oso.base.errors import ConfigurationError
from dod2oso.ledger.store import Ledger
from dod2oso.report.model import Report, build
from dod2oso.run.choice import Selection, ended
from tests.corpus.kit import CAREER, CONSENT, convert, pupil, reference, schools, supplement, write
from tests.refusals import refused

pytestmark = pytest.mark.usefixtures("without_report", "without_workbook")

SEVEN = CAREER.replace("Groep 8", "Groep 7").replace("8A", "7B").replace("<Jaargroep>8<", "<Jaargroep>7<")
UNKNOWN = CAREER.replace("2018-2019", "2015-2016")


def of(number: int, career: str = CAREER, **fields: str) -> str:
    return pupil(number, **fields).replace(CAREER, career)


def run(folder: Path, *pupils: str, transfer: str = "POVO", **selection: Any) -> Report:
    rows = ({"brin": "99XX", "leerlingid": str(n)} | CONSENT for n in range(1, 6))
    export, out = write(folder / "a.xml", reference(*pupils)), folder / "out"
    convert(
        out, export, transfer, schools=schools(folder), supplements=[supplement(folder, *rows)],
        selection=Selection(**selection),
    )  # fmt: skip
    with Ledger.open(out) as ledger:
        return build(ledger, ledger.last_run() or "")


def counts(report: Report) -> tuple[int, int, int]:
    return report.dossiers.ready, report.dossiers.waiting, report.not_chosen


def codes(report: Report) -> dict[str, int]:
    return {finding.key.code: finding.count for finding in report.findings}


def test_a_year_group(tmp_path: Path) -> None:
    report = run(tmp_path, of(1), of(2, SEVEN), of(3), jaargroep=("8",))
    assert counts(report) == (2, 0, 1) and codes(report)["leerling-niet-gekozen"] == 1
    dropped = {reason.reason for part in report.fields for reason in part.reasons}
    assert "niet-gekozen" in dropped  # every value of that pupil is accounted for
    assert len(list((tmp_path / "out/dossiers").rglob("*.xml"))) == 2


def test_who_asks_for_no_year_gets_everybody_and_by_default_year_eight(tmp_path: Path) -> None:
    assert counts(run(tmp_path / "a", of(1), of(2, SEVEN)))[2] == 0
    assert counts(run(tmp_path / "b", of(1), of(2, SEVEN), by_default=True)) == (1, 0, 1)


def test_a_year_group_that_is_not_known_is_asked(tmp_path: Path) -> None:
    report = run(tmp_path, of(1), of(2, UNKNOWN), by_default=True)
    assert counts(report) == (1, 1, 0) and codes(report)["jaargroep-onbekend"] == 1


def test_to_a_samenwerkingsverband_only_who_is_named(tmp_path: Path) -> None:
    assert counts(run(tmp_path / "a", of(1), of(2), transfer="POSWV", by_default=True))[2] == 2
    listed = write(tmp_path / "lijst.csv", "brin;leerlingid\n99XX;2\n")
    report = run(tmp_path / "b", of(1), of(2), transfer="POSWV", by_default=True, pupils=listed)
    assert report.not_chosen == 1 and report.dossiers.total == 1


def test_a_list_of_pupils_and_whom_nobody_knows(tmp_path: Path) -> None:
    text = "brin;leerlingid;achternaam;geboortedatum\n99XX;1;;\n;;Voorbeeld2;03-05-2007\n99XX;77;;\n"
    report = run(tmp_path, of(1), of(2, SEVEN), of(3), pupils=write(tmp_path / "lijst.csv", text))
    assert counts(report) == (2, 0, 1) and codes(report)["lijst-onbekende-leerling"] == 1


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("brin;leerlingid\n", "pupils-empty"),
        ("brin;leerlingid\n99XX;\n", "pupils-row-nobody"),
        ("naam\nJan\n", "supplement-no-keys"),
    ],
)
def test_a_list_that_names_nobody_is_refused(tmp_path: Path, text: str, code: str) -> None:
    with refused(ConfigurationError, code):
        run(tmp_path, of(1), pupils=write(tmp_path / "lijst.csv", text))


def test_who_left_before_a_day_does_not_go(tmp_path: Path) -> None:
    from datetime import date

    gone = of(2, Uitgeschreven="31-07-2018")
    assert counts(run(tmp_path / "a", of(1), gone, left_after=date(2018, 7, 31)))[2] == 1
    assert counts(run(tmp_path / "b", of(1), gone, left_after=date(2018, 7, 30)))[2] == 0


def test_whose_term_is_over_is_not_converted_and_stands_in_the_list(tmp_path: Path) -> None:
    report = run(tmp_path, of(1), of(2, Uitgeschreven="01-03-2017"), of(3, Uitgeschreven="03-03-2017"), keep_years=2)
    assert report.expired == 1 and report.dossiers.total == 2 and codes(report)["bewaartermijn-voorbij"] == 1
    path = tmp_path / "out/report/vernietigen.csv"
    with path.open(encoding="utf-8-sig", newline="") as file:
        [row] = csv.DictReader(file, delimiter=";")
    assert (row["export"], row["record"], row["brin"]) == ("a.xml", "2", "99XX") and "Voorbeeld" not in str(row)
    assert run(tmp_path, of(1), of(2, Uitgeschreven="01-03-2017"), keep_years=3).expired == 0
    assert not path.exists()


def test_another_choice_converts_anew(tmp_path: Path) -> None:
    assert counts(run(tmp_path, of(1), of(2, SEVEN), jaargroep=("8",))) == (1, 0, 1)
    assert counts(run(tmp_path, of(1), of(2, SEVEN), jaargroep=("7", "8"))) == (2, 0, 0)
    assert counts(run(tmp_path, of(1), of(2, SEVEN), groups=("groep 7",))) == (1, 0, 1)


def test_a_term_ends_the_day_after(tmp_path: Path) -> None:
    from datetime import date

    assert not ended(date(2017, 3, 2), 2, date(2019, 3, 2)) and ended(date(2017, 3, 2), 2, date(2019, 3, 3))
    assert not ended(date(2016, 2, 29), 2, date(2018, 3, 1)) and ended(date(2016, 2, 29), 2, date(2018, 3, 2))
