"""How the package hangs together: rooms, arrows between them, arrows that run back up, lines of code.

A room is a folder at top level of the package. An arrow is "some module of this room imports something of that room".
The order of the rooms is that of the table in ARCHITECTURE.md, and nowhere else: an arrow runs back up when it leads to
a room that stands below in the table. Run: python -m benchmarks.structure [PACKAGE FOLDER]
"""

import ast
import re
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "dod2oso"
TABLE_ROW = re.compile(r"^\| `(\w+)/` \|", re.MULTILINE)


class Arrow(NamedTuple):
    """Modules of one room import something of another."""

    room: str
    to: str


def order(page: Path = ROOT / "ARCHITECTURE.md") -> list[str]:
    """The rooms, lowest first, as the architecture page has them."""
    return TABLE_ROW.findall(page.read_text(encoding="utf-8"))


def rooms(package: Path = PACKAGE) -> list[str]:
    """The rooms there are: folders with modules at top level."""
    return sorted(folder.name for folder in package.iterdir() if (folder / "__init__.py").exists())


def imports(tree: ast.AST, package: str) -> Iterator[str]:
    """Dotted names below the package that a module imports, wherever in the module the import stands."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.level:
            raise ValueError("a relative import; the package has none")
        elif isinstance(node, ast.ImportFrom):
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        else:
            continue
        yield from (name.removeprefix(f"{package}.") for name in names if name.startswith(f"{package}."))


def arrows(package: Path = PACKAGE) -> dict[Arrow, set[str]]:
    """Every arrow, with the modules that draw it."""
    known = rooms(package)
    found = defaultdict[Arrow, set[str]](set)
    for room in known:
        for path in sorted((package / room).rglob("*.py")):
            for name in imports(ast.parse(path.read_text(encoding="utf-8")), package.name):
                to = name.split(".")[0]
                if to in known and to != room:
                    found[Arrow(room, to)].add(path.relative_to(package).as_posix())
    return dict(found)


def back_up(found: dict[Arrow, set[str]], lowest_first: list[str]) -> dict[Arrow, set[str]]:
    """The arrows to a room that stands higher in the house. ValueError when a room has no place in the order."""
    return {
        arrow: files
        for arrow, files in found.items()
        if lowest_first.index(arrow.to) > lowest_first.index(arrow.room)
    }  # fmt: skip


def lines(package: Path = PACKAGE) -> int:
    """Lines of Python, blank ones and comments included."""
    return sum(len(path.read_text(encoding="utf-8").splitlines()) for path in package.rglob("*.py"))


def main() -> None:
    package = Path(sys.argv[1]) if len(sys.argv) > 1 else PACKAGE
    found = arrows(package)
    wrong = back_up(found, order()) if package == PACKAGE else {}
    print(f"rooms {len(rooms(package))}, arrows {len(found)}, lines {lines(package)}")
    for room in rooms(package):
        print(f"  {room} -> {' '.join(sorted(arrow.to for arrow in found if arrow.room == room)) or '(nothing)'}")
    print(f"arrows back up: {len(wrong)}")
    for arrow, files in wrong.items():
        print(f"  {arrow.room} -> {arrow.to}: {', '.join(sorted(files))}")


if __name__ == "__main__":
    main()
