"""Pseudonyms: stable within a project, unrelated between projects and kinds, and never turned back."""

import base64
import hmac
import re
import stat
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dod2oso.base.errors import ConfigurationError
from dod2oso.base.pseudonym import KEY_FILE, Pseudonyms, key_in_sight, load_key

KEY = bytes(range(32))


def test_a_pseudonym_is_short_lowercase_and_stable() -> None:
    name = Pseudonyms(KEY).of("pupil", "99AA", "1")
    assert re.fullmatch(r"[a-z2-7]{16}", name)
    assert name == Pseudonyms(KEY).of("pupil", "99AA", "1")
    assert name == "dvslmfjm6ydtfuep"  # a value that changes renames every dossier of every project


def test_kind_key_and_cut_between_parts_all_matter() -> None:
    of = Pseudonyms(KEY).of
    names = {
        of("pupil", "99AA", "1"),
        of("pgn", "99AA", "1"),
        of("pupil", "99AA1"),
        of("pupil", "99AA1", ""),
        of("pupil", "99A", "A1"),
        Pseudonyms(bytes(32)).of("pupil", "99AA", "1"),
    }
    assert len(names) == 6


def test_the_key_is_made_once_and_private(tmp_path: Path) -> None:
    key = load_key(tmp_path / "out")
    assert len(key) == 32
    assert load_key(tmp_path / "out") == key
    assert load_key(tmp_path / "other") != key
    if sys.platform != "win32":
        assert stat.S_IMODE((tmp_path / "out" / KEY_FILE).stat().st_mode) == 0o600
        assert stat.S_IMODE((tmp_path / "out").stat().st_mode) == 0o700


@pytest.mark.parametrize("content", [b"", b"abc", b"z" * 64, b"0" * 63])
def test_a_damaged_key_is_never_replaced(tmp_path: Path, content: bytes) -> None:
    (tmp_path / KEY_FILE).write_bytes(content)
    with pytest.raises(ConfigurationError):
        load_key(tmp_path)
    assert (tmp_path / KEY_FILE).read_bytes() == content


def test_the_key_does_not_show(tmp_path: Path) -> None:
    assert KEY.hex() not in repr(Pseudonyms(KEY)) and str(KEY) not in repr(Pseudonyms(KEY))


@pytest.mark.skipif(sys.platform == "win32", reason="there the permissions of the folder count")
def test_a_key_that_others_can_read_is_seen(tmp_path: Path) -> None:
    assert key_in_sight(tmp_path) == ""
    load_key(tmp_path)
    assert key_in_sight(tmp_path) == ""
    (tmp_path / "project.key").chmod(0o640)
    assert key_in_sight(tmp_path) == "640"


@given(st.text(max_size=40), st.text(max_size=40))
def test_a_pseudonym_is_base32(kind: str, part: str) -> None:
    message = b"".join(len(data).to_bytes(4, "big") + data for data in (kind.encode(), part.encode()))
    digest = hmac.digest(KEY, message, "sha256")
    assert Pseudonyms(KEY).of(kind, part) == base64.b32encode(digest[:10]).decode().lower()
