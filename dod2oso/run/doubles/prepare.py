"""Before the conversion: look for the same pupil in several exports, and decide by the rule or the supplement."""

import hashlib
from functools import partial

from dod2oso.base.texts import Text
from dod2oso.decide.doubles import DoubleDecision
from dod2oso.findings.model import Finding
from dod2oso.run.convert import Converter
from dod2oso.run.doubles.blocks import Part
from dod2oso.run.doubles.candidates import Candidates, keys_of
from dod2oso.run.doubles.decide import choose, contradict, same_pupil
from dod2oso.run.doubles.kept import KeptReader
from dod2oso.run.doubles.merging import Merged, Merging
from dod2oso.run.doubles.record_ref import RecordRef
from dod2oso.run.first_pass import SEPARATOR, read_once, survey
from dod2oso.run.session import FirstPass, Session
from dod2oso.source.container.find import Sources
from dod2oso.source.container.member import FoundExport
from dod2oso.source.export import Export
from dod2oso.source.guard import guarded
from dod2oso.source.opening import OpenExport
from dod2oso.source.walk import USED
from dod2oso.supplement.rows import doubles_in

BY_NUMBER = "gegevens-op-nummer"
Group = tuple[RecordRef, ...]
MAX_GROUP = 20  # more records than this share no pupil but a made-up number; those stay held


def nobody_decides(session: Session) -> bool:
    """Whether no rule, supplement or decision says what to do with doubles."""
    said = session.options.merge is not None or session.converter.supplement.tells_doubles
    return not (said or session.doubles)


def prepare_merging(session: Session) -> Merging:
    """What to merge among the exports of this run, by a rule or by what a supplement says of doubles."""
    options, merging, sources = session.options, Merging(), session.sources
    session.progress.message(Text("looking-for-doubles"))
    candidates = Candidates()
    try:
        for found in sources.exports:
            _look_at(session, found, candidates)
        groups = candidates.groups()
    finally:
        candidates.close()
    merging.configs = _configs(session, candidates, groups)
    changed = {
        export
        for export, config in merging.configs.items()
        if _changed(session, export, candidates.contents[export], config)
    }
    groups = [group for group in groups if any(place.export in changed for place in group) and len(group) <= MAX_GROUP]
    parts = _read(session, sources, {place for group in groups for place in group})
    for group in groups:
        here = [parts[place] for place in group if place in parts]
        _tell_contradictions(session, here)
        for same in same_pupil(here, partial(_confirmed, session)):
            said = _said(session.converter, same)
            by = _decided(session, same)
            if said is not None and by is not None:
                said = _joined(said, by.uses)
            together = by is not None and by.together
            decision = choose(same, options.merge, said, together=together) if said is not None else None
            if decision is not None:
                told = [Finding(USED, cause=by.id)] if by is not None else []
                told += [Finding(BY_NUMBER, place=part.place.export) for part in same if part.names_nobody]
                merged = Merged(*decision, told)
                merging.merged |= {part.place: merged for part in same}
    return merging


def _look_at(session: Session, found: FoundExport, candidates: Candidates) -> None:
    """The first pass over one export; a problem with it is kept, to be told when its turn comes."""
    with guarded(partial(session.problems.setdefault, found.name)), OpenExport(found) as opened:
        first = session.first[found.name] = read_once(session, opened, session.store)
        candidates.add(found.name, first.fingerprint, keys_of(session, first, found.name))


def _changed(session: Session, export: str, content: str, config: str) -> bool:
    """Whether the export will be converted in this run, as a whole or for a part of its dossiers."""
    options = session.options
    known = session.ledger.unchanged(export, options.version, options.transfer, content, config)
    return known is None or known.status != "done" or session.affected.records(known.id) != frozenset()


def _configs(session: Session, candidates: Candidates, groups: list[Group]) -> dict[str, str]:
    """For every export with candidates a config with everything in it that decides how they are merged."""
    rule = hashlib.sha256((session.options.merge or "").encode())
    rule.update(session.doubles.digest().encode())
    for path in session.options.supplements:
        rule.update(hashlib.sha256(path.read_bytes()).digest())
    signatures: dict[str, list[str]] = {}
    for group in groups:
        signature = candidates.signature(group, rule.hexdigest())
        for export in {place.export for place in group}:
            signatures.setdefault(export, []).append(signature)
    return {
        export: session.config_of(session.first[export].profile) + SEPARATOR + _digest("".join(sorted(found)))
        for export, found in signatures.items()
    }


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _read(session: Session, sources: Sources, wanted: set[RecordRef]) -> dict[RecordRef, Part]:
    """The records that may have to be merged."""
    parts: dict[RecordRef, Part] = {}
    numbers: dict[str, list[int]] = {}
    for place in sorted(wanted):
        numbers.setdefault(place.export, []).append(place.record)
    for found in sources.exports:
        if found.name in numbers:
            with guarded(partial(session.problems.setdefault, found.name)):
                first = session.first[found.name]
                export = first.export or _survey(session, found, first)
                for record in KeptReader(export, session.store).only(numbers[found.name]):
                    place = RecordRef(found.name, record.number)
                    parts[place] = Part(place, record)
    return parts


def _survey(session: Session, found: FoundExport, hashed: FirstPass) -> Export:
    """An export that was only hashed, and has a pupil in common with one that is to be converted."""
    with OpenExport(found) as opened:
        first = session.first[found.name] = survey(session, opened, hashed.profile, session.store)
    assert first.export is not None  # noqa: S101  it was just surveyed
    return first.export


def _confirmed(session: Session, one: Part, other: Part) -> bool:
    """Whether a person said that two records are of one pupil."""
    return session.doubles.confirms(session.converter.pseudonym(part.record) for part in (one, other))


def _tell_contradictions(session: Session, parts: list[Part]) -> None:
    """What a person took for one pupil, while the numbers say that there are several, is told and not used."""
    for at, one in enumerate(parts):
        for other in parts[at + 1 :]:
            if contradict((one, other)) and _confirmed(session, one, other):
                places = {"one": one.place, "other": other.place}
                told = {f"{name}_{key}": getattr(place, key) for name, place in places.items() for key in place._fields}
                session.progress.message(Text("double-contradicts", **told))


def _decided(session: Session, parts: list[Part]) -> DoubleDecision | None:
    """What a person decided about these records; nothing when decisions contradict each other."""
    if not session.doubles:
        return None
    exports = {part.place.export for part in parts}
    found = session.doubles.of(session.converter.pseudonym(part.record) for part in parts)
    found = [one for one in found if one.uses in exports or not one.together]  # else its records were not joined
    if len({(one.uses, one.together) for one in found}) > 1:
        place = parts[0].place
        told = {"export": place.export, "record": place.record, "ids": ", ".join(one.id for one in found)}
        session.progress.message(Text("double-decided-twice", **told))
        return None
    return found[0] if found else None


def _joined(said: dict[str, str], uses: str) -> dict[str, str] | None:
    """What the supplement says, with the decision; None when they contradict each other."""
    return said | {"": uses} if said.get("", uses) == uses else None


def _said(converter: Converter, parts: list[Part]) -> dict[str, str] | None:
    """What the supplement says about these doubles; None when it contradicts itself."""
    said: dict[str, str] = {}
    for part in parts:
        for block, export in doubles_in(converter.rows(part.record)):
            if said.setdefault(block, export) != export:
                return None
    return said
