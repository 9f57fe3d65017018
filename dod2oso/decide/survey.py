"""Look at all exports for what is to be decided; one that cannot be read never stops the others."""

from collections.abc import Callable, Iterator, Sequence

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


def survey(
    exports: Sequence[FoundExport],
    profiles: Sequence[LoadedProfile],
    decisions: Decisions,
    version: str,
    transfer: str,
    tell: Callable[[Text], None],
) -> Facets:
    """What is to be decided in these exports, for this version and transfer, with the decisions that there are."""
    facets = Facets()
    today = run_date(None)
    plan = shipped_plan(version, transfer)
    mapper = Mapper(plan, run_group(version, transfer, today.isoformat(), "dod2oso", ""), today)
    for found in exports:

        def note(error: ExportError, name: str = found.name) -> None:
            facets.unread.append(name)
            tell(Text("export-problem", name=name, problem=error))

        with guarded(note), OpenExport(found) as opened:
            with reading():
                profile = opened.recognise(profiles)
            look_at(opened, profile, mapper, decisions, facets)
    return facets


def remarks(facets: Facets) -> Iterator[Text]:
    """What is not asked, and why: by field, with shapes."""
    for facet in unlisted(facets):
        shapes = ", ".join(shape for shape, _n in facet.shapes.most_common(_SHOWN))
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
        shapes = ", ".join(shape for shape, _n in facets.unnamed_tests.most_common(_SHOWN))
        yield Text("decide-tests-personal", count=facets.unnamed_tests.total(), shapes=shapes)
    if facets.other_tests:
        yield Text("decide-tests-too-many", limit=MAX_VALUES, count=facets.other_tests)
