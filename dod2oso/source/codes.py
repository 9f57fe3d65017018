"""Code tables: from an export's coding to ours, and from ours to OSO's (`mappings/codes.yaml`)."""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Literal

from dod2oso.base.errors import ConfigurationError
from dod2oso.base.models import Strict, fail, validate
from dod2oso.base.resources import mappings_dir
from dod2oso.base.yaml import load
from dod2oso.source.dictionary import Certainty


class _Table(Strict):
    describes: str
    certainty: Certainty | Literal["own"] = "I"
    source: str | None = None
    entries: dict[str, str]
    lossy: tuple[str, ...] = ()


class _File(Strict):
    codes: Literal[1]
    describes: str | None = None
    tables: dict[str, _Table]


@dataclass(frozen=True, slots=True)
class CodeTable:
    """A translation; codes that are not in it are never guessed. `lossy` codes lose something on the way.

    `otherwise`: what a profile says that any other code means, in a table of its own; told with each value.
    """

    name: str
    describes: str
    entries: dict[str, str]
    lossy: frozenset[str]
    otherwise: str | None = None


@lru_cache(maxsize=4)
def load_codes(path: Path | None = None) -> dict[str, CodeTable]:
    """All code tables by name."""
    file = load(path or mappings_dir() / "codes.yaml")
    model = validate(_File, file.data, file)
    tables = {}
    for name, table in model.tables.items():
        unknown = set(table.lossy) - set(table.entries)
        if unknown:
            raise fail(file, ("tables", name, "lossy"), "lossy-codes-unknown", codes=", ".join(sorted(unknown)))
        tables[name] = CodeTable(name, table.describes, table.entries, frozenset(table.lossy))
    return tables


def code_table(name: str) -> CodeTable:
    """The table of that name."""
    tables = load_codes()
    if name not in tables:
        raise ConfigurationError("code-table-unknown", name=name)
    return tables[name]
