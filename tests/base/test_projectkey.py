"""The key file: it opens with its words only, damage is not taken for a wrong word, and a session ends."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dod2oso.base import keptkey, projectkey
from dod2oso.base.errors import ConfigurationError, UsageError
from dod2oso.base.projectkey import PASSPHRASE, RECOVERY, Keys

WORD, CODE = "vier woorden zonder zin", "ABCDE-FGHJK-LMNPQ-RSTUV-WXYZ2-34567"
CHEAP = 1 << 14


@pytest.fixture(autouse=True)
def _forget() -> Any:
    projectkey.forget()
    yield
    projectkey.forget()
    projectkey.ask_with(None)


@pytest.fixture(name="path", scope="module")
def _path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path: Path = tmp_path_factory.mktemp("key") / "project.key"
    made(path)
    return path


def made(path: Path) -> Keys:
    keys = Keys.new(b"p" * 32).settled()
    projectkey.write(
        path,
        keys,
        {
            PASSPHRASE: projectkey.slot(keys, WORD, cost=CHEAP),
            RECOVERY: projectkey.slot(keys, CODE, cost=CHEAP),
        },
    )
    return keys


def test_it_opens_with_the_passphrase_and_the_code_however_it_is_typed(path: Path) -> None:
    keys = projectkey.with_word(path, WORD)
    assert keys.pseudonyms == b"p" * 32 and not keys.pending
    for typed in (CODE, CODE.lower(), CODE.replace("-", ""), f" {CODE} "):
        assert projectkey.by_word(path, typed) == (RECOVERY, keys)
    for wrong in (WORD.upper(), "", CODE[:-1] + "2"):
        with pytest.raises(UsageError, match="wachtzin"):
            projectkey.with_word(path, wrong)


def test_no_key_can_be_read_in_it(path: Path) -> None:
    keys, text = projectkey.with_word(path, WORD), path.read_bytes()
    assert path.stat().st_mode & 0o077 == 0
    for secret in (keys.pseudonyms, keys.master, keys.writing):
        assert secret not in text and secret.hex().encode() not in text
    assert repr(keys.master) not in repr(keys) and keys.master.hex() not in repr(keys)


@given(data=st.data())
def test_a_damaged_file_says_so_and_is_not_taken_for_a_wrong_word(path: Path, data: st.DataObject) -> None:
    whole = path.read_bytes()
    at = data.draw(st.integers(0, len(whole) - 2))  # the last sign is a line end, and says nothing
    change = data.draw(st.sampled_from([whole[:at], whole[:at] + b"x" + whole[at:], _flipped(whole, at)]))
    damaged = path.with_name("damaged.key")
    damaged.write_bytes(change)
    with pytest.raises(ConfigurationError):
        projectkey.with_word(damaged, WORD)


def _flipped(whole: bytes, at: int) -> bytes:
    return whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :]


def test_it_is_asked_once_and_for_each_of_the_same_word(path: Path, tmp_path: Path) -> None:
    other = tmp_path / "project.key"
    made(other)
    asked: list[int] = []
    projectkey.ask_with(lambda: asked.append(1) or WORD)  # type: ignore[func-returns-value]
    assert [projectkey.opened(each).project for each in (path, path, other, path)] and asked == [1]


def test_without_anybody_to_ask_it_says_what_to_do(path: Path) -> None:
    with pytest.raises(UsageError) as raised:
        projectkey.opened(path)
    assert raised.value.code == "project-encrypted" and "unlock" in raised.value.text("nl")


@pytest.fixture(name="memory")
def _memory(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A folder as the system gives each user who is logged in."""
    folder = tmp_path / "memory"
    folder.mkdir(mode=0o700)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(folder))
    monkeypatch.setattr(keptkey, "_mounts", lambda: [(folder.resolve(), "tmpfs")])
    return folder


def test_what_is_kept_in_memory_opens_it_until_it_is_forgotten(path: Path, memory: Path) -> None:
    keys = projectkey.with_word(path, WORD)
    keptkey.keep_master(keys.project, keys.master)
    assert projectkey.opened(path) == keys
    assert all(each.stat().st_mode & 0o077 == 0 for each in memory.rglob("*"))
    projectkey.forget()
    assert keptkey.forget_master(keys.project) and not keptkey.forget_master(keys.project)
    with pytest.raises(UsageError):
        projectkey.opened(path)


def test_a_key_of_before_another_one_is_forgotten(path: Path, tmp_path: Path, memory: Path) -> None:
    here = tmp_path / "project.key"
    keys = made(here)
    keptkey.keep_master(keys.project, keys.master)
    renewed = keys.renewed()
    projectkey.write(here, renewed, {PASSPHRASE: projectkey.slot(renewed, WORD, cost=CHEAP)})
    with pytest.raises(UsageError):
        projectkey.opened(here)
    assert keptkey.kept_master(keys.project) is None


@pytest.mark.parametrize("why", ["no variable", "others can read it", "on a disk"])
def test_no_key_is_kept_where_it_would_come_on_a_disk(why: str, memory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if why == "no variable":
        monkeypatch.delenv("XDG_RUNTIME_DIR")
    elif why == "on a disk":
        monkeypatch.setattr(keptkey, "_mounts", lambda: [(memory.resolve(), "ext4"), (Path("/"), "tmpfs")])
    else:
        memory.chmod(0o755)
    with pytest.raises(UsageError) as raised:
        keptkey.keep_master("0" * 16, b"x" * 32)
    assert raised.value.code == "unlock-no-memory" and list(memory.iterdir()) == []


def test_the_keyring_of_the_system_keeps_it_too(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keyring = pytest.importorskip("keyring")
    kept: dict[tuple[str, str], str] = {}

    class Ring(keyring.backend.KeyringBackend):  # type: ignore[misc, name-defined]
        priority = 1

        def set_password(self, service: str, user: str, word: str) -> None:
            kept[service, user] = word

        def get_password(self, service: str, user: str) -> str | None:
            return kept.get((service, user))

        def delete_password(self, service: str, user: str) -> None:
            del kept[service, user]

    keys = projectkey.with_word(path, WORD)
    with pytest.raises(UsageError) as raised:
        keptkey.keep_master(keys.project, keys.master, keyring=True)
    assert raised.value.code == "keyring-absent"
    monkeypatch.setattr(keyring, "get_keyring", Ring)
    keptkey.keep_master(keys.project, keys.master, keyring=True)
    assert projectkey.opened(path) == keys and keptkey.forget_master(keys.project) and kept == {}
