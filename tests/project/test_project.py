"""A project folder: what init makes, a run without options in it, files recognised wherever they are dropped."""

import stat
import tomllib
from pathlib import Path

import pytest

from tests.cli.kit import dod2oso
from tests.corpus.kit import DATUM, write
from tests.project.kit import Work

pytestmark = pytest.mark.usefixtures("without_report")


@pytest.fixture(name="work")
def _work(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Work:
    return Work(tmp_path, capsys, monkeypatch)


def test_init_makes_all_of_it_private_and_says_what(tmp_path: Path, work: Work) -> None:
    names = {path.name for path in work.folder.iterdir()}
    assert names == {"exports", "aanvullingen", "scholen.csv", "dod2oso.toml", "LEESMIJ.txt"}
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in work.folder.iterdir()}
    assert modes["exports"] == 0o700 and modes["dod2oso.toml"] == 0o600
    settings = tomllib.loads((work.folder / "dod2oso.toml").read_bytes().decode("utf-8-sig"))
    assert list(settings["transfer"]) == ["POVO"] and settings["project"]["schools"] == ["scholen.csv"]


def test_a_second_init_adds_what_is_gone_and_leaves_the_rest(work: Work) -> None:
    (work.folder / "aanvullingen").rmdir()
    before = (work.folder / "scholen.csv").read_bytes()
    ended = work.do("init", ".", "--overstap", "POPO")
    assert ended.code == 0 and "aanvullingen/" in ended.out and "dod2oso.toml" in ended.err
    assert (work.folder / "aanvullingen").is_dir() and (work.folder / "scholen.csv").read_bytes() == before


def test_a_name_with_quotes_and_a_deadline_stand_in_the_settings(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    work = Work(tmp_path, capsys, monkeypatch, "--name", 'SWV "Zuid\\Oost"', "--deadline", "2027-03-24")
    settings = tomllib.loads((work.folder / "dod2oso.toml").read_bytes().decode("utf-8-sig"))
    assert settings["project"]["name"] == 'SWV "Zuid\\Oost"'
    assert settings["transfer"]["POVO"]["deadline"].isoformat() == "2027-03-24"


@pytest.mark.parametrize("words", [("--deadline", "morgen"), ("--overstap", "XX"), ("--name", "a\nb")])
def test_what_makes_no_project_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
) -> None:
    assert dod2oso(capsys, monkeypatch, "init", tmp_path / "p", *words).code == 2
    assert not (tmp_path / "p").exists()


def test_a_run_needs_no_option_in_a_project_and_says_so_elsewhere(work: Work, monkeypatch: pytest.MonkeyPatch) -> None:
    work.export("a.xml", 1, 2)
    assert work.run().code == 3  # nobody said that parents inspected
    assert work.ready() == 0
    work.supplement("iemand.csv", 1, 2)
    assert work.run().code == 0 and work.ready() == 2
    monkeypatch.chdir(work.folder.parent)
    ended = work.do("run")
    assert ended.code == 2 and "dod2oso init" in ended.err


def test_a_workbook_is_ours_in_either_folder_under_any_name(work: Work) -> None:
    work.export("a.xml", 1, 2)
    work.run()
    book = work.folder / "dod2oso-out/POVO/report/aanvulling.xlsx"
    for folder, name in (("exports", "teruggestuurd.xlsx"), ("aanvullingen", "nog een.xlsx")):
        work.run("--fail-on", "never")
        (work.folder / folder / name).write_bytes(book.read_bytes())
    ended = work.run("--fail-on", "never")
    assert ended.code == 0, ended.err  # neither stands there as an export that cannot be read
    assert "2 dossiers uit 1 export" in ended.out


def test_a_supplement_that_cannot_be_read_stops_no_other(work: Work) -> None:
    work.export("a.xml", 1, 2)
    work.supplement("goed.csv", 1, 2)
    write(work.folder / "aanvullingen/Jan de Vries.xlsx", b"PK\x03\x04 no workbook at all")
    write(work.folder / "aanvullingen/fout.csv", "brin;leerlingid;onbekend.veld\n99XX;1;ja\n")
    write(work.folder / "aanvullingen/~$open.xlsx", b"lock")
    ended = work.run()
    assert ended.code == 4 and work.ready() == 2
    assert "onbekend.veld" in ended.err and "~$open" not in ended.err
    status = work.do("status", "--out", "dod2oso-out/POVO").out
    assert "Jan" not in status  # its name is a person's


def test_what_was_typed_counts_on_when_its_file_is_gone_damaged_or_renamed(work: Work) -> None:
    work.export("a.xml", 1, 2)
    book = work.supplement("goed.csv", 1, 2)
    work.run()
    moved = book.rename(book.with_name("elders.csv"))
    assert "goed.csv" not in work.run().err and work.ready() == 2
    text = moved.read_bytes()
    moved.write_bytes(b"\x00\x01 damaged")
    assert "elders.csv" in work.run().err and work.ready() == 2
    moved.unlink()
    assert "--forget-supplements" in work.run().err and work.ready() == 2
    assert work.run("--forget-supplements").code == 3 and work.ready() == 0
    moved.write_bytes(text)
    assert work.run().code == 0 and work.ready() == 2


def test_several_transfers_each_with_its_own_folder(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    work = Work(tmp_path, capsys, monkeypatch, "--overstap", "POVO", "--overstap", "POPO")
    work.export("a.xml", 1, 2)
    work.supplement("goed.csv", 1, 2)
    ended = work.run("--json")
    assert '"runs"' in ended.out
    assert work.ready("POVO") == work.ready("POPO") == 2
    assert work.do("report").code == 2  # of which transfer?
    assert work.do("report", "--out", "dod2oso-out/POPO", "--format", "json").code == 0
    assert work.do("run", "--overstap", "POVO", "--datum", DATUM, "--fail-on", "never").code == 0
    assert work.do("run", "--overstap", "VOVO").code == 2
    assert len(work.do("status").out.strip().split("\n\n")) == 2


def test_status_says_in_five_lines_what_to_do_next(work: Work) -> None:
    def lines() -> list[str]:
        said = work.do("status").out.splitlines()
        assert len(said) == 5
        return said

    assert "leg de exports in de map exports" in lines()[4]
    work.export("a.xml", 1, 2)
    assert "dod2oso run" in lines()[4]
    work.run()
    said = lines()
    assert "1 van 2" in said[2] and "De Stille School (99XY)" in said[2]
    assert "2 wachten" in said[3] and "aanvulling.xlsx" in said[4]
    work.supplement("goed.csv", 1, 2)
    assert "dod2oso run" in lines()[4]
    work.run()
    said = lines()
    assert "2 klaar" in said[3] and "2 overgedragen" in said[3] and "outbox" in said[4]


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("[transfer.POVO]", "[transfer.XX]", 5),
        ("[transfer.POVO]", "[handover]", 5),
        ('schools = ["scholen.csv"]', 'schools = ["weg.csv"]', 5),
        ('sender = ""', 'sender = "geen adres"', 5),
        ('name = ""', 'naam = ""', 5),
    ],
)
def test_wrong_settings_are_refused(work: Work, old: str, new: str, code: int) -> None:
    path = work.folder / "dod2oso.toml"
    path.write_text(path.read_text("utf-8-sig").replace(old, new, 1))
    work.export("a.xml", 1)
    ended = work.run()
    assert ended.code == code and ended.err.strip()


def test_a_folder_that_is_gone_is_told_with_its_remedy(work: Work) -> None:
    (work.folder / "aanvullingen").rmdir()
    ended = work.run()
    assert ended.code == 2 and "dod2oso init ." in ended.err


def test_the_choice_of_the_settings_and_of_the_command(work: Work) -> None:
    work.export("a.xml", 1, 2, 3)
    work.supplement("goed.csv", 1, 2, 3)
    write(work.folder / "lijst.csv", "brin;leerlingid\n99XX;2\n")
    settings = work.folder / "dod2oso.toml"
    settings.write_text(settings.read_text("utf-8-sig") + 'pupils = "lijst.csv"\n')
    assert work.run("--fail-on", "never").code == 0 and work.ready() == 1
    assert work.run("--fail-on", "never", "--group", "8A").code == 0 and work.ready() == 3
    assert "geen enkele leerling" in work.run("--jaargroep", "3").err and work.ready() == 0


def test_a_term_is_changed_with_a_reason_or_not_at_all(work: Work) -> None:
    work.export("a.xml", 1)
    settings = work.folder / "dod2oso.toml"
    text = settings.read_text("utf-8-sig")
    for table in (
        "[retention.terms.leerlingdossier]\nyears = 3\n",
        '[retention.terms.weg]\nyears = 3\nreason = "omdat"\n',
    ):
        settings.write_text(text + table)
        assert work.run().code == 5
    settings.write_text(text + '[retention.terms.leerlingdossier]\nyears = 3\nreason = "eigen beleid"\n')
    assert work.run().code == 3
