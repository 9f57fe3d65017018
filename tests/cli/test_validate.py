"""`dod2oso validate` as a user calls it: output, streams and exit codes."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from dod2oso.cli.bundle import app as bundle_app
from dod2oso.cli.validate import validate
from dod2oso.oso.bundles.store import installed
from tests.oso import standins
from tests.oso.dossiers import minimal_dossier

app = typer.Typer()
app.command()(validate)
GOOD = minimal_dossier("2019.1", "POVO")
BAD = GOOD.replace(b"<voornaam>tekst</voornaam>", b"")


@pytest.fixture(name="folder")
def _folder(tmp_path: Path) -> Path:
    assert BAD != GOOD
    for name, data in {"goed.xml": GOOD, "fout.xml": BAD, "stuk.xml": b"<stuk", "afgebroken.xml": _stops()}.items():
        (tmp_path / name).write_bytes(data)
    return tmp_path


def _stops() -> bytes:
    return GOOD.replace(b"<inzage>true</inzage>", b"<inzage>ja</inzage>")


@pytest.mark.parametrize(
    ("names", "code"),
    [
        (["goed.xml"], 0),
        (["fout.xml"], 3),
        (["stuk.xml"], 4),
        (["weg.xml"], 4),
        (["afgebroken.xml"], 6),
        (["goed.xml", "fout.xml"], 3),
        (["stuk.xml", "fout.xml"], 4),
        (["."], 6),
    ],
)
def test_exit_codes(folder: Path, names: list[str], code: int) -> None:
    for options in ([], ["--json"]):
        result = CliRunner().invoke(app, [*options, *(str(folder / name) for name in names)])
        assert result.exit_code == code, result.output


def test_json_is_one_document_on_stdout(folder: Path) -> None:
    result = CliRunner().invoke(app, ["--json", str(folder)])
    found = json.loads(result.stdout)
    assert found["format"] == 1
    verdicts = {Path(one["file"]).name: one["verdict"] for one in found["files"]}
    assert verdicts == {
        "afgebroken.xml": "failed",
        "fout.xml": "invalid",
        "goed.xml": "valid",
        "stuk.xml": "not-checked",
    }


def test_an_empty_folder_is_no_success(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["--json", str(tmp_path)])
    assert result.exit_code == 4
    assert json.loads(result.stdout) == {"format": 1, "files": []}


def test_text_is_dutch_unless_asked_otherwise(folder: Path) -> None:
    result = CliRunner().invoke(app, [str(folder / "fout.xml")])
    assert "ongeldig" in result.stdout
    assert "De voornaam van de leerling ontbreekt. [leerling-voornaam-verplicht]" in result.stdout
    assert "Wat te doen: Vul ten minste één voornaam" in result.stdout
    result = CliRunner().invoke(app, ["--lang", "en", str(folder / "fout.xml"), str(folder / "goed.xml")])
    assert "The first name of the pupil is missing." in result.stdout
    assert "1 valid, 1 invalid" in result.stderr


def test_layer_option(folder: Path) -> None:
    result = CliRunner().invoke(app, ["--layer", "swv", "--json", str(folder / "goed.xml")])
    assert json.loads(result.stdout)["files"][0]["layers"] == ["gegevensset", "swv"]
    assert result.exit_code == 3
    assert CliRunner().invoke(app, ["--layer", "iets", str(folder / "goed.xml")]).exit_code == 2


def test_official_option(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("saxonche", reason="the extra `official` (saxonche) is not installed")
    monkeypatch.setenv("DOD2OSO_DATA", str(folder / "data"))
    for part in ("OV", "PaO"):
        (folder / f"{part}.zip").write_bytes(standins.zipped(standins.part("2019.1", part)))
    runner = CliRunner()
    assert runner.invoke(bundle_app, ["list"]).stderr == "Geen bundels.\n"
    half = runner.invoke(bundle_app, ["add", str(folder / "OV.zip")])
    assert half.stdout.splitlines()[0] == "OSO 2019.1: XSD, ov (3 bestanden)"
    assert "nodig voor POSWV en VOSWV" in half.stdout
    added = runner.invoke(bundle_app, ["add", str(folder / "PaO.zip")])
    assert "nodig voor" not in added.stdout
    assert "Ook bewaard: examples/voorbeeld.xml, release notes OV.txt, release notes PaO.txt" in added.stdout
    assert runner.invoke(bundle_app, ["list", "--lang", "en"]).stdout == "OSO 2019.1: XSD, ov, swv (5 files)\n"
    result = runner.invoke(app, ["--official", "--json", str(folder / "goed.xml")])
    assert json.loads(result.stdout)["files"][0]["official"] == {"state": "passed", "messages": []}
    assert runner.invoke(bundle_app, ["remove", "2019.1"]).stdout == "OSO 2019.1: verwijderd\n"
    assert installed() == {}


def test_many_files_stream_through_the_real_command(folder: Path) -> None:
    for i in range(300):
        (folder / f"n{i:03}.xml").write_bytes(GOOD)
    (folder / "afgebroken.xml").unlink()
    command = [sys.executable, "-m", "dod2oso", "validate", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 4
    assert done.stdout.count(": geldig\n") == 301
    assert done.stderr == "301 geldig, 1 ongeldig, 1 niet gecontroleerd\n"
