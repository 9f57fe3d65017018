"""JSON Schemas of what commands print with --json, out of the shapes in json_shapes.yaml (its head is the notation)."""

from functools import cache
from pathlib import Path
from typing import Any

from dod2oso.base.yaml import load

_DAY = r"\d{4}-\d{2}-\d{2}"
_WORDS: dict[str, dict[str, Any]] = {
    "text": {"type": "string"},
    "count": {"type": "integer", "minimum": 0},
    "number": {"type": "number"},
    "yes-no": {"type": "boolean"},
    "day": {"type": "string", "pattern": f"^{_DAY}$"},
    "moment": {"type": "string", "pattern": rf"^{_DAY}T\d{{2}}:\d{{2}}:\d{{2}}(\.\d+)?(Z|[+-]\d{{2}}:\d{{2}})$"},
    "anything": {},
}


@cache
def said() -> dict[str, Any]:
    """What json_shapes.yaml says: parts, and documents with the commands that they are of."""
    data: dict[str, Any] = load(Path(__file__).with_name("json_shapes.yaml")).data
    return data


def schemas(*, closed: bool = False) -> dict[str, dict[str, Any]]:
    """The schema of each document. closed: with no other keys than are said, for tests; else a key may be added."""
    made = {}
    for name, document in said()["documents"].items():
        shapes = [schema(shape, closed=closed) for shape in document["shapes"]]
        made[name] = {"title": document["of"], **(shapes[0] if len(shapes) == 1 else {"anyOf": shapes})}
    return made


def schema(shape: Any, *, closed: bool = False) -> dict[str, Any]:
    """The schema of one shape; KeyError for a word or a part that there is not."""
    if isinstance(shape, int):
        return {"const": shape}
    if isinstance(shape, str):
        return _of_words(shape, closed=closed)
    if isinstance(shape, list):
        [item] = shape
        return {"type": "array", "items": schema(item, closed=closed)}
    if set(shape) == {"or-null"}:
        return {"anyOf": [schema(shape["or-null"], closed=closed), {"type": "null"}]}
    others = schema(shape["*"], closed=closed) if "*" in shape else not closed
    keys = [key for key in shape if key != "*"]
    made: dict[str, Any] = {"type": "object", "additionalProperties": others}
    if keys:
        made["required"] = [key for key in keys if not key.endswith("?")]
        made["properties"] = {key.removesuffix("?"): schema(shape[key], closed=closed) for key in keys}
    return made


def _of_words(shape: str, *, closed: bool) -> dict[str, Any]:
    if shape.startswith("$"):
        return schema(said()["parts"][shape[1:]], closed=closed)
    if " | " in shape:
        return {"enum": shape.split(" | ")}
    if shape.endswith(" or null"):
        return {"anyOf": [_WORDS[shape.removesuffix(" or null")], {"type": "null"}]}
    return dict(_WORDS[shape])
