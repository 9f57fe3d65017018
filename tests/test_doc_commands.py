"""Every command in the documentation exists, with these options and this many arguments.

Commands are read by the command line itself, which is quick; that those in blocks also work is tested by typing them
(tests/test_doc_sessions.py).
"""

import re
import shlex
import tomllib
from collections.abc import Iterator
from contextlib import redirect_stdout
from importlib.util import find_spec
from io import StringIO
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import typer
from typer.exceptions import TyperException

from dod2oso.base.errors import ConfigurationError
from dod2oso.cli.app import app
from dod2oso.cli.old_names import OPTIONS
from tests.typed import FENCE, ROOT, SHELLS, bare

PAGES = sorted(
    {*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("samples/**/*.md")} - {ROOT / "CHANGELOG.md"}
)
INLINE = re.compile(r"(?<!`)`([^`\n]+(?:\n[^`\n]+)?)`(?!`)")
COMMAND = typer.main.get_command(app)


class Said(NamedTuple):
    """A command as a page has it. `whole`: in a block of its own, and not named in a sentence."""

    page: str
    line: str
    whole: bool

    def __str__(self) -> str:
        return f"{self.page}: {self.line}"


def blocks(text: str) -> Iterator[str]:
    for language, block in FENCE.findall(text):
        if language in SHELLS:
            yield from re.sub(r"\s*\\\n\s*", " ", block).splitlines()


def said(page: Path) -> Iterator[Said]:
    text = page.read_text(encoding="utf-8")
    name = page.relative_to(ROOT).as_posix()
    for line in blocks(text):
        if line := bare(line):
            yield Said(name, line, whole=True)
    for code in INLINE.findall(FENCE.sub("", text)):
        yield Said(name, " ".join(code.split()), whole=False)


def words(line: str) -> list[str]:
    """The words of a line, without a remark behind it, a redirection, or what follows in a pipe."""
    line = re.split(r"\s+#\s|\s*(?:\||>|&&|;)\s", f"{line} ")[0]
    return shlex.split(line.replace("\\", "\\\\"))


ALL = [each for page in PAGES for each in said(page)]
OURS = [each for each in ALL if re.match(r"(?:[\w./\\-]*[/\\])?dod2oso(?:\.exe)? ", each.line)]


def parse(arguments: list[str]) -> None:
    """Read a command line as dod2oso does, up to where the command would begin."""
    command: Any = COMMAND
    ctx = command.make_context("dod2oso", arguments)
    while hasattr(command, "commands") and (rest := [*ctx._protected_args, *ctx.args]):
        name, command, rest = command.resolve_command(ctx, rest)
        ctx = command.make_context(name, rest, parent=ctx)


def wrong(each: Said) -> str:
    """What is wrong with a command; "" when nothing is."""
    arguments = [word for word in words(each.line)[1:] if word not in ("…", "...")]
    try:
        with redirect_stdout(StringIO()):  # --help, --version
            parse(arguments)
    except typer.Exit:
        return ""
    except ConfigurationError as error:
        return "" if error.code == "file-absent" else str(error)  # @FILE: a file of the reader
    except TyperException as error:
        kind = type(error).__name__
        return "" if not each.whole and kind in ("MissingParameter", "NoArgsIsHelpError") else error.format_message()
    except Exception as error:
        return str(error)
    return ""


def test_every_command_of_ours_in_the_documentation_can_be_read() -> None:
    assert len(OURS) > 150
    told = {f"{old} " for old in OPTIONS}  # the table of old names
    asked = [each for each in OURS if not any(old in f"{each.line} " for old in told)]
    assert [f"{each}\n    {problem}" for each in asked if (problem := wrong(each))] == []


def test_a_wrong_command_in_the_documentation_is_found() -> None:
    for line in ("dod2oso rnu x", "dod2oso run x --nothing", "dod2oso mapping explain", "dod2oso status too much"):
        assert wrong(Said("x", line, whole=True)), line
    assert not wrong(Said("x", "dod2oso mapping explain", whole=False))
    assert not wrong(Said("x", "dod2oso run exports/ --overstap povo  # remark", whole=True))


def test_only_extras_that_there_are_are_promised() -> None:
    extras = set(tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"])
    texts = [*PAGES, *ROOT.glob("dod2oso/**/*.yaml"), *ROOT.glob("dod2oso/**/*.py"), *ROOT.glob("dod2oso/**/*.j2")]
    for path in texts:
        for found in re.findall(r"dod2oso\[([\w, -]+)\]", path.read_text(encoding="utf-8")):
            assert {name.strip() for name in found.split(",")} <= extras, path.name


def test_every_make_target_and_module_that_is_named_is_there() -> None:
    targets = set(re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    for each in ALL:
        for found in re.findall(r"(?:^|&& )make ((?:[a-z-]+ ?)+)(?:$|[^a-z=-])", each.line):
            assert set(found.split()) <= targets, each
        for module in re.findall(r"python -m ([a-z]\w*(?:\.\w+)*)", each.line):
            assert find_spec(module) is not None, each


@pytest.mark.parametrize(
    "line", ["$ dod2oso run x", "PS> dod2oso run x", "C:\\werk> dod2oso run x", "A_B=1 dod2oso run x"]
)
def test_a_prompt_is_no_part_of_a_command(line: str) -> None:
    assert bare(line) == "dod2oso run x"
