"""The way of single values, both ways: from an OSO field of one dossier back to a cell of the export, and from a place
in the export to where its values went.

A value itself is never shown, only its shape; of a code the row of the table that translated it.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, NamedTuple

from sqlalchemy import select

from dod2oso.base.errors import UsageError
from dod2oso.base.texts import Text
from dod2oso.discover.survey.check import Bound, all_bindings
from dod2oso.discover.survey.show import how_written, where
from dod2oso.findings.catalogue import entries, reason
from dod2oso.findings.shape import shape
from dod2oso.ledger import tables
from dod2oso.ledger.store import Ledger
from dod2oso.mapping.apply import values_at
from dod2oso.mapping.lines import MappingLines
from dod2oso.run.convert import Converter, Draft
from dod2oso.run.session import Options, trial_converter
from dod2oso.source.bind import BoundProfile
from dod2oso.source.container.member import FoundExport
from dod2oso.source.decisions import Decisions, read_decisions
from dod2oso.source.dictionary import load_dictionary
from dod2oso.source.export import Export
from dod2oso.source.formats.content import Tables
from dod2oso.source.guard import reading
from dod2oso.source.opening import OpenExport
from dod2oso.source.own_profiles import known_profiles
from dod2oso.source.profile import LoadedProfile, lineage, with_given
from dod2oso.source.record import DROPPED, LOSSY, MAPPED, REFUSED, UNREAD, Cell, LegacyDossier, PieceCell
from dod2oso.source.whence import Whence

_BATCH = 100
_SHOWN = 20  # places of one answer


class _Drafted(NamedTuple):
    """One record as it stands in the export, as it was read, and what became of it."""

    element: Any
    dossier: LegacyDossier
    draft: Draft


@dataclass(slots=True)
class Explainer:
    """Answers about one opened export under one profile."""

    opened: OpenExport
    profile: LoadedProfile
    converter: Converter
    decisions: Decisions
    lines: MappingLines
    export: Export
    whence: Whence
    bindings: list[Bound]

    @classmethod
    def of(
        cls, opened: OpenExport, profiles: Sequence[LoadedProfile], converter: Converter, decisions: Decisions,
        lines: MappingLines,
    ) -> "Explainer":  # fmt: skip
        """Recognise and survey an export. ExportError when it cannot be read."""
        with reading():
            profile = opened.recognise(profiles)
            export = opened.export(BoundProfile(profile, load_dictionary(), decisions))
            export.survey()
            content = opened.content
            named = content.named(profile.model) if isinstance(content, Tables) else None
        whence = Whence(export.name, named, has_lines=content.has_lines)
        return cls(opened, profile, converter, decisions, lines, export, whence, list(all_bindings(profile.model)))

    # --- from a dossier back to the source ---

    def back(self, record: int, path: str) -> Iterator[Text]:
        """Where the values at an OSO path of the dossier of this record come from, and what did not come along."""
        yield from self._back(self._drafted(record), path)

    def all_back(self, record: int) -> dict[str, list[Text]]:
        """The same for each OSO path where this record has a value, in the order of the mapping."""
        one = self._drafted(record)
        paths = [path for path in self.converter.mapper.plan.leaves if values_at(one.draft.nodes, path)]
        return {path: list(self._back(one, path)) for path in paths}

    def _drafted(self, record: int) -> "_Drafted":
        found = next(((e, r) for e, r in self.export.with_elements() if r.number == record), None)
        if found is None:
            raise UsageError("record-absent", record=record, export=self.export.name, count=self.export.records)
        element, dossier = found
        [draft] = self.converter.drafts([dossier])
        return _Drafted(element, dossier, draft)

    def _back(self, one: "_Drafted", path: str) -> Iterator[Text]:
        element, dossier, draft = one
        assert draft.here is not None  # noqa: S101  mapped
        leaf = self.converter.mapper.plan.leaves[path]
        values = values_at(draft.nodes, path)
        yield Text("explain-has", path=path, count=len(values), shapes=", ".join(map(shape, values)) or "-")
        taken = [cell for cell, _before, at in draft.here.journal if at == path]
        for cell in taken:
            yield from self._cell(cell, draft, element, path)
        if path in draft.given.paths:
            yield Text("explain-supplied")
        elif values and not taken and leaf.default is not None:
            yield Text("explain-default", why=leaf.default.reason, line=self.lines.of(path))
        asked = {name for source in leaf.sources for name in source.names}
        for cell in dossier.values():
            if cell.bound.field in asked and cell not in taken:
                yield from self._cell(cell, draft, element, path)
        if not values and not any(cell.bound.field in asked for cell in dossier.values()):
            yield Text("explain-absent", fields=", ".join(sorted(asked)) or "-")

    def _cell(self, cell: Cell, draft: Draft, element: Any, path: str) -> Iterator[Text]:
        bound = cell.bound
        yield Text("explain-cell", field=bound.field, end=self._end(cell))
        if bound.supplied:
            yield Text("explain-at", place=bound.place, shape=shape(cell.value))
        else:
            pieces: list[Cell] = [one for one in draft.record.cells if isinstance(one, PieceCell) and one.owner is cell]
            text = ""
            for one in pieces or [cell]:
                value, place = self.whence.place(one, draft.record, element, self.export.rest)
                text = value.text if value is not None else ""
                yield Text("explain-at", place=place, shape=shape(text or one.value))
            yield from self._binding((pieces or [cell])[0], text)
        decided = next((one for one in self.decisions.all if one.id == bound.decided), None)
        if decided is not None:
            row = decided.row
            yield Text(
                "explain-decision", id=decided.id, said=row.said, who=row.who, when=row.when, why=row.why,
                place=decided.place,
            )  # fmt: skip
        yield from self._mapping(cell, path)

    def _binding(self, cell: Cell, text: str) -> Iterator[Text]:
        """Which line of the profile reads it, how, and by which row of which code table."""
        files = lineage(self.profile)
        for one in self.bindings:
            if one.field == cell.bound.field and _same_place(one.path, str(cell.bound.place)):
                how = how_written(one) or "-"
                yield Text("explain-binding", line=where(files, one.keys), how=how)
                if one.binding.codes is not None:
                    table = self.profile.model.code_table(one.binding.codes)
                    if text in table.entries:
                        yield Text("explain-code", table=table.name, code=text, meaning=table.entries[text])
                return

    def _mapping(self, cell: Cell, path: str) -> Iterator[Text]:
        leaf = self.converter.mapper.plan.leaves[path]
        yield Text("explain-mapping", line=self.lines.of(path), path=path)
        if leaf.table is not None and cell.value in leaf.table.entries:
            meaning = leaf.table.entries[cell.value]
            yield Text("explain-code", table=leaf.table.name, code=cell.value, meaning=meaning)

    def _end(self, cell: Cell) -> Text:
        """How a value ended, in words."""
        dropped = self.converter.mapper.plan.dropped
        if cell.state == UNREAD and cell.bound.field in dropped:
            return Text("end-dropped", why=reason(dropped[cell.bound.field]))
        if cell.state == DROPPED:
            return Text("end-dropped", why=reason(cell.reason))
        if cell.state == REFUSED:
            return Text("end-refused", why=entries()[cell.reason])
        return {MAPPED: Text("end-mapped"), LOSSY: Text("end-lossy")}.get(cell.state, Text("end-unread"))

    # --- from the source to the dossiers ---

    def onward(self, asked: str) -> Iterator[Text]:
        """Where the values at a place of the export, or of a dictionary field, went; nothing when there are none."""
        counts: Counter[tuple[str, str, str, str]] = Counter()  # place, field, how, OSO path
        ends: dict[str, Text] = {}
        decided: Counter[tuple[str, str]] = Counter()
        records = self.export.dossiers()
        while batch := list(islice(records, _BATCH)):
            for draft in self.converter.drafts(batch):
                self._count(draft, asked, counts, ends, decided)
        for places in (self.export.outside.ignored, self.export.outside.refused):
            self._count_left(places, asked, counts, ends)
        shown = sorted({(place, field) for place, field, _how, _path in counts})
        for place, field in shown[:_SHOWN]:
            yield from self._way(place, field, counts, ends, decided)
        if len(shown) > _SHOWN:
            yield Text("explain-more", count=len(shown) - _SHOWN)

    def _count(
        self, draft: Draft, asked: str, counts: Counter[tuple[str, str, str, str]], ends: dict[str, Text],
        decided: Counter[tuple[str, str]],
    ) -> None:  # fmt: skip
        assert draft.here is not None  # noqa: S101  mapped
        paths: dict[int, list[str]] = {}
        for cell, _before, path in draft.here.journal:
            paths.setdefault(id(cell), []).append(path)
        for cell in draft.record.values():
            place, field = str(cell.bound.place), cell.bound.field
            if field != asked and not _same_place(asked, place):
                continue
            said = self._end(cell)
            how = said.text("nl")
            ends[how] = said
            decided[place, field] += bool(cell.bound.decided)
            went = cell.owner if isinstance(cell, PieceCell) else cell
            for path in (paths.get(id(went)) or [""]) if cell.state >= MAPPED else [""]:
                counts[place, field, how, path] += 1
        self._count_left(draft.record.ignored, asked, counts, ends)
        self._count_left(draft.record.refused, asked, counts, ends)
        for path, n in draft.record.unread.items():
            if _same_place(asked, path):
                ends["unread"] = Text("end-unknown")
                counts[path, "", "unread", ""] += n

    def _count_left(
        self, left: dict[tuple[str | Text, str], int], asked: str, counts: Counter[tuple[str, str, str, str]],
        ends: dict[str, Text],
    ) -> None:  # fmt: skip
        for (at, why), n in left.items():
            place = str(at) if isinstance(at, str) else at.text("nl")
            if _same_place(asked, place):
                known = entries().get(why)
                ends[why] = (
                    Text("end-refused", why=known) if known is not None else Text("end-dropped", why=reason(why))
                )
                counts[place, "", why, ""] += n

    def _way(
        self, place: str, field: str, counts: Counter[tuple[str, str, str, str]], ends: dict[str, Text],
        decided: Counter[tuple[str, str]],
    ) -> Iterator[Text]:  # fmt: skip
        files = lineage(self.profile)
        bound = next((one for one in self.bindings if one.field == field and _same_place(one.path, place)), None)
        if bound is not None:
            how = how_written(bound) or "-"
            yield Text("onward-bound", place=place, field=field, line=where(files, bound.keys), how=how)
        else:
            yield Text("onward-place", place=place, field=field or "-")
        for (at, name, how, path), n in sorted(counts.items(), key=lambda item: (-item[1], item[0])):
            if (at, name) == (place, field):
                if path:
                    yield Text("onward-goes", count=n, end=ends[how], path=path, line=self.lines.of(path))
                else:
                    yield Text("onward-stays", count=n, end=ends[how])
        if decided[place, field]:
            yield Text("onward-decided", count=decided[place, field])


def _same_place(asked: str, place: str) -> bool:
    """Whether a place as somebody names it (from the root, or from the record) is this one.

    Of tables each stands under the root where people see them, and within its parent where it is read.
    """
    asked = asked.strip("/").removeprefix("bundel/")
    place = place.removeprefix("bundel/")
    return asked == place or asked.endswith(f"/{place}") or (place.endswith(f"/{asked}") and "/" in asked)


class Where(NamedTuple):
    """A record: the name of its export (None: the only one there is) and its number."""

    export: str | None
    record: int


def of_dossier(ledger: Ledger, dossier_id: str) -> Where:
    """Where the record of a dossier stands. UsageError when the ledger does not know the dossier."""
    dossiers, exports = tables.dossiers, tables.exports
    with ledger.read() as connection:
        row = connection.execute(
            select(exports.c.name, dossiers.c.record)
            .join(exports, exports.c.id == dossiers.c.export_id)
            .where(dossiers.c.dossier_id == dossier_id.removesuffix(".xml"))
        ).first()
    if row is None:
        raise UsageError("dossier-absent")
    return Where(row.name, row.record)


def explain_dossier(options: Options, found: Sequence[FoundExport], where: Where) -> dict[str, list[Text]]:
    """The answer for every OSO path of one record that has a value. Errors as `explain`."""
    with OpenExport(_the_one(found, where)) as opened:
        return _explainer(options, trial_converter(options))(opened).all_back(where.record)


def _explainer(options: Options, converter: Converter) -> Callable[[OpenExport], Explainer]:
    profiles = with_given(known_profiles(options.source_profile, options.own_profiles), options.given)
    decisions, lines = read_decisions(options.decisions), MappingLines(options.mapping)
    return lambda opened: Explainer.of(opened, profiles, converter, decisions, lines)


def _the_one(found: Sequence[FoundExport], where: Where) -> FoundExport:
    chosen = [one for one in found if where.export in (None, one.name)]
    if len(chosen) != 1:
        raise UsageError("exports-several", count=len(chosen))
    return chosen[0]


def explain(options: Options, found: Sequence[FoundExport], asked: str, where: Where | None) -> Iterator[Text]:
    """The answer about an OSO path of one record (`where`), or about a source place or dictionary field of all exports.

    UsageError when nothing of the kind is known; ExportError when an export cannot be read.
    """
    converter = trial_converter(options)
    made = _explainer(options, converter)
    path = asked.strip("/")
    if where is not None:
        if path not in converter.mapper.plan.leaves:
            raise UsageError("field-unknown", field=asked, version=converter.version)
        found = [_the_one(found, where)]
    told = False
    for each in found:
        with OpenExport(each) as opened:
            explainer = made(opened)
            answer = explainer.back(where.record, path) if where is not None else explainer.onward(path)
            for text in answer:
                told = True
                yield text
    if not told:
        raise UsageError("source-place-unknown", place=asked)
