"""docs/rapport.schema.json: the shape of gaps.json, made from the model itself.

`python -m tools.report_schema` writes it again. Keys may be added within a format number; one that goes or
changes its meaning gets a new number.
"""

import json
from dataclasses import fields, is_dataclass
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, get_args, get_origin, get_type_hints

from dod2oso.report.json_ import FORMAT
from dod2oso.report.model import Report
from dod2oso.report.queries import Waiting
from dod2oso.report.texts import CauseKey

PAGE = Path(__file__).resolve().parents[1] / "docs" / "rapport.schema.json"
_PLAIN: dict[Any, dict[str, Any]] = {
    str: {"type": "string"},
    bool: {"type": "boolean"},
    int: {"type": ["integer", "null"]},  # null: hidden by --mask-small
    NoneType: {"type": "null"},
}


def json_schema() -> dict[str, Any]:
    """The schema as plain data (JSON Schema 2020-12)."""
    shapes: dict[str, Any] = {}
    report = _object(Report, shapes)
    report["properties"] = {"format": {"const": FORMAT}, **report["properties"]}
    report["properties"]["organisation"] = {"type": "string"}  # of the house style
    report["properties"]["waiting"] = {"type": "array", "items": _shape(Waiting, shapes)}
    report["required"][:] = ["format", *report["required"], "organisation"]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "gaps.json",
        "description": "The gap report of dod2oso. Counts are null where they were hidden.",
        **report,
        "$defs": dict(sorted(shapes.items())),
    }


def _shape(kind: Any, shapes: dict[str, Any]) -> dict[str, Any]:
    if kind in _PLAIN:
        return _PLAIN[kind]
    origin, inner = get_origin(kind), get_args(kind)
    if origin is UnionType:
        return {"anyOf": [_shape(part, shapes) for part in inner]}
    if origin in (tuple, list):
        return {"type": "array", "items": _shape(inner[0], shapes)}
    if origin is dict:
        return {"type": "object", "additionalProperties": _shape(inner[1], shapes)}
    if kind.__name__ not in shapes:
        shapes[kind.__name__] = {}
        shapes[kind.__name__] = _object(kind, shapes)
    return {"$ref": f"#/$defs/{kind.__name__}"}


def _object(kind: Any, shapes: dict[str, Any]) -> dict[str, Any]:
    names = [f.name for f in fields(kind)] if is_dataclass(kind) else list(kind._fields)
    hints = get_type_hints(kind)
    if kind is CauseKey:
        return _cause_key()
    shape = {"type": "object"}
    if kind.__doc__ and not kind.__doc__.startswith(f"{kind.__name__}("):
        shape["description"] = " ".join(kind.__doc__.split())
    return shape | {"properties": {name: _shape(hints[name], shapes) for name in names}, "required": names}


def _cause_key() -> dict[str, Any]:
    named = list(CauseKey("").as_dict())
    described = f"{' '.join((CauseKey.__doc__ or '').split())} `page`: where the documentation explains it."
    properties = {name: {"type": "string"} for name in named}
    return {"type": "object", "description": described, "properties": properties, "required": named}


def page() -> str:
    """The file as text."""
    return json.dumps(json_schema(), ensure_ascii=False, indent=1) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
