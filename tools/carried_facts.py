"""The facts about OSO that the tests judge by: what they need of the domain notes, carried in tests/oso/facts.

The domain notes are not part of this repository, and a clone without them must test as much. Only what a test reads is
carried; explanations, sources and quirks stay behind. `python -m tools.carried_facts NOTES/oso` writes the folder anew.
"""

import csv
import io
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

FACTS = Path(__file__).resolve().parents[1] / "tests" / "oso" / "facts"

_FIELDS = ("path", "kind", "type", "min", "max", "facets", "attributes", "codelist", "choice_group", "versions")
_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "fields.csv": (*_FIELDS, "differences"),
    "fields-terugkoppeling.csv": (*_FIELDS, "differences"),
    "content-models.csv": ("path", "versions", "model"),
    "namespaces.csv": (
        *("version", "target_namespace", "school_year", "eldversie", "xsdversie"),
        *("standaardversie_required", "validatieversie_required", "validators"),
    ),
}
_RULES: Mapping[str, tuple[str, ...]] = {
    "rules": ("key", "official_id", "layer", "versions", "context", "fires_if"),
    "codelist_rules": ("key", "codelist", "context", "versions"),
    "category_rules": ("category", "field", "versions", "official_id", "paths"),
    "cannot_fire": ("versions", "layer", "reason", "keys"),
}
_WHOLE = ("version_values", "constants", "traversal_stops", "counts")
_LIST = ("number", "name", "versions", "codes", "changes", "count", "fields")


def distilled(domain: Path) -> dict[str, str]:
    """The text of every file to carry, by name, from the folder with the domain notes about OSO."""
    made = {name: _table((domain / name).read_text(encoding="utf-8"), columns) for name, columns in _COLUMNS.items()}
    rules = _load(domain / "rules.yaml")
    made["rules.yaml"] = _dump(
        {name: rules[name] for name in _WHOLE}
        | {name: [_some(row, keys) for row in rules[name]] for name, keys in _RULES.items()}
    )
    lists = [_codelist(one) for one in _load(domain / "codelists.yaml")["codelists"]]
    made["codelists.yaml"] = _dump({"codelists": lists})
    profiles = (domain / "profiles.md").read_text(encoding="utf-8").splitlines()
    kept = [line for line in profiles if line.startswith(("## ", "|"))]
    made["profiles.md"] = "".join(f"\n{line}\n" if line.startswith("## ") else f"{line}\n" for line in kept)
    return made


def _table(text: str, columns: tuple[str, ...]) -> str:
    target = io.StringIO()
    writer = csv.DictWriter(target, columns, delimiter=";", lineterminator="\n", extrasaction="ignore")
    writer.writeheader()
    writer.writerows(csv.DictReader(io.StringIO(text), delimiter=";"))
    return target.getvalue()


def _some(row: Mapping[str, Any], keys: tuple[str, ...]) -> dict[str, Any]:
    return {key: row[key] for key in keys if key in row}


def _codelist(one: Mapping[str, Any]) -> dict[str, Any]:
    labels = {code: {"label": entry["label"]} for code, entry in (one.get("labels") or {}).items()}
    return _some(one, _LIST) | ({"labels": labels} if labels else {})


def _load(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


class _Dumper(yaml.SafeDumper):
    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002  # repeated rather than referred to
        return True


def _dump(data: Any) -> str:
    return yaml.dump(data, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=120, default_flow_style=None)


if __name__ == "__main__":
    FACTS.mkdir(exist_ok=True)
    for name, text in distilled(Path(sys.argv[1])).items():
        (FACTS / name).write_text(text, encoding="utf-8", newline="\n")
