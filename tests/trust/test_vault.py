"""A vault gives back what went into it, or says that it cannot: never something else, nothing without passphrase."""

import io
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dod2oso.base import wrapping
from dod2oso.trust import vault
from dod2oso.trust.vault import MAGIC, SLOT, SLOTS, Damaged, Key, Opener, Sealer, WrongPassphrase, change, unwrap

WORD, OTHER = "vier woorden zonder zin", "vijf woorden zonder zin"
CHEAP = 1 << 14
HEAD = len(MAGIC) + SLOT * SLOTS


def sealed(data: bytes, key: Key | None = None, pieces: int = 1) -> bytes:
    target = io.BytesIO()
    with Sealer(target, key or Key.new("p"), WORD, cost=CHEAP) as sealer:
        step = len(data) // pieces + 1
        for at in range(0, len(data), step):
            sealer.write(data[at : at + step])
    return target.getvalue()


def opened(data: bytes, key: Key | None = None) -> bytes:
    source = io.BytesIO(data)
    return Opener(source, key or unwrap(source, WORD)).readall()


@settings(max_examples=40)
@given(data=st.binary(max_size=300), pieces=st.integers(1, 9), chunk=st.sampled_from([1, 7, 64]))
def test_what_goes_in_comes_out(data: bytes, pieces: int, chunk: int) -> None:
    key = Key(b"k" * 32, "p")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(vault, "CHUNK", chunk)
        patch.setattr(wrapping, "_stretched", lambda *_: b"s" * 32)
        whole = sealed(data, key, pieces)
        assert opened(whole, key) == data
        assert len(data) < 8 or data not in whole[HEAD:]  # the head has zeros, and so may the data


@pytest.fixture(name="whole", scope="module")
def _whole() -> bytes:
    return sealed(random.Random(1).randbytes(3 * vault.CHUNK + 5))


def test_chunks_that_changed_places_went_missing_or_are_of_another_vault_are_found(whole: bytes) -> None:
    key = unwrap(io.BytesIO(whole), WORD)
    size = 4 + vault.CHUNK + 16
    head, chunks = whole[:HEAD], [whole[HEAD + n * size :][:size] for n in range(4)]
    assert opened(head + b"".join(chunks), key) == opened(whole)
    other = sealed(random.Random(1).randbytes(3 * vault.CHUNK + 5))
    for wrong in (
        [chunks[1], chunks[0], *chunks[2:]], [chunks[0], *chunks[2:]], chunks[:3], chunks[3:], [], [*chunks, chunks[3]],
        [*chunks[:3], chunks[3][:-1]], [other[HEAD:][:size], *chunks[1:]],
    ):  # fmt: skip
        with pytest.raises(Damaged):
            opened(head + b"".join(wrong), key)


def test_every_random_change_is_found(whole: bytes) -> None:
    chance, key = random.Random(2), unwrap(io.BytesIO(whole), WORD)
    small = whole[:HEAD] + whole[HEAD + 3 * (4 + vault.CHUNK + 16) :]
    for _ in range(200):
        at = chance.randrange(HEAD, len(small))
        changed = bytearray(small)
        changed[at] ^= 1 << chance.randrange(8)
        with pytest.raises(Damaged):
            opened(bytes(changed), key)


def test_a_wrong_passphrase_is_no_damage_and_damage_no_wrong_passphrase(whole: bytes) -> None:
    with pytest.raises(WrongPassphrase):
        unwrap(io.BytesIO(whole), OTHER)
    chance = random.Random(3)
    for _ in range(100):
        at = chance.randrange(len(MAGIC), len(MAGIC) + 300)
        changed = bytearray(whole[:HEAD])
        changed[at] ^= 1 << chance.randrange(8)
        with pytest.raises(Damaged):
            unwrap(io.BytesIO(bytes(changed)), WORD)
    for text in (b"", MAGIC, b"<xml/>" * 500, whole[: HEAD - 1]):
        with pytest.raises(Damaged):
            unwrap(io.BytesIO(text), WORD)


def test_a_header_cannot_ask_for_memory_without_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wrapping, "_stretched", lambda *_: b"s" * 32)
    for cost in (1 << 10, 1 << 30):
        with pytest.raises(Damaged):
            unwrap(io.BytesIO(MAGIC + vault._slot(Key.new("p"), WORD, cost) + bytes(SLOT)), WORD)


class Stops(io.BytesIO):
    """A file that ends the programme at one of its writes, having written some of it."""

    writes, last, some = 0, 99, 0

    def fileno(self) -> int:
        return 0

    def write(self, data: bytes) -> int:  # type: ignore[override]
        self.writes += 1
        if self.writes == self.last:
            super().write(data[: self.some])
            raise KeyboardInterrupt
        return super().write(data)


def test_the_passphrase_changes_and_at_every_moment_one_of_both_opens(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.fsync", lambda _number: None)
    data = sealed(b"care")
    file = Stops(data)
    change(file, WORD, OTHER, cost=CHEAP)
    with pytest.raises(WrongPassphrase):
        unwrap(file, WORD)
    assert opened(file.getvalue(), unwrap(file, OTHER)) == b"care"
    for last in (1, 2):
        for some in (0, 100):
            file = Stops(data)
            file.last, file.some = last, some
            with pytest.raises(KeyboardInterrupt):
                change(file, WORD, OTHER, cost=CHEAP)
            assert b"care" in {opened(file.getvalue(), key) for word in (WORD, OTHER) if (key := tried(file, word))}


def tried(file: io.BytesIO, word: str) -> Key | None:
    try:
        return unwrap(file, word)
    except WrongPassphrase:
        return None
