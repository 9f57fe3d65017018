"""The mapping language, version 1: a tree shaped like the OSO dossier.

A key is an OSO element. Below it stand either directives (a leaf: where the value comes from) or child elements
(a block), or a list of alternatives of which the first that gives something counts. The order of keys does not matter:
the writer follows the schema.
"""

from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BeforeValidator, model_validator

from dod2oso.base.models import Strict
from dod2oso.findings.catalogue import entries, reasons
from dod2oso.oso.transfers import TRANSFERS, groups
from dod2oso.oso.versions import VERSIONS, known_versions

ORDER_WORD = "later in de export"  # why an item stays behind where the order of the export decides


def _many(value: Any) -> Any:
    return (value,) if isinstance(value, str) else value


def _known_reason(key: str) -> str:
    if key not in reasons():
        raise ValueError(f"no such reason; choose from: {', '.join(reasons())}")
    return key


def _known_finding(code: str) -> str:
    if code not in entries():
        raise ValueError("no such finding; see findings/catalogue.yaml")
    return code


def _known_version(name: str) -> str:
    if name not in known_versions():
        raise ValueError(f"no such OSO version; choose from: {', '.join(known_versions())}")
    return name


def _known_transfer(name: str) -> str:
    if name not in TRANSFERS:
        raise ValueError(f"no such transfer; choose from: {', '.join(TRANSFERS)}")
    return name


def _transfers(names: tuple[str, ...]) -> tuple[str, ...]:
    """The names of groups replaced by the transfers in them."""
    found: list[str] = []
    for name in names:
        if name not in groups() and name not in TRANSFERS:
            raise ValueError(f"no such transfer; choose from: {', '.join((*TRANSFERS, *groups()))}")
        found += groups().get(name, (name,))
    return tuple(dict.fromkeys(found))


Reason = Annotated[str, AfterValidator(_known_reason)]  # a key of reasons.yaml
FindingCode = Annotated[str, AfterValidator(_known_finding)]
Names = Annotated[tuple[str, ...], BeforeValidator(_many)]
OsoVersion = Annotated[str, AfterValidator(_known_version)]
Transfer = Annotated[str, AfterValidator(_known_transfer)]
Transfers = Annotated[tuple[str, ...], BeforeValidator(_many), AfterValidator(_transfers)]  # also names of groups


class Otherwise(Strict):
    """What happens to a code without translation: a finding (the value is refused) or a written drop."""

    finding: FindingCode | None = None
    drop: Reason | None = None


class Default(Strict):
    """A value when there is none, always with the reason why it may be assumed. Never for consent."""

    value: str
    reason: str

    @property
    def origin(self) -> str:
        """How a trace names it."""
        return f"default: {self.reason}"


class Scope(Strict):
    """When a leaf or block is there at all. What falls outside is dropped for `reason` (a key of reasons.yaml)."""

    since: OsoVersion | None = None  # the first
    until: OsoVersion | None = None  # the last
    only_for: Transfers = ()
    not_for: Transfers = ()
    when: str | None = None  # a named condition
    reason: Reason | None = None

    @model_validator(mode="after")
    def _says_why(self) -> Self:
        if self.when is not None and self.reason is None:
            raise ValueError("'when' needs a 'reason': why is dropped what it keeps out?")
        return self


def _otherwise(value: Any) -> Any:
    return {"finding": "code-onbekend"} if value == "finding" else value


class Leaf(Scope):
    """One OSO field.

    `from`: a dictionary name (inside `each`: the short name in that list), `register.*`, `run.*`, or several of them:
    the first with a value counts. `via`: named operations, in order. `codes`: a table of codes.yaml. `loss`: this
    translation loses something, in a word. `attributes`: XML attributes, each a leaf of its own.
    """

    from_: Annotated[Names, BeforeValidator(_many)] = ()
    via: Names = ()
    codes: str | None = None
    otherwise: Annotated[Otherwise, BeforeValidator(_otherwise)] = Otherwise(finding="code-onbekend")
    default: Default | None = None
    loss: str | None = None
    only_from: Literal["supplement"] | None = None
    attributes: dict[str, "Leaf"] = {}
    too_long: Literal["refuse", "cut"] = "refuse"


class Preference(Strict):
    """One rule by which an occurrence goes before another; exactly one of these.

    `running`: it has not ended (the field with its end is absent, or lies ahead). `filled`: it says something in one of
    these fields. `newest`: its date is the latest. `order: export`: the first that can go. `word`: why the other one
    stays behind, in a word for the finding.
    """

    running: str | None = None
    filled: Names = ()
    newest: str | None = None
    order: Literal["export"] | None = None

    @model_validator(mode="after")
    def _one_rule(self) -> Self:
        if sum((self.running is not None, bool(self.filled), self.newest is not None, self.order is not None)) != 1:
            raise ValueError("exactly one of: running, filled, newest, order")
        return self

    @property
    def word(self) -> str:
        if self.running is not None:
            return "afgelopen"
        if self.filled:
            return "zonder uitslag"
        return "ouder" if self.newest is not None else ORDER_WORD

    def names(self) -> tuple[str, ...]:
        """The fields it looks at."""
        return tuple(name for name in (self.running, self.newest) if name is not None) + self.filled


class Block(Scope):
    """One OSO block.

    `each`: a repeating group of the dictionary, or several: the first that is not empty. `each-all`: all of several.
    `one_place`: which item counts where this version has room for one.
    """

    each: Names = ()
    each_all: Names = ()
    one_place: tuple[Preference, ...] = ()
    repeat: Names = ()  # each item yields the children in one parent (cijferlijstTypelijst)
    empty: Literal["allowed"] | None = None  # the schema wants the block even when there is nothing in it
    children: dict[str, "Node"] = {}


class Alternatives(Strict):
    """Several ways for one element; of those that apply here the first that gives something counts."""

    options: tuple["Leaf | Block", ...]


Node = Leaf | Block | Alternatives


class Dropped(Strict):
    """A dictionary field (or a whole group, `zorg.lgf[]`) that does not go along, and why.

    `finding`: told for every value, where a person has to do something about it.
    """

    from_: Names
    reason: Reason
    article: str | None = None
    only_for: Transfers = ()
    not_for: Transfers = ()
    since: OsoVersion | None = None
    until: OsoVersion | None = None
    note: str | None = None
    finding: FindingCode | None = None


class TestCase(Strict):
    """A small example in the mapping itself: given these legacy fields, expect these OSO fields."""

    name: str
    given: dict[str, str]
    expect: dict[str, str | None] = {}
    finding: FindingCode | None = None
    oso: OsoVersion = VERSIONS[-1]
    overstap: Transfer = TRANSFERS[0]


class Mapping(Strict):
    """A mapping file, with what it extends laid under it."""

    language: Literal[1]
    mapping: str
    describes: str
    dossier: dict[str, Node]
    dropped: tuple[Dropped, ...] = ()
    tests: tuple[TestCase, ...] = ()
