"""Convert one legacy dossier: supply what people added, map, write, check, and say what became of it."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from operator import attrgetter, itemgetter
from typing import Any

from dod2oso.base.pseudonym import Pseudonyms
from dod2oso.base.texts import Text
from dod2oso.base.xml import parse_bytes
from dod2oso.findings.balance import Balance
from dod2oso.findings.catalogue import entry
from dod2oso.findings.model import Finding
from dod2oso.findings.outcome import MERGED, FieldCount, Outcome, State
from dod2oso.mapping.apply import Mapper, find
from dod2oso.mapping.context import MappingState
from dod2oso.mapping.supplied import Supplied
from dod2oso.oso.added import added
from dod2oso.oso.check_files import Official, OfficialResult
from dod2oso.oso.presence import present_with
from dod2oso.oso.rules.ruleset import ruleset
from dod2oso.oso.transfers import transfer
from dod2oso.oso.verdict import Verdict, check
from dod2oso.oso.writer import write_dossier
from dod2oso.run.misfits import UNLIKELY, misfits
from dod2oso.run.named import unnamed
from dod2oso.source.plausible import Plausibility
from dod2oso.source.record import DROPPED, LOSSY, MAPPED, REFUSED, UNREAD, CellSource, Group, LegacyDossier
from dod2oso.source.register import Register
from dod2oso.supplement.needs import simulate_repairs
from dod2oso.supplement.repairs import repairs_for
from dod2oso.supplement.rows import CONSENT_PATH, Row, Supplement, supplied_with, supply

_REMEMBERED = 50_000  # a bound on what the converter remembers, however odd the exports
_END = attrgetter("bound", "state", "reason")  # how a cell ended
_PATH = itemgetter(2)  # of a journal entry
_OUTCOMES = {UNREAD: "unmapped", DROPPED: "dropped", REFUSED: "refused", MAPPED: "mapped", LOSSY: "mapped"}
_BRIN, _VESTIGING = re.compile(r"[0-9]{2}[A-Z]{2}\Z"), re.compile(r"[0-9]{2}\Z")
_SCHOOL = ("huidigeschool", "brincode")
_PUPIL = ("huidigeschool", "leerling")
IDENTITY_FIELDS = frozenset({"voornaam", "voorvoegsel", "achternaam", "roepnaam", "geboortedatum", "leerlingid"})
_SURNAME = ("huidigeschool", "leerling", "achternaam")


@dataclass(frozen=True, slots=True)
class Pupil:
    """Who a record is about, to find rows, doubles and a pseudonym; of all this only the school is written."""

    brin: str
    vestiging: str
    leerlingid: str
    name: str
    born: str
    pgn: str

    @classmethod
    def of(cls, root: Group) -> "Pupil":
        def value(*names: str) -> str:
            return next((found for name in names if (found := root.value(name))), "")

        brin, vestiging = value("school.brin").upper(), value("school.vestiging").zfill(2)
        key = value("leerling.sleutel")  # goes into OSO as leerlingid; in EDEXML a # means that it does not last
        return cls(
            brin=brin if _BRIN.match(brin) else "",  # these two do get written down, so no other text may pass for them
            vestiging=vestiging if _VESTIGING.match(vestiging) else "",
            leerlingid=value("leerling.leerlingid") or ("" if key.startswith("#") else key),
            name=value("leerling.achternaam", "leerling.roepnaam"),
            born=value("leerling.geboortedatum"),
            pgn=value("leerling.bsn", "leerling.onderwijsnummer", "leerling.pgn"),
        )


@dataclass(slots=True)
class _Draft:
    """A record on its way through the stages; the pseudonym is of who the export says it is, `who` as supplied."""

    record: LegacyDossier
    pseudonym: str
    who: Pupil
    given: Supplied
    nodes: list[Any]
    here: MappingState
    findings: list[Finding]
    possible: bool  # a dossier can be made at all
    supplied: str  # fingerprint of the supplement rows about this pupil
    xml: bytes = b""
    needs: str = ""


class Converter:
    """Everything that is decided once per run; `convert` does one record."""

    def __init__(
        self,
        mapper: Mapper,
        layer: str,
        register: Register,
        supplement: Supplement,
        pseudonyms: Pseudonyms,
        official: Official | None = None,
        *,
        validator_only: bool = False,
    ) -> None:
        self.mapper = mapper
        self.layer = layer
        self.register = register
        self.supplement = supplement
        self.pseudonyms = pseudonyms
        self.version = mapper.plan.version
        self.official = official  # runs the official stylesheets as well
        self.validator_only = validator_only  # nothing is held for what the official validator does not ask
        self._plausible = Plausibility(mapper.datum)
        self._legal = frozenset() if validator_only else ruleset(self.version, layer).legal()
        self._repairs = repairs_for(mapper.plan)
        self._ends: dict[tuple[CellSource, int, str], FieldCount] = {}

    def convert(self, record: LegacyDossier) -> Outcome:
        """The outcome of one record. Raises BalanceError when its source values do not add up."""
        return self.convert_all([record])[0]

    def convert_all(self, records: Iterable[LegacyDossier]) -> list[Outcome]:
        """The outcomes of a batch of records, in order.

        Stage by stage rather than record by record: the processor's caches then hold one stage at a time, which makes
        all of them about a quarter faster.
        """
        drafts = [self._map(record) for record in records]
        for draft in drafts:
            draft.xml = write_dossier(self.version, draft.nodes)
        roots = [parse_bytes(draft.xml) for draft in drafts]
        for draft, root in zip(drafts, roots, strict=True):
            verdict = check(root, self.version, self.layer)
            if draft.possible:
                draft.findings += _verdict_findings(verdict, self._legal)
                draft.findings += self._misfits(draft.nodes)
                if self.official is not None:
                    result = self.official(root, self.version, self.layer, verdict)
                    draft.findings += self._official_findings(result, verdict)
                draft.findings += self._consent(draft.given)
            if _state(draft.possible, draft.findings) != "ready":
                told = draft.findings if draft.possible else [*draft.findings, *self._consent(draft.given)]
                refused = draft.given.consent == "Nee"
                found = simulate_repairs(
                    root, self.version, self.layer, verdict, told, self._repairs, refused, self._legal
                )
                draft.needs = str(found)
        return [self._outcome(draft) for draft in drafts]

    def convert_merged(self, merged: LegacyDossier, parts: Sequence[LegacyDossier], export: str) -> list[Outcome]:
        """The outcomes of records of one pupil that were put together: the first becomes the dossier, the others none.

        Each keeps its own balance. `export` is where the first one stands, for the findings of the others.
        """
        outcome = self.convert(merged)
        told = [Finding("leerling-samengevoegd", place=f"{export}, record {parts[0].number}")]
        made = []
        for part in parts:
            balance, fields = self._settle(part)
            balance.verify(f"record {part.number}")
            if part is parts[0]:
                made.append(replace(outcome, balance=balance, fields=fields))
                continue
            pupil = Pupil.of(part.root)
            made.append(
                replace(
                    outcome,
                    record=part.number,
                    state=MERGED,
                    brin=pupil.brin,
                    vestiging=pupil.vestiging,
                    pseudonym=self._pseudonym(pupil, part.number),
                    xml=None,
                    findings=told,
                    balance=balance,
                    fields=fields,
                    targets=[],
                    needs="",
                    supplied=supplied_with(self.rows(part), self.pseudonyms),
                )
            )
        return made

    def rows(self, record: LegacyDossier) -> list[Row]:
        """The rows of the supplement about this record."""
        pupil = Pupil.of(record.root)
        pseudonym = self._pseudonym(pupil, record.number)
        return self.supplement.rows(pupil.brin, pupil.vestiging, pupil.leerlingid, pupil.name, pupil.born, pseudonym)

    def match(self, record: LegacyDossier) -> tuple[str, str, str]:
        """What a record has in common with another one of the same pupil: number, school, name; supplies the record."""
        supply(record, self.rows(record))
        who = Pupil.of(record.root)
        return self._match_pgn(who), who.brin, self._match_name(who)

    def _match_pgn(self, who: Pupil) -> str:
        return self.pseudonyms.of("pgn", who.pgn) if who.pgn else ""

    def _match_name(self, who: Pupil) -> str:
        return self.pseudonyms.of("naam", who.name.lower(), who.born) if who.name and who.born else ""

    def _map(self, record: LegacyDossier) -> _Draft:
        pupil = Pupil.of(record.root)
        pseudonym = self._pseudonym(pupil, record.number)
        rows = self.rows(record)
        given = supply(record, rows, self._plausible)
        unlikely = self._plausible.judge(record)
        who = Pupil.of(record.root)
        school = self.register.find(who.brin, who.vestiging)
        nodes, here = self.mapper.map(record, school, given)
        findings = [*record.findings, *given.findings, *unlikely, *here.findings]
        if school is None and who.brin:
            note = "" if self.register.schools else Text("no-register")
            findings.append(Finding("school-niet-in-register", target="huidigeschool", note=note))
        lacking = _what_lacks(nodes)
        if lacking is not None:
            findings.append(lacking)
            _refuse_all(record, here, lacking.code)
        supplied = supplied_with(rows, self.pseudonyms)
        return _Draft(record, pseudonym, who, given, nodes, here, findings, lacking is None, supplied)

    def _outcome(self, draft: _Draft) -> Outcome:
        record, who = draft.record, draft.who
        balance, fields = self._settle(record)
        balance.verify(f"record {record.number}")
        return Outcome(
            record=record.number,
            state=_state(draft.possible, draft.findings),
            brin=who.brin,
            vestiging=who.vestiging,
            pseudonym=draft.pseudonym,
            match_pgn=self._match_pgn(who),
            match_name=self._match_name(who),
            xml=draft.xml if draft.possible else write_dossier(self.version, _who_only(draft.nodes)),
            findings=[*draft.findings, *unnamed(record.cells, draft.findings)],
            balance=balance,
            fields=fields,
            targets=_targets(self.version, draft.here, draft.given),
            needs=draft.needs,
            supplied=draft.supplied,
        )

    def settle_shared(self, outside: LegacyDossier) -> tuple[Balance, dict[FieldCount, int]]:
        """After the last record: what became of the values that the export's records share."""
        readers = self.mapper.plan.readers
        for cell in outside.cells:
            if cell.state == UNREAD and cell.bound.field in readers:
                cell.settle(DROPPED, "geen-leerling")
        outside.findings += unnamed(outside.cells, outside.findings)
        return self._settle(outside)

    def _settle(self, record: LegacyDossier) -> tuple[Balance, dict[FieldCount, int]]:
        """The balance of a record and its counts per field; unread values get the mapping's written reason."""
        fields: dict[FieldCount, int] = {}
        totals = dict.fromkeys(("mapped", "dropped", "unmapped", "refused"), 0)
        lossy = 0
        known = self._ends
        for end, n in Counter(map(_END, record.cells)).items():
            key = known.get(end) or self._end(*end)
            fields[key] = fields.get(key, 0) + n
            totals[key.outcome] += n
            if end[1] == LOSSY:
                lossy += n
        for outcome, known_ends in (("dropped", record.ignored), ("refused", record.refused)):
            for (path, reason), n in known_ends.items():
                fields[FieldCount(str(path), outcome, reason)] = n
                totals[outcome] += n
        for path, n in record.unread.items():
            fields[FieldCount(path, "unmapped", "")] = n
            totals["unmapped"] += n
        return Balance(source_values=record.source_values, lossy=lossy, **totals), fields

    def _end(self, bound: CellSource, state: int, reason: str) -> FieldCount:
        """What to count a cell under that ended like this; remembered, for most pupils' cells end alike."""
        dropped = self.mapper.plan.dropped
        if state == UNREAD and bound.field in dropped:
            key = FieldCount(bound.field, "dropped", dropped[bound.field])
        else:
            key = FieldCount(bound.field, _OUTCOMES[state], reason if state in (DROPPED, REFUSED) else "")
        if len(self._ends) < _REMEMBERED:
            self._ends[bound, state, reason] = key
        return key

    def _pseudonym(self, pupil: Pupil, number: int) -> str:
        """The same pupil keeps the same pseudonym over exports: by the school's own number, else PGN, else name."""
        if pupil.leerlingid:
            return self.pseudonyms.of("leerling", pupil.brin, pupil.leerlingid)
        if pupil.pgn:
            return self.pseudonyms.of("leerling-pgn", pupil.pgn)
        if pupil.name:
            return self.pseudonyms.of("leerling-naam", pupil.brin, pupil.name.lower(), pupil.born)
        return self.pseudonyms.of("record", pupil.brin, str(number))

    def _official_findings(self, result: OfficialResult, verdict: Verdict) -> Iterable[Finding]:
        """Only what differs from our own verdict; the rest has been said already. No answer is no approval.

        Of a version that a user added the official files are the judge: what they say is the finding, but for what a
        rule of ours, known to say the same, has said at that place.
        """
        silent = result.state in ("crashed", "not-run")
        facts = added().get(self.version)
        if facts is None:
            if result.difference is not None or silent:
                yield Finding("officieel-verschil", cause=result.state)
            return
        if silent:
            yield Finding("officieel-oordeel-ontbreekt", cause=result.state)
        told = {(fired.at, fired.rule) for fired in verdict.rules.fired}
        for at, text in result.said:
            if (at, facts.texts.get(text, "")) not in told:
                yield Finding("officieel-oordeel", target=_plain(at), note=text)

    def _misfits(self, nodes: list[Any]) -> Iterable[Finding]:
        """What does not fit this transfer; told, and no more than told, when only the validator counts."""
        for found in misfits(nodes, transfer(self.mapper.plan.transfer), self.mapper.datum):
            yield found._replace(code=UNLIKELY) if self.validator_only else found

    def _consent(self, given: Supplied) -> Iterable[Finding]:
        """Consent that was refused, or that this transfer needs and nobody recorded.

        Where OSO has a field for it, its own rule already tells that it is absent (toestemming-verplicht-vovo); 1.1.1
        has none, and there the law asks for consent all the same.
        """
        plan = self.mapper.plan
        told_by_rule = given.consent is None and CONSENT_PATH in plan.leaves
        needed = transfer(plan.transfer).consent == "needed" and given.consent != "Ja" and not told_by_rule
        if given.consent == "Nee" or needed:
            yield Finding("toestemming-geweigerd", target=CONSENT_PATH)


def _what_lacks(nodes: list[Any]) -> Finding | None:
    """What makes a dossier impossible: no school, or no surname."""
    if find(nodes, _SCHOOL) is None:
        return Finding("school-onbekend", "school.brin", "huidigeschool/brincode")
    if find(nodes, _SURNAME) is None:
        return Finding("leerling-zonder-naam", "leerling.achternaam", "huidigeschool/leerling/achternaam")
    return None


def _who_only(nodes: list[Any]) -> list[Any]:
    """Of a dossier that cannot be made: whom it is about, so that aanvulling.xlsx can ask the school for the rest."""
    pupil = find(nodes, _PUPIL) or []
    return [("huidigeschool", [("leerling", [node for node in pupil if node[0] in IDENTITY_FIELDS])])]


def _refuse_all(record: LegacyDossier, here: MappingState, code: str) -> None:
    """No dossier is made, so nothing of the pupil came along."""
    here.undo(0, code)
    for cell in record.cells:
        if cell.state in (MAPPED, LOSSY):
            cell.state, cell.reason = REFUSED, code


def _targets(version: str, here: MappingState, given: Supplied) -> list[str]:
    """What the dossier has: its fields, the blocks around them, and the categories they belong to."""
    there = {name for path in {*map(_PATH, here.journal), *given.paths} for name in present_with(version, path)}
    return list(there)


def _state(possible: bool, findings: list[Finding]) -> State:
    if not possible:
        return "rejected"
    return "held" if any(entry(finding.code).severity == "error" for finding in findings) else "ready"


def _verdict_findings(verdict: Verdict, legal: frozenset[str]) -> Iterable[Finding]:
    """What schema and rules say; `legal`: rules that officially only advise, while the law asks the same."""
    for error in verdict.schema.errors:
        yield Finding("oso-schema", target=_plain(error.path), note=error.message)
    for fired in verdict.rules.fired:
        yield Finding("oso-regel", target=_plain(fired.at), rule=fired.rule)
    for advised in verdict.rules.advised:
        code = "wet-vereist" if advised.rule in legal else "oso-advies"
        yield Finding(code, target=_plain(advised.at), rule=advised.rule)


def _plain(place: str) -> str:
    """/dossier[1]/huidigeschool[1]/leerling[1] -> huidigeschool/leerling: the same place in every dossier."""
    steps = [step.partition("[")[0] for step in place.split("/") if step]
    return "/".join(step for step in steps if step and step != "dossier")
