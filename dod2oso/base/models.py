"""Pydantic models of our YAML files: extra keys refused, and every error names its file and line."""

from functools import lru_cache
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import ErrorDetails

from dod2oso.base.errors import ConfigurationError
from dod2oso.base.nearest import did_you_mean
from dod2oso.base.texts import Text
from dod2oso.base.yaml import KeyPath, YamlFile


def kebab(name: str) -> str:
    """`not_for` in Python is `not-for` in YAML."""
    return name.replace("_", "-")


class Strict(BaseModel):
    """Base of all YAML models: no unknown keys, no silent conversions, immutable."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        strict=True,
        alias_generator=kebab,
        validate_by_name=True,
        validate_by_alias=True,
        defer_build=True,  # of what one command needs: there are eighty of them
    )


class Unfit(ValueError):
    """A validator of ours refuses a value; carries what to tell of it."""

    def __init__(self, text: Text) -> None:
        super().__init__(text.key)
        self.text = text


M = TypeVar("M", bound=BaseModel)


def validate(model: type[M], data: Any, file: YamlFile, at: KeyPath = ()) -> M:
    """Make a model of `data`, which stands at `at` in `file`; raise ConfigurationError with the line if it is wrong."""
    try:
        return model.model_validate(_tuples(data))
    except ValidationError as error:
        raise _problem(model, first_of(error), file, at) from None


def problems(model: type[M], data: Any, file: YamlFile, at: KeyPath = ()) -> list[tuple[KeyPath, ConfigurationError]]:
    """Everything that `validate` would say, each with its keys; nothing when the data is right."""
    try:
        model.model_validate(_tuples(data))
    except ValidationError as error:
        found = error.errors(include_input=False, include_url=False)
        return [(_keys(each), _problem(model, each, file, at)) for each in found]
    return []


def first_of(error: ValidationError) -> ErrorDetails:
    """The first thing that is wrong."""
    return error.errors(include_input=False, include_url=False)[0]


def _keys(error: ErrorDetails) -> KeyPath:
    return tuple(part for part in error["loc"] if not str(part).startswith("function-"))


def _problem(model: type[M], error: ErrorDetails, file: YamlFile, at: KeyPath) -> ConfigurationError:
    where: KeyPath = (*at, *_keys(error))
    key = ".".join(str(part) for part in where)
    problem = what_is_wrong(error, model)
    return ConfigurationError("setting-wrong", file=file.name, line=file.line(where), key=key, problem=problem)


def what_is_wrong(error: ErrorDetails, model: type[BaseModel] | None = None) -> Text | str:
    """What one error says, in both languages where it is of a common kind."""
    context = error.get("ctx", {})
    kind = error["type"]
    if kind == "extra_forbidden":
        known = known_keys(model) if model is not None else ()
        return Text("value-unknown-key", hint=did_you_mean(str(error["loc"][-1]), known))
    if kind == "missing":
        return Text("value-missing")
    if kind == "string_type":
        return Text("value-no-text")
    if kind == "literal_error":
        return Text("value-not-of-these", known=context["expected"].replace(" or ", ", "))
    inner = context.get("error")
    return inner.text if isinstance(inner, Unfit) else error["msg"]


@lru_cache(maxsize=32)
def known_keys(model: type[BaseModel]) -> tuple[str, ...]:
    """Every key that may stand somewhere in a file of this model."""
    schema = model.model_json_schema()
    parts = (schema, *schema.get("$defs", {}).values())
    return tuple(sorted({key for part in parts for key in part.get("properties", {})}))


def fail(file: YamlFile, at: KeyPath, key: str, /, **values: object) -> ConfigurationError:
    """A ConfigurationError whose text names, as {place}, the file and the line of `at`."""
    return ConfigurationError(key, place=f"{file.name}:{file.line(at)}", **values)


def _tuples(data: Any) -> Any:
    """Our models are immutable and say tuple; YAML only knows lists."""
    if isinstance(data, dict):
        return {key: _tuples(value) for key, value in data.items()}
    if isinstance(data, list):
        return tuple(_tuples(item) for item in data)
    return data
