"""Merged doubles during a run: their outcome in the place of that of each record, and the config of their exports.

An export that has to do with others gets a config of its own, with the content of those others in it: when one of them
changes, it is converted again. The records of merged pupils are the only ones that are kept in memory.
"""

from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import dataclass, field

from dod2oso.findings.model import Finding
from dod2oso.findings.outcome import Outcome
from dod2oso.run.convert import Converter
from dod2oso.run.doubles.blocks import Part, put_together
from dod2oso.run.doubles.record_ref import RecordRef


class Merged:
    """One pupil in several records, in the order of `parts`: the first becomes the dossier.

    `told`: what is to be said with that dossier of how it came about.
    """

    def __init__(self, parts: list[Part], chosen: dict[str, Part], told: Sequence[Finding] = ()) -> None:
        self._parts = parts
        self._told = told
        self._chosen = chosen
        self._outcomes: dict[RecordRef, Outcome] = {}
        self.places = frozenset(part.place for part in parts)

    def outcome(self, place: RecordRef, converter: Converter) -> Outcome:
        """What becomes of one of the records."""
        if not self._outcomes:
            record = put_together(self._parts, self._chosen)
            record.findings += self._told
            made = converter.convert_merged(record, [part.record for part in self._parts], self._parts[0].place.export)
            self._outcomes = {part.place: outcome for part, outcome in zip(self._parts, made, strict=True)}
            self._parts, self._chosen = [], {}
        return self._outcomes[place]


@dataclass(slots=True)
class Merging:
    """What is merged in a run; by default nothing. `configs`: by export, where it differs from that of the run."""

    configs: dict[str, str] = field(default_factory=dict)
    merged: dict[RecordRef, Merged] = field(default_factory=dict)

    def config(self, export: str, config: str) -> str:
        """The config to remember this export under."""
        return self.configs.get(export, config)

    def undo(self, failed: Set[str], config: str) -> frozenset[str]:
        """Merge nothing with exports that failed; return the others that had a pupil with those, to be converted again.

        `config`: to remember those under, so that a later run takes them up again.
        """
        gone = {merged for merged in self.merged.values() if any(place.export in failed for place in merged.places)}
        self.merged = {place: merged for place, merged in self.merged.items() if merged not in gone}
        others = frozenset(place.export for merged in gone for place in merged.places) - failed
        self.configs |= dict.fromkeys(others, config)
        return others

    def outcomes(self, export: str, outcomes: Iterable[Outcome], converter: Converter) -> Iterator[Outcome]:
        """The outcomes of an export, those of merged records in the place of their own."""
        for outcome in outcomes:
            place = RecordRef(export, outcome.record)
            merged = self.merged.get(place)
            yield outcome if merged is None else merged.outcome(place, converter)
