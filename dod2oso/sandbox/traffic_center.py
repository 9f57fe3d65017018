"""A Traffic Center for the sandbox: sessions, koppelsleutels, aanleverpunten, and the faults in the documented order.

It sees no dossiers, as in OSO. What it remembers, it remembers in memory.
"""

import secrets
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field

from dod2oso.handover.soap.envelope import Message

_COMPARED = ("bron-brin", "doel-brin", "overdrachtsoort", "zoeksleutel", "pgnfrag", "koppelsleutel")


class Refused(Exception):
    """Answered with a fault; `word` is one of wire.model.CODES."""

    def __init__(self, word: str) -> None:
        super().__init__(word)
        self.word = word


@dataclass(frozen=True, slots=True)
class Point:
    """An aanleverpunt: where a school's system is reached, and whose certificate it has."""

    brin: str
    ap: str
    url: str
    serial: str
    sector: str = "PO"
    offers: bool = True  # dossiers; a samenwerkingsverband only receives


@dataclass(slots=True)
class Session:
    """One overdracht, from request to afmelding."""

    asked: dict[str, str]
    result: str = ""  # as signed off; empty while it runs
    checks: int = 0


@dataclass(slots=True)
class TrafficCenter:
    """All it knows. `answer` takes a message and who sent it (by certificate), and returns the answer.

    `forced`: messages that get this fault, whatever they say.
    """

    points: dict[tuple[str, str], Point] = field(default_factory=dict)
    sessions: dict[str, Session] = field(default_factory=dict)
    keys: dict[str, tuple[tuple[str, str], tuple[str, str]]] = field(default_factory=dict)
    notifications: list[tuple[str, str]] = field(default_factory=list)
    forced: dict[str, str] = field(default_factory=dict)

    def add(self, point: Point) -> None:
        self.points[point.brin, point.ap] = point

    def answer(self, message: Message, serials: frozenset[str]) -> Message:
        """Raises Refused, when the certificate is not that of the aanleverpunt the caller speaks for among others."""
        handlers: dict[str, tuple[Callable[[Message], Message], str]] = {
            "overdrachtRequest": (self._open, "doel"),
            "sessiecontroleRequest": (self._check, "bron"),
            "afmeldingRequest": (self._close, "doel"),
            "meldenNotificatieRequest": (self._notify, "bron"),
            "meldenTerugkoppelingRequest": (self._feedback, "doel"),
            "overzichtAanleverpuntRequest": (self._overview, ""),
        }
        if message.name not in handlers:
            raise Refused("ongeldig-bericht")
        handler, side = handlers[message.name]
        if side:
            self._own(message, side, serials)
        if message.name in self.forced:
            raise Refused(self.forced[message.name])
        return handler(message)

    def _open(self, message: Message) -> Message:
        if not any(brin == message.get("bron-brin") for brin, _ in self.points):
            raise Refused("verstrekker-onbekend")
        if bool(message.get("zoeksleutel")) == bool(message.get("koppelsleutel")):
            raise Refused("ongeldig-bericht")
        if key := message.get("koppelsleutel"):
            bron, doel = self.keys.get(key, ((), ()))
            if doel != _end(message, "doel") or bron[:1] != (message.get("bron-brin"),):
                raise Refused("geen-relatie")
        wanted = message.get("bron-ap")
        rows = tuple(
            {"ap": point.ap, "brin": point.brin, "url": point.url}
            for point in self.points.values()
            if point.brin == message.get("bron-brin")
            and point.offers
            and (not wanted or point.ap == wanted)
            and (point.brin, point.ap) != _end(message, "doel")
        )
        session = str(uuid.uuid4())
        self.sessions[session] = Session(dict(message.fields))
        return Message("overdrachtResponse", {"sessie-id": session}, rows)

    def _check(self, message: Message) -> Message:
        """In the documented order."""
        session = self.sessions.get(message.get("sessie-id"))
        if session is None:
            raise Refused("sessie-onbekend")
        session.checks += 1
        if session.result:
            raise Refused("sessie-afgemeld")
        within = message.get("overdrachtsoort") == "overdrachtbinnenbrin"
        if within and message.get("bron-brin") != message.get("doel-brin"):
            raise Refused("geen-relatie")
        if any(message.get(word) != session.asked.get(word, "") for word in _COMPARED):
            raise Refused("sessie-afwijkend")
        if message.get("doel-ap") != session.asked["doel-ap"]:
            raise Refused("onbekend-aanleverpunt")
        return Message("sessiecontroleResponse", {"sector": self.points[_end(message, "doel")].sector})

    def _close(self, message: Message) -> Message:
        session = self.sessions.get(message.get("sessie-id"))
        if session is None or session.asked["doel-brin"] != message.get("doel-brin"):
            raise Refused("sessie-onbekend")
        if session.result:
            raise Refused("sessie-afgemeld")
        session.result = message.get("resultaat")
        return Message("afmeldingResponse", {"resultaat": session.result})

    def _notify(self, message: Message) -> Message:
        """For a samenwerkingsverband a new koppelsleutel; for a school the session of which it asked in vain.

        The public pages do not agree who is `bron` in the second case; both ways round are accepted.
        """
        bron, doel = _end(message, "bron"), _end(message, "doel")
        if doel not in self.points:
            raise Refused("onbekend-aanleverpunt")
        fields = {"url": self.points[doel].url}
        if message.get("doel") == "swv":
            key = str(uuid.UUID(bytes=secrets.token_bytes(16), version=4)).upper()
            self.keys[key] = (bron, doel)
            fields["koppelsleutel"] = key
        else:
            session = self.sessions.get(message.get("sessie-id"))
            if session is None:
                raise Refused("sessie-onbekend")
            if {bron[0], doel[0]} != {session.asked["bron-brin"], session.asked["doel-brin"]}:
                raise Refused("sessie-afwijkend")
        self.notifications.append((bron[0], message.get("doel")))
        return Message("meldenNotificatieResponse", fields)

    def _feedback(self, message: Message) -> Message:
        ends = {_end(message, "bron"), _end(message, "doel")}
        if set(self.keys.get(message.get("koppelsleutel"), ())) != ends:
            raise Refused("geen-relatie")
        bron, _ = self.keys[message.get("koppelsleutel")]
        return Message("meldenTerugkoppelingResponse", {"url": self.points[bron].url})

    def _overview(self, message: Message) -> Message:
        wanted = message.get("brin")
        found = [point for point in self.points.values() if not wanted or point.brin == wanted]
        rows = tuple({"ap": point.ap, "brin": point.brin, "url": point.url} for point in found)
        return Message("overzichtAanleverpuntResponse", {}, rows)

    def _own(self, message: Message, side: str, serials: frozenset[str]) -> None:
        """The caller must have the certificate of the aanleverpunt it speaks for."""
        point = self.points.get(_end(message, side))
        if point is None:
            raise Refused("verstrekker-onbekend" if side == "bron" else "onbekend-aanleverpunt")
        if point.serial not in serials:
            raise Refused("certificaat")


def _end(message: Message, side: str) -> tuple[str, str]:
    return message.get(f"{side}-brin"), message.get(f"{side}-ap")
