"""Whether what a command printed has the shape that docs/schemas/json promises."""

import json
from functools import cache
from typing import Any

import jsonschema

from tools import json_shapes


@cache
def _validator(name: str) -> Any:
    return jsonschema.Draft202012Validator(json_shapes.schemas(closed=True)[name])


def misfits(name: str, text: str) -> list[str]:
    """What in a document is otherwise than is said of it, a key that nobody promised included."""
    return [f"{list(error.path)}: {error.message}"[:300] for error in _validator(name).iter_errors(json.loads(text))]
