"""The model of a wire description: every part with its certainty, nothing that the file does not say.

Our own word for a thing is the key; what stands on the line is `is`. Whatever is inferred or unknown about the OSO
messages stands in these files and nowhere else, so that the official names can be filled in without touching code.
"""

import re
from collections.abc import Iterable
from typing import Annotated, Generic, Literal, TypeVar

from pydantic import AfterValidator, Field, model_validator

from dod2oso.base.models import Strict
from dod2oso.oso.versions import in_range

Certainty = Literal["C", "I", "U"]  # confirmed, inferred, unknown
Embedding = Literal["xml", "text", "cdata", "base64"]
Place = Literal["detail", "faultstring", "faultcode"]
T = TypeVar("T")

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*\Z")


def _element(name: str) -> str:
    if not _NAME.match(name):
        raise ValueError("no name of an element")
    return name


Name = Annotated[str, AfterValidator(_element)]

# Our words, of which a description must have every one.
CODES = frozenset(
    {
        "niet-beschikbaar",
        "niet-opvraagbaar",
        "leerling-onbekend",
        "niet-toegestaan",
        "niet-nieuwer",
        "verkeerde-versie",
        "certificaat",
        "tc-niet-bereikbaar",
        "ongeldig-bericht",
        "te-druk",
        "storing",
        "sessie-onbekend",
        "sessie-afgemeld",
        "geen-relatie",
        "sessie-afwijkend",
        "onbekend-aanleverpunt",
        "verstrekker-onbekend",
    }
)
FIELDS: dict[str, frozenset[str]] = {
    name: frozenset(words.split())
    for name, words in {
        "documentRequest": "bron-brin bron-ap doel-brin doel-ap zoeksleutel overdrachtsoort sessie-id aanvraagdatum",
        "documentResponse": "dossier",
        "sessiecontroleRequest": "bron-brin bron-ap doel-brin doel-ap zoeksleutel overdrachtsoort sessie-id",
        "sessiecontroleResponse": "sector",
        "meldenNotificatieRequest": "bron-brin bron-ap doel-brin doel-ap sessie-id aanvraagdatum doel",
        "meldenNotificatieResponse": "url",
        "notificatieRequest": "bron-brin bron-ap doel-brin doel-ap sessie-id aanvraagdatum doel",
        "notificatieResponse": "resultaat",
    }.items()
}


class Certain(Strict, Generic[T]):
    """Something as it stands on the line, and how certain that is."""

    says: T = Field(alias="is")
    certainty: Certainty


class FieldSpec(Strict):
    """One element of a message; `inside` is an element around it, shared with its neighbours of the same name."""

    name: Name = Field(alias="is")
    word: str = Field(alias="as")
    inside: Name | None = Field(default=None, alias="in")
    maybe: bool = False
    certainty: Certainty


class RowSpec(Strict):
    """An element that repeats, with its own fields."""

    name: Name = Field(alias="is")
    fields: tuple[FieldSpec, ...]
    certainty: Certainty


class MessageSpec(Strict):
    """One message: its fields in the order of writing. `declares` are prefixes it declares without using them."""

    certainty: Certainty
    name: Name | None = Field(default=None, alias="is")  # when it is another than our word
    declares: Certain[dict[str, str]] | None = None
    fields: tuple[FieldSpec, ...]
    rows: RowSpec | None = None

    @model_validator(mode="after")
    def _once(self) -> "MessageSpec":
        for taken in ([field.word for field in self.fields], [(field.inside, field.name) for field in self.fields]):
            if len(set(taken)) != len(taken):
                raise ValueError("a field stands here twice")
        return self


class HttpSpec(Strict):
    content_type: Certain[str]
    soap_action: Certain[str]


class FaultSpec(Strict):
    """Where the code of a fault stands; `element` is for `place: detail`."""

    place: Certain[Place]
    element: Certain[Name]


class Values(Strict):
    """Code values in messages: our word -> the word on the line."""

    overdrachtsoort: dict[str, Certain[str]]
    doel: dict[str, Certain[str]]
    resultaat: dict[str, Certain[str]]


class Wire(Strict):
    """Everything that goes over the line in one protocol year."""

    protocol: str
    title: str
    namespace: Certain[str]
    dossier_versions: Certain[tuple[str, ...]]
    http: HttpSpec
    embedding: Certain[Embedding]
    fault: FaultSpec
    values: Values
    codes: dict[str, Certain[str]]
    messages: dict[str, MessageSpec]

    @model_validator(mode="after")
    def _complete(self) -> "Wire":
        if absent := CODES - self.codes.keys():
            raise ValueError(f"codes: absent: {', '.join(sorted(absent))}")
        for name, words in FIELDS.items():
            if name not in self.messages:
                raise ValueError(f"messages: absent: {name}")
            if absent := words - {field.word for field in self.messages[name].fields}:
                raise ValueError(f"{name}: no field for: {', '.join(sorted(absent))}")
        return self

    def element(self, message: str) -> str:
        """The element name of a message."""
        return self.messages[message].name or message

    def message_named(self, element: str) -> str | None:
        """Our word for the message with this element name; None when there is none."""
        return next((word for word in self.messages if self.element(word) == element), None)

    def delivering(self, versions: Iterable[str]) -> "Wire":
        """The same, but dossiers of these OSO versions may be delivered too."""
        known = self.dossier_versions
        says = known.model_copy(update={"says": (*known.says, *versions)})
        return self.model_copy(update={"dossier_versions": says})

    def delivers(self, oso: str) -> bool:
        """May a dossier of this OSO version be delivered in this year?"""
        return any(in_range(oso, known) for known in self.dossier_versions.says)

    def code(self, word: str) -> str:
        """The fault code on the line for one of CODES."""
        return self.codes[word].says
