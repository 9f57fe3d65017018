"""docs/schemas/*.schema.json: the JSON Schemas of our YAML files; `python -m tools.schemas` writes them."""

import json
from pathlib import Path

from dod2oso.mapping.jsonschema import KINDS, json_schema

FOLDER = Path(__file__).resolve().parents[1] / "docs" / "schemas"


def pages() -> dict[Path, str]:
    """Each file with what it must hold."""
    return {
        FOLDER / f"{kind}.schema.json": json.dumps(json_schema(kind), ensure_ascii=False, indent=1) + "\n"
        for kind in KINDS
    }


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for path, text in pages().items():
        path.write_text(text, encoding="utf-8")
