"""What people set for a rehearsal and answer in it, in files of their own: inputs.toml and answers.toml.

inputs.toml says under which numbers the made-up pupils stand in the system under test, where it is, and how long to
wait; answers.toml keeps what only a person sees.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import Field, ValidationError

from dod2oso.base.errors import ConfigurationError
from dod2oso.base.files import atomic_write
from dod2oso.base.models import Strict, first_of, what_is_wrong
from dod2oso.base.settings_file import read_settings
from dod2oso.qualify.kit import Kit, pupils
from dod2oso.qualify.outcome import Answer

INPUTS, ANSWERS = "inputs.toml", "answers.toml"


class Inputs(Strict):
    """What a rehearsal is run with."""

    kit: str = ""
    source: str = ""
    receiver: str = ""
    seconds: float = Field(default=30.0, gt=0, le=3600)
    pupils: dict[str, str] = {}

    def pgns(self) -> dict[str, str]:
        """The number of each made-up pupil in the system under test."""
        return {name: self.pupils.get(name) or pupil.pgn for name, pupil in pupils().items()}


class _Answers(Strict):
    answers: dict[str, dict[str, str]] = {}


def read_inputs(path: Path) -> Inputs:
    """The inputs in a file; ConfigurationError when there is something else in it."""
    made: Inputs = _read(path, Inputs)
    unknown = made.pupils.keys() - pupils().keys()
    wrong = [name for name, pgn in made.pupils.items() if not (len(pgn) == 9 and pgn.isascii() and pgn.isdigit())]
    if unknown or wrong:
        raise ConfigurationError("qualify-pupil-wrong", file=path.name, name=sorted(unknown or wrong)[0])
    return made


def write_inputs(path: Path, inputs: Inputs, kit: Kit) -> None:
    """Write the inputs, with the pupils that this kit asks for, as a file that reads back to the same."""
    used = [name for name in pupils() if name in used_pupils(kit)]
    lines = ["# Inputs of a qualification rehearsal. The numbers belong to nobody.", f"kit = {json.dumps(kit.name)}"]
    lines += [
        f"{name} = {json.dumps(value)}" for name, value in (("source", inputs.source), ("receiver", inputs.receiver))
    ]
    lines += [f"seconds = {inputs.seconds}", "", "[pupils]"]
    for name in used:
        pupil = pupils()[name]
        what = f"{pupil.transfer or '-'} {pupil.state if pupil.bron else 'unknown'}"
        lines.append(f"{name} = {json.dumps(inputs.pgns()[name])}  # {what}")
    atomic_write(path, ("\n".join(lines) + "\n").encode())


def used_pupils(kit: Kit) -> set[str]:
    """The made-up pupils that the scenarios of a kit name."""
    words = [each.words for each in kit.scenarios.values() if each.words is not None]
    return {name for each in words for name in (each.pupil, each.other) if name}


def read_answers(path: Path) -> dict[str, Answer]:
    """The answers in a file, none when there is no file; ConfigurationError when there is something else in it."""
    if not path.is_file():
        return {}
    made: _Answers = _read(path, _Answers)
    found = {}
    for name, words in made.answers.items():
        if words.get("answer") not in ("yes", "no", "n/a") or words.keys() - Answer.__dataclass_fields__.keys():
            raise ConfigurationError("qualify-answer-wrong", file=path.name, name=name)
        found[name] = Answer(**words)  # type: ignore[arg-type]
    return found


def write_answers(path: Path, answers: Mapping[str, Answer]) -> None:
    """Keep the answers."""
    lines = ["# What people answered in a qualification rehearsal: yes, no or n/a."]
    for name, each in answers.items():
        lines += ["", f"[answers.{json.dumps(name)}]"]
        lines += [f"{key} = {json.dumps(getattr(each, key))}" for key in Answer.__dataclass_fields__]
    atomic_write(path, ("\n".join(lines) + "\n").encode())


def _read(path: Path, model: type[Any]) -> Any:
    settings = read_settings(path)
    assert settings is not None  # noqa: S101 - a named file is there, or that was an error
    try:
        return model.model_validate(settings.tables)
    except ValidationError as error:
        wrong = first_of(error)
        key = ".".join(str(part) for part in wrong["loc"])
        problem = what_is_wrong(wrong, model)
        lines = settings.text.splitlines()
        line = next((n for n, text in enumerate(lines, 1) if text.strip().startswith(str(wrong["loc"][-1]))), 1)
        raise ConfigurationError("setting-wrong", file=path.name, line=line, key=key, problem=problem) from None
