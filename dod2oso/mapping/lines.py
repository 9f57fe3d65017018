"""On which line of a mapping an OSO field is made."""

from pathlib import Path

from dod2oso.base.resources import mappings_dir
from dod2oso.base.yaml import YamlFile, load

_NAMES = tuple[str, ...]


class MappingLines:
    """The lines of a mapping and of what it extends, nearest first."""

    def __init__(self, path: Path | None = None) -> None:
        self._files: list[tuple[YamlFile, dict[_NAMES, int]]] = []
        here: Path | None = path or mappings_dir() / "dod-oso.yaml"
        seen: set[Path] = set()
        while here is not None and here.resolve() not in seen:
            seen.add(here.resolve())
            file = load(here)
            self._files.append((file, _by_names(file)))
            here = _base(file, here, seen)

    def of(self, path: str) -> str:
        """File and line of an OSO path; the line of the block around it when it has none of its own."""
        names = path.split("/")
        for depth in range(len(names), 0, -1):
            for file, lines in self._files:
                if (line := lines.get(tuple(names[:depth]))) is not None:
                    return f"{file.name}:{line}"
        return self._files[0][0].name


def _by_names(file: YamlFile) -> dict[_NAMES, int]:
    """Lines by OSO names; of alternatives the first. Attributes stand under `attributes` in the mapping."""
    found: dict[_NAMES, int] = {}
    for keys, line in file.lines.items():
        if keys[:1] == ("dossier",) and isinstance(keys[-1], str):
            names = tuple(f"@{key}" if before == "attributes" else key for before, key in _pairs(keys))
            found.setdefault(names, line)
    return found


def _pairs(keys: tuple[str | int, ...]) -> list[tuple[str, str]]:
    words = [key for key in keys[1:] if isinstance(key, str)]
    befores = ["", *words]
    return [(before, word) for before, word in zip(befores, words, strict=False) if word != "attributes"]


def _base(file: YamlFile, here: Path, seen: set[Path]) -> Path | None:
    name = file.data.get("extends") if isinstance(file.data, dict) else None
    places = (folder / f"{name}.yaml" for folder in (here.parent, mappings_dir()))
    return next((place for place in places if name and place.is_file() and place.resolve() not in seen), None)
