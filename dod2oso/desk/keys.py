"""Encrypted projects: which are closed, opening one with its passphrase, and forgetting the keys when nobody is there.

The keys stand in the memory of this process, and of the jobs that it began; nothing of the passphrase stays. Who gave
`dod2oso unlock` is not asked: then the system keeps the key, until `dod2oso lock`.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from dod2oso.base import projectkey
from dod2oso.base.errors import UsageError
from dod2oso.base.folderlock import VAULT
from dod2oso.base.pseudonym import KEY_FILE

if TYPE_CHECKING:
    from dod2oso.base.projectkey import Keys
    from dod2oso.project.folder import ProjectFolder

Known = tuple[tuple[Path, "Keys"], ...]

# nothing that this machine remembers opens it, or the word that stands in a file is of another project
_CLOSED = frozenset({"project-encrypted", "passphrase-wrong"})


class Closed(Exception):
    """A page of an encrypted project was asked that is not open: its passphrase is to be asked first."""


def is_closed(out: Path) -> bool:
    """Whether a passphrase is needed. ConfigurationError when its key file is damaged."""
    from dod2oso.base.atrest import keys_of

    if (out / VAULT).exists():
        return False  # nothing of it can be opened; who comes there is told
    try:
        keys_of(out, unfinished=True)
    except UsageError as error:
        if error.code not in _CLOSED:
            raise
        return True
    return False


def any_closed(project: "ProjectFolder") -> bool:
    """Whether some transfer of it is."""
    return any(is_closed(out) for out in _folders(project))


def open_with(project: "ProjectFolder", word: str) -> None:
    """Open all of it with its passphrase or recovery code. UsageError: it is neither, ConfigurationError: damaged."""
    for out in _folders(project):
        if is_closed(out):
            projectkey.know(out / KEY_FILE, projectkey.with_word(out / KEY_FILE, word))


def known(project: "ProjectFolder") -> Known:
    """The keys that this process knows, for a job in a process of its own."""
    from dod2oso.base.atrest import keys_of

    opened = (out for out in _folders(project) if not (out / VAULT).exists() and not is_closed(out))
    found = ((out / KEY_FILE, keys_of(out, unfinished=True)) for out in opened)
    return tuple((path, keys) for path, keys in found if keys is not None)


def know(given: Known) -> None:
    """In the process of a job: what the server knew."""
    for path, keys in given:
        projectkey.know(path, keys)


def forget() -> None:
    """Know nothing any more; a job that goes on keeps what it was given."""
    projectkey.forget()


def encrypt_new(project: "ProjectFolder", word: str, account: str) -> str:
    """Encrypt a project that was just made, all its transfers under one passphrase; the recovery code of it."""
    from dod2oso.trust.encrypting import encrypt

    code = projectkey.new_recovery_code()
    for out in _folders(project):
        encrypt(out, word, account, recovery=code)
    return code


def _folders(project: "ProjectFolder") -> Iterable[Path]:
    return map(project.out, project.transfers)
