"""dod2oso.toml, or another file of settings, as its tables: the one reader. What they mean, their owners say."""

import tomllib
from pathlib import Path
from typing import Any, NamedTuple

from dod2oso.base.errors import ConfigurationError

FILE = Path("dod2oso.toml")


class SettingsFile(NamedTuple):
    """A file of settings; paths in it are from its own folder."""

    path: Path
    text: str
    tables: dict[str, Any]


def read_settings(path: Path | None = None) -> SettingsFile | None:
    """The settings in `path`, else in dod2oso.toml in the current folder, else None.

    Raises ConfigurationError when a named file is absent, or it is no TOML.
    """
    file = path or FILE
    try:
        text = file.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        if path is None:
            return None
        raise ConfigurationError("file-absent", file=file.name) from None
    except UnicodeDecodeError:
        raise ConfigurationError("file-no-text", file=file.name) from None
    except OSError:
        raise ConfigurationError("settings-unreadable", file=file.name) from None
    try:
        return SettingsFile(file, text, tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError("toml-wrong", file=file.name, problem=error) from None
