"""The reference of the profile language: every key stands in it, and every example in it holds."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
from pydantic import BaseModel

from dod2oso.base.yaml import loads
from dod2oso.source.bind import BoundProfile
from dod2oso.source.dictionary import load_dictionary
from dod2oso.source.profile import Profile, load_profile
from dod2oso.source.profile_tests import run_examples
from tests.corpus.kit import write

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "profielen.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
NAMES = [text.splitlines()[0].removeprefix("profile: ") for text in EXAMPLES]


@pytest.mark.parametrize("text", EXAMPLES, ids=NAMES)
def test_an_example_is_a_profile_that_reads_what_it_says(text: str, tmp_path: Path) -> None:
    profile = load_profile(write(tmp_path / "voorbeeld.yaml", text))
    BoundProfile(profile, load_dictionary())
    assert profile.model.tests
    assert [failure.problem.text("nl") for failure in run_examples(profile)] == []


def test_examples_have_names_of_their_own() -> None:
    assert len(set(NAMES)) == len(NAMES) > 10


def models(annotation: Any) -> Iterator[type[BaseModel]]:
    """The models within the type of a field."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in get_args(annotation):
        yield from models(inner)


def keys(model: type[BaseModel], seen: set[type[BaseModel]]) -> Iterator[tuple[type[BaseModel], str]]:
    """Every key of a model and of those in it, as a file writes it."""
    if model in seen:
        return
    seen.add(model)
    for name, field in model.model_fields.items():
        yield model, field.alias or name
        for inner in models(field.annotation):
            yield from keys(inner, seen)


def written(model: type[BaseModel], data: Any, found: set[tuple[type[BaseModel], str]]) -> None:
    """The keys that a piece of a file writes, by the model that they are of."""
    if isinstance(data, dict) and not any(key in aliases(model) for key in data):
        return
    for key, value in data.items() if isinstance(data, dict) else ():
        field = aliases(model).get(key)
        if field is None:
            continue
        found.add((model, key))
        for inner in models(field.annotation):
            for piece in pieces(value):
                written(inner, piece, found)


def aliases(model: type[BaseModel]) -> dict[str, Any]:
    return {field.alias or name: field for name, field in model.model_fields.items()}


def pieces(value: Any) -> Iterator[Any]:
    """The maps in a value that may be a model, a map of them or a list of them."""
    if isinstance(value, dict):
        yield value
        for each in value.values():
            yield from pieces(each)
    elif isinstance(value, list):
        for each in value:
            yield from pieces(each)


def test_every_key_is_explained_and_stands_in_an_example() -> None:
    every = set(keys(Profile, set()))
    assert {key for _model, key in every if f"`{key}`" not in PAGE} == set()
    found: set[tuple[type[BaseModel], str]] = set()
    for text in EXAMPLES:
        written(Profile, loads(text, "x.yaml").data, found)
    assert {(model.__name__, key) for model, key in every - found} == set()


def test_a_table_of_keys_names_no_key_that_there_is_not() -> None:
    known = {key for _model, key in keys(Profile, set())}
    named = {key for row in re.findall(r"^\| ((?:`[^`]+`,? ?)+)\|", PAGE, re.MULTILINE) for key in row.split("`")[1::2]}
    assert named <= known
