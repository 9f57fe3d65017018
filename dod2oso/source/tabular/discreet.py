"""Tables as they may be told: under names in which nobody stands, whatever a file has in the place of a title."""

from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import dataclass
from typing import Any

from dod2oso.source.container.discreet import discreet_table, is_title
from dod2oso.source.profile import Profile
from dod2oso.source.tabular.table import Row, SourceTable, extra_column, xml_name


@dataclass(frozen=True, slots=True)
class ToldTable:
    """A table under other names; its rows are the same."""

    name: str
    columns: tuple[str, ...]
    own: SourceTable

    @property
    def titles(self) -> int:
        return self.own.titles

    def rows(self) -> Iterator[Row]:
        return self.own.rows()


def told_tables(tables: Sequence[SourceTable], profile: Profile | None) -> list[SourceTable]:
    """The tables, with numbers for names that the profile does not mention and that cannot be told."""
    known = mentioned(profile) if profile is not None else frozenset[str]()
    return [_told(table, number, known) for number, table in enumerate(tables, start=1)]


def _told(table: SourceTable, number: int, known: Set[str]) -> SourceTable:
    name = table.name if table.name.lower() in known else discreet_table(table.name, number)
    columns = tuple(
        column if column.lower() in known or is_title(column) else _free(extra_column(place), table.columns)
        for place, column in enumerate(table.columns, start=1)
    )
    return table if (name, columns) == (table.name, table.columns) else ToldTable(name, columns, table)


def _free(name: str, taken: Sequence[str]) -> str:
    return _free(f"{name}_", taken) if name in taken else name


# Every file is laid beside every profile, and to go through a profile takes longer than to read a small file. A profile
# cannot be hashed, so it is known by its identity, and kept lest another one gets the same.
_KEPT: dict[int, tuple[Profile, frozenset[str]]] = {}
_MOST = 100


def mentioned(profile: Profile) -> frozenset[str]:
    """Every name in a profile, as the name of an element and in lower case, and every step of its paths."""
    if id(profile) not in _KEPT:
        if len(_KEPT) == _MOST:
            _KEPT.clear()
        _KEPT[id(profile)] = profile, frozenset(_mentioned(profile.model_dump()))
    return _KEPT[id(profile)][1]


def _mentioned(value: Any) -> set[str]:
    if isinstance(value, str):
        return {xml_name(step.lstrip("@")).lower() for step in value.split("/") if step}
    if isinstance(value, dict):
        return set().union(*map(_mentioned, value), *map(_mentioned, value.values()))
    if isinstance(value, Iterable):
        return set().union(*map(_mentioned, value))
    return set()
