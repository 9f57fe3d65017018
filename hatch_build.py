"""Compiles the innermost loops with mypyc while a wheel is made, from the very same .py files, which stay beside it.

A compiler is not required. Without one, or when compiling fails, the wheel is pure Python, this says so in a line, and
`dod2oso doctor` says which of the two is installed. DOD2OSO_COMPILE: 0 never compiles, `required` makes a failure fail.

    python hatch_build.py MAP                       compiles in the copy of the sources in MAP, for the tests
"""

import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

COMPILED = (
    "findings/balance",
    "mapping/apply", "mapping/choose", "mapping/conditions", "mapping/context",
    "mapping/plan_block", "mapping/plan_leaf", "mapping/plan_row",
    "oso/rules/compiling", "oso/rules/document", "oso/rules/functions", "oso/rules/ruleset",
    "oso/verdict", "oso/writer",
    "run/books", "run/convert",
    "source/oddtext", "source/record", "source/walk", "source/xmlreader",
)  # fmt: skip
_BUILD = """
import sys
from mypyc.build import mypycify
from setuptools import setup

modules = mypycify(["--follow-imports=silent", *sys.argv[1:]], opt_level="2", debug_level="0", group_name="dod2oso")
setup(name="dod2oso", packages=[], ext_modules=modules, script_args=["--quiet", "build_ext", "--inplace"])
"""


class NotCompiledError(Exception):
    """No compiler here, or it failed; says why in a few words."""


class CompileHook(BuildHookInterface[Any]):
    """The build hook of pyproject.toml."""

    PLUGIN_NAME = "custom"

    def dependencies(self) -> list[str]:
        """What compiling needs, only where it can be done."""
        return ["mypy>=1.11", "setuptools>=70"] if _wanted() and _compiler() else []

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Add the compiled modules to a wheel; an editable install stays pure."""
        if self.target_name != "wheel" or version == "editable" or not _wanted():
            return
        self._place = tempfile.TemporaryDirectory()
        folder = Path(self._place.name)
        shutil.copytree(Path(self.root) / "dod2oso", folder / "dod2oso", ignore=shutil.ignore_patterns("__pycache__"))
        try:
            made = compile_in(folder)
        except NotCompiledError as problem:
            if os.environ.get("DOD2OSO_COMPILE") == "required":
                raise
            self.app.display_warning(f"dod2oso becomes a pure Python wheel: {problem}")
            return
        build_data["pure_python"] = False
        build_data["infer_tag"] = True
        build_data["force_include"] |= {str(path): str(path.relative_to(folder)) for path in made}

    def finalize(self, *_arguments: object, **_more: object) -> None:
        """The compiled files are in the wheel by now."""
        if hasattr(self, "_place"):
            self._place.cleanup()


def compile_in(folder: Path) -> list[Path]:
    """Compile the modules of the package in this folder, beside their sources; returns the files made.

    Raises NotCompiledError when there is no compiler or it fails.
    """
    if _compiler() is None:
        raise NotCompiledError("there is no C compiler here")
    modules = [f"dod2oso/{name}.py" for name in COMPILED]
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-c", _BUILD, *modules], cwd=folder, check=False, capture_output=True, text=True
    )
    shutil.rmtree(folder / "build", ignore_errors=True)
    made = sorted(folder.rglob(f"*{sysconfig.get_config_var('EXT_SUFFIX')}"))
    if done.returncode or len(made) != len(COMPILED) + 1:  # and one that holds them all
        said = [line for line in (done.stdout + done.stderr).splitlines() if "error" in line.lower()]
        raise NotCompiledError("compiling failed" + (f" ({said[0].strip()[:200]})" if said else ""))
    return made


def _wanted() -> bool:
    return os.environ.get("DOD2OSO_COMPILE") != "0"


def _compiler() -> str | None:
    """The C compiler that building a module would use."""
    if os.name == "nt":
        return "msvc"  # only setuptools can find it; it fails where there is none
    command = os.environ.get("CC") or str(sysconfig.get_config_var("CC") or "cc")
    return shutil.which(command.split()[0])


if __name__ == "__main__":
    print(*compile_in(Path(sys.argv[1])), sep="\n")  # noqa: T201
