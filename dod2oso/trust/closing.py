"""Locking an output folder while nobody works in it: all of it in one vault (trust/vault.py), nothing of it beside.

The vault is written beside the files, read back whole, and only then gets its name; from then on it alone counts.
No other command opens the folder while it is there, so what lies beside it is never newer, and both ways can be broken
off at any moment and done again. The audit log stays outside: it holds nothing of a pupil, and tells to which folder a
vault belongs. An older vault that is put back opens, and then the log stops every command until that is looked at.
"""

import hashlib
import os
import shutil
import tarfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from io import BufferedReader
from pathlib import Path, PurePosixPath
from typing import BinaryIO, NamedTuple

from dod2oso.base import atrest, projectkey
from dod2oso.base.errors import ConfigurationError, TryLaterError, UsageError
from dod2oso.base.files import FILE_MODE, atomic_open, disk_guard, make_private_dir
from dod2oso.base.folderlock import SERVE, VAULT, WRITE, held
from dod2oso.base.keptkey import forget_master
from dod2oso.base.projectkey import long_enough
from dod2oso.base.pseudonym import COPIES, KEY_FILE, refuse_lost_key
from dod2oso.base.wipe import wipe, wipe_tree
from dod2oso.base.wrapping import COST
from dod2oso.ledger import audit, audit_file
from dod2oso.ledger.engine import LEDGER_FILE
from dod2oso.ledger.safety import check
from dod2oso.ledger.store import Ledger
from dod2oso.trust.vault import Damaged, Key, Opener, Sealer, WrongPassphrase, change, of_encrypted, unwrap

_OPENING = ".openen"
_ASIDE = f".{VAULT}.tmp"  # one that a kill leaves is swept away by whoever holds the folder next
_LOCKS = {WRITE, SERVE, Path(WRITE).with_suffix(".json").name, Path(SERVE).with_suffix(".json").name}
_BESIDE = {f"{LEDGER_FILE}-wal", f"{LEDGER_FILE}-shm"}  # of SQLite, with nothing in it once all is brought together
_OUTSIDE = {VAULT, audit_file.FILE, *_LOCKS}

Step = Callable[[str], None]


class Locked(NamedTuple):
    """How many files are in the vault, and how many bytes they are."""

    files: int
    size: int


def lock(
    out_dir: Path, passphrase: Callable[[], str], account: str, *, cost: int = COST, step: Step = lambda _name: None
) -> Locked | None:
    """Lock this folder; None when it was locked already, and this took away what a broken-off one left beside it.

    Of an encrypted project nobody is asked for a passphrase: it has one. Its key file stays outside, and its keys
    are kept in memory no longer.
    UsageError for a passphrase that is too short, or without a ledger here: one elsewhere would stay readable.
    TryLaterError when somebody is reading in the ledger.
    """
    with held(out_dir, "lock", sealed=True), held(out_dir, "lock", SERVE, sealed=True), disk_guard():
        if (out_dir / VAULT).exists():
            _clear(out_dir, step)
            return None
        if not (out_dir / LEDGER_FILE).exists():
            raise UsageError("lock-no-ledger")
        keys = atrest.keys_of(out_dir)
        word = long_enough(passphrase()) if keys is None else keys.vault_word
        with Ledger.open(out_dir, out_dir, create=False) as ledger:
            check(ledger)
            _tell(ledger, "locked", account)
            _bring_together(ledger)
        entries = list(_entries(out_dir))
        step("vault")
        unread = out_dir / _ASIDE
        with atomic_open(unread) as file:
            _write(file, out_dir, entries, word, cost)
        step("read-back")
        try:
            with unread.open("rb") as made:
                _compare(made, out_dir, entries, word)
        except ConfigurationError:
            wipe(unread)
            raise
        unread.replace(out_dir / VAULT)
        made_of = [path for path in entries if path.is_file()]
        size = sum(path.stat().st_size for path in made_of)
        _clear(out_dir, step)
        if keys is not None:
            projectkey.forget()
            forget_master(keys.project)
        return Locked(len(made_of), size)


def unlock(out_dir: Path, passphrase: str, account: str, *, step: Step = lambda _name: None) -> int:
    """Put everything back in its place, and take the vault away; how many files that were.

    UsageError when nothing is locked here or the passphrase is wrong; ConfigurationError when the vault is damaged or
    of another project. Until all of it has been read, nothing changes.
    """
    with held(out_dir, "unlock", sealed=True), held(out_dir, "unlock", SERVE, sealed=True), disk_guard():
        place = out_dir / _OPENING
        wipe_tree(place)
        with _vault(out_dir) as file, _told():
            key = _key(out_dir, file, passphrase)
            if key.project and (out_dir / audit_file.FILE).exists() and key.project != _project(out_dir):
                raise ConfigurationError("vault-of-other")
            make_private_dir(place)
            step("reading")
            try:
                _extract(Opener(file, key), place)
            except BaseException:
                wipe_tree(place)
                raise
        step("placing")
        files = sum(path.is_file() for path in place.rglob("*"))
        _note_in(place / LEDGER_FILE, out_dir, account)
        step("noted")
        for each in sorted(place.iterdir()):
            wipe_tree(out_dir / each.name)
            each.replace(out_dir / each.name)
            step("placed")
        place.rmdir()
        # under another name first: broken off while it is overwritten, it would pass for a vault that is damaged
        wipe((out_dir / VAULT).replace(out_dir / _ASIDE))
        step("told")
        with Ledger.open(out_dir, out_dir, create=False) as ledger:
            audit_file.mirror(ledger)  # the vault can be an older one that was put back: then the log says so
    return files


def _key(out_dir: Path, file: BinaryIO, passphrase: str) -> Key:
    """The key of the vault; of an encrypted project by its key file, which stands beside it."""
    if not atrest.is_encrypted(out_dir):
        _refuse_keyless(file)
        return unwrap(file, passphrase)
    keys = projectkey.with_word(out_dir / KEY_FILE, passphrase)
    try:
        key = unwrap(file, keys.vault_word)
    except WrongPassphrase:  # what was typed is right: it opened the key file
        raise ConfigurationError("vault-key-other", file=VAULT, key=KEY_FILE) from None
    projectkey.know(out_dir / KEY_FILE, keys)
    return key


def _refuse_keyless(file: BinaryIO) -> None:
    if of_encrypted(file):
        raise ConfigurationError("vault-key-lost", file=VAULT, key=KEY_FILE, copies=COPIES)


def _note_in(path: Path, out_dir: Path, account: str) -> None:
    """Say in a ledger that is not in its place yet that it was unlocked: so no kill leaves it unsaid.

    The log beside the vault hears of it when all of it is in its place. A ledger that is behind that log is an older
    one that was put back: nothing is added to it, for a person must look first.
    """
    with Ledger.open(path, out_dir, create=False, unfinished=True) as ledger, ledger.write() as connection:
        if audit_file.compare(connection, out_dir / audit_file.FILE).how not in audit_file.PROBLEMS:
            audit.append(connection, "unlocked", account)


def change_passphrase(out_dir: Path, old: str, new: str, *, cost: int = COST) -> None:
    """Another passphrase for a locked folder; the errors are those of `unlock`, and UsageError when it is too short."""
    with held(out_dir, "change-passphrase", sealed=True), _vault(out_dir, "r+b") as file, _told():
        change(file, old, long_enough(new), cost=cost)


def refuse_unlocked(out_dir: Path) -> None:
    """Before anybody is asked for a passphrase: UsageError when this folder is not locked, ConfigurationError when the
    vault needs a key file that is not there."""
    if not (out_dir / VAULT).exists():
        refuse_lost_key(out_dir)
    with _vault(out_dir) as file, _told():
        if not atrest.is_encrypted(out_dir):
            _refuse_keyless(file)


def _tell(ledger: Ledger, what: str, account: str) -> None:
    audit_file.mirror(ledger)  # first: the vault can be an older one that was put back, and then the log says so
    with ledger.write() as connection:
        audit.append(connection, what, account)
    audit_file.mirror(ledger)


# --- the vault and the folder ------------------------------------------------------------------------------------


def _entries(out_dir: Path) -> Iterator[Path]:
    """Every folder and file for the vault, a folder before what is in it; ConfigurationError for a link."""
    outside = _outside(out_dir)
    for top in sorted(out_dir.iterdir()):
        if top.name in outside or top.name in _BESIDE:
            continue
        for path in (top, *(sorted(top.rglob("*")) if top.is_dir() and not top.is_symlink() else ())):
            if path.is_symlink() or not (path.is_dir() or path.is_file()):
                raise ConfigurationError("folder-is-link", folder=path.name)
            yield path


def _bring_together(ledger: Ledger) -> None:
    """All of the ledger in its own file: what SQLite keeps beside it goes when whoever reads in it (a page) lets go.

    Raises TryLaterError when somebody does not.
    """
    with ledger.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        if connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").scalar():
            raise TryLaterError("ledger-locked")


def _write(file: BinaryIO, out_dir: Path, entries: Sequence[Path], passphrase: str, cost: int) -> None:
    key = Key.new(_project(out_dir), encrypted=atrest.is_encrypted(out_dir))
    with (
        Sealer(file, key, passphrase, cost=cost) as sealer,
        tarfile.open(fileobj=sealer, mode="w|", format=tarfile.PAX_FORMAT) as tar,
    ):
        for path in entries:
            tar.add(path, path.relative_to(out_dir).as_posix(), recursive=False)


def _compare(made: BinaryIO, out_dir: Path, entries: Sequence[Path], passphrase: str) -> None:
    """ConfigurationError unless the vault holds these files, byte for byte."""
    wanted = [path.relative_to(out_dir).as_posix() for path in entries]
    with _told():
        found = []
        for name, content in _members(Opener(made, unwrap(made, passphrase))):
            found.append(name)
            if content is not None and not _same(content, out_dir / name):
                raise Damaged
        if found != wanted:
            raise Damaged


def _same(content: BinaryIO, path: Path) -> bool:
    with path.open("rb") as file:
        while True:
            one, other = content.read(1 << 16), file.read(1 << 16)
            if one != other or not one:
                return one == other


def _extract(opener: Opener, place: Path) -> None:
    for name, content in _members(opener):
        target = place / name
        if content is None:
            make_private_dir(target)
            continue
        descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), FILE_MODE)
        with os.fdopen(descriptor, "wb") as file:
            shutil.copyfileobj(content, file)
            file.flush()
            os.fsync(descriptor)


def _members(opener: Opener) -> Iterator[tuple[str, BinaryIO | None]]:
    """Names in the vault, with their content or None for a folder; to its very end, or Damaged."""
    stream = BufferedReader(opener, 1 << 16)
    try:
        with tarfile.open(fileobj=stream, mode="r|") as tar:
            for member in tar:
                parts = PurePosixPath(member.name).parts
                if not parts or ".." in parts or parts[0] in ("/", *_OUTSIDE) or not (member.isdir() or member.isreg()):
                    raise Damaged
                yield member.name, tar.extractfile(member)  # type: ignore[misc]
    except tarfile.TarError:
        raise Damaged from None
    while stream.read(1 << 16):
        pass


def _clear(out_dir: Path, step: Step) -> None:
    """Take away all that is in the vault."""
    outside = _outside(out_dir)
    for each in sorted(out_dir.iterdir()):
        if each.name not in outside:
            step("clearing")
            wipe_tree(each)


def _outside(out_dir: Path) -> set[str]:
    """What is not in the vault."""
    return _OUTSIDE | {KEY_FILE} if atrest.is_encrypted(out_dir) else _OUTSIDE


def _project(out_dir: Path) -> str:
    """By what a vault knows its folder: the first line of the audit log, which stays outside and never changes."""
    with (out_dir / audit_file.FILE).open("rb") as file:
        return hashlib.sha256(file.readline().strip()).hexdigest()[:16]


@contextmanager
def _vault(out_dir: Path, mode: str = "rb") -> Iterator[BinaryIO]:
    try:
        file: BinaryIO = (out_dir / VAULT).open(mode)  # type: ignore[assignment]
    except FileNotFoundError:
        raise UsageError("not-locked") from None
    with file:
        yield file


@contextmanager
def _told() -> Iterator[None]:
    """What a vault raises, as what a person can do about it."""
    try:
        yield
    except WrongPassphrase:
        raise UsageError("passphrase-wrong") from None
    except Damaged:
        raise ConfigurationError("vault-damaged", file=VAULT) from None
