"""Drafts of layouts whose right answer is known: exports in a renamed layout, and how many bindings are right."""

from collections.abc import Iterable, Iterator
from functools import lru_cache
from io import BytesIO
from typing import NamedTuple

from dod2oso.discover.propose.align import HIGH, Group, Proposal
from dod2oso.discover.propose.draft import Draft, make_draft
from dod2oso.discover.survey.check import all_bindings
from dod2oso.discover.survey.facts import Survey
from dod2oso.discover.survey.xml import survey_xml
from dod2oso.generate.export import header, pupils_of
from dod2oso.generate.layout import layout_of
from dod2oso.generate.school import Kind, School
from dod2oso.generate.tree import Tree
from dod2oso.source.profile import Profile, find_profile

PUPILS = 12


class Measured(NamedTuple):
    """paths: bound in the true profile and present in the export; the others are counts of those."""

    paths: int
    right: int
    wrong: int
    wrong_high: int
    high: int

    def plus(self, other: "Measured") -> "Measured":
        return Measured(*(mine + theirs for mine, theirs in zip(self, other, strict=True)))


@lru_cache(maxsize=2)
def _pupils(kind: Kind) -> tuple[Tree, ...]:
    return tuple(pupils_of(School.numbered(0, kind), "dod-referentie", PUPILS, 4, 0, True))


def export(model: Profile, kind: Kind = "po") -> bytes:
    """A synthetic export in the layout of a profile."""
    layout = layout_of(model)
    head, tail = layout.frame(header(School.numbered(0, kind), layout))
    return (head + "".join(map(layout.record, _pupils(kind))) + tail).encode()


def survey(text: str | bytes) -> Survey:
    data = text.encode() if isinstance(text, str) else text
    return survey_xml([lambda: BytesIO(data)])


def proposed(draft: Draft) -> dict[str, tuple[str, float]]:
    """Absolute path -> (dictionary field, confidence) of everything that the draft binds."""
    return {path: (one.field.name, one.confidence) for path, _group, one in placed(draft)}


def placed(draft: Draft) -> Iterator[tuple[str, Group, Proposal]]:
    """Absolute path, group and proposal of everything that the draft binds."""
    for top, start in ((draft.record, draft.layout.path), (draft.outside, draft.outside.at)):
        yield from _bound(top, start)
    for table in draft.tables:
        yield from _bound(table.group, table.reference.rows.path)


def _bound(group: Group, at: str) -> Iterator[tuple[str, Group, Proposal]]:
    for one in group.proposals:
        yield (at if one.path == "." else f"{at}/{one.path}"), group, one
    for inner in group.groups:
        yield from _bound(inner, at if inner.columns else f"{at}/{inner.at}")


def measure(model: Profile, found: Survey, *, skip: Iterable[str] = ()) -> Measured:
    """How many of the profile's bindings a draft of this export gets right (see test_measure.py)."""
    draft = make_draft(found)
    assert draft is not None and draft.layout.path == model.records
    present = {path for path, values, _parents in found.root.values() if values.count}
    truth = {one.path: one.field for one in all_bindings(model) if one.path in present and one.field not in skip}
    mine = proposed(draft)
    right = sum(1 for path, name in truth.items() if mine.get(path, ("", 0.0))[0] == name)
    wrong = [mine[path][1] for path, name in truth.items() if path in mine and mine[path][0] != name]
    high = sum(1 for path in truth if path in mine and mine[path][1] >= HIGH)
    return Measured(len(truth), right, len(wrong), sum(1 for confidence in wrong if confidence >= HIGH), high)


def reference() -> Profile:
    return find_profile("dod-referentie").model
