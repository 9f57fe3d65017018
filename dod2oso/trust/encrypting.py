"""Encrypting an output folder, and giving it other keys: each file and each ledger is written anew, one by one.

First the key file says what is going to be (`pending`), last that it is so. In between every other command refuses, and
each file says with which key it is written: so it can be broken off at any moment, and the same command again finishes
it. What people take to others stays as it is: report, packages, what parents inspect, and the outbox.
"""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from dod2oso.base import atrest, projectkey
from dod2oso.base.errors import ConfigurationError, TryLaterError, UsageError
from dod2oso.base.files import FILE_MODE, atomic_open, disk_guard, make_private_dir, replace_wiping
from dod2oso.base.folderlock import SERVE, VAULT, held
from dod2oso.base.keptkey import forget_master, keep_master
from dod2oso.base.projectkey import PASSPHRASE, RECOVERY, Keys, long_enough
from dod2oso.base.pseudonym import COPIES, KEY_FILE, load_key, new_key, refuse_lost_key
from dod2oso.base.wipe import overwrite, wipe, wipe_tree
from dod2oso.base.wrapping import COST
from dod2oso.handover.store import FEEDBACK_FOLDER
from dod2oso.ledger import audit, audit_file, places
from dod2oso.ledger.engine import DESTRUCTION, LEDGER_FILE, had_a_ledger, is_plain, lost, opens_with, say_key
from dod2oso.ledger.safety import check, copy
from dod2oso.ledger.store import Ledger
from dod2oso.source.container.discreet import LIST
from dod2oso.trust.closing import refuse_unlocked
from dod2oso.trust.destroy import REMEMBERED
from dod2oso.trust.passphrases import LIST as PASSPHRASES

_FOLDERS = (places.ROOT, places.RECEIVED, places.ARRIVED, FEEDBACK_FOLDER)
_FILES = (LIST, PASSPHRASES, REMEMBERED, places.SEEN, DESTRUCTION, "ledger-beschadigd*")
_FRESH = ".nieuw"  # behind the name of a ledger that is being written anew

Step = Callable[[str], None]


class Encrypted(NamedTuple):
    """How many files and ledgers were written anew, and the code that opens the project without its passphrase."""

    files: int
    recovery: str
    left: int  # files that nobody can open, and that stay as they are


def encrypt(
    out_dir: Path,
    passphrase: str | None,
    account: str,
    *,
    recovery: str = "",
    typed: Sequence[Path] = (),
    cost: int = COST,
    step: Step = lambda _name: None,
) -> Encrypted:
    """Encrypt an output folder, new or in use, under a passphrase; `None`: only in the keyring of the system.

    Also to finish a time that was broken off; then the passphrase of that time stays. `recovery`: the code, when it is
    one for several folders; `typed`: files outside it with what people typed. UsageError when it is encrypted already,
    or the passphrase can be guessed.
    """
    path = out_dir / KEY_FILE
    code = recovery or projectkey.new_recovery_code()
    with _alone(out_dir, "init --encrypt"):
        if atrest.is_encrypted(out_dir):
            keys = atrest.keys_of(out_dir, unfinished=True)
            if keys is None or not keys.pending:
                raise UsageError("encrypted-already")
            slots = projectkey.slots_of(path)
        else:
            if passphrase is not None:
                long_enough(passphrase)
            with disk_guard():
                make_private_dir(out_dir, tighten=False)
            refuse_elsewhere(out_dir)
            _sound(out_dir)
            keys = Keys.new(load_key(out_dir) if path.exists() else new_key(out_dir))
            slots = {} if passphrase is None else {PASSPHRASE: projectkey.slot(keys, passphrase, cost=cost)}
        if passphrase is None:
            keep_master(keys.project, keys.master, keyring=True)
        slots[RECOVERY] = projectkey.slot(keys, code, cost=cost)
        files, left = _anew(out_dir, keys, slots, typed, step)
        _tell(out_dir, "encrypted", account)
    return Encrypted(files, code, left)


def rekey(
    out_dir: Path,
    word: str,
    account: str,
    *,
    typed: Sequence[Path] = (),
    cost: int = COST,
    step: Step = lambda _name: None,
) -> Encrypted:
    """Give an encrypted folder other keys; the passphrase stays, the recovery code becomes another.

    `word`: the passphrase; the recovery code only where there is none. Also to finish a time that was broken off. Then
    nothing is kept in memory any more. Pseudonyms stay the same. UsageError when it is not encrypted or the word is
    wrong.
    """
    refuse_plain(out_dir)
    path, code = out_dir / KEY_FILE, projectkey.new_recovery_code()
    with _alone(out_dir, "rekey"):
        kind, keys = projectkey.by_word(path, word)
        slots = projectkey.slots_of(path)
        if not keys.pending:
            if PASSPHRASE in slots and kind != PASSPHRASE:
                raise UsageError("rekey-needs-passphrase")
            projectkey.know(path, keys)
            _sound(out_dir)
            forget_master(keys.project)
            keys = keys.renewed()
            slots = {PASSPHRASE: projectkey.slot(keys, word, cost=cost)} if PASSPHRASE in slots else {}
            if not slots:
                keep_master(keys.project, keys.master, keyring=True)
        slots[RECOVERY] = projectkey.slot(keys, code, cost=cost)
        files, left = _anew(out_dir, keys, slots, typed, step)
        _tell(out_dir, "rekeyed", account)
    return Encrypted(files, code, left)


def change_word(out_dir: Path, old: str, new: str, account: str, *, cost: int = COST) -> None:
    """Another passphrase, also where there was none; `old`: the passphrase or the recovery code. Errors as `rekey`.

    Also while the folder is locked. Copies of the key get it too.
    """
    long_enough(new)
    _with_slot(out_dir, old, PASSPHRASE, new, cost)
    _tell(out_dir, "passphrase-changed", account)


def new_recovery(out_dir: Path, word: str, account: str, *, cost: int = COST) -> str:
    """Another recovery code; the one before opens nothing any more. Errors as `rekey`."""
    code = projectkey.new_recovery_code()
    _with_slot(out_dir, word, RECOVERY, code, cost)
    _tell(out_dir, "recovery-made", account)
    return code


def open_for_now(out_dir: Path, word: str, account: str, *, keyring: bool = False) -> None:
    """Keep the keys in memory, so that no command asks until the folder is locked. Errors as `rekey`."""
    refuse_plain(out_dir)
    with held(out_dir, "unlock"), disk_guard():
        keys = projectkey.with_word(out_dir / KEY_FILE, word)
        projectkey.know(out_dir / KEY_FILE, keys)
        _copies_of_key(out_dir)  # while it was locked the passphrase may have become another
        keep_master(keys.project, keys.master, keyring=keyring)
        if not keys.pending:
            _tell(out_dir, "opened", account)


def refuse_plain(out_dir: Path) -> None:
    """UsageError when this folder is not encrypted; ConfigurationError when its key is lost, so that nobody knows."""
    if not atrest.is_encrypted(out_dir):
        if (out_dir / VAULT).exists():
            refuse_unlocked(out_dir)
        refuse_lost_key(out_dir)
        raise UsageError("not-encrypted")


def refuse_elsewhere(out_dir: Path) -> None:
    """UsageError when runs were here and their ledger is in a database elsewhere; LostLedgerError when it is gone."""
    if not (out_dir / LEDGER_FILE).exists() and had_a_ledger(out_dir):
        if any(out_dir.glob(f"{COPIES}/*/{LEDGER_FILE}")):  # of one elsewhere no copy is made here
            raise lost(out_dir)
        raise UsageError("encrypted-ledger-elsewhere")


def at_rest(out_dir: Path) -> Iterator[Path]:
    """The files that are sealed in an encrypted project; ledgers apart."""
    for name in _FOLDERS:
        yield from (path for path in sorted((out_dir / name).rglob("*")) if path.is_file() and not path.is_symlink())
    for pattern in _FILES:
        yield from sorted(out_dir.glob(pattern))


def ledgers(out_dir: Path) -> list[Path]:
    """The ledger in the folder and its copies."""
    return [path for path in (out_dir / LEDGER_FILE, *sorted(out_dir.glob(f"{COPIES}/*/{LEDGER_FILE}")))
            if path.is_file() and path.stat().st_size]  # fmt: skip


# --- one by one ------------------------------------------------------------------------------------------------------


@contextmanager
def _alone(out_dir: Path, command: str) -> Iterator[None]:
    with held(out_dir, command), held(out_dir, command, SERVE), disk_guard():
        yield


def _sound(out_dir: Path) -> None:
    """Nothing begins while a destruction is half done, or the ledger cannot be trusted."""
    if (out_dir / LEDGER_FILE).exists():
        with Ledger.open(out_dir, out_dir, create=False) as ledger:
            check(ledger)


def _anew(out_dir: Path, keys: Keys, slots: dict[str, Any], typed: Sequence[Path], step: Step) -> tuple[int, int]:
    path = out_dir / KEY_FILE
    step("begun")
    projectkey.write(path, keys, slots)
    projectkey.know(path, keys)
    count, left = 0, 0
    _sweep(out_dir, typed)
    for each in (*at_rest(out_dir), *typed):
        step("file")
        try:
            count += atrest.seal_again(each, keys)
        except atrest.NotAsWritten:  # nobody can read it, before or after; what it is cannot be told
            left += 1
    for each in ledgers(out_dir):
        step("ledger")
        count += _ledger_anew(each, keys)
    settled = keys.settled()
    step("copies")
    projectkey.write(path, settled, slots)
    projectkey.know(path, settled)
    step("settled")
    _copies_of_key(out_dir)
    return count, left


def _sweep(out_dir: Path, typed: Sequence[Path]) -> None:
    """Destroy what commands that were killed left half written; nobody else is at work here."""
    for folder in (places.temporary_dir(out_dir), places.rehearsal_dir(out_dir)):
        wipe_tree(folder)
    for folder in {*(out_dir / name for name in _FOLDERS), *(path.parent for path in typed)}:
        for stray in folder.rglob(".*.tmp"):
            wipe(stray)
    # half a copy of the ledger, with what SQLite kept beside it, and half of what lies in the folder itself
    for stray in (*out_dir.glob(".*.tmp*"), *out_dir.glob(f"{COPIES}/*/.*.tmp*")):
        wipe(stray)


def _ledger_anew(path: Path, keys: Keys) -> bool:
    """Write a ledger with the current key, and overwrite what stood there; False when it was so already."""
    fresh = path.with_name(f".{path.name}{_FRESH}")
    for stray in path.parent.glob(f"{fresh.name}*"):  # of one that was killed, with what SQLite kept beside it
        wipe(stray)
    plain = is_plain(path)
    if not plain and opens_with(path, keys.writing):
        return False
    old = None if plain else next((key for key in keys.data.values() if opens_with(path, key)), None)
    if not plain and old is None:
        raise lost(path.parent, encrypted=True)
    os.close(os.open(fresh, os.O_CREAT | os.O_WRONLY, FILE_MODE))
    _export(path, old, fresh, keys.writing)
    with path.open("r+b", buffering=0) as before:
        with fresh.open("rb") as written:
            os.fsync(written.fileno())
        if os.name != "posix":
            before.close()
        fresh.replace(path)
        if not before.closed:
            overwrite(before)
    return True


def _export(path: Path, old: bytes | None, fresh: Path, key: bytes) -> None:
    from sqlcipher3 import dbapi2

    log = path.with_name(f"{path.name}-wal")
    with closing(dbapi2.connect(path, isolation_level=None)) as connection:
        if old is not None:
            say_key(connection, old)
        connection.execute("PRAGMA wal_checkpoint(FULL)")
        left = log.open("r+b", buffering=0) if os.name == "posix" and log.exists() else None
        try:
            connection.execute("PRAGMA journal_mode = DELETE")  # no log is left that would be laid over the new file
            connection.execute(f"ATTACH DATABASE ? AS fresh KEY \"x'{key.hex()}'\"", (str(fresh),))
            connection.execute("SELECT sqlcipher_export('fresh')")
            connection.execute("DETACH DATABASE fresh")
            if left is not None:
                overwrite(left)
        finally:
            if left is not None:
                left.close()


def _with_slot(out_dir: Path, word: str, kind: str, new: str, cost: int) -> None:
    refuse_plain(out_dir)
    path = out_dir / KEY_FILE
    with held(out_dir, "change-passphrase", sealed=True), disk_guard():
        keys = projectkey.with_word(path, word)
        if keys.pending:
            raise TryLaterError("encryption-unfinished")
        slots = projectkey.slots_of(path) | {kind: projectkey.slot(keys, new, cost=cost)}
        projectkey.write(path, keys, slots)
        projectkey.know(path, keys)
        _copies_of_key(out_dir)


def _copies_of_key(out_dir: Path) -> None:
    """No copy opens with what opened it before."""
    content = (out_dir / KEY_FILE).read_bytes()
    for path in out_dir.glob(f"{COPIES}/*/{KEY_FILE}"):
        if path.read_bytes() != content:
            replace_wiping(path, content)


def _tell(out_dir: Path, what: str, account: str, about: Mapping[str, Any] | None = None) -> None:
    """In the audit log, where there is a ledger; today's copy of that knows it too."""
    if (out_dir / LEDGER_FILE).exists():
        with Ledger.open(out_dir, out_dir, create=False) as ledger:
            with ledger.write() as connection:
                audit.append(connection, what, account, about or {})
            audit_file.mirror(ledger)
            copy(ledger, out_dir)


def show(out_dir: Path, path: Path, target: BinaryIO, account: str) -> None:
    """Write what is in a sealed file; the audit log tells. ConfigurationError when absent, or as `atrest.parts`."""
    _shown(out_dir, path, account, path.is_file())
    atrest.pour(path, target)


def show_folder(out_dir: Path, folder: Path, target: Path, account: str) -> int:
    """The same of all files below a folder, into a new folder; how many. ConfigurationError when there are none."""
    found = [path for path in sorted(folder.rglob("*")) if path.is_file() and not path.is_symlink()]
    _shown(out_dir, folder, account, bool(found))
    with disk_guard():
        for path in found:
            place = target / path.relative_to(folder)
            make_private_dir(place.parent)
            with atomic_open(place) as file:
                atrest.pour(path, file)
    return len(found)


def _shown(out_dir: Path, path: Path, account: str, there: bool) -> None:
    refuse_lost_key(out_dir)
    if not there:
        raise ConfigurationError("file-absent", file=path.name)
    _tell(out_dir, "file-shown", account, {"kind": path.parent.name if path.parent != out_dir else path.name})
