"""The profiles of a project are tried by every command in its folder; a broken one is told."""

import json
from pathlib import Path

import pytest

from dod2oso.project.init import make_project
from tests.cli.kit import dod2oso

PROFILE = "profile: school\ndescribes: x\nmatch: {root: Uitvoer}\nrecords: Uitvoer/Leerling\n"


@pytest.fixture(name="project")
def _project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    make_project(tmp_path, ["POVO"])
    (tmp_path / "profielen").mkdir()
    (tmp_path / "profielen/school.yaml").write_text(PROFILE + "fields: {leerling.achternaam: Naam}\n")
    (tmp_path / "exports/eigen.xml").write_text("<Uitvoer><Leerling><Naam>Proef</Naam></Leerling></Uitvoer>")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_scan_and_decide_know_them(
    project: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    scanned = dod2oso(capsys, monkeypatch, "scan", "exports", "--json")
    assert scanned.code == 0 and json.loads(scanned.out)["exports"][0]["profile"] == "school"
    asked = dod2oso(capsys, monkeypatch, "decide", "export", "exports", "--overstap", "POVO", "--output", "v.xlsx")
    assert asked.code == 0 and (project / "v.xlsx").is_file()


def test_a_broken_one_is_told_and_the_export_is_unknown(
    project: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (project / "profielen/school.yaml").write_text(PROFILE + "fields: {leerling.achternam: Naam}\n")
    scanned = dod2oso(capsys, monkeypatch, "scan", "exports", "--json")
    assert "school.yaml" in scanned.err and json.loads(scanned.out)["exports"][0]["profile"] is None
