"""Zips: every protection, the right PIN found, wrong and missing and damaged told apart, nothing on disk."""

import hashlib
import os
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from dod2oso.base.errors import ExportError
from dod2oso.source.container import archive as module
from dod2oso.source.container import cipher
from dod2oso.source.container.archive import Archive, Pools, file_archive, nested_archive
from dod2oso.source.container.member import Member
from dod2oso.source.container.pins import Pins
from tests.source.container.kit import (
    ELSEWHERE_XML,
    MADE_ELSEWHERE,
    PIN,
    XML,
    Raw,
    made_elsewhere,
    passes_check,
    raw_zip,
    write,
    zipcrypto,
    zipped,
)  # fmt: skip

Open = Callable[..., Archive]


@pytest.fixture(name="pools")
def _pools() -> Iterator[Pools]:
    pools = Pools()
    yield pools
    pools.close()


@pytest.fixture(name="open_zip")
def _open_zip(tmp_path: Path, pools: Pools) -> Open:
    def open_zip(content: bytes, *pins: str, ask: Callable[[str], str] | None = None) -> Archive:
        return file_archive(write(tmp_path / "x.zip", content), "x.zip", Pins(pins, ask), pools)

    return open_zip


def content(member: Member) -> bytes:
    with member.open() as stream:
        return stream.read()


def code(action: Callable[[], object]) -> str:
    with pytest.raises(ExportError) as caught:
        action()
    return caught.value.code


@pytest.mark.parametrize("name", MADE_ELSEWHERE)
@pytest.mark.parametrize("fast", [True, False])
def test_zips_of_other_programmes_open_with_their_pin(
    name: str, fast: bool, open_zip: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not fast:
        monkeypatch.setattr(cipher, "StandardZipDecrypter", None)
    opened = open_zip(made_elsewhere(name), "0000", PIN)
    assert opened.protected
    opened.unlock()
    assert content(opened.members[0]) == ELSEWHERE_XML
    assert content(opened.members[0]) == ELSEWHERE_XML  # a fresh stream each time


def test_the_fast_decrypter_is_in_use() -> None:
    assert cipher.StandardZipDecrypter is not None


@pytest.mark.parametrize("nbits", [128, 192, 256])
@pytest.mark.parametrize("stored", [True, False])
def test_aes_of_every_strength(nbits: int, stored: bool, open_zip: Open) -> None:
    opened = open_zip(zipped({"a.xml": XML * 5000}, PIN, nbits, stored=stored), PIN)
    opened.unlock()
    assert content(opened.members[0]) == XML * 5000


def test_an_aes_file_with_compressed_bytes_after_its_last_byte(open_zip: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    """The authentication code comes after all compressed bytes, also those that give nothing (empty blocks)."""
    monkeypatch.setattr("pyzipper.zipfile._get_compressor", lambda *_arguments: _WithEmptyBlocks())
    opened = open_zip(zipped({"a.xml": XML}, PIN), PIN)
    opened.unlock()
    assert content(opened.members[0]) == XML


class _WithEmptyBlocks:
    def __init__(self) -> None:
        self._packer = zlib.compressobj(9, zlib.DEFLATED, -15)

    def compress(self, data: bytes) -> bytes:
        return self._packer.compress(data)

    def flush(self) -> bytes:
        return self._packer.flush(zlib.Z_FULL_FLUSH) + b"\x00\x00\x00\xff\xff" * 30_000 + b"\x03\x00"


def test_without_a_pin_in_a_zip_without_one(open_zip: Open) -> None:
    opened = open_zip(zipped({"a.xml": XML}), PIN)
    opened.unlock()
    assert not opened.protected
    assert content(opened.members[0]) == XML


@pytest.mark.parametrize("name", MADE_ELSEWHERE)
def test_no_pin_and_a_wrong_pin_are_told_apart(name: str, open_zip: Open) -> None:
    assert code(open_zip(made_elsewhere(name)).unlock) == "pin-nodig"
    assert code(open_zip(made_elsewhere(name), "1234").unlock) == "pin-onjuist"


def test_a_wrong_pin_that_the_check_byte_lets_in_is_found_out(open_zip: Open) -> None:
    """One in 256: the checksum of the content tells."""
    entry = zipcrypto("a.xml", XML * 40, PIN)
    wrong = [pin for pin in map(str, range(3000)) if passes_check(entry, pin)]
    assert len(wrong) >= 3
    whole = raw_zip([entry])
    assert code(open_zip(whole, *wrong).unlock) == "pin-onjuist"
    opened = open_zip(whole, *wrong, PIN)
    opened.unlock()
    assert content(opened.members[0]) == XML * 40


@pytest.mark.parametrize("large", [True, False])
def test_the_right_pin_of_a_damaged_file_is_not_called_wrong(large: bool, open_zip: Open) -> None:
    text = b"".join(b"<leerling n='%d'>Voorbeeld</leerling>" % n for n in range(9000 if large else 6))
    opened = open_zip(raw_zip([zipcrypto("a.xml", text, PIN, damage=True)]), PIN)
    opened.unlock()
    assert code(lambda: content(opened.members[0])) == "zip-lid-beschadigd"


def test_a_damaged_aes_file_is_damaged_not_locked(open_zip: Open) -> None:
    whole = bytearray(zipped({"a.xml": os.urandom(9000)}, PIN))
    whole[5000] ^= 1
    opened = open_zip(bytes(whole), PIN)
    opened.unlock()
    assert code(lambda: content(opened.members[0])) == "zip-lid-beschadigd"


def test_a_damaged_file_without_pin(open_zip: Open) -> None:
    opened = open_zip(raw_zip([Raw(b"a.xml", crc=1)]))
    assert code(lambda: content(opened.members[0])) == "zip-lid-beschadigd"


def test_files_of_one_zip_may_have_pins_of_their_own(open_zip: Open) -> None:
    entries = [zipcrypto(f"{pin}.xml", XML + pin.encode(), pin) for pin in ("1111", "2222", "3333")]
    opened = open_zip(raw_zip(entries), "3333", "0000", "1111", "2222")
    opened.unlock()
    assert [content(member)[-4:] for member in opened.members] == [b"1111", b"2222", b"3333"]


@pytest.mark.parametrize("encoding", ["utf-8", "cp1252", "cp850"])
def test_a_password_may_be_in_an_old_code_page(encoding: str, open_zip: Open) -> None:
    opened = open_zip(raw_zip([zipcrypto("a.xml", XML * 3, "café".encode(encoding))]), "café")
    opened.unlock()
    assert content(opened.members[0]) == XML * 3


def test_a_person_is_asked_three_times_at_most(open_zip: Open) -> None:
    asked: list[str] = []

    def never_right(name: str) -> str:
        asked.append(name)
        return "9999"

    opened = open_zip(zipped({"a.xml": XML, "b.xml": XML}, PIN), ask=never_right)
    assert code(opened.unlock) == "pin-onjuist"
    assert asked == ["x.zip"] * 3
    assert code(opened.unlock) == "pin-nodig"  # not asked again
    assert len(asked) == 3


def test_a_person_who_answers_nothing_is_left_alone(open_zip: Open) -> None:
    opened = open_zip(zipped({"a.xml": XML}, PIN), ask=lambda name: "")
    assert code(opened.unlock) == "pin-nodig"


def test_what_a_person_typed_is_tried_on_the_next_zip(tmp_path: Path, pools: Pools) -> None:
    answers = iter(["nee", PIN])
    pins = Pins(ask=lambda name: next(answers))
    for name in ("a.zip", "b.zip"):
        opened = file_archive(write(tmp_path / name, zipped({"a.xml": XML}, PIN)), name, pins, pools)
        opened.unlock()
        assert content(opened.members[0]) == XML
    assert len(pins.known) == 1


def test_a_zip_in_a_zip(tmp_path: Path, pools: Pools, monkeypatch: pytest.MonkeyPatch) -> None:
    inner = zipped({"a.xml": XML, "b.xml": XML * 2}, PIN)
    outer = file_archive(write(tmp_path / "x.zip", zipped({"in.zip": inner})), "x.zip", Pins(), pools)
    nested = nested_archive(outer.members[0], "in.zip", Pins([PIN]), pools)
    pools.close()  # members open their zip again
    assert [content(member) for member in nested.members] == [XML, XML * 2]
    monkeypatch.setattr(module.limits, "MAX_NESTED_BYTES", len(inner) - 1)
    assert code(lambda: nested_archive(outer.members[0], "in.zip", Pins(), pools)) == "zip-in-zip-te-groot"


def test_streams_stay_good_while_other_zips_push_theirs_out_of_the_pool(tmp_path: Path, pools: Pools) -> None:
    text = hashlib.sha256(b"x").digest() * 9000
    zips = [
        file_archive(write(tmp_path / f"{n}.zip", zipped({"a": text})), f"{n}", Pins(), pools)
        for n in range(module._POOL_ON_DISK + 3)
    ]
    streams = [opened.members[0].open() for opened in zips]
    assert all(stream.read() == text for stream in streams)
    for stream in streams:
        stream.close()


def test_nothing_is_written_to_disk(open_zip: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import tempfile

    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "nergens"))
    opened = open_zip(zipped({"in.zip": zipped({"a.xml": XML})}, PIN), PIN)
    (nested,) = opened.members
    assert content(nested)[:2] == b"PK"
    assert [path.name for path in tmp_path.iterdir()] == ["x.zip"]


def test_no_pin_in_any_repr_or_error(open_zip: Open) -> None:
    secret = "geheim-4711"  # noqa: S105
    opened = open_zip(zipped({"a.xml": XML}, secret), secret)
    opened.unlock()
    assert secret not in repr(opened) + repr(vars(opened)) + repr(opened.members)
    closed = open_zip(zipped({"a.xml": XML}, "iets-anders"), secret)
    with pytest.raises(ExportError) as caught:
        closed.unlock()
    error: BaseException | None = caught.value
    seen = ""
    while error is not None:
        seen += repr(error) + str(error)
        error = error.__cause__ or error.__context__
    assert secret not in seen
