"""Look at all exports for what is to be decided; one that cannot be read never stops the others."""

from collections import Counter
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Protocol

from dod2oso.base.clock import run_date
from dod2oso.base.errors import ExportError
from dod2oso.base.texts import Text
from dod2oso.decide.facets import MAX_VALUES, Facets, look_at, unlisted
from dod2oso.mapping.apply import Mapper
from dod2oso.mapping.compile import shipped_plan
from dod2oso.mapping.run_metadata import run_group
from dod2oso.source.container.member import FoundExport
from dod2oso.source.decisions import Decisions
from dod2oso.source.guard import guarded, reading
from dod2oso.source.opening import OpenExport
from dod2oso.source.profile import LoadedProfile

_SHOWN = 5
_OTHERS = "…"  # shapes that were not kept apart


class Watch(Protocol):
    """Somebody who watches."""

    def export(self, name: str, number: int, total: int, records: int) -> None: ...
    def dossiers(self, done: int) -> None: ...
    def message(self, text: Text) -> None: ...


def survey(
    exports: Sequence[FoundExport],
    profiles: Sequence[LoadedProfile],
    decisions: Decisions,
    version: str,
    transfer: str,
    watch: Watch,
) -> Facets:
    """What is to be decided in these exports, for this version and transfer, with the decisions that there are."""
    facets = Facets()
    today = run_date(None)
    plan = shipped_plan(version, transfer)
    mapper = Mapper(plan, run_group(version, transfer, today.isoformat(), "dod2oso", ""), today)
    for number, found in enumerate(exports, start=1):

        def note(error: ExportError, name: str = found.name) -> None:
            facets.unread.append(name)
            watch.message(Text("export-problem", name=name, problem=error))

        with guarded(note), OpenExport(found) as opened:
            with reading():
                profile = opened.recognise(profiles)
            begin = partial(watch.export, found.name, number, len(exports))
            look_at(opened, profile, mapper, decisions, facets, begin, watch.dossiers)
    return facets


def remarks(facets: Facets) -> Iterator[Text]:
    """What is not asked, and why: by field, with shapes."""
    for facet in unlisted(facets):
        shapes = _commonest(facet.shapes)
        if facet.overflow:
            yield Text("decide-too-many", field=facet.field, profile=facet.profile, limit=MAX_VALUES, shapes=shapes)
        else:
            yield Text(
                "decide-may-be-personal",
                field=facet.field,
                profile=facet.profile,
                count=facet.shapes.total(),
                shapes=shapes,
            )
    if facets.unnamed_tests:
        shapes = _commonest(facets.unnamed_tests)
        yield Text("decide-tests-personal", count=facets.unnamed_tests.total(), shapes=shapes)
    if facets.other_tests:
        yield Text("decide-tests-too-many", limit=MAX_VALUES, count=facets.other_tests)


def _commonest(shapes: Counter[str]) -> str:
    named = [shape for shape, _n in shapes.most_common() if shape != _OTHERS]
    more = len(named) > _SHOWN or _OTHERS in shapes
    return ", ".join((*named[:_SHOWN], *([_OTHERS] if more else ())))
