"""Making a wheel: compiled where there is a compiler, pure Python where there is none, and one line says which."""

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import hatch_build
from dod2oso.source import walk

ROOT = Path(__file__).parents[1]
NO_COMPILER = "/nowhere/no-such-compiler"


def build(into: Path, sources: Path = ROOT, **environment: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(into)],
        cwd=sources, env={**os.environ, **environment}, check=False, capture_output=True, text=True,
    )  # fmt: skip


@pytest.fixture(name="pure", scope="module")
def _pure(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A wheel that was made without a compiler, and what was said of it."""
    folder = tmp_path_factory.mktemp("pure")
    done = build(folder, CC=NO_COMPILER)
    assert done.returncode == 0, done.stderr
    (wheel,) = folder.glob("*.whl")
    return wheel, done.stdout + done.stderr


def test_without_a_compiler_the_wheel_is_pure_and_says_so(pure: tuple[Path, str]) -> None:
    wheel, said = pure
    assert "pure Python wheel: there is no C compiler here" in said
    assert wheel.name.endswith("-py3-none-any.whl")
    names = zipfile.ZipFile(wheel).namelist()
    assert "dod2oso/source/walk.py" in names
    assert [name for name in names if name.endswith("share/man/man1/dod2oso.1")]
    assert not [name for name in names if name.endswith((".so", ".pyd", ".c"))]


def copy_of_the_sources(into: Path) -> Path:
    done = subprocess.run(["git", "ls-files", "--cached", "--others", "--exclude-standard"],
                          cwd=ROOT, check=True, capture_output=True, text=True)  # fmt: skip
    needed = (
        "dod2oso/",
        "mappings/",
        "docs/man/",
        "dod2oso.cdx.json",
        "pyproject.toml",
        "hatch_build.py",
        "README.md",
        "LICENSE",
    )
    for name in done.stdout.splitlines():
        if name.startswith(needed) and (ROOT / name).exists():
            (into / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, into / name)
    return into


def test_two_builds_in_other_places_give_the_same_bytes_with_the_bill_of_materials(
    pure: tuple[Path, str], tmp_path: Path
) -> None:
    second = build(tmp_path / "two", copy_of_the_sources(tmp_path / "elsewhere"), CC=NO_COMPILER, TZ="Asia/Tokyo")
    assert second.returncode == 0
    one, (two,) = pure[0], (tmp_path / "two").glob("*.whl")
    assert one.name == two.name and one.read_bytes() == two.read_bytes()
    assert [name for name in zipfile.ZipFile(one).namelist() if name.endswith(".dist-info/sboms/dod2oso.cdx.json")]


def test_whoever_demands_a_compiled_wheel_gets_no_other(tmp_path: Path) -> None:
    done = build(tmp_path, CC=NO_COMPILER, DOD2OSO_COMPILE="required")
    assert done.returncode != 0
    assert not list(tmp_path.glob("*.whl"))


def test_a_compiler_that_fails_is_said_in_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = tmp_path / "cc"
    broken.write_text("#!/bin/sh\necho 'fatal error: no space left' >&2\nexit 1\n", encoding="ascii")
    broken.chmod(0o755)
    monkeypatch.setenv("CC", str(broken))
    monkeypatch.setattr(hatch_build, "COMPILED", ("source/record",))
    (tmp_path / "dod2oso" / "source").mkdir(parents=True)
    (tmp_path / "dod2oso" / "source" / "record.py").write_text("ONE = 1\n", encoding="ascii")
    with pytest.raises(hatch_build.NotCompiledError, match="compiling failed") as raised:
        hatch_build.compile_in(tmp_path)
    assert "\n" not in str(raised.value)


def test_what_is_compiled_is_what_is_imported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One small module, so that this stays quick; `make compiled` does it to all of them."""
    if hatch_build._compiler() is None:
        pytest.skip("there is no C compiler here")
    package = tmp_path / "dod2oso"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "small.py").write_text("def twice(n: int) -> int:\n    return n + n\n", encoding="ascii")
    monkeypatch.setattr(hatch_build, "COMPILED", ("small",))
    made = hatch_build.compile_in(tmp_path)
    assert len(made) == 2
    said = subprocess.run(
        [sys.executable, "-c", "from dod2oso import small; print(small.__file__, small.twice(21))"],
        cwd=tmp_path, check=True, capture_output=True, text=True,
    ).stdout.split()  # fmt: skip
    assert Path(said[0]) in made
    assert said[1] == "42"


def test_every_compiled_module_exists_and_holds_no_checked_model() -> None:
    for name in hatch_build.COMPILED:
        text = (ROOT / "dod2oso" / f"{name}.py").read_text(encoding="utf-8")
        assert "pydantic" not in text, f"{name}: a model of pydantic does not work compiled"


def test_doctor_says_which_of_the_two_runs() -> None:
    from dod2oso.cli.health import _compiled

    compiled = not (walk.__file__ or "").endswith(".py")
    assert _compiled().text.key == ("doctor-compiled" if compiled else "doctor-compiled-not")
