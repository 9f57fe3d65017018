"""Whose is it? A key is never believed before it is seen to be unique; a refusal stands; consent is per pupil."""

from pathlib import Path
from typing import Any

import openpyxl
import pytest
from sqlalchemy import select

from dod2oso.ledger import tables
from dod2oso.ledger.store import Ledger
from tests.corpus.kit import CONSENT, SCHOOL, convert, dossiers, pupil, reference, supplement, write

pytestmark = pytest.mark.usefixtures("without_report")

SOUTH = "<School><Naam>Zuid</Naam><Brin>99XX</Brin><Vestiging>1</Vestiging></School>"
LOCATIONS = """brin;vestiging;naam;aanleverpunt;soort;type;straat;nummer;postcode;plaats;telefoon;email
99XX;00;Noord;0099XX01;BO;BO;Schoolstraat;1;1234AB;Teststad;0100000000;noord@example.org
99XX;01;Zuid;0099XX01;BO;BO;Schoolstraat;2;1234AB;Teststad;0100000000;zuid@example.org
"""
OK = CONSENT | {"inzage/toestemming": "Ja"}


def go(folder: Path, exports: dict[str, str], *rows: dict[str, str], **more: Any) -> dict[Any, tuple[str, set[str]]]:
    """Convert; (export, record) -> its state and the codes of its errors. None: what is said of the supplement."""
    paths = [write(folder / "in" / name, text) for name, text in exports.items()]
    given = {"supplements": [supplement(folder, *rows)] if rows else []} | more
    convert(folder / "out", paths, schools=write(folder / "scholen.csv", LOCATIONS), **given)
    return told(folder / "out")


def told(out: Path) -> dict[Any, tuple[str, set[str]]]:
    d, e, f = tables.dossiers, tables.exports, tables.findings
    with Ledger.open(out) as ledger, ledger.read() as connection:
        found: dict[Any, tuple[str, set[str]]] = {
            (row.name, row.record): (row.state, set())
            for row in connection.execute(select(e.c.name, d.c.record, d.c.state).join(e))
        }
        rows = connection.execute(
            select(e.c.name, e.c.profile, d.c.record, f.c.code, f.c.severity)
            .select_from(f.join(e).outerjoin(d, d.c.id == f.c.dossier))
            .where((f.c.severity == "error") | (e.c.profile == "aanvulling"))
        ).all()
    found[None] = ("", {row.code for row in rows if row.profile == "aanvulling"})
    for row in rows:
        if row.record is not None:
            found[row.name, row.record][1].add(row.code)
    return found


def inspected(out: Path) -> int:
    """How many dossiers say that the parents inspected them."""
    return sum(b"<inzage>true</inzage>" in data for data in dossiers(out).values())


def row(number: int, brin: str = "99XX", vestiging: str = "", **more: str) -> dict[str, str]:
    return {"brin": brin, "vestiging": vestiging, "leerlingid": str(number)} | OK | more


TWO_OF_ONE = reference(pupil(1), pupil(2, Leerlingnummer="1"), pupil(3))


@pytest.mark.parametrize("workers", [1, 2])
def test_two_pupils_with_one_number_get_nothing_by_it(tmp_path: Path, workers: int) -> None:
    found = go(tmp_path, {"a.xml": TWO_OF_ONE}, row(1), row(3), workers=workers)
    for record in (1, 2):
        state, codes = found["a.xml", record]
        assert state == "held" and {"leerlingnummer-dubbel", "aanvulling-meer-leerlingen"} <= codes
    assert found["a.xml", 3] == ("ready", set())
    assert found[None][1] == {"aanvulling-meer-leerlingen"}
    assert inspected(tmp_path / "out") == 1  # only the third: no consent in the bytes of the two
    assert len(list((tmp_path / "out" / "outbox").glob("*.xml"))) == 1


def test_the_same_again_makes_nothing_anew_and_a_mended_export_is_released(tmp_path: Path) -> None:
    go(tmp_path, {"a.xml": TWO_OF_ONE}, row(1), row(3))
    before = dossiers(tmp_path / "out")
    go(tmp_path, {"a.xml": TWO_OF_ONE}, row(1), row(3), datum="2019-03-03")
    assert dossiers(tmp_path / "out").keys() == before.keys()
    found = go(tmp_path, {"a.xml": reference(pupil(1), pupil(2), pupil(3))}, row(1), row(3))
    assert [found["a.xml", n][0] for n in (1, 2, 3)] == ["ready", "held", "ready"]
    assert found[None][1] == set()


def test_without_a_supplement_one_number_for_two_is_an_error_too(tmp_path: Path) -> None:
    found = go(tmp_path, {"a.xml": TWO_OF_ONE}, row(3), supplements=[])
    assert "leerlingnummer-dubbel" in found["a.xml", 1][1] & found["a.xml", 2][1]
    assert "leerlingnummer-dubbel" not in found["a.xml", 3][1]


LOCATED = {"noord.xml": reference(pupil(1)), "zuid.xml": reference(pupil(2, Leerlingnummer="1"), school=SOUTH)}


@pytest.mark.parametrize(
    ("vestiging", "ready", "codes"),
    [
        ("00", ["noord.xml"], set()),
        ("1", ["zuid.xml"], set()),
        ("07", [], {"aanvulling-onbekende-leerling"}),
        ("", [], {"aanvulling-meer-leerlingen"}),
    ],
)
def test_a_row_that_names_a_location_is_for_that_one_only(
    tmp_path: Path, vestiging: str, ready: list[str], codes: set[str]
) -> None:
    found = go(tmp_path, LOCATED, row(1, vestiging=vestiging))
    assert [name for name in LOCATED if found[name, 1][0] == "ready"] == ready
    assert found[None][1] == codes
    assert "leerlingnummer-dubbel" not in found["noord.xml", 1][1] | found["zuid.xml", 1][1]
    assert inspected(tmp_path / "out") == len(ready)


def test_one_pupil_in_two_exports_is_not_two_pupils_with_a_number(tmp_path: Path) -> None:
    twice = {"a.xml": reference(pupil(1)), "b.xml": reference(pupil(1, Roepnaam="Nieuw"))}
    found = go(tmp_path, twice, row(1))
    assert found["a.xml", 1][1] == found["b.xml", 1][1] == {"leerling-dubbel"}
    assert found[None][1] == set()


def test_twins_are_not_found_by_name_and_date(tmp_path: Path) -> None:
    twins = [pupil(n, Achternaam="Tweeling", Geboortedatum="01-05-2007", Voornamen=f"Kind {n}") for n in (1, 2)]
    by_name = {"brin": "99XX", "achternaam": "Tweeling", "geboortedatum": "1-5-2007"} | OK
    found = go(tmp_path, {"a.xml": reference(*twins)}, by_name, row(1))
    assert [found["a.xml", n][0] for n in (1, 2)] == ["held", "held"]  # it may be a refusal for either
    assert "aanvulling-meer-leerlingen" in found["a.xml", 1][1] & found["a.xml", 2][1]


@pytest.mark.parametrize("named", [{"achternaam": "Iemand", "geboortedatum": "01-01-2007"}, {"dossier": "a" * 16}])
def test_a_row_that_names_two_pupils_is_an_error(tmp_path: Path, named: dict[str, str]) -> None:
    go(tmp_path, {"a.xml": reference(pupil(1), pupil(2))})
    if "dossier" in named:  # the hidden key of pupil 2 beside the visible number of pupil 1
        with Ledger.open(tmp_path / "out") as ledger, ledger.read() as connection:
            chosen = select(tables.dossiers.c.pseudonym).where(tables.dossiers.c.record == 2)
            named = {"dossier": connection.scalars(chosen).one()}
    found = go(tmp_path, {"a.xml": reference(pupil(1), pupil(2))}, row(1, **named), row(2))
    doubtful = {"aanvulling-meer-leerlingen", "aanvulling-leerling-tegenstrijdig"}
    assert found["a.xml", 1][0] == "held" and found["a.xml", 1][1] & doubtful
    if "dossier" in named:
        assert found["a.xml", 2][0] == "held" and found["a.xml", 2][1] & doubtful


def test_one_hidden_key_on_two_rows_gives_no_pupil_what_is_anothers(tmp_path: Path) -> None:
    export = {"a.xml": reference(pupil(1), pupil(2))}
    go(tmp_path, export)
    with Ledger.open(tmp_path / "out") as ledger, ledger.read() as connection:
        keys = connection.scalars(select(tables.dossiers.c.pseudonym).order_by(tables.dossiers.c.record)).all()
    found = go(tmp_path, export, row(1, dossier=keys[0]), row(2, dossier=keys[0]))
    assert [found["a.xml", n][0] for n in (1, 2)] == ["held", "held"]
    assert inspected(tmp_path / "out") == 1  # pupil 1 by a row that is right; the other row gives nobody anything


def test_the_workbook_has_a_key_per_dossier_also_where_two_pupils_have_one_number(tmp_path: Path) -> None:
    export = {"a.xml": TWO_OF_ONE}
    go(tmp_path, export)
    book = openpyxl.load_workbook(tmp_path / "out" / "report" / "aanvulling.xlsx")
    (sheet,) = (sheet for sheet in book if sheet.title.startswith("99XX"))
    names = next(row for row in sheet.iter_rows() if row[0].value == "#dod2oso")
    column = {cell.value: cell.column for cell in names}
    rows = [line for line in range(names[0].row + 1, sheet.max_row + 1) if sheet.cell(line, column["dossier"]).value]
    keys = [sheet.cell(line, column["dossier"]).value for line in rows]
    assert len(set(keys)) == len(keys) == 3 and [len(key) for key in keys] == [32, 32, 16]
    given = {"brin": "99XX", "leerlingid": "1", "dossier": keys[0]} | OK
    found = go(tmp_path, export, given)
    assert inspected(tmp_path / "out") == 1  # of the two with this number only the one whose row it is
    assert found[None] == ("", set())
    for record in (1, 2):  # yet that number must still be put right
        assert found["a.xml", record][0] == "held" and "leerlingnummer-dubbel" in found["a.xml", record][1]
    assert "aanvulling-meer-leerlingen" not in found["a.xml", 1][1] | found["a.xml", 2][1]


def test_consent_for_a_whole_school_is_refused_and_other_columns_are_not(tmp_path: Path) -> None:
    whole = {"brin": "99XX", "leerling.tehuis": "ja"}
    found = go(tmp_path, {"a.xml": reference(pupil(1))}, {"brin": "99XX"} | OK, whole)
    assert found["a.xml", 1][0] == "held" and found[None][1] == {"toestemming-voor-hele-school"}
    assert inspected(tmp_path / "out") == 0
    (data,) = dossiers(tmp_path / "out").values()
    assert b"<tehuis>true</tehuis>" in data


@pytest.mark.parametrize("answers", [("Nee", "Ja"), ("Ja", "Nee")])
@pytest.mark.parametrize("files", [1, 2])
def test_a_refusal_stands_in_any_order(tmp_path: Path, answers: tuple[str, str], files: int) -> None:
    rows = [row(1, **{"inzage/toestemming": answer}) for answer in answers]
    if files == 1:
        given = [supplement(tmp_path, *rows)]
    else:
        given = [supplement(tmp_path, each, name=f"{n}.csv") for n, each in enumerate(rows)]
    found = go(tmp_path, {"a.xml": reference(pupil(1))}, supplements=given)
    state, codes = found["a.xml", 1]
    assert state == "held" and {"toestemming-tegenstrijdig", "toestemming-geweigerd"} <= codes


@pytest.mark.parametrize(
    ("column", "one", "other", "keeps"),
    [("inzage/inzage", "ja", "nee", b"<inzage>false</inzage>"), ("inzage/akkoord", "Ja", "Nee", b"<akkoord>Nee</akk")],
)
def test_what_parents_answered_is_never_settled_in_favour_of_sending(
    tmp_path: Path, column: str, one: str, other: str, keeps: bytes
) -> None:
    found = go(tmp_path, {"a.xml": reference(pupil(1))}, row(1, **{column: other}), row(1, **{column: one}))
    assert found["a.xml", 1][0] == "held" and "toestemming-tegenstrijdig" in found["a.xml", 1][1]
    (data,) = dossiers(tmp_path / "out").values()
    assert keeps in data


def test_an_answer_that_cannot_be_read_may_be_a_refusal(tmp_path: Path) -> None:
    found = go(tmp_path, {"a.xml": reference(pupil(1))}, row(1, **{"inzage/toestemming": "liever niet"}))
    assert found["a.xml", 1][0] == "held" and "toestemming-onleesbaar" in found["a.xml", 1][1]


def test_equal_answers_in_two_notations_are_no_contradiction(tmp_path: Path) -> None:
    rows = (row(1), row(1, **{"inzage/inzage": "true", "inzage/inzagedatum": "2019-02-01"}))
    assert go(tmp_path, {"a.xml": reference(pupil(1))}, *rows)["a.xml", 1] == ("ready", set())


def test_a_school_that_names_no_location_is_the_main_one(tmp_path: Path) -> None:
    nowhere = SCHOOL.replace("<Vestiging>0</Vestiging>", "")
    found = go(tmp_path, {"a.xml": reference(pupil(1), school=nowhere)}, row(1, vestiging="00"))
    assert found["a.xml", 1][1] <= {"oso-schema", "oso-regel"} and found[None][1] == set()
    assert inspected(tmp_path / "out") == 1
