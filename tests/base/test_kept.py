"""What follows from our own files is kept, and nothing depends on it."""

import os
from pathlib import Path
from typing import Any

import pytest

from dod2oso.base import kept as keeping
from dod2oso.base.kept import keep_code, kept, kept_code
from dod2oso.base.resources import mappings_dir, user_cache_folder
from dod2oso.base.yaml import load, loads
from dod2oso.report.page import environment

ONE, TWO = b"a: 1", b"a: 2"


class Maker:
    """Makes data, and knows how often."""

    def __init__(self) -> None:
        self.made = 0

    def __call__(self) -> Any:
        self.made += 1
        return {"a": [1, None, True, 0.5, "é"]}


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DOD2OSO_DATA", str(tmp_path))
    keeping._folder.cache_clear()
    return tmp_path / "cache"


def test_is_made_once_per_content(cache: Path) -> None:
    make = Maker()
    assert kept(Path("x.yaml"), ONE, make) == kept(Path("x.yaml"), ONE, make) == make()
    assert make.made == 2  # by us, and once
    kept(Path("x.yaml"), TWO, make)
    kept(Path("y.yaml"), TWO, make)
    assert make.made == 4
    assert len(list(cache.iterdir())) == 2  # one per file, whatever its content was before


@pytest.mark.parametrize("damage", [lambda data: data[:-1], lambda data: b"", lambda data: data.replace(b"1", b"7")])
def test_damage_is_not_believed(cache: Path, damage: Any) -> None:
    make = Maker()
    right = kept(Path("x.yaml"), ONE, make)
    (entry,) = cache.iterdir()
    entry.write_bytes(damage(entry.read_bytes()))
    assert kept(Path("x.yaml"), ONE, make) == right
    assert make.made == 2
    kept(Path("x.yaml"), ONE, make)  # and it was mended
    assert make.made == 2


def test_another_version_makes_its_own(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make = Maker()
    kept(Path("x.yaml"), ONE, make)
    monkeypatch.setattr(keeping, "__version__", "99.0")
    kept(Path("x.yaml"), ONE, make)
    assert make.made == 2


def test_a_folder_that_cannot_be_made_is_done_without(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("DOD2OSO_DATA", str(tmp_path / "file"))
    make = Maker()
    assert kept(Path("x.yaml"), ONE, make) == kept(Path("x.yaml"), ONE, make)
    assert make.made == 2


def test_a_folder_that_takes_no_files_is_done_without(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(path: Path, data: bytes) -> None:
        path.write_bytes(data[:3])
        raise OSError(28, "full")

    monkeypatch.setattr(keeping, "write_private", full)
    make = Maker()
    assert kept(Path("x.yaml"), ONE, make) == kept(Path("x.yaml"), ONE, make)
    assert make.made == 2
    assert not list(cache.iterdir())


@pytest.mark.skipif(os.name == "nt", reason="the folder's own permissions apply there")
def test_a_folder_in_which_others_write_is_not_believed(cache: Path) -> None:
    cache.mkdir()
    cache.chmod(0o777)
    make = Maker()
    kept(Path("x.yaml"), ONE, make)
    kept(Path("x.yaml"), ONE, make)
    assert make.made == 2
    assert not list(cache.iterdir())


@pytest.mark.skipif(os.name == "nt", reason="there nobody tells who wrote a file, and nothing is kept")
def test_what_was_compiled_is_believed_only_as_we_wrote_it(cache: Path) -> None:
    keep_code("x", ONE, b"code")
    assert kept_code("x", ONE) == b"code"
    assert kept_code("x", TWO) is None  # of what stands in the template now nothing was kept
    assert kept_code("y", ONE) is None
    (entry,) = cache.iterdir()
    right = entry.read_bytes()
    entry.write_bytes(right.replace(b"code", b"cope"))
    assert kept_code("x", ONE) is None
    entry.write_bytes(right)
    entry.chmod(0o666)  # another can have written it, with the right hash
    assert kept_code("x", ONE) is None
    entry.chmod(0o600)
    assert kept_code("x", ONE) == b"code"
    elsewhere = entry.rename(cache.parent / "elsewhere")
    entry.symlink_to(elsewhere)
    assert kept_code("x", ONE) is None


@pytest.mark.skipif(os.name == "nt", reason="there nobody tells who wrote a file, and nothing is kept")
def test_what_another_user_compiled_is_not_believed(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keep_code("x", ONE, b"code")
    monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 1)
    keeping._folder.cache_clear()
    assert kept_code("x", ONE) is None


def test_no_template_is_executed_that_another_could_have_changed(cache: Path) -> None:
    """The page is the same with what was compiled before, and without."""
    pages = []
    for mode in (None, 0o600, 0o666):
        for entry in cache.glob("*.code"):
            assert mode is not None
            entry.chmod(mode)
        environment.cache_clear()
        pages.append(environment().get_template("merged.html.j2").root_render_func.__code__.co_code)
    assert len(set(pages)) == 1
    environment.cache_clear()


def test_a_file_of_a_user_is_never_kept(cache: Path, tmp_path: Path) -> None:
    own = tmp_path / "own.yaml"
    own.write_text("name: x\n", encoding="utf-8")
    load(own)
    assert not cache.exists()
    load(mappings_dir() / "dictionary.yaml")
    assert len(list(cache.iterdir())) == 1


@pytest.mark.parametrize("path", sorted(mappings_dir().rglob("*.yaml")), ids=lambda path: str(path.name))
def test_every_file_of_ours_is_kept_as_it_is(path: Path, cache: Path) -> None:
    """Data and lines are those of the text, the first time and the second."""
    right = loads(path.read_text(encoding="utf-8"), path.name)
    for _ in range(2):
        file = load(path)
        assert file.data == right.data
        assert repr(file.data) == repr(right.data)  # 1, 1.0 and True are not the same; nor is another order
    assert dict(file.lines) == right.lines
    assert file.line(("no", "such", "key")) == right.line(("no", "such", "key"))
    assert user_cache_folder() == cache
