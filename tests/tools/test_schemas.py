"""The published JSON Schemas: up to date, with a name of their own, and true of every file that is shipped."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from dod2oso.base.resources import mappings_dir
from dod2oso.base.yaml import load
from dod2oso.mapping.jsonschema import KINDS, json_schema
from tests.source.test_profile_reference import EXAMPLES, NAMES
from tools import json_shapes, schemas

PROFILE = json_schema("profile")
PATHS = sorted((mappings_dir() / "sources").glob("*.yaml"))


def test_the_files_are_up_to_date_and_have_names_of_their_own() -> None:
    pages = schemas.pages()
    assert set(schemas.FOLDER.rglob("*.json")) == set(pages)
    for path, text in pages.items():
        assert path.read_text(encoding="utf-8") == text
    names = [json.loads(text)["$id"] for text in pages.values()]
    assert len(set(names)) == len(pages) == len(KINDS) + 2 + len(json_shapes.said()["documents"])


def fits(data: Any) -> list[str]:
    return [error.message for error in jsonschema.Draft202012Validator(PROFILE).iter_errors(data)]


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_a_shipped_profile_fits(path: Path) -> None:
    assert fits(load(path).data) == []


@pytest.mark.parametrize("text", EXAMPLES, ids=NAMES)
def test_an_example_of_the_reference_fits(text: str) -> None:
    assert fits(yaml.safe_load(text)) == []


@pytest.mark.parametrize(
    "text",
    [
        "describes: x\nmatch: {root: R}\nrecords: R/P",
        "profile: x\ndescribes: x\nmatch: {root: R}",
        "profile: x\nextends: y\nveld: {}",
        "profile: x\nextends: y\nfields: {leerling.bsn: {op: Bsn}}",
        "profile: x\nextends: y\nheader: 0",
    ],
)
def test_what_is_wrong_does_not_fit(text: str) -> None:
    assert fits(yaml.safe_load(text))
