"""What a profile would make of an export: what each bound field would lose, and the first pupils as shapes."""

from collections import Counter
from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

from dod2oso.base.clock import run_date
from dod2oso.base.texts import Sentences, Text
from dod2oso.discover.survey.check import all_bindings
from dod2oso.findings.catalogue import entries, reason
from dod2oso.findings.shape import shape
from dod2oso.mapping.apply import Mapper
from dod2oso.mapping.compile import shipped_plan
from dod2oso.mapping.run_metadata import run_group
from dod2oso.mapping.supplied import Supplied
from dod2oso.source.bind import BoundProfile
from dod2oso.source.container.member import FoundExport
from dod2oso.source.dictionary import load_dictionary
from dod2oso.source.guard import reading
from dod2oso.source.opening import OpenExport
from dod2oso.source.profile import LoadedProfile
from dod2oso.source.profile_tests import values_of
from dod2oso.source.record import LOSSY, MAPPED, REFUSED, LegacyDossier

LOOKED_AT = 1000  # pupils; the shapes of losses do not change after that
SHOWN = 3  # pupils that are drawn
_WIDTH = 26
_REASONS = 3  # per field

End = tuple[int, str]  # state and reason of a cell


class FieldPreview(NamedTuple):
    """What becomes of one bound field, of how many values nothing can become, and the shapes at the first pupils."""

    name: str
    loss: Text
    refused: int
    shapes: tuple[str, ...]


class Preview(NamedTuple):
    """`total`: pupils looked at, `whole`: those of whom every value that is bound can be read."""

    total: int
    whole: int
    fields: tuple[FieldPreview, ...]


def look_ahead(found: FoundExport, profile: LoadedProfile, version: str, transfer: str) -> Preview:
    """What the profile would make of an export; no values. ExportError when the export cannot be read."""
    today = run_date(None)
    mapper = Mapper(shipped_plan(version, transfer), run_group(version, transfer, today.isoformat(), "", ""), today)
    ends: dict[str, Counter[End]] = {}
    drawn: list[LegacyDossier] = []
    total = whole = 0
    with OpenExport(found) as opened, reading():
        export = opened.export(BoundProfile(profile, load_dictionary()))
        export.survey()
        for record in islice(export.dossiers(), LOOKED_AT):
            total += 1
            whole += all(cell.state != REFUSED for cell in record.values())
            mapper.map(record, None, Supplied())
            for cell in (*record.values(), *(export.outside.values() if total == 1 else ())):
                ends.setdefault(cell.bound.field, Counter())[cell.state, cell.reason] += 1
            if len(drawn) < SHOWN:
                drawn.append(record)
    names = dict.fromkeys(one.field for one in all_bindings(profile.model))
    fields = (
        FieldPreview(
            name,
            _loss(name, ends.get(name), mapper.plan.dropped.get(name, "")),
            sum(n for (state, _reason), n in ends.get(name, Counter()).items() if state == REFUSED),
            tuple(", ".join(map(shape, values_of(record, name))) for record in drawn),
        )
        for name in names
    )
    return Preview(total, whole, tuple(fields))


def preview_of(found: FoundExport, profile: LoadedProfile, version: str, transfer: str) -> Iterator[Text | str]:
    """Lines to show; no values. ExportError when the export cannot be read."""
    seen = look_ahead(found, profile, version, transfer)
    yield Text("preview-losses", records=seen.total, version=version, transfer=transfer)
    yield from (one.loss for one in seen.fields)
    yield Text("preview-shapes")
    for one in seen.fields:
        if any(one.shapes):
            yield (
                "  " + "  ".join((one.name.ljust(_WIDTH), *(_cut(text).ljust(_WIDTH) for text in one.shapes))).rstrip()
            )


def _cut(text: str) -> str:
    return text if len(text) <= _WIDTH else text[: _WIDTH - 1] + "…"


def _loss(name: str, ends: Counter[End] | None, dropped: str) -> Text:
    if not ends:
        return Text("preview-empty", field=name)
    along = sum(n for (state, _reason), n in ends.items() if state >= MAPPED)
    lossy = sum(n for (state, _reason), n in ends.items() if state == LOSSY)
    told = [Text("preview-lossy", count=lossy)] if lossy else []
    for (state, why), n in ends.most_common():
        if state < MAPPED and len(told) < _REASONS:
            told.append(_behind(state, why or dropped, n))
    return Text("preview-loss", field=name, count=ends.total(), along=along, lost=Sentences(*told) if told else "")


def _behind(state: int, why: str, count: int) -> Text:
    if state == REFUSED:
        return Text("preview-refused", count=count, why=entries()[why])
    return Text("preview-behind", count=count, why=reason(why)) if why else Text("preview-unmapped", count=count)
