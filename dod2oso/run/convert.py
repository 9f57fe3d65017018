"""Convert one legacy dossier: supply what people added, map, write, check, and say what became of it.

The way of a record is the table `Converter.steps`. A step knows the draft and no other step; why it is passed over for
a record is written in the draft.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from operator import itemgetter
from typing import Any, NamedTuple, cast

from dod2oso.base.pseudonym import Pseudonyms
from dod2oso.base.texts import Text
from dod2oso.base.xml import parse_bytes
from dod2oso.findings.balance import Balance
from dod2oso.findings.catalogue import entry
from dod2oso.findings.model import Finding
from dod2oso.findings.outcome import MERGED, FieldCount, Outcome, State
from dod2oso.mapping.apply import Mapper, Sought, find, there
from dod2oso.mapping.context import MappingState
from dod2oso.mapping.supplied import Supplied
from dod2oso.oso.added import added
from dod2oso.oso.check_files import Official, OfficialResult
from dod2oso.oso.presence import present_with
from dod2oso.oso.rules.ruleset import ruleset
from dod2oso.oso.transfers import transfer
from dod2oso.oso.verdict import Verdict, check
from dod2oso.oso.writer import write_dossier
from dod2oso.run.books import Books
from dod2oso.run.choice import CODES, REASONS, Chooser
from dod2oso.run.misfits import UNLIKELY, misfits
from dod2oso.run.named import staying, unnamed
from dod2oso.source.carers import same_carers
from dod2oso.source.plausible import Plausibility
from dod2oso.source.record import DROPPED, LegacyDossier
from dod2oso.source.register import Register
from dod2oso.supplement import consent
from dod2oso.supplement.claims import NOTHING, Found, RowFinder, school_key
from dod2oso.supplement.later import Rows
from dod2oso.supplement.needs import simulate_repairs
from dod2oso.supplement.pupil import NOBODY, UNKNOWN, Keys, Pupil, name_key, names_nobody, pgn_key
from dod2oso.supplement.repairs import repairs_for
from dod2oso.supplement.rows import Row, supply

_PATH = itemgetter(2)  # of a journal entry
_SCHOOL = ("huidigeschool", "brincode")
_PUPIL = ("huidigeschool", "leerling")
_NAMELESS, _RESULTS = "leerling-zonder-naam", ("toetsen", "eindtoetsen")
IDENTITY_FIELDS = frozenset({"voornaam", "voorvoegsel", "achternaam", "roepnaam", "geboortedatum", "leerlingid"})
_SURNAME = ("huidigeschool", "leerling", "achternaam")


@dataclass(slots=True)
class Draft:
    """A record on its way through the steps. `said` and `keys`: who the export says it is; `who`: that as supplied."""

    record: LegacyDossier
    said: Pupil = UNKNOWN
    keys: Keys = NOBODY
    found: Found = NOTHING
    given: Supplied = field(default_factory=Supplied)
    unlikely: list[Finding] = field(default_factory=list)  # values that cannot be
    who: Pupil = UNKNOWN
    nodes: list[Any] = field(default_factory=list)
    here: MappingState | None = None
    findings: list[Finding] = field(default_factory=list)
    possible: bool = True  # a dossier can be made at all
    xml: bytes = b""
    root: Any = None
    verdict: Verdict | None = None
    needs: str = ""
    aside: State | str = ""  # no dossier is made: nobody asked for this pupil, or nobody may any more
    skipped: dict[str, str] = field(default_factory=dict)  # step -> why it was passed over

    @property
    def state(self) -> State:
        """What has become of it so far."""
        if self.aside:
            return cast(State, self.aside)
        if not self.possible:
            return "rejected"
        return "held" if any(entry(finding.code).severity == "error" for finding in self.findings) else "ready"


def _never(_draft: Draft) -> str:
    return ""


def _impossible(draft: Draft) -> str:
    return "" if draft.possible else "no dossier can be made"


def _ready(draft: Draft) -> str:
    return "nothing is missing" if draft.state == "ready" else ""


class Step(NamedTuple):
    """One step: what it does to a draft, and why (if so) a draft passes it by."""

    name: str
    do: Callable[[Draft], None]
    passed_by: Callable[[Draft], str] = _never


class Match(NamedTuple):
    """HMACs by which records of one pupil are found; "" where a record does not say it. `school` has the location."""

    pgn: str
    brin: str
    name: str
    school: str
    number: str


class Converter:
    """Everything that is decided once per run; `convert` does one record.

    `shared`: the numbers of supplement rows that several pupils claim (see claims.py).
    """

    def __init__(
        self,
        mapper: Mapper,
        layer: str,
        register: Register,
        supplement: Rows,
        pseudonyms: Pseudonyms,
        official: Official | None = None,
        *,
        shared: frozenset[int] = frozenset(),
        validator_only: bool = False,
        chooser: Chooser | None = None,
    ) -> None:
        self.mapper = mapper
        self.chooser = chooser
        self.layer = layer
        self.register = register
        self.supplement = supplement
        self.finder = RowFinder(supplement, pseudonyms, shared)
        self.pseudonyms = pseudonyms
        self.version = mapper.plan.version
        self.official = official  # runs the official stylesheets as well
        self.validator_only = validator_only  # nothing is held for what the official validator does not ask
        self._plausible = Plausibility(mapper.datum)
        self._legal = frozenset() if validator_only else ruleset(self.version, layer).legal()
        self._repairs = repairs_for(mapper.plan)
        self._books = Books(mapper.plan)
        self._assumed = Sought(mapper.plan.assumed)
        self.steps = (
            Step("find-rows", self._find_rows),
            Step("supply", self._supply),
            Step("map", self._map),
            Step("choose", self._choose, self._no_choice),
            Step("see-what-lacks", self._see_what_lacks),
            Step("write", self._write),
            Step("check", self._check),
            Step("tell-verdict", self._tell_verdict, _impossible),
            Step("see-what-misfits", self._see_what_misfits, _impossible),
            Step("judge-officially", self._judge_officially, self._not_official),
            Step("ask-consent", self._ask_consent, _impossible),
            Step("simulate-repairs", self._simulate, _ready),
        )

    def convert(self, record: LegacyDossier) -> Outcome:
        """The outcome of one record. Raises BalanceError when its source values do not add up."""
        return self.convert_all([record])[0]

    def convert_all(self, records: Iterable[LegacyDossier]) -> list[Outcome]:
        """The outcomes of a batch of records, in order.

        Step by step rather than record by record: the processor's caches then hold one step at a time, which makes all
        of them about a quarter faster.
        """
        return [self._outcome(draft) for draft in self.drafts(records)]

    def drafts(self, records: Iterable[LegacyDossier]) -> list[Draft]:
        """The records after all steps."""
        drafts = [Draft(record) for record in records]
        for step in self.steps:
            for draft in drafts:
                if reason := "no dossier is asked for" if draft.aside else step.passed_by(draft):
                    draft.skipped[step.name] = reason
                else:
                    step.do(draft)
        return drafts

    # --- the steps ---

    def _find_rows(self, draft: Draft) -> None:
        draft.said = Pupil.of(draft.record.root)
        draft.keys = draft.said.keys(self.pseudonyms, draft.record.number)
        draft.found = self.finder.find(draft.keys)

    def _supply(self, draft: Draft) -> None:
        draft.given = supply(draft.record, draft.found.rows, self._plausible)
        draft.given.findings += draft.found.findings()
        draft.unlikely = [*self._plausible.judge(draft.record), *same_carers(draft.record.root)]
        changed = draft.found.rows or draft.unlikely
        draft.who = Pupil.of(draft.record.root) if changed else draft.said

    def _map(self, draft: Draft) -> None:
        who = draft.who
        school = self.register.find(who.brin, who.vestiging)
        draft.nodes, draft.here = self.mapper.map(draft.record, school, draft.given)
        draft.findings = [*draft.record.findings, *draft.given.findings, *draft.unlikely, *draft.here.findings]
        draft.findings += staying(draft.record, self.mapper.plan.told)
        if school is None and who.brin:
            note = "" if self.register.schools else Text("no-register")
            draft.findings.append(Finding("school-niet-in-register", target="huidigeschool", note=note))

    def _no_choice(self, _draft: Draft) -> str:
        return "everybody is chosen" if self.chooser is None or self.chooser.takes_everybody else ""

    def _choose(self, draft: Draft) -> None:
        """Put a record aside of which no dossier is to be made: all of it stays behind, for that reason."""
        assert self.chooser is not None and draft.here is not None  # noqa: S101  there is a choice, and it is mapped
        decided = self.chooser.decide(draft.record.root, draft.keys, draft.nodes)
        if decided.finding is not None:
            draft.findings.append(decided.finding)
        if not decided.state:
            return
        draft.aside = decided.state
        state = draft.state
        for cell, before, _path in reversed(draft.here.journal):
            cell.state = before
        draft.here.journal.clear()
        for cell in draft.record.cells:
            cell.state, cell.reason = DROPPED, REASONS[state]
        # what the source itself could not read was refused by its reader, which says why
        kept = draft.record.findings if draft.record.refused else ()
        draft.findings = [Finding(CODES[state]), *kept]

    def _see_what_lacks(self, draft: Draft) -> None:
        lacking = _what_lacks(draft.nodes)
        if lacking is not None and lacking.code == _NAMELESS:
            lacking = _of_nobody(draft.record) or lacking
        if lacking is not None:
            draft.possible = False
            draft.findings.append(lacking)
            _refuse_all(draft, lacking.code)

    def _write(self, draft: Draft) -> None:
        draft.xml = write_dossier(self.version, draft.nodes)

    def _check(self, draft: Draft) -> None:
        draft.root = parse_bytes(draft.xml)
        draft.verdict = check(draft.root, self.version, self.layer)

    def _tell_verdict(self, draft: Draft) -> None:
        assert draft.verdict is not None  # noqa: S101  checked
        draft.findings += _verdict_findings(draft.verdict, self._legal)

    def _not_official(self, draft: Draft) -> str:
        return _impossible(draft) or ("" if self.official is not None else "not asked for")

    def _judge_officially(self, draft: Draft) -> None:
        assert draft.verdict is not None and self.official is not None  # noqa: S101  checked, and asked for
        result = self.official(draft.root, self.version, self.layer, draft.verdict)
        draft.findings += self._official_findings(result, draft.verdict)

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

    def _see_what_misfits(self, draft: Draft) -> None:
        """What does not fit this transfer; told, and no more than told, when only the validator counts."""
        for found in misfits(draft.nodes, transfer(self.mapper.plan.transfer), self.mapper.datum):
            draft.findings.append(found._replace(code=UNLIKELY) if self.validator_only else found)

    def _ask_consent(self, draft: Draft) -> None:
        draft.findings += self._stopped(draft)

    def _stopped(self, draft: Draft) -> Iterable[Finding]:
        plan = self.mapper.plan
        return consent.stops(plan.transfer, draft.given.consent, has_field=consent.CONSENT in plan.leaves)

    def _simulate(self, draft: Draft) -> None:
        assert draft.verdict is not None  # noqa: S101  checked
        told = draft.findings if draft.possible else [*draft.findings, *self._stopped(draft)]
        refused = consent.refused(draft.given.consent)
        found = simulate_repairs(
            draft.root, self.version, self.layer, draft.verdict, told, self._repairs, refused, self._legal
        )
        draft.needs = str(found)

    # --- what comes of it ---

    def _outcome(self, draft: Draft) -> Outcome:
        record, who = draft.record, draft.who
        assert draft.here is not None  # noqa: S101  mapped
        balance, fields = self._books.settle(record)
        balance.verify(f"record {record.number}")
        return Outcome(
            record=record.number,
            state=draft.state,
            brin=who.brin,
            vestiging=who.vestiging,
            pseudonym=draft.keys.pseudonym,
            match_pgn=pgn_key(self.pseudonyms, who.pgn),
            match_name=draft.keys.name if who is draft.said else name_key(self.pseudonyms, who.name, who.born),
            xml=self._bytes(draft),
            findings=[*draft.findings, *unnamed(record.cells, draft.findings)],
            balance=balance,
            fields=fields,
            targets=[] if draft.aside else list(self._targets(draft)),
            needs=draft.needs,
            supplied=draft.found.said(self.pseudonyms),
            key_school=school_key(draft.keys),
            key_number=draft.keys.number,
            key_name=draft.keys.name,
        )

    def _targets(self, draft: Draft) -> set[str]:
        """What the dossier has: its fields, the blocks around them, and the categories they belong to."""
        assert draft.here is not None  # noqa: S101  mapped
        paths = {*map(_PATH, draft.here.journal), *draft.given.paths}
        if draft.possible:
            there(draft.nodes, self._assumed, paths)
        return set().union(*[present_with(self.version, path) for path in paths])

    def _bytes(self, draft: Draft) -> bytes | None:
        if draft.aside:
            return None
        return draft.xml if draft.possible else write_dossier(self.version, _who_only(draft.nodes))

    def convert_merged(self, merged: LegacyDossier, parts: Sequence[LegacyDossier], export: str) -> list[Outcome]:
        """The outcomes of records of one pupil that were put together: the first becomes the dossier, the others none.

        Each keeps its own balance. `export` is where the first one stands, for the findings of the others.
        """
        outcome = self.convert(merged)
        told = [Finding("leerling-samengevoegd", place=f"{export}, record {parts[0].number}")]
        made = []
        for part in parts:
            balance, fields = self._books.settle(part)
            balance.verify(f"record {part.number}")
            if part is parts[0]:
                made.append(replace(outcome, balance=balance, fields=fields))
                continue
            keys = self._keys(part)
            made.append(
                replace(
                    outcome,
                    record=part.number,
                    state=MERGED,
                    brin=keys.brin,
                    vestiging=keys.vestiging,
                    pseudonym=keys.pseudonym,
                    xml=None,
                    findings=told,
                    balance=balance,
                    fields=fields,
                    targets=[],
                    needs="",
                    supplied=self.finder.find(keys).said(self.pseudonyms),
                    key_school=school_key(keys),
                    key_number=keys.number,
                    key_name=keys.name,
                )
            )
        return made

    def settle_shared(self, outside: LegacyDossier) -> tuple[Balance, dict[FieldCount, int]]:
        """After the last record: what became of the values that the export's records share."""
        return self._books.settle_shared(outside)

    # --- whose it is ---

    def _keys(self, record: LegacyDossier) -> Keys:
        return Pupil.of(record.root).keys(self.pseudonyms, record.number)

    def pseudonym(self, record: LegacyDossier) -> str:
        """What the pupil of this record is called in the project."""
        return self._keys(record).pseudonym

    def rows(self, record: LegacyDossier) -> list[Row]:
        """The rows of the supplement about this record."""
        return self.finder.find(self._keys(record)).rows

    def match(self, record: LegacyDossier) -> Match:
        """What a record may have in common with another one of the same pupil; supplies the record."""
        supply(record, self.rows(record))
        who = Pupil.of(record.root)
        name = name_key(self.pseudonyms, who.name, who.born)
        keys = who.keys(self.pseudonyms, record.number)
        return Match(pgn_key(self.pseudonyms, who.pgn), who.brin, name, school_key(keys), keys.number)


def _what_lacks(nodes: list[Any]) -> Finding | None:
    """What makes a dossier impossible: no school, or no surname."""
    if find(nodes, _SCHOOL) is None:
        return Finding("school-onbekend", "school.brin", "huidigeschool/brincode")
    if find(nodes, _SURNAME) is None:
        return Finding(_NAMELESS, "leerling.achternaam", "huidigeschool/leerling/achternaam")
    return None


def _of_nobody(record: LegacyDossier) -> Finding | None:
    """Of results by a key alone, that were joined to no pupil: where that key stands."""
    root = record.root
    keys = [root.fields[name] for name in ("leerling.leerlingid", "leerling.sleutel") if name in root.fields]
    if not names_nobody(root) or not keys or not any(root.lists.get(name) for name in _RESULTS):
        return None
    return Finding("uitslagen-zonder-leerling", keys[0].bound.field, place=keys[0].bound.place)


def _who_only(nodes: list[Any]) -> list[Any]:
    """Of a dossier that cannot be made: whom it is about, so that aanvulling.xlsx can ask the school for the rest."""
    pupil = find(nodes, _PUPIL) or []
    return [("huidigeschool", [("leerling", [node for node in pupil if node[0] in IDENTITY_FIELDS])])]


def _refuse_all(draft: Draft, code: str) -> None:
    """No dossier is made, so nothing of the pupil came along."""
    assert draft.here is not None  # noqa: S101  mapped
    draft.here.undo(0, code)
    for cell in draft.record.cells:
        cell.refuse(code)


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
