"""What a rule is and what an evaluation says."""

from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from dod2oso.oso.rules.expression import Expression
from dod2oso.oso.rules.place import Place

RuleState = Literal["passed", "failed", "not-run", "crashed"]
Severity = Literal["error", "warning"]


class Texts(NamedTuple):
    """One text in both languages."""

    nl: str
    en: str

    def text(self, lang: str) -> str:
        return self.en if lang == "en" else self.nl


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of one version: it speaks at every `place` where `fires` is true.

    `official` is the number the official message carries, None when it has none. With `advised` the official walk
    stops above these places in a schema-valid dossier: then the rule only advises. `law`: the article that asks the
    same, also where the official walk does not come.
    """

    key: str
    layer: str
    official: str | None
    place: Place
    fires: Expression
    message: Texts
    remedy: Texts
    note: str
    advised: bool
    law: str | None = None

    @property
    def severity(self) -> Severity:
        return "warning" if self.advised else "error"


class Fired(NamedTuple):
    """One message: the key of the rule and the place, as in /dossier[1]/metadata[1]; /[1] is the document."""

    rule: str
    at: str


@dataclass(frozen=True, slots=True)
class RuleResult:
    """The verdict of all rules on one document.

    `crashed`: the official validator would stop with an error; then nothing is known and both lists are empty.
    `advised` never counts for the state.
    """

    state: RuleState
    fired: list[Fired] = field(default_factory=list)
    advised: list[Fired] = field(default_factory=list)
