"""The published JSON Schemas of our YAML files, made from the models themselves (editors use them to help)."""

from typing import Any

from dod2oso.base.errors import UsageError
from dod2oso.mapping.model import Block, Dropped, Leaf, TestCase
from dod2oso.source.dictionary import DictionaryField, Section
from dod2oso.source.profile import Profile

KINDS = ("mapping", "profile", "dictionary")


def json_schema(kind: str) -> dict[str, Any]:
    """The JSON Schema of one kind of file; UsageError when there is no such kind."""
    if kind not in KINDS:
        raise UsageError("schema-kind-unknown", known=", ".join(KINDS))
    return named(kind, _schema(kind))


def named(kind: str, schema: dict[str, Any]) -> dict[str, Any]:
    """A schema with the name under which it is published."""
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": f"urn:dod2oso:schema:{kind}:1"}
    return head | schema


def _schema(kind: str) -> dict[str, Any]:
    if kind == "profile":
        return _profile()
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
    return _mapping()


def _profile() -> dict[str, Any]:
    """What a profile must have may stand in the one that it extends; there, null takes away what that one has."""
    schema = Profile.model_json_schema()
    needed = [name for name in schema.pop("required") if name != "profile"]
    schema["required"] = ["profile"]
    schema["anyOf"] = [{"required": ["extends"]}, {"required": needed}]
    for part in schema["$defs"].values():
        part.pop("required", None)
    for part in (schema, *schema["$defs"].values()):
        properties = part.get("properties", {})
        for name, each in properties.items():
            if isinstance(each.get("additionalProperties"), dict):
                each["additionalProperties"] = _or_null(each["additionalProperties"])
            properties[name] = _or_null(each)
    return schema


def _or_null(schema: dict[str, Any]) -> dict[str, Any]:
    return {"anyOf": [schema, {"type": "null"}]}


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
