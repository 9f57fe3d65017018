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
    return parse_mapping(load(path or mappings_dir() / "dod-oso.yaml"))


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
