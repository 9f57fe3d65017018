"""What another mapping makes of the same exports: which dossiers change, where, and which can no longer go.

Nothing is written or kept. Records are told by their number in the export, places by their OSO path; never a value.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from typing import Any

from dod2oso.base.texts import Text
from dod2oso.findings.catalogue import entry
from dod2oso.findings.outcome import STATES, State
from dod2oso.findings.states import state_word
from dod2oso.run.convert import Draft
from dod2oso.run.session import Options, trial_converter
from dod2oso.source.bind import BoundProfile
from dod2oso.source.container.member import FoundExport
from dod2oso.source.decisions import read_decisions
from dod2oso.source.dictionary import load_dictionary
from dod2oso.source.guard import reading
from dod2oso.source.opening import OpenExport
from dod2oso.source.own_profiles import known_profiles

_BATCH = 50
_LISTED = 200  # dossiers that are named; all are counted
_PATHS = 5  # places named with one dossier
_STATES: tuple[State, ...] = ("ready", "held", "rejected", "merged")  # from good to bad
_METADATA = "metadata"  # says which mapping made it, so it differs by itself


@dataclass(slots=True)
class Change:
    """One dossier that is made otherwise: its states, the OSO paths that differ, and what now stands in its way."""

    record: int
    before: State
    after: State
    paths: list[str]
    causes: list[str]

    @property
    def fallen(self) -> bool:
        """Whether something stands in its way that did not before: it may have been waiting for something else too."""
        return bool(self.causes) or _STATES.index(self.after) > _STATES.index(self.before)


@dataclass(slots=True)
class Differences:
    """What differs in one export."""

    export: str
    records: int = 0
    changed: int = 0
    fallen: int = 0
    risen: int = 0
    paths: Counter[str] = field(default_factory=Counter)
    named: list[Change] = field(default_factory=list)

    def add(self, change: Change) -> None:
        """Count a dossier; those that fall back are named first of all."""
        self.changed += 1
        self.fallen += change.fallen
        self.risen += change.after == "ready" != change.before
        self.paths.update(change.paths)
        if len(self.named) < _LISTED or change.fallen:
            self.named.append(change)
        if len(self.named) > _LISTED:
            self.named.remove(next((one for one in self.named if not one.fallen), self.named[-1]))

    def lines(self) -> Iterator[Text]:
        """What to tell: totals, places, then single dossiers."""
        yield Text(
            "diff-total", export=self.export, records=self.records, changed=self.changed, fallen=self.fallen,
            risen=self.risen,
        )  # fmt: skip
        for path, n in sorted(self.paths.items(), key=lambda pair: (-pair[1], pair[0])):
            yield Text("diff-path", path=path, count=n)
        for one in sorted(self.named, key=lambda one: (not one.fallen, one.record)):
            paths = ", ".join(one.paths[:_PATHS]) + (", …" if len(one.paths) > _PATHS else "")
            said = {
                "record": one.record,
                "before": _state(one.before),
                "after": _state(one.after),
                "paths": paths or "-",
            }
            if one.fallen:
                yield Text("diff-fallen", causes=", ".join(one.causes) or "-", **said)
            else:
                yield Text("diff-changed", **said)
        if self.changed > len(self.named):
            yield Text("diff-more", count=self.changed - len(self.named))


def _state(state: State) -> Text:
    return state_word(state if state in STATES else "rejected")


def differences(options: Options, new: Path, found: FoundExport) -> Differences:
    """Convert every record of an export under `options.mapping` and under `new`. ExportError when it cannot be read."""
    old_one, new_one = trial_converter(options), trial_converter(replace(options, mapping=new))
    profiles = known_profiles(options.source_profile, options.own_profiles)
    bound_with = read_decisions(options.decisions)
    told = Differences(found.name)
    with OpenExport(found) as opened:
        with reading():
            bound = BoundProfile(opened.recognise(profiles), load_dictionary(), bound_with)
            first, second = opened.export(bound), opened.export(bound)
            first.survey()
            second.survey()
        told.records = first.records
        one, other = first.dossiers(), second.dossiers()
        while batch := list(islice(one, _BATCH)):
            after = new_one.drafts(list(islice(other, _BATCH)))
            for before, now in zip(old_one.drafts(batch), after, strict=True):
                change = _compare(before, now)
                if change is not None:
                    told.add(change)
    return told


def _compare(before: Draft, after: Draft) -> Change | None:
    one, other = Counter(_leaves(before.nodes)), Counter(_leaves(after.nodes))
    paths = sorted({path for path, _text in ((one - other) + (other - one)) if not path.startswith(_METADATA)})
    if not paths and before.state == after.state:
        return None
    causes = _errors(after) - _errors(before)
    said = sorted({f"{code} {rule}".strip() for code, rule, _target in causes})
    return Change(before.record.number, before.state, after.state, paths, said)


def _errors(draft: Draft) -> set[tuple[str, str, str]]:
    """What keeps a dossier from going: code, rule and place."""
    return {(one.code, one.rule, one.target) for one in draft.findings if entry(one.code).severity == "error"}


def _leaves(nodes: list[Any], above: str = "") -> Iterator[tuple[str, str]]:
    """Every text of a dossier with its path; an attribute as `path/@name`."""
    for node in nodes:
        path = f"{above}/{node[0]}" if above else node[0]
        if isinstance(node[1], str):
            yield path, node[1]
            for name, value in node[2].items() if len(node) > 2 else ():
                yield f"{path}/@{name}", value
        else:
            yield from _leaves(node[1], path)
