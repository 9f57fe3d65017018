"""Results of tests that only name a number of the school, joined to the pupils of another export."""

import csv
from pathlib import Path

import pytest
from sqlalchemy import and_, func, select

from dod2oso.decide.doubles import Doubles, open_doubles, prefer, write_doubles
from dod2oso.ledger import tables
from dod2oso.ledger.store import Ledger
from tests.corpus.kit import bsn, convert, schools, write
from tests.decide.kit import BY
from tests.source.test_layouts import COLUMNS, DOCUMENT, result

pytestmark = pytest.mark.usefixtures("without_report", "without_workbook")

EDEXML = (
    "<EDEX><school><schooljaar>2018-2019</schooljaar><brincode>99XX</brincode><dependancecode>{at}</dependancecode>"
    "<aanmaakdatum>2019-01-10T12:00:00</aanmaakdatum><xsdversie>2.1</xsdversie></school>"
    "<leerlingen>{pupils}</leerlingen></EDEX>"
)
PUPIL = (
    '<leerling key="{key}"><achternaam>Voorbeeld{n}</achternaam><roepnaam>Noa</roepnaam>'
    "<geboortedatum>2007-05-0{n}</geboortedatum><geslacht>2</geslacht><jaargroep>8</jaargroep><bsn>{bsn}</bsn></leerling>"
)

TEST = r"^toetsen\[[0-9]+\]$"


def pupils(folder: Path, *keys: str, at: str = "00", first: int = 1, name: str = "leerlingen.xml") -> Path:
    each = (PUPIL.format(key=key, n=n, bsn=bsn(n)) for n, key in enumerate(keys, start=first))
    return write(folder / name, EDEXML.format(at=at, pupils="".join(each)))


def esis(folder: Path, *rows: list[str]) -> Path:
    path = folder / "uitslagen.csv"
    with path.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream, delimiter=";").writerows([COLUMNS, *rows])
    return path


def go(folder: Path, *exports: Path, merge: str | None = "newest") -> dict[tuple[str, int], int]:
    """After a run: per record that is a pupil's the number of its tests, which wait for their codes."""
    convert(folder / "out", list(exports), schools=schools(folder), merge=merge)
    d, e, f = tables.dossiers, tables.exports, tables.findings
    with Ledger.open(folder / "out") as ledger, ledger.read() as connection:
        rows = connection.execute(
            select(e.c.name, d.c.record, func.count(f.c.id))
            .join(d, d.c.export_id == e.c.id)
            .outerjoin(f, and_(f.c.dossier == d.c.id, f.c.code == "blok-onvolledig", f.c.field.regexp_match(TEST)))
            .where(d.c.state != "merged", e.c.name.like("%.xml"))
            .group_by(e.c.name, d.c.record)
        ).all()
    return {(name, record): tests for name, record, tests in rows}


def told(folder: Path, code: str) -> int:
    with Ledger.open(folder / "out") as ledger, ledger.read() as connection:
        return len(connection.execute(select(tables.findings.c.id).where(tables.findings.c.code == code)).all())


def states(folder: Path) -> list[str]:
    with Ledger.open(folder / "out") as ledger, ledger.read() as connection:
        return sorted(connection.scalars(select(tables.dossiers.c.state)))


def test_results_of_a_table_go_to_the_pupils_of_a_document(tmp_path: Path) -> None:
    exports = pupils(tmp_path, "7", "8"), esis(tmp_path, result("8", "Proef E8"), result("7"), result("7", "Proef E8"))
    for _again in range(2):  # the second time the keys stand in the ledger
        assert go(tmp_path, *exports) == {("leerlingen.xml", 1): 2, ("leerlingen.xml", 2): 1}
        assert states(tmp_path).count("merged") == 2
        assert told(tmp_path, "gegevens-op-nummer") == 2
        assert told(tmp_path, "toetsscore-zonder-betekenis") > 0
        assert told(tmp_path, "veld-afgeleid") > 0  # that these columns are what they are called is inferred


def test_results_of_one_document_go_to_the_pupils_of_another(tmp_path: Path) -> None:
    exports = pupils(tmp_path, "L7", "L8", at="01"), write(tmp_path / "uitslagen.xml", DOCUMENT)
    assert go(tmp_path, *exports) == {("leerlingen.xml", 1): 1, ("leerlingen.xml", 2): 1}
    assert states(tmp_path).count("merged") == 2


def test_without_the_rule_nothing_is_joined(tmp_path: Path) -> None:
    assert go(tmp_path, pupils(tmp_path, "7"), esis(tmp_path, result("7")), merge=None) == {("leerlingen.xml", 1): 0}
    assert "merged" not in states(tmp_path)


@pytest.mark.parametrize(
    "row", [result("9"), result("7", brin="99XY00"), result("7", brin="99XX02")], ids=["number", "school", "location"]
)
def test_the_results_of_somebody_else_go_to_nobody(row: list[str], tmp_path: Path) -> None:
    assert go(tmp_path, pupils(tmp_path, "7"), esis(tmp_path, row)) == {("leerlingen.xml", 1): 0}
    assert told(tmp_path, "gegevens-op-nummer") == 0 and "merged" not in states(tmp_path)


@pytest.mark.parametrize("merge", ["newest", None])
def test_results_of_nobody_are_told_where_their_number_stands(merge: str | None, tmp_path: Path) -> None:
    go(tmp_path, pupils(tmp_path, "7"), esis(tmp_path, result("9")), merge=merge)
    f, e = tables.findings, tables.exports
    with Ledger.open(tmp_path / "out") as ledger, ledger.read() as connection:
        wanted = select(e.c.name, f.c.field, f.c.place).join(e, e.c.id == f.c.export_id)
        rows = connection.execute(wanted.where(f.c.code == "uitslagen-zonder-leerling")).all()
    [(name, field, place)] = rows
    assert (name, field) == ("uitslagen.csv", "leerling.sleutel") and "EsisIdentificatienummer" in place
    assert told(tmp_path, "leerling-zonder-naam") == 0


def test_a_number_of_two_pupils_says_nobody(tmp_path: Path) -> None:
    other = pupils(tmp_path, "7", first=2, name="nog.xml")
    found = go(tmp_path, pupils(tmp_path, "7"), other, esis(tmp_path, result("7")))
    assert found == {("leerlingen.xml", 1): 0, ("nog.xml", 1): 0}
    assert told(tmp_path, "gegevens-op-nummer") == 0


LVS = (
    '<leerling key="K1"><achternaam>Voorbeeld1</achternaam><roepnaam>Noortje</roepnaam>'
    "<geboortedatum>2007-05-01</geboortedatum><geslacht>2</geslacht><jaargroep>8</jaargroep>"
    "<bsn_ondwnr-4>{four}</bsn_ondwnr-4></leerling>"
)


@pytest.mark.parametrize("right", [True, False], ids=["agrees", "contradicts"])
def test_what_a_person_confirms_by_name_birth_date_and_last_four_digits(
    right: bool, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The results know another key than the administration; a list of pupils with four digits ties them."""
    four = bsn(1)[-4:] if right else bsn(2)[-4:]
    lvs = write(tmp_path / "lvs.xml", EDEXML.format(at="00", pupils=LVS.format(four=four)))
    exports = pupils(tmp_path, "N2"), lvs, esis(tmp_path, result("K1"))
    assert go(tmp_path, *exports) == {
        ("leerlingen.xml", 1): 0,
        ("lvs.xml", 1): 1,
    }  # by another name: not surely the same
    with Ledger.open(tmp_path / "out") as ledger:
        [double] = open_doubles(ledger, Doubles())
    write_doubles(tmp_path / "out", prefer([double], "leerlingen.xml", BY, together=True))
    found = go(tmp_path, *exports)
    if right:
        assert found == {("leerlingen.xml", 1): 1} and states(tmp_path).count("merged") == 2
        assert told(tmp_path, "besluit-toegepast") == 1
    else:
        assert found == {("leerlingen.xml", 1): 0, ("lvs.xml", 1): 1}
        assert "ready" not in states(tmp_path)


def test_numbers_that_end_otherwise_are_of_two_pupils(tmp_path: Path) -> None:
    same = LVS.replace("Noortje", "Noa")
    for four, merged in ((bsn(1)[-4:], 1), (bsn(2)[-4:], 0)):
        folder = tmp_path / four
        folder.mkdir()
        lvs = write(folder / "lvs.xml", EDEXML.format(at="00", pupils=same.format(four=four)))
        text = pupils(folder, "N2").read_text(encoding="utf-8")
        newer = write(folder / "a.xml", text.replace("2019-01-10", "2019-01-11"))
        go(folder, newer, lvs)
        assert states(folder).count("merged") == merged
