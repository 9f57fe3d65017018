"""dod2oso.toml: what stays the same from one command to the next. Every section has its own strict model.

A file that is not there means all defaults; a word in it that nobody knows is an error, never ignored.
"""

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from pydantic import BaseModel, ValidationError

from dod2oso.base.errors import ConfigurationError
from dod2oso.base.models import Strict
from dod2oso.base.settings_file import FILE, read_settings
from dod2oso.handover.config import Handover
from dod2oso.project.settings import Project, TransferSettings
from dod2oso.trust.terms import Kept

if TYPE_CHECKING:
    from dod2oso.project.folder import ProjectFolder

M = TypeVar("M", bound=BaseModel)


class Settings(Strict):
    """All sections; a new one is a field here."""

    lang: Literal["nl", "en"] = "nl"  # of what is said where neither --lang nor the environment says another
    handover: Handover = Handover()
    report: dict[str, str] = {}  # the house style; report/style.py reads and checks it
    project: Project | None = None
    transfer: dict[str, TransferSettings] = {}
    retention: Kept = Kept()


def load_settings(path: Path | None = None) -> Settings:
    """The settings in `path`, else in dod2oso.toml in the current folder, else the defaults.

    Raises ConfigurationError, with the line, when a named file is absent, or it is no TOML or says something unknown.
    """
    read = read_settings(path)
    if read is None:
        return Settings()
    file, text, data = read
    try:  # not strict about types that TOML lacks: a path is text there
        settings = Settings.model_validate(data, strict=False)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        keys = [str(part) for part in first["loc"]]
        where = f"{file.name}:{_line(text, keys)}: '{'.'.join(keys)}'"
        raise ConfigurationError("toml-value-wrong", place=where, problem=first["msg"]) from None
    return _anchored(settings, file.resolve().parent)


def _line(text: str, keys: list[str]) -> int:
    """Where the last of `keys` stands, looking for its sections first."""
    lines, at = text.splitlines(), 0
    for key in keys:
        word = re.compile(rf"(\[[\w.\"-]*)?\b{re.escape(key)}\b")
        at = next((n for n in range(at, len(lines)) if word.match(lines[n].strip())), at)
    return at + 1


def _anchored(model: M, folder: Path) -> M:
    """The same settings with every path made absolute from the folder of the file."""
    changed: dict[str, Any] = {}
    for name in type(model).model_fields:
        value = getattr(model, name)
        if isinstance(value, BaseModel):
            changed[name] = _anchored(value, folder)
        elif isinstance(value, dict):
            changed[name] = {
                key: _anchored(each, folder) if isinstance(each, BaseModel) else each for key, each in value.items()
            }
        elif isinstance(value, Path):
            changed[name] = folder / value
        elif isinstance(value, tuple) and any(isinstance(each, Path) for each in value):
            changed[name] = tuple(folder / each for each in value)
    return model.model_copy(update=changed)


def here() -> "ProjectFolder | None":
    """The project in the current folder; None when it is none. ConfigurationError as in `load_settings`."""
    if not FILE.is_file():  # quickly, for every command asks
        return None
    from dod2oso.project.folder import project_folder

    settings = load_settings()
    return project_folder(FILE, settings.project, settings.transfer, settings.retention)


def own_profiles() -> tuple[Path, ...]:
    """The source profiles of the project in the current folder; none where there is no project."""
    if not FILE.is_file():
        return ()
    from dod2oso.source.own_profiles import FOLDER, profile_files

    return profile_files(Path(FOLDER))


def typed_for(out: Path) -> list[Path]:
    """Files of the project in the current folder with what people typed on a page for this output folder."""
    project = here()
    if project is None:
        return []
    from dod2oso.project.filled import files_of

    return files_of(project, out)
