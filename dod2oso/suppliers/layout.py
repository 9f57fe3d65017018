"""What a source profile can say: every dictionary field that it binds, and what is lost by the way it does."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from dod2oso.base.texts import Text
from dod2oso.discover.survey.check import all_bindings
from dod2oso.mapping.plan import ListScope
from dod2oso.source.profile import Binding, ColumnItem, ListBinding, LoadedProfile, Profile

_SHOWN = 6  # codes that are named


@dataclass(frozen=True, slots=True)
class LayoutFields:
    """The fields of one layout, by dictionary name: where they stand, and what is lost in reading them.

    lists: the repeating groups of which it has items, as dictionary prefixes. certain: the layout is written down for
    everybody (or is one of our own), so what is not bound is not there.
    """

    profile: str
    places: Mapping[str, tuple[str, ...]]
    losses: Mapping[str, tuple[Text, ...]]
    lists: frozenset[str]
    certain: bool

    def holds(self, many: ListScope) -> bool:
        """Whether the layout has items of this repeating group at all."""
        return many.prefix in self.lists


def fields_of(profile: LoadedProfile, *, shipped: bool = True) -> LayoutFields:
    """The fields of a layout. `shipped`: the profile came with dod2oso; a profile of a user may have missed places."""
    model = profile.model
    places: dict[str, list[str]] = {}
    losses: dict[str, list[Text]] = {}
    for bound in all_bindings(model):
        places.setdefault(bound.field, []).append(bound.path)
        losses.setdefault(bound.field, []).extend(_losses(model, bound.binding))
    for name in _constants(model):
        places.setdefault(name, []).append("")
    return LayoutFields(
        profile.name,
        {name: tuple(dict.fromkeys(at)) for name, at in places.items()},
        {name: tuple(dict.fromkeys(texts)) for name, texts in losses.items() if texts},
        frozenset(prefix for name in places for prefix in _prefixes(name)),
        model.certainty == "C" or (model.certainty == "own" and shipped),
    )


def _prefixes(name: str) -> Iterator[str]:
    """`toetsen[].onderdelen[].naam` -> `toetsen[].` and `toetsen[].onderdelen[].`."""
    steps = name.split("[].")[:-1]
    yield from ("".join(f"{step}[]." for step in steps[: n + 1]) for n in range(len(steps)))


def _losses(model: Profile, binding: Binding) -> Iterator[Text]:
    if binding.codes is None:
        return
    table = model.code_table(binding.codes)
    if table.lossy:
        yield Text("carry-lossy-codes", codes=few(sorted(table.lossy)))
    if table.otherwise is not None:
        yield Text("carry-otherwise", code=table.otherwise)


def few(names: list[str]) -> str:
    """Some of many names."""
    return ", ".join(names[:_SHOWN]) + (f" (+{len(names) - _SHOWN})" if len(names) > _SHOWN else "")


def _constants(model: Profile) -> Iterator[str]:
    """Fields that the layout says without a place of their own."""
    yield from model.constants
    for name, binding in (*model.shared_lists.items(), *model.lists.items()):
        yield from _of_list(name, binding)
    yield from _of_items("", model.items)
    for name, table in model.tables.items():
        for key, inner in table.lists.items():
            yield from _of_list(table.prefix(name) + key, inner)
        yield from _of_items(table.prefix(name), table.items)


def _of_list(name: str, binding: ListBinding) -> Iterator[str]:
    prefix = f"{name}[]."
    yield from (prefix + field for field in binding.constants)
    for key, inner in binding.lists.items():
        yield from _of_list(prefix + key, inner)
    yield from _of_items(prefix, binding.items)


def _of_items(prefix: str, items: Mapping[str, tuple[ColumnItem, ...]]) -> Iterator[str]:
    for name, made in items.items():
        below = f"{prefix}{name}[]."
        for item in made:
            yield from (below + field for field in item.constants)
            yield from _of_items(below, item.items)
