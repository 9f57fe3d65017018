"""The stage of a rehearsal: Traffic Center and partners of the sandbox, the source of this run, and who receives.

Three ways (Mode): our own source asked by our own receiver; a source elsewhere asked by our receiver; our source asked
by a receiver elsewhere, for whose requests is waited. What comes in and goes out becomes lines, what it meant facts.
"""

import asyncio
import contextlib
import ssl
import uuid
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple

from lxml import etree

from dod2oso.base.clock import now, stopwatch
from dod2oso.base.texts import Text
from dod2oso.base.xml import parse_bytes
from dod2oso.handover.bron.config import Bron
from dod2oso.handover.bron.message_log import LogLine, safe_brin
from dod2oso.handover.bron.notify import Notified
from dod2oso.handover.bron.run import Running, running
from dod2oso.handover.soap import envelope as soap
from dod2oso.handover.soap.client import SoapClient, Unreachable
from dod2oso.handover.soap.envelope import Fault, Message
from dod2oso.handover.tls import client_context
from dod2oso.handover.wire.model import Wire
from dod2oso.oso.transfers import transfer
from dod2oso.oso.versions import VERSIONS, version_of_namespace
from dod2oso.qualify.exchange import Reply, Understood, exchange, other_form, understand
from dod2oso.qualify.kit import Kit, Pupil, Schools, outdated_versions, schools
from dod2oso.qualify.message import Line, line, safe_code
from dod2oso.qualify.stand import Stand
from dod2oso.sandbox.chain import SEARCH_KEY, SERIALS, Around, around, point_of
from dod2oso.sandbox.faults import Faults
from dod2oso.sandbox.host import Heard
from dod2oso.sandbox.traffic_center import Point, Session

CENTER = "Traffic Center"
_PAUSE = 0.05


class Mode(StrEnum):
    """Who is under test."""

    own = "own"
    source = "source"
    receiver = "receiver"


class NotDoneError(Exception):
    """A scenario could not be done; the text says why. It is then not tested."""

    def __init__(self, text: Text) -> None:
        super().__init__(text.key)
        self.text = text


class Asking(NamedTuple):
    """Who asks for what: a receiving school, the source's own school (within a BRIN), or a samenwerkingsverband."""

    pupil: str
    kind: str = "overstapdossier"
    date: str = ""  # aanvraagdatum on the line
    koppelsleutel: str = ""


@dataclass(slots=True)
class Exchanged:
    """One documentRequest with what came of it. `session` is whole; it is shortened where it is shown."""

    asking: Asking
    session: str
    understood: Understood
    reply: Reply = field(default_factory=Reply)


@dataclass(slots=True)
class Story:
    """All that happened in one scenario."""

    lines: list[Line] = field(default_factory=list)
    heard: list[tuple[str, Heard]] = field(default_factory=list)
    exchanged: list[Exchanged] = field(default_factory=list)
    staged: list[str] = field(default_factory=list)  # hashes of what was staged when it was asked for
    told: Notified | None = None
    feedback: bool | None = None
    koppelsleutel: str = ""
    stranger: Reply | None = None
    waited: str = ""  # the session of a receiver elsewhere
    forms: list[str] = field(default_factory=list)  # of messages that came in and were no plain SOAP 1.1

    @property
    def last(self) -> Exchanged | None:
        return self.exchanged[-1] if self.exchanged else None

    def messages(self, name: str, who: str = "traffic-center") -> Iterator[Heard]:
        """What one of the partners heard by this name."""
        for place, heard in self.heard:
            if place == who and heard.message is not None and heard.message.name == name:
                yield heard

    def of_session(self, name: str, session: str) -> list[Heard]:
        """What the Traffic Center heard about a session."""
        return [h for h in self.messages(name) if h.message is not None and h.message.get("sessie-id") == session]


Person = Callable[[Text], bool]  # asks a person to do something; False: nobody did


@dataclass(slots=True)
class Scene:
    """A chain that is up. Made by `on_stage`."""

    kit: Kit
    mode: Mode
    wire: Wire
    made: Around
    url: str
    seconds: float
    pgns: Mapping[str, str]
    cast: Mapping[str, Pupil]
    person: Person
    say: Callable[[Text], None]
    center_faults: Faults
    places: Schools = field(default_factory=schools)
    stand: Stand | None = None
    running: Running | None = None
    story: Story = field(default_factory=Story)
    source_lines: list[LogLine] = field(default_factory=list)  # what our own source wrote down

    # --- the two ends --------------------------------------------------------------------------------------------

    def brin(self, pupil: str) -> str:
        """The school that sends this pupil."""
        return self.places.vo if self.cast[pupil].bron == "vo" else self.places.po

    def point(self, pupil: str) -> str:
        return self.made.own[self.brin(pupil)]

    def asker(self, asking: Asking) -> Point:
        """Who asks: within a BRIN and for support the aanleverpunt hangs under the school's own BRIN."""
        if asking.kind == "overstapdossier":
            return self.made.school.point
        number = 2 if asking.kind == "overdrachtbinnenbrin" else 9
        brin = self.brin(asking.pupil)
        point = Point(brin, point_of(brin, number, self.wire), "", SERIALS["swv"], "PO", offers=False)
        known = self.made.traffic_center.points.get((point.brin, point.ap))
        if known is None:
            self.made.traffic_center.add(point)
        return known or point

    def context(self, asking: Asking) -> ssl.SSLContext:
        name = "school" if asking.kind == "overstapdossier" else "swv"
        return client_context(self.made.parties.certificates[name])

    def fields(self, asking: Asking) -> dict[str, str]:
        """What a receiver says of what it wants, to the Traffic Center and to the source."""
        point = self.asker(asking)
        found = {
            "bron-brin": self.brin(asking.pupil), "doel-brin": point.brin, "doel-ap": point.ap,
            "overdrachtsoort": asking.kind,
        }  # fmt: skip
        if asking.koppelsleutel:
            return found | {"koppelsleutel": asking.koppelsleutel}
        key, fragment = self.made.keys.make(self.pgns[asking.pupil])
        return found | {"zoeksleutel": key, "pgnfrag": fragment}

    # --- asking --------------------------------------------------------------------------------------------------

    async def ask(self, asking: Asking) -> Exchanged:
        """One dossier, from session to sign-off; of a receiver elsewhere: wait until it does so."""
        if self.mode is Mode.receiver:
            return await self.wait(asking)
        async with self.client(asking) as client:
            fields = self.fields(asking)
            opened = await self.call(client, Message("overdrachtRequest", fields))
            session, found = opened.get("sessie-id"), None
            asked = fields | {"sessie-id": session, "bron-ap": self.point(asking.pupil), "aanvraagdatum": asking.date}
            for row in opened.rows or ({"ap": asked["bron-ap"], "url": self.url},):
                asked["bron-ap"] = row["ap"]
                found = await self.document(asking, asked, row["url"])
                if found.understood.kind == "dossier":
                    break
            assert found is not None  # noqa: S101 - there is at least one row
            good = found.understood.kind == "dossier" and self.current(found.understood.dossier)
            result = "overdracht-geslaagd" if good else "niet-geslaagd"
            with contextlib.suppress(NotDoneError):
                await self.call(client, Message("afmeldingRequest", asked | {"resultaat": result}))
        return found

    async def document(
        self, asking: Asking, asked: Mapping[str, str], url: str = "", *, raw: bytes = b"", first_ask: bool = False
    ) -> Exchanged:
        """Ask the source, with these very fields, or these very bytes."""
        body = raw or soap.write(self.wire, Message("documentRequest", asked))
        headers = {
            "Content-Type": self.wire.http.content_type.says,
            "SOAPAction": f'"{self.wire.http.soap_action.says}"',
        }
        reply = await exchange(url or self.url, self.context(asking), headers, body, self.seconds, first_ask=first_ask)
        found = understand(reply, self.wire)
        doel, bron, session = asked["doel-brin"], asked["bron-brin"], asked.get("sessie-id", "")
        self.story.lines.append(line(doel, bron, "documentRequest", "", body, session))
        outcome = safe_code(found.code) if found.kind == "fault" else found.why or found.kind
        self.story.lines.append(line(bron, doel, "documentResponse", outcome, reply.body, session, reply.seconds))
        self.story.exchanged.append(made := Exchanged(asking, session, found, reply))
        return made

    @contextlib.asynccontextmanager
    async def client(self, asking: Asking) -> AsyncIterator[SoapClient]:
        wires = {self.wire.namespace.says: self.wire}
        async with SoapClient(self.context(asking), wires, self.seconds) as client:
            yield client

    async def call(self, client: SoapClient, message: Message) -> Message:
        """A message to the Traffic Center; NotDoneError when our own center refuses: then nothing was tested."""
        try:
            return await client.call(self.made.traffic_center_url, self.wire, message)
        except (Fault, Unreachable) as error:
            word = safe_code(error.code) if isinstance(error, Fault) else error.why
            raise NotDoneError(Text("qualify-center-refused", message=message.name, word=word)) from None

    def current(self, dossier: bytes) -> bool:
        """Whether a dossier is of a version that this year takes."""
        return version_of(dossier) in self.current_versions()

    def current_versions(self) -> tuple[str, ...]:
        """The versions of dossiers that hold in this rehearsal."""
        known = [name for name in VERSIONS if self.wire.delivers(name)]
        return (*known, self.kit.speaks.oso)

    def date(self, which: str) -> str:
        """An aanvraagdatum long before, or just after all that was staged until now."""
        moment = now() - timedelta(days=365) if which == "before" else now() + timedelta(minutes=5)
        return moment.isoformat(timespec="seconds") if which else ""

    # --- waiting -------------------------------------------------------------------------------------------------

    async def wait(self, asking: Asking) -> Exchanged:
        """Wait until a receiver elsewhere asked for this pupil and signed off; NotDoneError when it did not in time."""
        self.say(
            Text("qualify-please-ask", brin=self.brin(asking.pupil), pupil=asking.pupil, kind=asking.kind,
                 date=asking.date or "-")
        )  # fmt: skip
        session = await self.until(lambda: self._session_for(asking))
        self.story.waited = str(session)
        with contextlib.suppress(NotDoneError):  # that it never signs off is for the checks
            await self.until(lambda: self.story.of_session("afmeldingRequest", str(session)))
        found = Exchanged(asking, str(session), self._answered(str(session)))
        self.story.exchanged.append(found)
        return found

    def _session_for(self, asking: Asking) -> str:
        for heard in self.story.messages("overdrachtRequest"):
            message = heard.message
            if message is None or not isinstance(heard.answer, Message):
                continue
            key = message.get("zoeksleutel")
            pgn = self.made.keys.resolve(key, message.get("pgnfrag")) if key else ""
            fits = message.get("koppelsleutel") == asking.koppelsleutel if asking.koppelsleutel else False
            known = {each.session for each in self.story.exchanged}
            session = heard.answer.get("sessie-id")
            if session not in known and (fits or pgn == self.pgns[asking.pupil]):
                return session
        return ""

    def _answered(self, session: str) -> Understood:
        """What our own source answered in a session, as it wrote that down."""
        for each in reversed(self.source_lines):
            if each.session == session and each.message == "document":
                if each.outcome in ("dossier", "opgehaald", "verzonden, niet bevestigd"):
                    return Understood("dossier")
                return Understood("fault", code=each.outcome.partition(" ")[0])
        return Understood("none", why="geen-verzoek")

    async def until(self, found: Callable[[], object]) -> object:
        """Wait for something; NotDoneError when it does not come in time."""
        end = stopwatch() + self.seconds
        while not (here := found()):
            if stopwatch() > end:
                raise NotDoneError(Text("qualify-nobody-came", seconds=round(self.seconds)))
            await asyncio.sleep(_PAUSE)
        return here

    # --- the source ----------------------------------------------------------------------------------------------

    def do(self, action: str, pupil: str) -> None:
        """Have something done at the source: by ourselves at our own, by a person at another (NotDoneError if not)."""
        if self.stand is not None:
            actions: dict[str, Callable[[str], None]] = {
                "stage": self.stand.stage, "retype": self.stand.retype, "renew": self.stand.renew,
            }  # fmt: skip
            actions[action](pupil)
            return
        text = Text(f"qualify-please-{action}", pupil=pupil, brin=self.brin(pupil))
        if not self.person(text):
            raise NotDoneError(Text("qualify-nobody-did", what=text))

    async def notify(self) -> None:
        """Have the source tell who must be told: at once at our own, else wait for what comes."""
        if self.running is not None:
            before = len(self.source_lines)
            self.story.told = await self.running.notifier.run()
            if any(each.outcome == "geen-verbinding" for each in self.source_lines[before:]):
                raise NotDoneError(Text("qualify-reason-none", why=Text("qualify-why-geen-verbinding")))
            return
        await self.until(lambda: any(n != "traffic-center" and h.message is not None for n, h in self.story.heard))

    async def idle(self) -> None:
        await self.made.idle()

    def hash_staged(self, pupil: str) -> None:
        if self.stand is not None:
            self.story.staged = self.stand.staged(pupil)

    # --- looking -------------------------------------------------------------------------------------------------

    def look(self, who: str, heard: Heard) -> None:
        """Take note of what came in at one of the partners."""
        self.story.heard.append((who, heard))
        receiver = CENTER if who == "traffic-center" else who
        name = heard.message.name if heard.message else "?"
        sender, session = _sender(heard.message), heard.message.get("sessie-id") if heard.message else ""
        outcome = heard.answer if isinstance(heard.answer, str) else heard.answer.get("resultaat") or "goed"
        if form := other_form(heard.headers, heard.raw):
            self.story.forms.append(form)
        self.story.lines.append(
            line(sender, receiver, name, f"{outcome} [{form}]" if form else outcome, heard.raw, session)
        )

    def session(self, asked: Mapping[str, str]) -> str:
        """A session that the Traffic Center holds for these very words, whoever may ask so."""
        name = str(uuid.uuid4())
        self.made.traffic_center.sessions[name] = Session(dict(asked))
        return name


def _sender(message: Message | None) -> str:
    if message is None:
        return "?"
    by_source = message.name in ("sessiecontroleRequest", "meldenNotificatieRequest", "notificatieRequest")
    return safe_brin(message.get("bron-brin" if by_source else "doel-brin"))


def version_of(dossier: bytes) -> str:
    """The OSO version of a dossier, by its namespace; "" when it is none."""
    try:
        found = version_of_namespace(etree.QName(parse_bytes(dossier)).namespace or "")
    except etree.XMLSyntaxError:
        return ""
    return found.name if found else ""


class Elsewhere(NamedTuple):
    """Where the system under test is: a source's address, or where a receiver takes notifications."""

    source: str = ""
    receiver: str = ""


@contextlib.asynccontextmanager
async def on_stage(
    folder: Path,
    kit: Kit,
    mode: Mode,
    wire: Wire,
    cast: Mapping[str, Pupil],
    pgns: Mapping[str, str],
    stand: Stand | None,
    elsewhere: Elsewhere,
    seconds: float,
    person: Person,
    say: Callable[[Text], None],
    *,
    outdated: bool = False,
    port: int = 0,
) -> AsyncIterator[Scene]:
    """Everything up, and down in order. `outdated`: our source delivers dossiers of versions that no longer hold."""
    places = schools()
    looking: list[Scene] = []
    faults = Faults(each=1)
    lines: list[LogLine] = []
    async with around(
        folder, (places.po, places.vo), places.doel, year=kit.speaks.wire, validate=False, faults=faults, port=port,
        keep=True,         look=lambda who, heard: looking[0].look(who, heard) if looking else None,
    ) as made:  # fmt: skip
        scene = Scene(
            kit, mode, wire, made, elsewhere.source, seconds, pgns, cast, person, say, faults, stand=stand,
            source_lines=lines,
        )  # fmt: skip
        looking.append(scene)
        if mode is Mode.source:
            made.place(elsewhere.source)
            yield scene
            return
        assert stand is not None  # noqa: S101 - our own source has one
        if mode is Mode.receiver and elsewhere.receiver:
            for party in (made.school, *made.swvs.values()):
                made.traffic_center.add(replace(party.point, url=elsewhere.receiver))
        older = (*outdated_versions(), kit.speaks.oso) if outdated else (kit.speaks.oso,) if kit.speaks.older else ()
        settings = Bron(
            listen="127.0.0.1:0",
            traffic_center=made.traffic_center_url,
            protocols=(kit.speaks.wire,),
            older_dossiers=older,
            aanleverpunten=made.own,
            samenwerkingsverbanden={brin: party.point.ap for brin, party in made.swvs.items()},
            certificates=made.certificates,
            search_key=SEARCH_KEY,
            search_key_file=made.key_file,
            traffic_center_seconds=seconds,
            request_seconds=min(seconds, 300),
            notify_seconds=0,
        )
        async with running(
            stand.ledger, stand.out, settings, made.parties.certificates["bron"], "qualify", lines.append
        ) as source:
            scene.url = f"https://localhost:{source.port}/"
            scene.running = source
            made.place(scene.url)
            yield scene
            await made.idle()


def is_support(pupil: Pupil) -> bool:
    """Whether the dossier is for a samenwerkingsverband."""
    return bool(pupil.transfer) and transfer(pupil.transfer).asked_as == "swvaanvraag"
