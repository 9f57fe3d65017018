"""`dod2oso completion`: the script by which a shell completes commands, options and their values.

The shell asks this programme, in the environment, what may follow; typer answers it. Nothing is installed by itself.
"""

import os
from collections.abc import Sequence
from enum import StrEnum
from typing import Annotated

import typer

_PROGRAM = "dod2oso"
VARIABLE = "_DOD2OSO_COMPLETE"  # how a shell asks; typer makes this name of that of the programme


class Shell(StrEnum):
    bash = "bash"
    zsh = "zsh"
    fish = "fish"
    powershell = "powershell"


def completion(shell: Annotated[Shell, typer.Argument(metavar="bash|zsh|fish|powershell")]) -> None:
    """Print the script with which a shell completes what is typed."""
    typer.echo(script(shell.value))


def script(shell: str) -> str:
    """The script for a shell. Beside our own words files stay on offer, for most of what is typed is a file."""
    from typer.completion import get_completion_script  # type: ignore[attr-defined]  # typer has no other door

    made = get_completion_script(prog_name=_PROGRAM, complete_var=VARIABLE, shell=shell)
    return made.replace("--no-files ", "") if shell == "fish" else made


def asked() -> bool:
    """Whether it is a shell that asks what may follow; then typer is made to answer."""
    if VARIABLE not in os.environ:
        return False
    from typer.completion import completion_init  # type: ignore[attr-defined]

    completion_init()
    return True


def typed() -> Sequence[str]:
    """What stands on the line for which a shell asks; the language may be among it."""
    return os.environ.get("COMP_WORDS", os.environ.get("_TYPER_COMPLETE_ARGS", "")).split()
