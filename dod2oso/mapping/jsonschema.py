"""The published JSON Schemas of our YAML files, made from the models themselves (editors use them to help)."""

from typing import Any

from dod2oso.base.errors import UsageError
from dod2oso.mapping.model import Block, Dropped, Leaf, TestCase
from dod2oso.source.dictionary import DictionaryField, Section
from dod2oso.source.profile import Profile

KINDS = ("mapping", "profile", "dictionary")


def json_schema(kind: str) -> dict[str, Any]:
    """The JSON Schema of one kind of file; UsageError when there is no such kind."""
    if kind == "profile":
        return Profile.model_json_schema()
    if kind == "dictionary":
        field = DictionaryField.model_json_schema()
        return {
            "title": "Dictionary",
            "type": "object",
            "required": ["dictionary", "describes", "fields"],
            "additionalProperties": False,
            "$defs": field.pop("$defs", {}),
            "properties": {
                "dictionary": {"const": 1},
                "describes": {"type": "string"},
                "fields": {"type": "object", "additionalProperties": field},
                "sections": {"type": "object", "additionalProperties": Section.model_json_schema()},
                "words": {"type": "object", "additionalProperties": {"type": "array", "items": {"type": "string"}}},
            },
        }
    if kind == "mapping":
        return _mapping()
    raise UsageError("schema-kind-unknown", known=", ".join(KINDS))


def _mapping() -> dict[str, Any]:
    """In YAML the children of a block stand beside its directives, so the tree is described by hand."""
    definitions: dict[str, Any] = {}
    for model in (Leaf, Block, Dropped, TestCase):
        schema = model.model_json_schema()
        inner = schema.pop("$defs", {})
        inner.setdefault(model.__name__, schema)  # a recursive model stands among its own definitions
        for name, definition in inner.items():
            definitions.setdefault(name, _from(definition))
    block = definitions["Block"]
    block["properties"].pop("children", None)
    node = {"anyOf": [{"$ref": "#/$defs/Leaf"}, {"$ref": "#/$defs/Block"}, {"type": "array"}]}
    block["additionalProperties"] = node
    return {
        "title": "Mapping",
        "type": "object",
        "required": ["language", "mapping", "describes", "dossier"],
        "additionalProperties": False,
        "$defs": definitions,
        "properties": {
            "language": {"const": 1},
            "mapping": {"type": "string"},
            "describes": {"type": "string"},
            "dossier": {"type": "object", "additionalProperties": node},
            "dropped": {"type": "array", "items": {"$ref": "#/$defs/Dropped"}},
            "tests": {"type": "array", "items": {"$ref": "#/$defs/TestCase"}},
        },
    }


def _from(schema: dict[str, Any]) -> dict[str, Any]:
    """`from_` in Python is `from` in YAML."""
    properties = schema.get("properties", {})
    for name in ("from_", "from-"):
        if name in properties:
            properties["from"] = properties.pop(name)
    if "required" in schema:
        schema["required"] = ["from" if name in ("from_", "from-") else name for name in schema["required"]]
    return schema
