"""Pydantic models of our YAML files: extra keys refused, and every error names its file and line."""

from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from dod2oso.base.errors import ConfigurationError
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
    )


M = TypeVar("M", bound=BaseModel)


def validate(model: type[M], data: Any, file: YamlFile, at: KeyPath = ()) -> M:
    """Make a model of `data`, which stands at `at` in `file`; raise ConfigurationError with the line if it is wrong."""
    try:
        return model.model_validate(_tuples(data))
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        where: KeyPath = (*at, *(part for part in first["loc"] if not str(part).startswith("function-")))
        key = ".".join(str(part) for part in where)
        line = file.line(where)
        raise ConfigurationError("setting-wrong", file=file.name, line=line, key=key, problem=first["msg"]) from None


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
