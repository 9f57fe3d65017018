"""Which files the user means: files as given, folders with every XML file in them, each under a name for messages."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from dod2oso.errors import UsageError

SUFFIX = ".xml"


class ExportFile(NamedTuple):
    """A file to read, and the name it has in ledger and report (unique within a run)."""

    name: str
    path: Path


class Sources(NamedTuple):
    """What was found. `empty`: folders without a single export; `skipped`: files in folders that are no XML."""

    files: tuple[ExportFile, ...]
    empty: tuple[str, ...]
    skipped: int


def find_exports(arguments: Sequence[Path]) -> Sources:
    """Expand the arguments, in order, folders sorted by name; UsageError when an argument does not exist."""
    files: list[ExportFile] = []
    empty: list[str] = []
    skipped = 0
    taken: set[str] = set()
    seen: set[Path] = set()
    for argument in arguments:
        if not argument.exists():
            raise UsageError(
                f"'{argument.name}' bestaat niet. Geef een bestand of een map met exports.",
                f"'{argument.name}' does not exist. Give a file or a folder with exports.",
            )
        found = [argument] if not argument.is_dir() else _inside(argument)
        exports = [path for path in found if path == argument or path.suffix.lower() == SUFFIX]
        skipped += len(found) - len(exports)
        if not exports:
            empty.append(argument.name or str(argument.resolve().name))
        for path in exports:
            resolved = path.resolve()
            if resolved in seen:
                continue
            seen.add(resolved)
            name = path.relative_to(argument).as_posix() if argument.is_dir() else path.name
            files.append(ExportFile(_unique(name, resolved, taken), path))
    return Sources(tuple(files), tuple(empty), skipped)


def _inside(folder: Path) -> list[Path]:
    """Every file below a folder, hidden ones left out."""
    return sorted(
        path
        for path in folder.rglob("*")
        if path.is_file() and not any(part.startswith(".") for part in path.relative_to(folder).parts)
    )


def _unique(name: str, path: Path, taken: set[str]) -> str:
    """The name, with parent folders in front as far as needed to tell it from another file of this run."""
    parents = list(path.parents)
    candidate, depth = name, 0
    while candidate in taken and depth < len(parents) - 1:
        candidate = f"{parents[depth].name}/{candidate}"
        depth += 1
    taken.add(candidate)
    return candidate
