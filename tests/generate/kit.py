"""Read generated exports back with the reader of the pipeline."""

from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from dod2oso.generate.packages import PIN
from dod2oso.generate.tree import Tree
from dod2oso.source.bind import BoundProfile
from dod2oso.source.dictionary import load_dictionary
from dod2oso.source.profile import find_profile, shipped_profiles
from dod2oso.source.record import Group, LegacyDossier
from tests.corpus.kit import opened


@lru_cache(maxsize=2)
def bound(format: str) -> BoundProfile:
    return BoundProfile(find_profile(format), load_dictionary())


def read(path: Path, format: str) -> Iterator[LegacyDossier]:
    """The dossiers of an export, which must be recognised as `format`."""
    export_file = opened(path, PIN)
    assert export_file.recognise(shipped_profiles()).name == format
    export = export_file.export(bound(format))
    export.survey()
    yield from export.dossiers()


def own_values(group: Group, shared: frozenset[str] = frozenset()) -> Tree:
    """What was read, as a tree to compare; `shared` are the fields and lists of the header."""
    fields = {name: cell.value for name, cell in group.fields.items() if name not in shared}
    lists = {name: [own_values(item) for item in items] for name, items in group.lists.items() if name not in shared}
    return Tree(fields, lists)
