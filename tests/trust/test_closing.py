"""A locked folder: nothing of a pupil beside the vault, nobody reads or writes in it, and everything comes back."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing as sqlite_closing
from pathlib import Path
from typing import Any

import pytest

from dod2oso.base import projectkey, wrapping
from dod2oso.base.errors import ConfigurationError, TryLaterError, UsageError
from dod2oso.base.folderlock import VAULT
from dod2oso.ledger import audit_file, engine
from dod2oso.ledger.audit_file import FILE
from dod2oso.ledger.safety import check, ledger_to_write_in
from dod2oso.ledger.store import Ledger
from dod2oso.trust import closing
from dod2oso.trust.audit import verify_project
from dod2oso.trust.closing import change_passphrase, lock, unlock
from tests.cli.kit import dod2oso
from tests.refusals import refused as wrongly
from tests.trust.killing import CHEAP, WORD, content, encrypted, files
from tests.trust.kit import convert, copy_of
from tests.trust.test_destroy import personal, rows

OTHER = "vijf woorden zonder zin"


@pytest.fixture(name="out")
def _out(region: Path, tmp_path: Path) -> Path:
    return copy_of(region, tmp_path / "out")


def close(out: Path, **more: Any) -> Any:
    return lock(out, lambda: WORD, "beheerder", cost=CHEAP, **more)


def test_nothing_of_a_pupil_is_left_beside_the_vault_and_everything_comes_back(out: Path) -> None:
    gone, before, counted = personal(out, "99XB") | personal(out, "99XA"), content(out), [str(row) for row in rows(out)]
    assert len(gone) > 100
    done = close(out)
    assert done.files >= len(before)
    assert {path.name for path, _ in files(out)} <= {VAULT, FILE, ".dod2oso.lock", ".dod2oso.serve.lock"}
    assert [path.name for path, data in files(out) for word in gone if word in data] == []
    assert unlock(out, WORD, "beheerder") == done.files
    assert content(out) == before and [str(row) for row in rows(out)] == counted
    assert not (out / VAULT).exists()
    assert all(path.stat().st_mode & 0o077 == 0 for path in out.rglob("*"))
    with Ledger.open(out, create=False) as ledger:
        check(ledger)
        assert verify_project(ledger).problems == []
    assert [word in (out / FILE).read_text("ascii") for word in ('"locked"', '"unlocked"')] == [True, True]


def test_a_locked_folder_is_closed_to_every_other_command(
    out: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    close(out)
    before = content(out)
    for command in (
        ("status",), ("report",), ("audit", "show"), ("retention",), ("purge", "--project", "--yes"),
        ("handover", "status"), ("doctor", "--restore"), ("proof", "run"), ("subject-access", "x", "y"),
    ):  # fmt: skip
        ended = dod2oso(capsys, monkeypatch, *command, "--out", str(out))
        assert (ended.code, "unlock" in ended.err) == (75, True), command
    with pytest.raises(TryLaterError) as raised:
        convert(out)
    assert raised.value.code == "project-locked" and content(out) == before


def refused(out: Path, word: str = WORD) -> str:
    before = content(out)
    with pytest.raises((UsageError, ConfigurationError)) as raised:
        unlock(out, word, "beheerder")
    assert content(out) == before
    return raised.value.code


def test_what_cannot_be_opened_is_said_and_changes_nothing(out: Path, region: Path, tmp_path: Path) -> None:
    assert refused(out) == "not-locked"
    close(out)
    assert refused(out, OTHER) == "passphrase-wrong"
    whole = (out / VAULT).read_bytes()
    middle = len(whole) // 2
    for damaged in (whole[:-1], whole[:middle], whole + b"x", whole[:middle] + b"\0" + whole[middle:], b"", whole[16:]):
        (out / VAULT).write_bytes(damaged)
        assert refused(out) == "vault-damaged"
    other = tmp_path / "other"
    convert(other, report=False)
    close(other)
    (out / VAULT).write_bytes((other / VAULT).read_bytes())
    assert refused(out) == "vault-of-other"
    (out / VAULT).write_bytes(whole)
    change_passphrase(out, WORD, OTHER, cost=CHEAP)
    assert refused(out, WORD) == "passphrase-wrong"
    unlock(out, OTHER, "beheerder")
    assert content(out) == content(region)


def test_a_vault_that_was_emptied_halfway_passes_for_none(out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """All of it stands in its place by then: what is left of the vault is not one that is damaged."""
    before = content(out)
    close(out)
    wipe = closing.wipe

    def killed(path: Path) -> int:
        if VAULT not in path.name:
            return wipe(path)
        path.write_bytes(bytes(path.stat().st_size // 2))
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(closing, "wipe", killed)
        unlock(out, WORD, "beheerder")
    with pytest.raises(UsageError) as again:
        unlock(out, WORD, "beheerder")
    assert again.value.code == "not-locked"
    assert content(out) == before and not [path for path in out.iterdir() if VAULT in path.name]


def test_who_has_the_ledger_open_may_let_go_at_any_moment(out: Path) -> None:
    """As a page that was just asked for: what SQLite keeps beside the ledger for it goes when that page is done."""
    before = content(out)
    reading = sqlite3.connect(out / "ledger.sqlite")
    reading.execute("SELECT * FROM runs").fetchall()
    assert (out / "ledger.sqlite-shm").exists()
    close(out, step=lambda name: reading.close() if name == "vault" else None)
    assert not [path for path, _ in files(out) if path.name.startswith("ledger.")]
    unlock(out, WORD, "x")
    assert content(out) == before


def test_who_is_reading_in_the_ledger_is_waited_for_and_then_it_is_said(
    out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "_BUSY_SECONDS", 0)
    with sqlite_closing(sqlite3.connect(out / "ledger.sqlite")) as reading:
        reading.execute("UPDATE runs SET number = number")
        reading.commit()
        reading.execute("BEGIN")
        reading.execute("SELECT * FROM runs").fetchall()
        before = content(out)
        with wrongly(TryLaterError, "ledger-locked"):
            close(out)
        assert content(out) == before and not (out / VAULT).exists()
    close(out)
    assert (out / VAULT).exists()


def test_what_cannot_be_locked_is_said_and_changes_nothing(out: Path, tmp_path: Path) -> None:
    before = content(out)
    with pytest.raises(UsageError) as short:
        lock(out, lambda: "te kort", "beheerder", cost=CHEAP)
    (out / "report" / "elders").symlink_to(tmp_path)
    with pytest.raises(ConfigurationError) as link:
        close(out)
    assert (short.value.code, link.value.code) == ("passphrase-short", "folder-is-link")
    (out / "report" / "elders").unlink()
    assert content(out) == before
    (tmp_path / "empty").mkdir()
    with pytest.raises(UsageError) as empty:
        close(tmp_path / "empty")
    assert empty.value.code == "lock-no-ledger"


def test_an_older_vault_that_was_put_back_opens_and_the_log_stops_every_command(out: Path) -> None:
    close(out)
    older = (out / VAULT).read_bytes()
    unlock(out, WORD, "beheerder")
    close(out)
    (out / VAULT).write_bytes(older)
    with pytest.raises(ConfigurationError) as raised:
        unlock(out, WORD, "beheerder")
    assert raised.value.code == "audit-file-ahead" and not (out / VAULT).exists()
    with Ledger.open(out, create=False) as ledger:
        audit_file.repair(ledger, "beheerder")
        assert verify_project(ledger).problems == []
    assert (out / FILE).read_text("ascii").count('"locked"') == 2


@pytest.mark.parametrize("when", ["reading", "placing", "noted", "placed", "told"])
def test_unlocking_that_was_killed_anywhere_is_in_the_log(when: str, out: Path) -> None:
    close(out)

    def stop(name: str) -> None:
        if name == when:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        unlock(out, WORD, "beheerder", step=stop)
    if when != "told":
        unlock(out, WORD, "beheerder")
    with ledger_to_write_in(out, out, "report"):
        pass
    assert (out / FILE).read_text("ascii").count('"unlocked"') == 1
    with Ledger.open(out, create=False) as ledger:
        check(ledger)
        assert verify_project(ledger).problems == []


# --- of an encrypted project ---


@pytest.fixture(name="sealed")
def _sealed(out: Path) -> Iterator[Path]:
    yield encrypted(out)
    projectkey.forget()


def test_a_vault_without_its_key_file_says_what_is_missing(
    sealed: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    close(sealed)
    key = sealed / "project.key"
    was = key.read_bytes()
    key.unlink()
    assert refused(sealed) == "vault-key-lost"
    for command in ("unlock", "change-passphrase", "rekey", "recovery-sheet"):  # before anybody is asked for a word
        ended = dod2oso(capsys, monkeypatch, command, "--out", str(sealed))
        assert (ended.code, "project.key ontbreekt" in ended.err) == (5, True), command
    key.write_bytes((encrypted(tmp_path / "other") / "project.key").read_bytes())
    assert refused(sealed) == "vault-key-other"
    key.write_bytes(was)
    assert refused(sealed, OTHER) == "passphrase-wrong"
    assert unlock(sealed, WORD, "beheerder")
    with Ledger.open(sealed, create=False) as ledger:
        check(ledger)
        assert verify_project(ledger).problems == []


def test_an_encrypted_folder_without_its_key_is_not_taken_for_a_plain_one(
    sealed: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (sealed / "project.key").unlink()
    projectkey.forget()
    dossier = next(iter(sorted(sealed.glob("dossiers/ready/*/*.xml"))))
    for command in ("unlock", "change-passphrase", "rekey", "recovery-sheet", f"show {dossier}"):
        ended = dod2oso(capsys, monkeypatch, *command.split(), "--out", str(sealed))
        assert (ended.code, "doctor --restore" in ended.err) == (5, True), (command, ended)


def test_a_vault_is_changed_only_with_its_own_word(sealed: Path) -> None:
    """The passphrase of an encrypted project is that of its key file: the vault has none to change."""
    close(sealed)
    with pytest.raises(UsageError):
        change_passphrase(sealed, WORD, OTHER, cost=CHEAP)


def test_a_vault_that_is_not_what_lies_there_takes_nothing_away(out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is read back whole before anything goes: here one file is left out, or changes while it is written."""
    before, honest = content(out), closing._write
    other = next(out.glob("dossiers/ready/*/*.xml"))

    def without(file: Any, folder: Path, entries: Any, *more: Any) -> None:
        honest(file, folder, entries[:-1], *more)

    def changing(file: Any, folder: Path, entries: Any, *more: Any) -> None:
        honest(file, folder, entries, *more)
        other.write_bytes(other.read_bytes()[:-1] + b" ")

    for wrong in (without, changing):
        monkeypatch.setattr(closing, "_write", wrong)
        with pytest.raises(ConfigurationError) as raised:
            close(out)
        assert raised.value.code == "vault-damaged" and not (out / VAULT).exists()
        assert content(out).keys() == before.keys()


def test_locking_forgets_the_keys_of_an_encrypted_project(sealed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    forgotten: list[str] = []
    monkeypatch.setattr(closing, "forget_master", forgotten.append)
    project = projectkey.with_word(sealed / "project.key", WORD).project
    close(sealed)
    assert forgotten == [project] and projectkey.known_keys(project) is None


def test_the_commands_take_the_passphrase_from_a_file_and_say_what_they_did(
    out: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    stretched = wrapping._stretched  # a command itself always takes what it costs a user
    monkeypatch.setattr(wrapping, "_stretched", lambda word, salt, cost: stretched(word, salt, min(cost, CHEAP)))
    word, other = tmp_path / "word.txt", tmp_path / "other.txt"
    word.write_text(f"{WORD}\r\n", encoding="utf-8-sig")
    other.write_text(OTHER, encoding="utf-8")
    say = lambda *arguments: dod2oso(capsys, monkeypatch, *arguments, "--out", str(out))  # noqa: E731
    assert say("lock").code == 2  # nobody can type it here
    assert say("unlock", "--passphrase-file", str(word)).code == 2
    locked = say("lock", "--passphrase-file", str(word))
    assert (locked.code, "project.vault" in locked.out, "wachtzin" in locked.err) == (0, True, True)
    again = say("lock")
    assert (again.code, "al afgesloten" in again.out) == (0, True)
    changed = say("change-passphrase", "--passphrase-file", str(word), "--new-passphrase-file", str(other))
    assert changed.code == 0
    assert say("unlock", "--passphrase-file", str(word)).code == 2
    assert say("unlock", "--passphrase-file", str(other)).code == 0
    assert say("status").code == 0
