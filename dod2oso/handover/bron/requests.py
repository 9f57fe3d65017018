"""A documentRequest of which every field has the shape it must have; anything else goes nowhere, not even to a log."""

import re
from datetime import datetime
from typing import NamedTuple

from dod2oso.handover.soap.envelope import Malformed, Message

_SHAPES = {
    "bron-brin": re.compile(r"[0-9A-Z]{4}\Z"),
    "doel-brin": re.compile(r"[0-9A-Z]{4}\Z"),
    "bron-ap": re.compile(r"[0-9A-Za-z]{1,20}\Z"),
    "doel-ap": re.compile(r"[0-9A-Za-z]{1,20}\Z"),
    "sessie-id": re.compile(r"[0-9A-Za-z-]{1,64}\Z"),
    "koppelsleutel": re.compile(r"[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}\Z"),
    "zoeksleutel": re.compile(r"[0-9A-Za-z+/=\s]{1,1000}\Z"),
    "pgnfrag": re.compile(r"[0-9]{4}\Z"),
}
SWV = "swvaanvraag"


class DocumentRequest(NamedTuple):
    """What a receiver asks for. Exactly one of `zoeksleutel` and `koppelsleutel` is filled."""

    bron_brin: str
    bron_ap: str
    doel_brin: str
    doel_ap: str
    zoeksleutel: str
    pgnfrag: str
    koppelsleutel: str
    overdrachtsoort: str
    sessie_id: str
    aanvraagdatum: str
    since: datetime | None  # aanvraagdatum as a moment

    @classmethod
    def of(cls, message: Message) -> "DocumentRequest":
        """From a message; Malformed when a field has no possible value or the key is not the one for its kind."""
        check_shapes(message)
        soort = message.get("overdrachtsoort")
        if bool(message.get("zoeksleutel")) == bool(message.get("koppelsleutel")):
            raise Malformed("een-sleutel-verwacht")
        if (soort == SWV) != bool(message.get("koppelsleutel")):
            raise Malformed("andere-sleutel-verwacht")
        date = message.get("aanvraagdatum")
        words = {name: message.get(name.replace("_", "-")) for name in cls._fields if name != "since"}
        return cls(**words, since=moment(date) if date else None)

    def session_fields(self) -> dict[str, str]:
        """The fields of a sessiecontroleRequest, as they were asked with."""
        words = self._asdict()
        return {name.replace("_", "-"): words[name] for name in self._fields if name not in ("aanvraagdatum", "since")}


def check_shapes(message: Message) -> None:
    """Malformed when a field cannot be what its name says."""
    for word, shape in _SHAPES.items():
        value = message.get(word)
        if value and not shape.match(value):
            raise Malformed("veld-onleesbaar")


def moment(text: str) -> datetime:
    """An xs:dateTime with its zone; without one nobody can compare it, so that is Malformed."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise Malformed("datum-onleesbaar") from None
    if found.tzinfo is None or "T" not in text:
        raise Malformed("datum-zonder-tijdzone")
    return found
