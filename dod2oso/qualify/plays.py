"""What is done in a scenario, by the name in scenarios.yaml. A play only does; what it is worth is for checks.py.

Each takes the scene, whose story it fills, and its words. NotDoneError: it could not be done, so nothing was tested.
"""

import contextlib
from collections.abc import Awaitable, Callable
from dataclasses import replace

from dod2oso.base.texts import Text
from dod2oso.handover.soap import envelope as soap
from dod2oso.handover.soap.envelope import Message
from dod2oso.handover.tls import client_context
from dod2oso.qualify.exchange import Understood, exchange
from dod2oso.qualify.kit import With
from dod2oso.qualify.scene import Asking, Exchanged, Mode, NotDoneError, Scene
from dod2oso.sandbox.chain import SERIALS, point_of
from dod2oso.sandbox.faultkind import FaultKind
from dod2oso.sandbox.receiver import Wanted
from dod2oso.sandbox.traffic_center import Point

Play = Callable[[Scene, With], Awaitable[None]]
PLAYS: dict[str, Play] = {}
WAITING = frozenset(
    {"ask", "ask-renewed", "ask-within-other", "certificates", "points", "sign-off-fault"} | {"notify-later", "support"}
)  # fmt: skip  those that a receiver elsewhere can take part in


def play(name: str) -> Callable[[Play], Play]:
    """Register a play under the name that scenarios use."""

    def register(function: Play) -> Play:
        PLAYS[name] = function
        return function

    return register


def _asking(scene: Scene, words: With, date: str = "") -> Asking:
    return Asking(words.pupil, words.kind, scene.date(date or words.date))


async def _open(scene: Scene, asking: Asking, **other: str) -> dict[str, str]:
    """A session of the Traffic Center, and what a documentRequest in it says."""
    fields = scene.fields(asking) | other
    async with scene.client(asking) as client:
        opened = await scene.call(client, Message("overdrachtRequest", fields))
    more = {"sessie-id": opened.get("sessie-id"), "bron-ap": scene.point(asking.pupil), "aanvraagdatum": asking.date}
    return fields | more


@play("ask")
async def ask(scene: Scene, words: With) -> None:
    """Ask for a dossier in order."""
    scene.hash_staged(words.pupil)
    await scene.ask(_asking(scene, words))


@play("ask-renewed")
async def ask_renewed(scene: Scene, words: With) -> None:
    """Have a dossier staged anew with more in it, and ask for what is newer than before."""
    before = scene.date("before")
    scene.do("renew", words.pupil)
    scene.hash_staged(words.pupil)
    await scene.ask(Asking(words.pupil, words.kind, before))


@play("ask-retyped")
async def ask_retyped(scene: Scene, words: With) -> None:
    """Ask, have something typed in without staging, and ask again."""
    scene.hash_staged(words.pupil)
    await scene.ask(_asking(scene, words))
    scene.do("retype", words.pupil)
    await scene.ask(_asking(scene, words))


@play("ask-and-unknown")
async def ask_and_unknown(scene: Scene, words: With) -> None:
    """Ask for a pupil that nobody knows, then for one whose dossier is for another school."""
    await scene.ask(Asking(words.other, words.kind))
    await scene.ask(_asking(scene, words))


@play("ask-forced")
async def ask_forced(scene: Scene, words: With) -> None:
    """Ask while the Traffic Center answers one message with a fault."""
    asking = _asking(scene, words)
    asked = await _open(scene, asking)
    scene.made.traffic_center.forced[words.message] = words.word
    try:
        await scene.document(asking, asked)
    finally:
        scene.made.traffic_center.forced.clear()


@play("ask-signed-off")
async def ask_signed_off(scene: Scene, words: With) -> None:
    """Sign a session off, then ask in it."""
    asking = _asking(scene, words)
    asked = await _open(scene, asking)
    async with scene.client(asking) as client:
        await scene.call(client, Message("afmeldingRequest", asked | {"resultaat": "niet-geslaagd"}))
    await scene.document(asking, asked)


@play("ask-within-other")
async def ask_within_other(scene: Scene, words: With) -> None:
    """Ask as within one BRIN, as a school with another one."""
    asking = Asking(words.pupil)
    if scene.mode is Mode.receiver:
        raise NotDoneError(Text("qualify-not-of-receiver"))
    await scene.document(asking, await _open(scene, asking, overdrachtsoort="overdrachtbinnenbrin"))


@play("ask-other-certificate")
async def ask_other_certificate(scene: Scene, words: With) -> None:
    """Ask while the Traffic Center knows another certificate for the source's aanleverpunt."""
    asking = _asking(scene, words)
    asked = await _open(scene, asking)
    place = scene.brin(words.pupil), scene.point(words.pupil)
    points = scene.made.traffic_center.points
    known = points[place]
    points[place] = replace(known, serial=SERIALS["stranger"])
    try:
        await scene.document(asking, asked)
    finally:
        points[place] = known


@play("ask-continue")
async def ask_continue(scene: Scene, words: With) -> None:
    """First ask whether the message may come."""
    asking = _asking(scene, words)
    await scene.document(asking, await _open(scene, asking), first_ask=True)


@play("ask-unreadable")
async def ask_unreadable(scene: Scene, words: With) -> None:
    """Send a message with a DTD."""
    asking = _asking(scene, words)
    asked = await _open(scene, asking)
    body = soap.write(scene.wire, Message("documentRequest", asked))
    head, _, rest = body.partition(b"\n")
    await scene.document(asking, asked, raw=head + b'\n<!DOCTYPE x [<!ENTITY a "a">]>\n' + rest)


@play("ask-center-away")
async def ask_center_away(scene: Scene, words: With) -> None:
    """Ask while the Traffic Center answers no SOAP."""
    asking = _asking(scene, words)
    asked = await _open(scene, asking)
    scene.center_faults.kind = FaultKind.error_500
    try:
        await scene.document(asking, asked)
    finally:
        scene.center_faults.kind = None


@play("certificates")
async def certificates(scene: Scene, words: With) -> None:
    """Ask with a good certificate; then knock with that of a stranger."""
    asking = _asking(scene, words)
    await scene.ask(asking)
    if scene.mode is not Mode.receiver:
        context = client_context(scene.made.parties.stranger)
        scene.story.stranger = await exchange(scene.url, context, {"Content-Type": "text/xml"}, b"<x/>", scene.seconds)


@play("points")
async def points(scene: Scene, words: With) -> None:
    """The sending school has two aanleverpunten, of which the first has nothing."""
    brin = scene.brin(words.pupil)
    center = scene.made.traffic_center
    before = dict(center.points)
    first = Point(brin, point_of(brin, 3, scene.wire), scene.url, SERIALS["bron"])
    center.points = {(first.brin, first.ap): first, **before}
    try:
        await scene.ask(_asking(scene, words))
    finally:
        center.points = before


@play("sign-off-fault")
async def sign_off_fault(scene: Scene, words: With) -> None:
    """The Traffic Center answers the sign-off with a fault."""
    scene.made.traffic_center.forced["afmeldingRequest"] = "sessie-onbekend"
    try:
        await scene.ask(_asking(scene, words))
    finally:
        scene.made.traffic_center.forced.clear()


@play("notify-later")
async def notify_later(scene: Scene, words: With) -> None:
    """Ask in vain, have the dossier staged, and see who is told."""
    await scene.ask(_asking(scene, words))
    scene.do("stage", words.pupil)
    await scene.notify()


@play("support")
async def support(scene: Scene, words: With) -> None:
    """Have a dossier for the samenwerkingsverband staged, and see it told and fetched."""
    await _announced(scene, words.pupil)
    key = scene.story.koppelsleutel
    if scene.mode is Mode.receiver:
        if scene.story.told is not None and scene.story.told.failed:
            return  # it did not take the notification: there is nothing to wait for, and that is for the checks
        with contextlib.suppress(NotDoneError):  # it was told, and nobody has to ask it: not fetching is for the checks
            await scene.wait(Asking(words.pupil, "swvaanvraag", koppelsleutel=key))
        return
    await scene.idle()
    swv = scene.made.swvs[scene.brin(words.pupil)]
    for got in swv.inbox:
        if key and got.wanted.koppelsleutel == key:
            session = _session_of(scene, key)
            found = Understood("dossier", dossier=got.data)
            scene.story.exchanged.append(
                Exchanged(Asking(words.pupil, "swvaanvraag", koppelsleutel=key), session, found)
            )


@play("support-dated")
async def support_dated(scene: Scene, words: With) -> None:
    """Ask with the koppelsleutel and an aanvraagdatum after the staging."""
    await _announced(scene, words.pupil)
    await scene.idle()
    await scene.ask(Asking(words.pupil, "swvaanvraag", scene.date("after"), scene.story.koppelsleutel))


@play("support-other")
async def support_other(scene: Scene, words: With) -> None:
    """Another school asks with the koppelsleutel, in a session that the Traffic Center would hold good."""
    await _announced(scene, words.pupil)
    await scene.idle()
    scene.story.exchanged.clear()
    asking = Asking(words.pupil, "overstapdossier")
    fields = scene.fields(asking)
    for word in ("zoeksleutel", "pgnfrag"):
        fields.pop(word)
    fields |= {"overdrachtsoort": "swvaanvraag", "koppelsleutel": scene.story.koppelsleutel}
    session = scene.session(fields)
    await scene.document(asking, fields | {"sessie-id": session, "bron-ap": scene.point(words.pupil)})


@play("feedback")
async def feedback(scene: Scene, words: With) -> None:
    """Send feedback about a dossier that was fetched with its koppelsleutel."""
    await _announced(scene, words.pupil)
    await scene.idle()
    brin, key = scene.brin(words.pupil), scene.story.koppelsleutel
    wanted = Wanted(brin, koppelsleutel=key, overdrachtsoort="swvaanvraag")
    scene.story.feedback = await scene.made.swvs[brin].send_feedback(wanted, scene.point(words.pupil), "Ontvangen.")


async def _announced(scene: Scene, pupil: str) -> None:
    """Have the dossier staged and announced; its koppelsleutel is in the story."""
    known = set(scene.made.traffic_center.keys)
    scene.do("stage", pupil)
    await scene.notify()
    with contextlib.suppress(NotDoneError):  # that no key was asked for is for the checks
        await scene.until(lambda: set(scene.made.traffic_center.keys) - known)
    new = set(scene.made.traffic_center.keys) - known
    scene.story.koppelsleutel = next(iter(new), "")
    if not new:
        raise NotDoneError(Text("qualify-no-key"))


def _session_of(scene: Scene, key: str) -> str:
    for heard in scene.story.messages("overdrachtRequest"):
        fits = heard.message is not None and heard.message.get("koppelsleutel") == key
        if fits and isinstance(heard.answer, Message):
            return heard.answer.get("sessie-id")
    return ""
