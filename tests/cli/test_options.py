"""Where ledger and database are: as an option, from a file, from the environment; no command line has a password."""

import sqlite3
from pathlib import Path

import pytest

from dod2oso.ledger.store import Ledger
from tests.cli.kit import dod2oso

pytestmark = pytest.mark.usefixtures("without_report")


@pytest.fixture(name="elsewhere")
def _elsewhere(tmp_path: Path) -> str:
    """The URL of a ledger without a run."""
    with Ledger.open(tmp_path / "elsewhere" / "ledger.sqlite"):
        return f"sqlite:///{tmp_path / 'elsewhere' / 'ledger.sqlite'}"


@pytest.mark.parametrize("command", [["status"], ["run", "x.xml"], ["handover", "status"], ["audit", "show"]])
def test_a_password_on_the_command_line_is_refused(
    command: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    ended = dod2oso(capsys, monkeypatch, *command, "--ledger", "postgresql://u:geheim@host/db")
    assert ended.code == 2 and "DOD2OSO_LEDGER" in ended.err and "geheim" not in ended.err


def test_it_comes_from_a_file_or_the_environment(
    elsewhere: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "ledger.txt"
    file.write_text(f"{elsewhere}\n")
    said = dod2oso(capsys, monkeypatch, "status", "--out", tmp_path, "--ledger", f"@{file}")
    assert (said.code, said.err) == (0, "")
    assert dod2oso(capsys, monkeypatch, "status", "--out", tmp_path).code == 2  # there is none in this folder
    monkeypatch.setenv("DOD2OSO_LEDGER", elsewhere)
    assert dod2oso(capsys, monkeypatch, "status", "--out", tmp_path) == said
    monkeypatch.setenv("DOD2OSO_LEDGER", f"@{tmp_path / 'absent.txt'}")
    assert dod2oso(capsys, monkeypatch, "status", "--out", tmp_path).code == 5


@pytest.mark.parametrize(
    "url",
    [
        "postgresql+psycopg://u:geheim@host/db",
        "postgresql://host/db?user=u&password=geheim",
        "mssql+pyodbc://u:geheim@host/db",
    ],
)
@pytest.mark.parametrize("command", [["run"], ["scan"], ["mapping", "explain", "leerling"], ["profile", "draft"]])
def test_a_password_in_the_url_of_an_export_is_refused(
    command: list[str], url: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    ended = dod2oso(capsys, monkeypatch, *command, url, "--lang", "en")
    assert ended.code == 2 and "@FILE" in ended.err and "geheim" not in ended.err + ended.out


def test_an_export_comes_from_a_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with sqlite3.connect(tmp_path / "regio.sqlite") as database:
        database.execute("create table leerlingen (achternaam text)")
        database.execute("insert into leerlingen values ('Jansen')")
    url = f"sqlite:///{tmp_path / 'regio.sqlite'}"
    (tmp_path / "url.txt").write_text(f"{url}\r\nnothing\n")
    straight = dod2oso(capsys, monkeypatch, "scan", url)
    assert "sqlite:regio.sqlite" in straight.out
    assert dod2oso(capsys, monkeypatch, "scan", "@url.txt") == straight
    assert dod2oso(capsys, monkeypatch, "scan", "@absent.txt").code == 5
    (tmp_path / "@url.txt").write_text("<EDEX/>")  # a file of that very name is itself meant
    assert "sqlite:regio.sqlite" not in dod2oso(capsys, monkeypatch, "scan", "@url.txt").out
