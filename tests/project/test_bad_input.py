"""What goes wrong in a region gets a clear word, nothing is lost, and the other schools go on."""

import csv
from pathlib import Path

import pytest
import pyzipper

from tests.cli.kit import dod2oso
from tests.corpus.kit import pupil, reference, write
from tests.project.kit import SCHOOLS, Work
from tests.source.test_register import duo

pytestmark = pytest.mark.usefixtures("without_report")

STRANGER = reference(pupil(3)).replace("99XX", "99XZ").replace("99xx", "99xz")


@pytest.fixture(name="work")
def _work(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Work:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1551528000")  # 2 March 2019
    return Work(tmp_path, capsys, monkeypatch, "--deadline", "2019-02-01")


def words(work: Work) -> dict[str, bytes]:
    with (work.folder / "dod2oso-out/POVO/wachtwoorden.csv").open(encoding="utf-8-sig", newline="") as file:
        return {row["brin"]: row["wachtwoord"].encode() for row in csv.DictReader(file, delimiter=";")}


def test_a_wrong_address_a_stranger_a_closed_school_and_a_lost_list(work: Work) -> None:
    register = SCHOOLS.replace(";verwacht", ";verwacht;contactmail").replace(";2\n", ";2;directie bij school\n")
    (work.folder / "scholen.csv").write_text(register.replace(";3\n", ";3;\n"))
    duo(work.folder, name="duo.csv")  # it knows neither school
    settings = work.folder / "dod2oso.toml"
    text = settings.read_text("utf-8-sig")
    settings.write_text(text.replace('schools = ["scholen.csv"]', 'schools = ["scholen.csv", "duo.csv"]'))
    work.supplement("goed.csv", 1, 2)
    work.export("a.xml", 1, 2)
    write(
        work.folder / "exports/99XY/b.xml", STRANGER
    )  # in the folder of a school that is expected, of one that is not
    ended = work.run()
    assert work.ready() == 2  # nobody waits for what is wrong with another
    assert all(f"{brin} 00" in ended.err and "DUO" in ended.err for brin in ("99XX", "99XY"))
    status = work.do("status").out
    assert "voorbij" in status and "niet verwacht, en toch geleverd: 99XZ-00" in status
    made = work.do("report", "--per-school", "--format", "json")
    assert made.code == 0 and made.err.count("geen bruikbaar mailadres") == 2  # of the wrong address, of the stranger
    before = words(work)
    (work.folder / "dod2oso-out/POVO/wachtwoorden.csv").unlink()
    again = work.do("report", "--per-school", "--format", "json")
    assert again.code == 0 and "wachtwoorden.csv was weg" in again.err
    after = words(work)
    assert set(after) == set(before) == {"99XX", "99XY", "99XZ"} and not set(after.values()) & set(before.values())
    for path in (work.folder / "dod2oso-out/POVO/scholen").glob("*/*.zip"):
        with pyzipper.AESZipFile(path) as archive:
            archive.setpassword(after[path.name[:4]])
            assert archive.read("rapport.html")


@pytest.mark.parametrize("row", [
    "99XX;00;Een Andere Naam;0099XX01;BO;BO;Schoolstraat;1;1234AB;Teststad;0100000000;school@example.org;2",
    "99X;00;Te Kort;0099XX01;BO;BO;Schoolstraat;1;1234AB;Teststad;0100000000;kort@example.org;2",
    "99XQ;00;Veel;0099XX01;BO;BO;Schoolstraat;1;1234AB;Teststad;0100000000;veel@example.org;heel veel",
])  # fmt: skip
def test_a_register_that_contradicts_itself_is_told_with_its_row_before_anything_is_done(work: Work, row: str) -> None:
    (work.folder / "scholen.csv").write_text(f"{SCHOOLS}{row}\n")
    work.export("a.xml", 1)
    ended = work.run()
    assert ended.code == 5 and "scholen.csv" in ended.err and "4" in ended.err
    assert not list(work.folder.rglob("dossiers/*/*/*.xml"))


def test_a_deadline_that_is_past_is_told_when_it_is_given(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1551528000")
    assert "01-02-2019" in dod2oso(capsys, monkeypatch, "init", tmp_path / "a", "--deadline", "2019-02-01").err
    assert not dod2oso(capsys, monkeypatch, "init", tmp_path / "b", "--deadline", "2019-03-02").err
