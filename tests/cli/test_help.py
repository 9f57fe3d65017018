"""--help and mistakes on the command line: whole, and in one language at a time."""

import re
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
import typer

from dod2oso.cli.app import app
from dod2oso.cli.help import VARIABLE, key_of, language, pages
from tests.cli.kit import dod2oso
from tests.cli.languages import dutch, english


def commands(command: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    yield path, command
    for name, child in getattr(command, "commands", {}).items():
        yield from commands(child, f"{path} {name}".strip())


ALL = dict(commands(typer.main.get_command(app)))


def test_everything_that_can_be_typed_is_explained_and_nothing_else() -> None:
    told, general = pages()["commands"], pages()["all"]
    assert {path or "dod2oso" for path in ALL} == set(told)
    used = {"--help"}
    for path, command in ALL.items():
        page, keys = told[path or "dod2oso"], {key_of(parameter) for parameter in command.params}
        own = page.keys() - {"nl", "en", "as"}
        if "as" in page:
            own |= told[page["as"]].keys() & keys
        assert own <= keys, path
        assert keys <= own | general.keys(), path
        used |= keys - own
    assert set(general) == used


@pytest.mark.parametrize("lang", ["nl", "en"])
def test_each_page_of_help_is_in_one_language(
    lang: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    leaked = {"nl": english, "en": dutch}[lang]
    for path, command in ALL.items():
        ended = dod2oso(capsys, monkeypatch, *path.split(), "--help", "--lang", lang)
        assert (ended.code, ended.err) == (0, "")
        assert ended.out.startswith({"nl": "Gebruik: ", "en": "Usage: "}[lang])
        text = " ".join(ended.out.split()).replace("- ", "-")  # as it was before it was laid out in columns
        assert leaked(re.split(r"(?<=[.:]) ", text)) == [], path
        for parameter in command.params:
            assert key_of(parameter) in ended.out or parameter.metavar or parameter.param_type_name == "argument"


@pytest.mark.parametrize("lang", ["nl", "en"])
@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["runn"],
        ["handover"],
        ["handover", "nothing"],
        ["run", "x", "--overstap"],
        ["run", "x", "--overstap", "POVO", "--workers", "many"],
        ["run", "x", "--overstap", "POVO", "--fail-on", "never-ever"],
        ["run", "x", "--nmaes"],
        ["scan"],
        ["status", "something"],
        ["generate", "x", "--pupils", "0"],
        ["--nothing"],
        ["mapping", "explain"],
    ],
    ids=" ".join,
)
def test_a_mistake_is_told_in_one_language(
    arguments: list[str], lang: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, lang)
    ended = dod2oso(capsys, monkeypatch, *arguments)
    assert (ended.code, ended.out) == (2, "")
    leaked = {"nl": english, "en": dutch}[lang]
    assert leaked(re.split(r"(?<=[.:]) ", " ".join(ended.err.split()))) == []
    assert "--help" in ended.err
    for argument in arguments[-1:]:
        known = argument in ("handover", "scan", "explain", "many", "never-ever", "0")
        assert known or argument in ended.err


def test_the_language_is_that_of_the_line_then_of_the_environment_then_of_the_settings(
    tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    monkeypatch.chdir(tmp_path)
    assert language(["run"]) == "nl"
    (tmp_path / "dod2oso.toml").write_text('lang = "en"\n')
    assert language(["run"]) == "en"
    monkeypatch.setenv(VARIABLE, "nl")
    assert language(["run"]) == "nl"
    assert language(["run", "--lang", "en"]) == language(["--lang=en", "run"]) == "en"
    assert language(["run", "--", "--lang", "en"]) == "nl"
    (tmp_path / "dod2oso.toml").write_text("lang = \n")  # the command that reads it tells
    monkeypatch.delenv(VARIABLE)
    assert language(["run"]) == "nl"


def test_a_command_speaks_the_language_that_is_set(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    monkeypatch.setenv(VARIABLE, "en")
    nowhere = ("status", "--out", tmp_path / "none")
    assert "There is no" in dod2oso(capsys, monkeypatch, "handover", *nowhere).err
    assert "Hier is nog geen" in dod2oso(capsys, monkeypatch, "--lang", "nl", "handover", *nowhere).err
    assert "Hier is nog geen" in dod2oso(capsys, monkeypatch, "handover", "--lang", "nl", *nowhere).err
    assert "There is no" in dod2oso(capsys, monkeypatch, *nowhere).err


def test_help_loads_no_command_and_nothing_heavy() -> None:
    """It is asked for most of all, and a shell asks it for each Tab."""
    said = "import sys; from dod2oso.cli.app import main\ntry: main()\nfinally: print(*sys.modules, file=sys.stderr)"
    for _ in range(2):  # help.yaml is parsed once, and then kept
        ended = subprocess.run([sys.executable, "-c", said, "--help"], capture_output=True, text=True, check=True)
    loaded = set(ended.stderr.split())
    assert "typer" in loaded
    assert not loaded & {"pydantic", "sqlalchemy", "lxml", "pandas", "jinja2", "yaml", "Cryptodome", "cryptography"}
    assert {name for name in loaded if name.startswith("dod2oso.cli.")} <= {
        f"dod2oso.cli.{name}" for name in ("app", "completion", "help", "old_names", "options", "streams")
    }
