"""What a stranger gets, tried as a stranger would: a new home, nothing on the PATH but the system's, and a stopwatch.

    python -m tools.shipped wheel            builds wheel and sdist, installs the wheel with pip, uv and pipx
    python -m tools.shipped wheel --ways uv  only so
    python -m tools.shipped onefile          builds one file with its own Python (PyInstaller), for this kind of machine

After each: `--version`, `init`, `run` on the samples, `report`, `explain`, and whether the report is there. Prints the
seconds from nothing to the first report. Everything happens in a temporary folder; needs a package index.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
import venv
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1]
SAMPLES = ROOT / "samples" / "regio"
EXTRAS = "open,sender"  # what the one file brings along besides the base
FINDINGS = 3  # the exit code of a run with findings: the samples have some
_SCRIPTS = "Scripts" if os.name == "nt" else "bin"
_EXE = ".exe" if os.name == "nt" else ""
_START = "import multiprocessing\n\nfrom dod2oso.cli.app import main\n\nmultiprocessing.freeze_support()\nmain()\n"


class Tried(NamedTuple):
    """One way of installing: seconds to have the programme, and to the first report after that."""

    way: str
    installing: float
    reporting: float
    size: int  # bytes of what was fetched or built


class NotWorkingError(Exception):
    """A command did something else than it should; says which and what it said."""


def build(into: Path) -> tuple[Path, Path]:
    """Wheel and sdist of these sources."""
    command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--target", "sdist", "--directory"]
    run([*command, str(into)], cwd=ROOT, environment={**os.environ, "DOD2OSO_COMPILE": "0"})
    [wheel], [sdist] = into.glob("*.whl"), into.glob("*.tar.gz")
    names = zipfile.ZipFile(wheel).namelist()
    if "dod2oso/_mappings/dictionary.yaml" not in names:
        raise NotWorkingError("the wheel has no mappings")
    return wheel, sdist


def bare(home: Path) -> dict[str, str]:
    """The environment of somebody who just came: a home of their own, and the system's programmes."""
    home.mkdir(parents=True, exist_ok=True)
    kept = ("SYSTEMROOT", "TEMP", "TMP", "PIP_CERT", "PIP_FIND_LINKS", "PIP_INDEX_URL", "UV_INDEX_URL", "SSL_CERT_FILE")
    names = {name: os.environ[name] for name in kept if name in os.environ}
    path = os.defpath if os.name != "nt" else os.environ["PATH"]
    return {"HOME": str(home), "USERPROFILE": str(home), "PATH": path, "LANG": "C.UTF-8", **names}


def run(command: list[str], *, cwd: Path, environment: dict[str, str], expected: int = 0) -> str:
    """Run a command; NotWorkingError when it ends otherwise than expected."""
    done = subprocess.run(  # noqa: S603
        command, cwd=cwd, env=environment, capture_output=True, text=True, encoding="utf-8", check=False,
        stdin=subprocess.DEVNULL,
    )  # fmt: skip
    if done.returncode != expected:
        raise NotWorkingError(
            f"{Path(command[0]).name} {' '.join(command[1:4])}: {done.returncode}\n{done.stderr[-2000:]}"
        )
    return done.stdout


def first_report(programme: Path, place: Path, environment: dict[str, str]) -> float:
    """What somebody does first with their own exports; the seconds it took."""
    began = time.perf_counter()
    command = [str(programme)]
    if "dod2oso" not in run([*command, "--version"], cwd=place, environment=environment):
        raise NotWorkingError("--version says nothing")
    run([*command, "init", "project", "--lang", "en"], cwd=place, environment=environment)
    project = place / "project"
    for export in sorted((SAMPLES / "exports").iterdir()):
        shutil.copyfile(export, project / "exports" / export.name)
    shutil.copyfile(SAMPLES / "scholen.csv", project / "scholen.csv")
    run([*command, "run", "--yes", "--datum", "2025-06-15"], cwd=project, environment=environment, expected=FINDINGS)
    page = project / "dod2oso-out" / "POVO" / "report" / "gaps.html"
    if not page.is_file() or page.stat().st_size < 10_000:
        raise NotWorkingError("there is no report")
    took = time.perf_counter() - began
    run([*command, "report", "--format", "html,json"], cwd=project, environment=environment)
    if "veld-dubbel" not in run([*command, "explain", "veld-dubbel"], cwd=project, environment=environment):
        raise NotWorkingError("explain says nothing")
    parallel = [*command, "run", "project/exports", "--overstap", "POPO", "--out", "two", "--workers", "2", "--yes"]
    run(parallel, cwd=place, environment=environment, expected=FINDINGS)
    run([*command, "sandbox", "--help"], cwd=project, environment=environment)
    return took


def with_pip(wheel: Path, place: Path, environment: dict[str, str]) -> Path:
    """`python -m venv .venv` and `pip install WHEEL`."""
    venv.create(place / ".venv", with_pip=True)
    own = place / ".venv" / _SCRIPTS
    run([str(own / f"python{_EXE}"), "-m", "pip", "install", "--quiet", str(wheel)], cwd=place, environment=environment)
    return own / f"dod2oso{_EXE}"


def with_uv(wheel: Path, place: Path, environment: dict[str, str]) -> Path:
    """`uv tool install WHEEL`."""
    uv = tool("uv", place, environment)
    run([str(uv), "tool", "install", "--quiet", "--python", sys.executable, str(wheel)], cwd=place,
        environment=environment | {"UV_TOOL_BIN_DIR": str(place / "bin")})  # fmt: skip
    return place / "bin" / f"dod2oso{_EXE}"


def with_pipx(wheel: Path, place: Path, environment: dict[str, str]) -> Path:
    """`pipx install WHEEL`."""
    pipx = tool("pipx", place, environment)
    environment = environment | {"PIPX_BIN_DIR": str(place / "bin"), "PIPX_HOME": str(place / "pipx")}
    run([str(pipx), "install", "--quiet", str(wheel)], cwd=place, environment=environment)
    return place / "bin" / f"dod2oso{_EXE}"


def tool(name: str, place: Path, environment: dict[str, str]) -> Path:
    """A programme from the package index, in a folder of its own."""
    venv.create(place / f".{name}", with_pip=True)
    own = place / f".{name}" / _SCRIPTS
    run([str(own / f"python{_EXE}"), "-m", "pip", "install", "--quiet", name], cwd=place, environment=environment)
    return own / f"{name}{_EXE}"


WAYS: dict[str, Callable[[Path, Path, dict[str, str]], Path]] = {"pip": with_pip, "uv": with_uv, "pipx": with_pipx}


def try_wheel(ways: list[str], place: Path) -> list[Tried]:
    """Install the wheel in each of these ways and use it."""
    wheel, _sdist = build(place / "dist")
    tried = []
    for way in ways:
        mine = place / way
        environment = bare(mine / "home")
        began = time.perf_counter()
        programme = WAYS[way](wheel, mine, environment)
        installing = time.perf_counter() - began
        tried.append(Tried(way, installing, first_report(programme, mine, environment), wheel.stat().st_size))
    return tried


def try_sdist(place: Path) -> None:
    """The sdist makes the same wheel as the sources."""
    wheel, sdist = build(place / "dist")
    shutil.unpack_archive(sdist, place / "sources", filter="data")
    [sources] = (place / "sources").iterdir()
    command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(place / "again")]
    run(command, cwd=sources, environment={**os.environ, "DOD2OSO_COMPILE": "0"})
    if (place / "again" / wheel.name).read_bytes() != wheel.read_bytes():
        raise NotWorkingError("the wheel of the sdist is another one")


def make_onefile(place: Path, into: Path) -> Path:
    """One file with its own Python: this wheel with its extras, at the versions of requirements.lock."""
    wheel, _sdist = build(place / "dist")
    venv.create(place / ".venv", with_pip=True)
    python = str(place / ".venv" / _SCRIPTS / f"python{_EXE}")
    environment = {**os.environ, "PYTHONHASHSEED": "0"}
    environment.pop("PYTHONPATH", None)  # else the file would hold those sources, without what the wheel adds to them
    locked = ["-m", "pip", "install", "--quiet", "--constraint", str(constraints(place))]
    run([python, *locked, f"{wheel}[{EXTRAS}]", "pyinstaller>=6.10"], cwd=place, environment=environment)
    (place / "start.py").write_text(_START, encoding="utf-8")
    command = [
        python, "-m", "PyInstaller", "--onefile", "--console", "--noconfirm", "--name", "dod2oso",
        "--collect-all", "dod2oso", "--copy-metadata", "dod2oso", "--exclude-module", "tkinter",
        "--distpath", str(into), "--workpath", str(place / "work"), "--specpath", str(place), str(place / "start.py"),
    ]  # fmt: skip
    run(command, cwd=place, environment=environment)
    return into / f"dod2oso{_EXE}"


def constraints(place: Path) -> Path:
    """The versions of requirements.lock without their hashes, which go with other files than those for one machine."""
    lines = (ROOT / "requirements.lock").read_text(encoding="utf-8").splitlines()
    path = place / "constraints.txt"
    path.write_text(
        "\n".join(line.rstrip(" \\") for line in lines if "==" in line and line[:1].isalpha()), encoding="utf-8"
    )
    return path


def main() -> int:
    """0 when everything that was tried works."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("what", choices=["wheel", "sdist", "onefile"])
    parser.add_argument("--ways", default=",".join(WAYS), help="of the wheel: pip,uv,pipx")
    parser.add_argument("--into", type=Path, default=ROOT / "dist", help="of the one file: where it is left")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="dod2oso-shipped-") as folder:
        place = Path(folder)
        if asked.what == "sdist":
            try_sdist(place)
            print("sdist: makes the same wheel")
            return 0
        if asked.what == "wheel":
            tried = try_wheel(asked.ways.split(","), place)
        else:
            began = time.perf_counter()
            made = make_onefile(place, asked.into.resolve())
            print(f"made in {time.perf_counter() - began:.0f} s")
            (place / "user").mkdir()
            tried = [
                Tried("one file", 0, first_report(made, place / "user", bare(place / "home")), made.stat().st_size)
            ]
    print(f"{'way':10}{'installing':>12}{'to the report':>15}{'size':>10}")
    for each in tried:
        print(f"{each.way:10}{each.installing:10.1f} s{each.reporting:13.1f} s{each.size / 1e6:7.1f} MB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
