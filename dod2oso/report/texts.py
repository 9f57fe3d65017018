"""What codes, reasons, fields and rules are called in one report: one language, one OSO version, one
transfer.
"""

from functools import cached_property
from typing import NamedTuple

from dod2oso.base.english import element_label, law_reason
from dod2oso.base.errors import Dod2osoError
from dod2oso.base.texts import Text, shown, templates, unpacked
from dod2oso.findings import catalogue
from dod2oso.findings.pages import page_of_cause, subject
from dod2oso.oso.catalogue import Catalogue
from dod2oso.oso.catalogue import catalogue as oso_catalogue
from dod2oso.oso.rules.ruleset import RuleSet, ruleset
from dod2oso.oso.transfers import transfer
from dod2oso.source.dictionary import Dictionary, load_dictionary

# Findings about an export whose rule is the key of the text that says why, its values in `detail` (base/texts.packed).
REASONED = frozenset(
    {"export-onleesbaar", "export-niet-herkend", "export-geen-toegang", "export-ander-soort"}
    | {"bestand-niet-gelezen", "bestand-van-dod2oso"}
)


class CauseKey(NamedTuple):
    """What findings have in common: a code and, where that says little, the OSO rule or what the schema says.

    Of an export that was not read (REASONED) it is the key of the reason, and its values.
    """

    code: str
    rule: str = ""
    target: str = ""
    detail: str = ""

    @property
    def about(self) -> str:
        """What to look up: the rule, else the code."""
        return subject(self.code, self.rule)

    def as_dict(self) -> dict[str, str]:
        """For JSON: with the page of the documentation that explains it."""
        return self._asdict() | {"page": page_of_cause(self.code, self.rule)}


def cause_key(code: str, rule: str, target: str, detail: str) -> CauseKey:
    """The cause of a finding; `queries` groups in the same way."""
    if rule and code in REASONED:
        return CauseKey(code, rule, "", detail)
    if catalogue.entry(code).layer != "oso":
        return CauseKey(code)
    return CauseKey(code, rule) if rule else CauseKey(code, "", target, detail)


LEGAL = "wet-vereist"  # a rule that officially never fires, while the law asks the same
BESIDE_VALIDATOR = (LEGAL, "leeftijd-past-niet", "groep-past-niet")  # what holds a dossier that the validator accepts


class Words(NamedTuple):
    """What a finding says and what to do about it."""

    text: str
    remedy: str


class Lexicon:
    """Looks words up; what it cannot find it leaves out, because a report of a finished run must always come."""

    def __init__(self, lang: str, oso: str, overstap: str) -> None:
        self.lang = lang
        self._oso = oso
        self._overstap = overstap
        self._causes: dict[CauseKey, Words] = {}

    def cause(self, key: CauseKey) -> Words:
        """The text and remedy of a cause; a broken OSO rule speaks for itself, not through the catalogue."""
        words = self._causes.get(key)
        if words is None:
            words = self._causes[key] = self._reason(key) or self._rule(key) or self._entry(key)
        return words

    def reason(self, key: str, outcome: str) -> str:
        """Why a source value is not in the dossier: a written reason, a finding, or no rule reads it."""
        if outcome == "dropped":
            reason = catalogue.reason(key)
            return self.pick(reason.nl, reason.en)
        if outcome == "refused" and key:
            return self.cause(CauseKey(key)).text
        if outcome == "unmapped":
            return self.say("reason-unmapped")
        return ""

    def field(self, name: str) -> str:
        """What a dictionary field means; "" for a source path, which no dictionary knows."""
        if self._dictionary is None or name not in self._dictionary:
            return ""
        return self.pick(self._dictionary[name].nl, self._dictionary[name].en)

    def group(self, name: str) -> str:
        """What the fields whose name begins with this word are about; "" is for paths without a meaning."""
        if not name:
            return self.say("group-outside-profile")
        text = Text(f"group-{name}")
        return text.text(self.lang) if text.key in templates() else name

    def ground(self, name: str, reason: str) -> str:
        """On what ground a value stays out: why the law forbids this field, else what the reason rests on."""
        if self._dictionary is not None and name in self._dictionary and self._dictionary[name].law_reason:
            return law_reason(self._dictionary[name].law_reason or "", self.lang)
        ground = catalogue.reason(reason).ground
        return self.pick(*ground) if ground else ""

    def target(self, path: str) -> str:
        """What an OSO field means."""
        element = self._catalogue.at(path) if self._catalogue else None
        return element_label(element.nl, self.lang) if element else ""

    def transfer(self) -> str:
        try:
            kind = transfer(self._overstap)
        except Dod2osoError:  # of a ledger that another version filled
            return self._overstap
        return kind.text(self.lang)

    def say(self, key: str, **values: object) -> str:
        """A text of texts.yaml in the language of the report."""
        return Text(key, **values).text(self.lang)

    def pick(self, nl: str, en: str) -> str:
        return en if self.lang == "en" else nl

    def _reason(self, key: CauseKey) -> Words | None:
        """Why an export was not read; a short reason (a kind of file) stands behind the text of the catalogue."""
        reason = unpacked(key.rule, key.detail) if key.code in REASONED and key.rule else None
        if reason is None:
            return None
        said, words = reason.text(self.lang), self._entry(CauseKey(key.code))
        return Words(said if said.endswith(".") else f"{words.text} {said[:1].upper()}{said[1:]}.", words.remedy)

    def _entry(self, key: CauseKey) -> Words:
        entry = catalogue.entry(key.code)
        text = self.pick(entry.nl, entry.en)
        if detail := shown(key.detail, self.lang):
            text += f" {detail[0].upper()}{detail[1:].rstrip('.')}."
        elif label := self.target(key.target) if key.target else "":
            text = f"{label}: {text[0].lower()}{text[1:]}"
        return Words(text, self.pick(entry.remedy_nl, entry.remedy_en))

    def _rule(self, key: CauseKey) -> Words | None:
        if key.code in REASONED or not key.rule or self._rules is None:
            return None
        try:
            words = Words(self._rules.message(key.rule, self.lang), self._rules.remedy(key.rule, self.lang))
            if key.code != LEGAL:
                return words
            asked = self._entry(CauseKey(LEGAL))
            return Words(f"{words.text} {asked.text}", f"{words.remedy} {asked.remedy}")
        except KeyError:  # a rule this version of dod2oso no longer has
            return None

    @cached_property
    def _rules(self) -> RuleSet | None:
        try:
            return ruleset(self._oso, transfer(self._overstap).layer)
        except Dod2osoError:
            return None

    @cached_property
    def _catalogue(self) -> Catalogue | None:
        try:
            return oso_catalogue(self._oso)
        except Dod2osoError:
            return None

    @cached_property
    def _dictionary(self) -> Dictionary | None:
        try:
            return load_dictionary()
        except Dod2osoError:
            return None
