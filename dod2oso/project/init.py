"""Making a project folder: the folders to drop files into, a register to fill in, the settings, and how it works."""

import re
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import NamedTuple

from dod2oso.base.errors import UsageError
from dod2oso.base.files import disk_guard, make_private_dir, write_private
from dod2oso.base.settings_file import FILE
from dod2oso.oso.transfers import transfer as known_transfer
from dod2oso.oso.versions import newest
from dod2oso.oso.versions import version as known_version
from dod2oso.project.folder import EXPORTS, SUPPLEMENTS

_TEMPLATES = Path(__file__).with_name("templates")
REGISTER, README = "scholen.csv", {"nl": "LEESMIJ.txt", "en": "README.txt"}


class Made(NamedTuple):
    """What was made, and what was there already and was left as it was; names in the project folder."""

    made: tuple[str, ...]
    kept: tuple[str, ...]


def make_project(
    folder: Path,
    transfers: Sequence[str],
    *,
    name: str = "",
    deadline: date | None = None,
    lang: str = "nl",
    contact: str = "",
    oso: str | None = None,
) -> Made:
    """Make a project in this folder; what is there stays as it is, so a second time only adds what is missing.

    `contact`: whom a school can call; `oso`: the version, the newest when nobody says. UsageError when `folder` is a
    file, or a transfer or version is not known. Folders are 0700 and files 0600.
    """
    if folder.exists() and not folder.is_dir():
        raise UsageError("out-is-file", file=folder.name)
    if any(ord(sign) < ord(" ") or sign == "\x7f" for sign in name + contact):
        raise UsageError("project-name-wrong")
    names = list(dict.fromkeys(known_transfer(each).name for each in transfers))
    version = known_version(oso).name if oso else newest()
    made: list[str] = []
    kept: list[str] = []
    with disk_guard():
        make_private_dir(folder, tighten=False)
        for each in (EXPORTS, SUPPLEMENTS):
            (kept if (folder / each).exists() else made).append(f"{each}/")
            make_private_dir(folder / each, tighten=False)
        for file, text in (
            (REGISTER, _template("scholen.csv")),
            (str(FILE), _settings(names, name, contact, version, deadline, lang)),
            (README[lang], _template(f"leesmij.{lang}.txt")),
        ):
            if (folder / file).exists():
                kept.append(file)
            else:
                # a mark at the front and line ends of Windows: whoever double-clicks these files sees them right
                write_private(folder / file, text.replace("\n", "\r\n").encode("utf-8-sig"))
                made.append(file)
    return Made(tuple(made), tuple(kept))


def _settings(transfers: Sequence[str], name: str, contact: str, version: str, deadline: date | None, lang: str) -> str:
    given = {"name": _quoted(name), "contact": _quoted(contact)}
    head = re.sub(r"\{(name|contact)\}", lambda found: given[found[1]], _template(f"settings.{lang}.toml"))
    part = _template(f"transfer.{lang}.toml")
    day = f"deadline = {deadline.isoformat()}" if deadline is not None else "# deadline = 2027-03-24"
    parts = (
        part.replace("{transfer}", each).replace("{oso}", version).replace("{deadline}", day) for each in transfers
    )
    return head + "".join(parts)


def _quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')


def _template(name: str) -> str:
    return (_TEMPLATES / name).read_text(encoding="utf-8")
