"""docs/schemas: JSON Schemas of our YAML and JSON files and of every --json, written by `python -m tools.schemas`."""

import json
from pathlib import Path

from dod2oso.conformance.answers import Answers
from dod2oso.conformance.index import Index
from dod2oso.mapping.jsonschema import KINDS, json_schema, named
from tools import json_shapes

_MODELS = {"conformance-index": Index, "conformance-answers": Answers}  # what other systems read and write
FOLDER = Path(__file__).resolve().parents[1] / "docs" / "schemas"


def pages() -> dict[Path, str]:
    """Each file with what it must hold."""
    made = {kind: json_schema(kind) for kind in KINDS}
    made |= {name: named(name, model.model_json_schema()) for name, model in _MODELS.items()}
    made |= {f"json/{name}": named(f"json:{name}", shape) for name, shape in json_shapes.schemas().items()}
    return {
        FOLDER / f"{name}.schema.json": json.dumps(schema, ensure_ascii=False, indent=1) + "\n"
        for name, schema in made.items()
    }


if __name__ == "__main__":
    for path, text in pages().items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
