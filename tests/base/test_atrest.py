"""Sealed files: what was written comes back, one changed bit does not pass, and a plain project has plain files."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dod2oso.base import atrest, projectkey
from dod2oso.base.atrest import NotAsWritten
from dod2oso.base.errors import TryLaterError
from dod2oso.base.projectkey import PASSPHRASE, Keys

CHEAP = 1 << 14
KEYS = Keys.new(b"p" * 32).settled()
HEADER = 8 + 8 + 4 + 16  # what a sealed file begins with, in the clear
HERE = Path("x.xml")


def folder(path: Path, keys: Keys = KEYS) -> Path:
    path.mkdir()
    projectkey.write(path / "project.key", keys, {PASSPHRASE: projectkey.slot(keys, "w", cost=CHEAP)})
    projectkey.know(path / "project.key", keys)
    return path


@given(data=st.binary(max_size=3000))
def test_what_was_sealed_comes_back(data: bytes) -> None:
    sealed = atrest.seal(data, HERE.name, KEYS)
    assert atrest.unseal(sealed, HERE, KEYS) == data and (len(data) < 4 or data not in sealed[HEADER:])
    assert sealed != atrest.seal(data, HERE.name, KEYS)


@pytest.mark.parametrize("size", [0, 1, (1 << 20) - 1, 1 << 20, (1 << 20) + 1, 2 << 20, (2 << 20) + 7])
def test_also_at_the_edges_of_a_chunk_and_its_size_is_known(size: int, tmp_path: Path) -> None:
    path = tmp_path / HERE.name
    path.write_bytes(atrest.seal(bytes(size), path.name, KEYS))
    assert atrest.unseal(path.read_bytes(), path, KEYS) == bytes(size) and atrest.size(path) == size


@given(data=st.data())
def test_one_changed_bit_or_a_cut_does_not_pass(data: st.DataObject) -> None:
    sealed = atrest.seal(b"inhoud " * 40, HERE.name, KEYS)
    at = data.draw(st.integers(0, len(sealed) - 1))
    flipped = sealed[:at] + bytes([sealed[at] ^ (1 << data.draw(st.integers(0, 7)))]) + sealed[at + 1 :]
    for changed in (flipped, sealed[:at], sealed + b"x"):
        with pytest.raises(NotAsWritten):
            atrest.unseal(changed, HERE, KEYS)


def test_chunks_do_not_change_places(tmp_path: Path) -> None:
    sealed = atrest.seal(b"a" * (1 << 20) + b"b" * (1 << 20) + b"c", HERE.name, KEYS)
    head, chunk = 36, 4 + (1 << 20) + 16
    first, second = sealed[head : head + chunk], sealed[head + chunk : head + 2 * chunk]
    for changed in (sealed[:head] + second + first + sealed[head + 2 * chunk :], sealed[:head] + first):
        with pytest.raises(NotAsWritten):
            atrest.unseal(changed, HERE, KEYS)


def test_files_in_a_project_are_sealed_and_those_of_another_are_plain(tmp_path: Path) -> None:
    out, plain = folder(tmp_path / "out"), tmp_path / "plain"
    plain.mkdir()
    for each in (out, plain):
        atrest.atomic_write(each, each / "namen.csv", b"Bakker")
        assert atrest.read(each / "namen.csv", each) == b"Bakker"
        assert (each / "namen.csv").stat().st_mode & 0o077 == 0
    assert b"Bakker" not in (out / "namen.csv").read_bytes() and (plain / "namen.csv").read_bytes() == b"Bakker"


def test_exchanged_plain_and_strange_files_are_refused(tmp_path: Path) -> None:
    out = folder(tmp_path / "out")
    other = folder(tmp_path / "other", Keys.new(b"q" * 32).settled())
    for name in ("a.xml", "b.xml"):
        atrest.atomic_write(out, out / name, name.encode())
        atrest.atomic_write(other, other / name, name.encode())
    (out / "b.xml").write_bytes((out / "a.xml").read_bytes())
    assert _refused(out / "b.xml", out) == "file-not-as-written"
    (out / "b.xml").write_bytes(b"plain")
    assert _refused(out / "b.xml", out) == "file-not-as-written"
    projectkey.forget()
    projectkey.know(out / "project.key", KEYS)
    (out / "b.xml").write_bytes((other / "b.xml").read_bytes())
    assert _refused(out / "b.xml", out) == "file-of-another-project"


def _refused(path: Path, out: Path) -> str:
    with pytest.raises(NotAsWritten) as raised:
        atrest.read(path, out)
    return raised.value.code


def test_with_another_key_a_file_is_written_anew_once(tmp_path: Path) -> None:
    out = folder(tmp_path / "out")
    path = out / "a.xml"
    path.write_bytes(b"inhoud")
    renewed = KEYS.renewed()
    assert [atrest.seal_again(path, keys) for keys in (KEYS, KEYS, renewed, renewed)] == [True, False, True, False]
    assert atrest.unseal(path.read_bytes(), path, renewed.settled()) == b"inhoud"
    with pytest.raises(NotAsWritten):
        atrest.unseal(path.read_bytes(), path, KEYS)


def test_while_it_is_half_done_nothing_goes_on(tmp_path: Path) -> None:
    out = folder(tmp_path / "out", Keys.new(b"p" * 32))
    with pytest.raises(TryLaterError) as raised:
        atrest.atomic_write(out, out / "a.xml", b"x")
    assert raised.value.code == "encryption-unfinished" and not (out / "a.xml").exists()
