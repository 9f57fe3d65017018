"""Every --json has a published schema, and prints what that says: of a small region, and of what is wrong."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cli.kit import here
from tests.shapes import misfits
from tests.test_doc_commands import COMMAND
from tools import json_shapes

SAMPLES = Path(__file__).resolve().parents[2] / "samples"
RUN = ("run", "exports", "--overstap", "POVO", "--schools", "scholen.csv")
TESTED_ELSEWHERE = {
    "conformance-written": "tests/conformance/test_answers.py",
    "conformance-result": "tests/conformance/test_answers.py",
    "qualify-result": "tests/qualify/test_cli.py",
}


def with_json(command: Any, name: str = "dod2oso") -> Iterator[str]:
    for each, sub in getattr(command, "commands", {}).items():
        yield from with_json(sub, f"{name} {each}")
    if any("--json" in parameter.opts for parameter in command.params):
        yield name


def test_every_command_with_json_has_a_schema() -> None:
    said = " ".join(document["of"] for document in json_shapes.said()["documents"].values())
    commands = set(with_json(COMMAND))
    assert {name for name in commands if not re.search(rf"\b{name.split()[-1]}\b", said)} == set()
    assert len(commands) >= 20


def test_what_is_tested_elsewhere_is() -> None:
    for name, path in TESTED_ELSEWHERE.items():
        assert f'misfits("{name}"' in (Path(__file__).resolve().parents[2] / path).read_text(encoding="utf-8")


@pytest.fixture(scope="module", name="region")
def _region(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Four pupils in a project, converted without and with what their school answered; files that are no dossier."""
    folder = tmp_path_factory.mktemp("json")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SOURCE_DATE_EPOCH", "1749945600")
        for command in (("generate", ".", "--pupils", "4"), ("init", "."), (*RUN, "--out", "uit")):
            assert here(*command, cwd=folder).returncode in (0, 3)
        assert here(*RUN, "--supplement", "aanvulling.csv", "--out", "uit", cwd=folder).returncode == 0
        assert here("run", cwd=folder).returncode == 3
        ready = sorted((folder / "uit" / "dossiers" / "ready").rglob("*.xml"))
        (folder / "a.xml").write_bytes(ready[0].read_bytes())
        (folder / "b.xml").write_bytes(ready[1].read_bytes())
        broken = re.sub(rb"<geslacht>.*?</geslacht>", b"<geslacht>x</geslacht>", ready[0].read_bytes())
        (folder / "fout.xml").write_bytes(broken)
        (folder / "geen.xml").write_bytes(b"<brief/>")
        yield folder


PRINTED = {
    "run": ("run", "exports", "--overstap", "POVO", "--out", "uit", "--json"),
    "run-more": None,
    "run-part": (*RUN, "--out", "delen", "--part", "1/2", "--json"),
    "scan": ("scan", "exports", str(SAMPLES / "kapot"), str(SAMPLES / "onbekend" / "uitwisseling.xml"), "--json"),
    "validate": ("validate", "a.xml", "fout.xml", "geen.xml", "--json"),
    "status": ("status", "--out", "uit", "--json"),
    "status-project": ("status", "--json"),
    "status-workbooks": ("status", "--workbooks", "--json"),
    "remind": ("remind", "--json"),
    "inspection": ("inspection", "--out", "uit", "--json"),
    "receive": ("receive", "a.xml", "fout.xml", "geen.xml", "--format", "none", "--json"),
    "explain": ("explain", "--json"),
    "doctor": ("doctor", "--out", "uit", "--json"),
    "suppliers": ("suppliers", "--measure", "exports", "--json"),
    "retention": ("retention", "--out", "uit", "--json"),
    "decide-list": ("decide", "list", "--json"),
    "handover-send": ("handover", "send", "--out", "uit", "--to", "99XD", "--json"),
    "handover-status": ("handover", "status", "--out", "uit", "--json"),
    "qualify-list": ("qualify", "list", "--json"),
    "qualify-requirements": ("qualify", "requirements", "bron-22", "--json"),
    "audit-show": ("audit", "show", "--out", "uit", "--json"),
    "audit-verify": ("audit", "verify", "--out", "uit", "--json"),
}
MORE = {
    "receive": [("receive", "a.xml", "b.xml", "--compare", "--json")],
    "handover-status": [("handover", "status", "--list", "--out", "uit", "--json")],
    "qualify-list": [("qualify", "list", "bron-18", "--json"), ("qualify", "list", "school-14", "--json")],
}


def test_every_document_is_held_against_real_output() -> None:
    assert set(PRINTED) | set(TESTED_ELSEWHERE) == set(json_shapes.said()["documents"])


def printed(region: Path, command: tuple[str, ...], monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1749945600")
    ended = here(*command, cwd=region)
    assert ended.stdout, (command, ended.stderr)
    return ended.stdout


@pytest.mark.parametrize("name", [name for name, command in PRINTED.items() if command is not None])
def test_what_a_command_prints_fits(name: str, region: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for command in (PRINTED[name], *MORE.get(name, ())):
        assert command is not None
        assert misfits(name, printed(region, command, monkeypatch)) == [], command


def test_the_history_of_a_handover_fits(region: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    listed = json.loads(printed(region, ("handover", "status", "--list", "--out", "uit", "--json"), monkeypatch))
    command = ("handover", "status", listed["handovers"][0]["dossier_id"], "--out", "uit", "--json")
    assert misfits("handover-status", printed(region, command, monkeypatch)) == []


def test_a_project_without_a_run_fits(tmp_path: Path) -> None:
    assert here("init", tmp_path).returncode == 0
    assert misfits("status-project", here("status", "--json", cwd=tmp_path).stdout) == []


def test_more_transfers_than_one_fit(region: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    folder = tmp_path / "p"
    assert here("init", folder, "--overstap", "POVO", "--overstap", "POPO").returncode == 0
    for name in ("exports", "scholen.csv"):
        source = region / name
        for path in source.iterdir() if source.is_dir() else [source]:
            (folder / path.relative_to(region)).write_bytes(path.read_bytes())
    assert misfits("run-more", printed(folder, ("run", "--json"), monkeypatch)) == []


@pytest.mark.parametrize(
    ("name", "change"), [("receive", {"twice": -1}), ("receive", {"more": 1}), ("doctor", {"format": 2})]
)
def test_what_does_not_fit_is_told(
    name: str, change: dict[str, Any], region: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    command = PRINTED[name]
    assert command is not None
    assert misfits(name, json.dumps(json.loads(printed(region, command, monkeypatch)) | change))
