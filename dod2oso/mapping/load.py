"""Read a mapping file into its model; every error names file and line."""

from functools import lru_cache
from pathlib import Path
from typing import Any

from dod2oso.base.models import fail, kebab, validate
from dod2oso.base.resources import mappings_dir
from dod2oso.base.yaml import KeyPath, YamlFile, load
from dod2oso.mapping.model import Alternatives, Block, Leaf, Mapping, Node

_LEAF_KEYS = {"from" if name == "from_" else kebab(name) for name in Leaf.model_fields}
_BLOCK_KEYS = {kebab(name) for name in Block.model_fields} - {"children"}
_LEAF_MARKS = {"from", "default", "only-from"}


@lru_cache(maxsize=4)
def load_mapping(path: Path | None = None) -> Mapping:
    """The mapping in `path` (the shipped dod-oso.yaml by default)."""
    shipped = mappings_dir() / "dod-oso.yaml"
    return parse_mapping(_whole(load(path or shipped), path or shipped))


def _whole(file: YamlFile, path: Path, above: tuple[Path, ...] = ()) -> YamlFile:
    """The mapping with what it extends laid under it: a file beside it, else the shipped mapping of that name.

    Blocks are laid over each other; a line or list of lines takes the place of the one below; null takes it away. Tests
    and `dropped` add up; `not-dropped` names dictionary fields that `dropped` of the mapping below no longer holds.
    """
    data = file.data
    if not isinstance(data, dict) or data.get("extends") is None:
        return file
    here = (*above, path.resolve())
    name = f"{data['extends']}.yaml"
    bases = (folder / name for folder in (path.parent, mappings_dir()))
    base_path = next((base for base in bases if base.is_file() and base.resolve() not in here), None)
    if base_path is None:
        raise fail(file, ("extends",), "mapping-base-unknown", name=data["extends"])
    base = _whole(load(base_path), base_path, here).data
    released = set(data.get("not-dropped") or ())
    known = {field for entry in base.get("dropped", ()) for field in _fields(entry)}
    for field in sorted(released - known):
        raise fail(file, ("not-dropped",), "mapping-not-dropped-unknown", name=field)
    merged = {
        **base,
        **{key: value for key, value in data.items() if key not in ("extends", "not-dropped")},
        "dossier": _laid_over(base["dossier"], data.get("dossier") or {}),
        "dropped": [*_still_dropped(base.get("dropped", []), released), *(data.get("dropped") or [])],
        "tests": [*base.get("tests", []), *(data.get("tests") or [])],
    }
    return YamlFile(file.name, merged, file.lines)


def _laid_over(base: Any, over: Any) -> Any:
    """One node over another: blocks are joined, everything else takes the place of what was there."""
    if not isinstance(base, dict) or not isinstance(over, dict) or _LEAF_MARKS & (base.keys() | over.keys()):
        return over
    result = dict(base)
    for key, value in over.items():
        if value is None:
            result.pop(key, None)
        else:
            result[key] = _laid_over(base.get(key), value)
    return result


def _still_dropped(entries: list[dict[str, Any]], released: set[str]) -> list[dict[str, Any]]:
    left = [{**entry, "from": [name for name in _fields(entry) if name not in released]} for entry in entries]
    return [entry for entry in left if entry["from"]]


def _fields(entry: dict[str, Any]) -> list[str]:
    names = entry.get("from", [])
    return [names] if isinstance(names, str) else list(names)


def parse_mapping(file: YamlFile) -> Mapping:
    """Check a YAML file against the language and return its model."""
    data = file.data
    if not isinstance(data, dict) or not isinstance(data.get("dossier"), dict):
        raise fail(file, (), "mapping-no-dossier")
    tree = {name: _node(value, file, ("dossier", name)) for name, value in data["dossier"].items()}
    rest = {key: _plain(value) for key, value in data.items() if key != "dossier"}
    return validate(Mapping, {**rest, "dossier": tree}, file)


def _node(value: Any, file: YamlFile, at: KeyPath) -> Node:
    if isinstance(value, list):
        options = tuple(_single(item, file, (*at, i)) for i, item in enumerate(value))
        return Alternatives(options=options)
    return _single(value, file, at)


def _single(value: Any, file: YamlFile, at: KeyPath) -> Leaf | Block:
    if not isinstance(value, dict):
        raise fail(
            file,
            at,
            "mapping-no-source",
        )
    if _LEAF_MARKS & value.keys():
        data = {key: _plain(item) for key, item in value.items() if key != "attributes"}
        if "attributes" in value:
            data["attributes"] = {k: _single(v, file, (*at, "attributes", k)) for k, v in value["attributes"].items()}
        return validate(Leaf, _aliased(data), file, at)
    stray = (_LEAF_KEYS - _BLOCK_KEYS) & value.keys()
    if stray:
        name = sorted(stray)[0]
        raise fail(file, (*at, name), "mapping-not-at-block", name=name)
    directives = {key: _plain(item) for key, item in value.items() if key in _BLOCK_KEYS}
    children = {key: _node(item, file, (*at, key)) for key, item in value.items() if key not in _BLOCK_KEYS}
    return validate(Block, {**directives, "children": children}, file, at)


def _aliased(data: dict[str, Any]) -> dict[str, Any]:
    return {("from_" if key == "from" else key): value for key, value in data.items()}


def _plain(data: Any) -> Any:
    """The same data with `from` under its Python name."""
    if isinstance(data, list):
        return [_plain(item) for item in data]
    if isinstance(data, dict):
        return {("from_" if key == "from" else key): _plain(item) for key, item in data.items()}
    return data
