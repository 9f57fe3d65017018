"""Sealed files: what was written comes back, one changed bit does not pass, and a plain project has plain files."""

import hashlib
import random
import subprocess
import sys
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


# --- streams ---

CHUNK = 1 << 20
EDGES = [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, 2 * CHUNK + 7]


@pytest.mark.parametrize("size", EDGES)
def test_written_as_a_stream_it_is_what_is_written_at_once(size: int, tmp_path: Path) -> None:
    out = folder(tmp_path / "out")
    data = bytes(range(256)) * (size // 256 + 1)
    data, path = data[:size], out / HERE.name
    with atrest.atomic_open(out, path) as file:
        for at in range(0, size, 300_001):
            file.write(data[at : at + 300_001])
    assert path.read_bytes().startswith(atrest.MAGIC) and atrest.size(path) == size
    assert atrest.unseal(path.read_bytes(), path, KEYS) == data == atrest.read(path, out)
    with atrest.stream(path, out) as stream:
        assert stream.read() == data
    atrest.write(out, out / "other.xml", data)
    assert b"".join(atrest.parts(out / "other.xml", out)) == data
    atrest.copy(path, out, out / "third.xml")
    assert atrest.digest(out / "third.xml") == hashlib.sha256(data).hexdigest()


def test_a_stream_is_read_from_any_place(tmp_path: Path) -> None:
    out = folder(tmp_path / "out")
    data = random.Random(1).randbytes(2 * CHUNK + 500)
    atrest.atomic_write(out, out / "a", data)
    with atrest.stream(out / "a") as stream:
        assert stream.seekable()
        for place in (CHUNK - 3, 0, 2 * CHUNK + 499, CHUNK, 2 * CHUNK - 1, 5 * CHUNK):
            stream.seek(place)
            assert stream.read(7) == data[place : place + 7]
        stream.seek(-9, 2)
        assert stream.read() == data[-9:] and stream.tell() == len(data)


def test_of_a_stream_that_is_not_as_written_nothing_wrong_is_given(tmp_path: Path) -> None:
    """Cut or longer: refused before anything is given. Changed within: what comes before, then refused."""
    out = folder(tmp_path / "out")
    path = out / "a"
    atrest.atomic_write(out, path, b"a" * CHUNK + b"b" * CHUNK + b"c")
    sealed, head, chunk = path.read_bytes(), HEADER, 4 + CHUNK + 16
    first, second = sealed[head : head + chunk], sealed[head + chunk : head + 2 * chunk]
    other = atrest.seal(b"a" * CHUNK + b"z" * CHUNK + b"c", "a", KEYS)
    for changed in (
        sealed[:10], sealed[:head], sealed[: head + 3], sealed[: head + chunk], sealed[: head + 2 * chunk], sealed[:-1],
        sealed + b"x", sealed[: head + 2 * chunk] * 2, atrest.seal(b"a", "b", KEYS), sealed[:36] + other[36:],
        sealed + other[36:],
    ):  # fmt: skip
        path.write_bytes(changed)
        with pytest.raises(NotAsWritten):
            atrest.stream(path, out)
    for changed in (
        sealed[:head] + second + first + sealed[head + 2 * chunk :],
        sealed[:head] + second + second + sealed[head + 2 * chunk :],
        sealed[: head + chunk + 9] + b"?" + sealed[head + chunk + 10 :],
        sealed[: head + chunk + 2] + b"?" + sealed[head + chunk + 3 :],
    ):
        path.write_bytes(changed)
        given = b""
        with pytest.raises(NotAsWritten):
            for part in atrest.parts(path, out):
                given += part
        assert given in (b"", b"a" * CHUNK)
    path.write_bytes(b"plain")
    with pytest.raises(NotAsWritten):
        atrest.stream(path, out)
    with atrest.stream(path) as stream:
        assert stream.read() == b"plain"


def test_what_is_broken_off_while_it_is_written_leaves_what_was(tmp_path: Path) -> None:
    out = folder(tmp_path / "out")
    atrest.atomic_write(out, out / "a", b"before")
    with pytest.raises(KeyboardInterrupt), atrest.atomic_open(out, out / "a") as file:
        file.write(bytes(2 * CHUNK))
        raise KeyboardInterrupt
    assert atrest.read(out / "a", out) == b"before" and sorted(each.name for each in out.iterdir()) == [
        "a",
        "project.key",
    ]
    path = out / "b"
    path.write_bytes(atrest.seal(bytes(3 * CHUNK), "b", KEYS)[:-CHUNK])
    with pytest.raises(NotAsWritten):
        atrest.seal_again(path, KEYS.renewed())
    assert len(list(out.iterdir())) == 3


@pytest.mark.skipif(sys.platform != "linux", reason="measured as Linux counts memory")
def test_memory_is_flat_however_large_the_file(tmp_path: Path) -> None:
    """In a process of its own: sealed, sealed again with another key, copied, hashed, and searched in from its end."""
    done = subprocess.run([sys.executable, "-c", FLAT, str(tmp_path)], capture_output=True, text=True, check=True)
    assert int(done.stdout) < 16 << 10  # kB more than before; the file is 40 MB


FLAT = """
import resource, sys
import hashlib
import random
import subprocess
import sys
from pathlib import Path
from dod2oso.base import atrest, projectkey
from dod2oso.base.projectkey import PASSPHRASE, Keys

out, keys = Path(sys.argv[1]), Keys.new(b"p" * 32).settled()
projectkey.write(out / "project.key", keys, {PASSPHRASE: projectkey.slot(keys, "w", cost=1 << 14)})
projectkey.know(out / "project.key", keys)
atrest.atomic_write(out, out / "small", b"x")
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
with atrest.atomic_open(out, out / "large") as file:
    for _ in range(40):
        file.write(bytes(1 << 20))
atrest.copy(out / "large", out, out / "copy")
atrest.digest(out / "copy")
with atrest.stream(out / "copy", out) as stream:
    stream.seek(-1, 2)
    stream.read()
renewed = keys.renewed()
assert atrest.seal_again(out / "copy", renewed)
projectkey.write(out / "project.key", renewed.settled(), {})
projectkey.know(out / "project.key", renewed.settled())
atrest.digest(out / "copy")
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""
