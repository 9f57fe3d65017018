"""The commands of docs/in-delen.md, as they stand there."""

import json
import re
from pathlib import Path

import pytest

from dod2oso.base.errors import ExitCode
from tests.cli.kit import dod2oso
from tests.corpus.kit import pupil, reference, write

PAGE = Path(__file__).resolve().parents[3] / "docs" / "in-delen.md"


def test_the_commands_of_the_page_make_one_run(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    commands = [line.split()[1:] for line in re.findall(r"^dod2oso .*", PAGE.read_text(encoding="utf-8"), re.MULTILINE)]
    assert [command[0] for command in commands] == ["run", "run", "join"]
    monkeypatch.chdir(tmp_path)
    write(tmp_path / "exports" / "a.xml", reference(*(pupil(n) for n in range(1, 8))))
    early = dod2oso(capsys, monkeypatch, *commands[2])
    assert (early.code, "--part 1/N" in early.err) == (ExitCode.USAGE, True)
    told = [dod2oso(capsys, monkeypatch, *command, "--json") for command in commands]
    assert [each.code for each in told] == [ExitCode.DONE, ExitCode.DONE, ExitCode.FINDINGS]
    parts = [json.loads(each.out) for each in told[:2]]
    assert [part["lacking"] for part in parts] == [["2/2"], []]
    assert sum(part["converted"] for part in parts) == sum(json.loads(told[2].out)["dossiers"].values()) == 7
    wrong = dod2oso(capsys, monkeypatch, *commands[0], "--cluster", "local")
    assert wrong.code == ExitCode.USAGE
