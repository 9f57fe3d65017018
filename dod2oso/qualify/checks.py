"""What is judged by machine, by the name in scenarios.yaml: each looks at the story of a scenario and nothing else.

A check says yes, no, or that it cannot be seen from here (None): from outside nobody sees what a source keeps, and of
our own source's answer to a receiver elsewhere only what it wrote down.
"""

import base64
import binascii
import re
from collections.abc import Callable
from hashlib import sha256
from typing import NamedTuple

from lxml import etree

from dod2oso.base.xml import parse_bytes
from dod2oso.handover.soap.envelope import Message
from dod2oso.oso.check_files import validate_bytes
from dod2oso.oso.transfers import transfer
from dod2oso.qualify.kit import Expected
from dod2oso.qualify.message import safe_code
from dod2oso.qualify.scene import Exchanged, Mode, Scene, version_of

Seen = bool | None
Check = Callable[[Scene, Expected], Seen]
CHECKS: dict[str, Check] = {}


_NUMBERS = re.compile(rb"[0-9][0-9a-fA-F:T.+Z-]*")


class Judged(NamedTuple):
    """What a check came to; `saw`: what was there instead, one of our words or a code that we know."""

    expected: Expected
    seen: Seen
    saw: str


def check(name: str) -> Callable[[Check], Check]:
    """Register a check under the name that scenarios use."""

    def register(function: Check) -> Check:
        CHECKS[name] = function
        return function

    return register


def judge(scene: Scene, expected: Expected) -> Judged:
    """What one expectation comes to in the story of the scene."""
    return Judged(expected, CHECKS[expected.check](scene, expected), saw(scene.story.last))


def saw(exchanged: Exchanged | None) -> str:
    """What the last answer was, in a word."""
    if exchanged is None:
        return "niets"
    found = exchanged.understood
    if found.kind == "fault":
        return safe_code(found.code)
    return f"{found.why} '{found.year}" if found.year else found.why or found.kind


def _kind(scene: Scene) -> str:
    return scene.story.last.understood.kind if scene.story.last else "none"


def _root(scene: Scene) -> etree._Element | None:
    """The dossier of the last answer; None when there is none to look into."""
    data = scene.story.last.understood.dossier if scene.story.last else b""
    if not data:
        return None
    try:
        return parse_bytes(data)
    except etree.XMLSyntaxError:
        return None


def _unseen(scene: Scene) -> bool:
    """Whether a dossier went of which we only wrote down that it went."""
    return scene.mode is Mode.receiver and _kind(scene) == "dossier"


# --- the answer of a source ------------------------------------------------------------------------------------------


@check("delivered")
def _delivered(scene: Scene, _expected: Expected) -> Seen:
    return _kind(scene) == "dossier"


@check("delivered-before")
def _delivered_before(scene: Scene, _expected: Expected) -> Seen:
    return bool(scene.story.exchanged) and scene.story.exchanged[0].understood.kind == "dossier"


@check("nothing-delivered")
def _nothing(scene: Scene, _expected: Expected) -> Seen:
    return bool(scene.story.exchanged) and all(each.understood.kind != "dossier" for each in scene.story.exchanged)


@check("fault")
def _fault(scene: Scene, _expected: Expected) -> Seen:
    return _kind(scene) == "fault"


@check("code")
def _code(scene: Scene, expected: Expected) -> Seen:
    last = scene.story.last
    return (
        last is not None and last.understood.kind == "fault" and last.understood.code == scene.wire.code(expected.word)
    )


@check("same-fault")
def _same_fault(scene: Scene, _expected: Expected) -> Seen:
    last, said = scene.story.last, _center_said(scene)
    return bool(said) and last is not None and last.understood.code == scene.wire.code(said)


@check("center-said")
def _said(scene: Scene, expected: Expected) -> Seen:
    return _center_said(scene) == expected.word


def _center_said(scene: Scene) -> str:
    """The fault that the Traffic Center last answered to a session check; "" when it found the session good."""
    words = [h.answer for h in scene.story.messages("sessiecontroleRequest")]
    return words[-1] if words and isinstance(words[-1], str) else ""


@check("session-first")
def _session_first(scene: Scene, _expected: Expected) -> Seen:
    """Whatever the answer, the Traffic Center was asked about this session before."""
    last = scene.story.last
    return last is not None and bool(scene.story.of_session("sessiecontroleRequest", last.session))


@check("alike")
def _alike(scene: Scene, _expected: Expected) -> Seen:
    """Two pupils got the same answer, but for numbers of messages and moments in it."""
    bodies = {_NUMBERS.sub(b"", each.reply.body) for each in scene.story.exchanged}
    return len(scene.story.exchanged) > 1 and len(bodies) == 1 and bodies != {b""}


@check("certificate-known")
def _certificate_known(scene: Scene, _expected: Expected) -> Seen:
    """The connection stood: an answer came, or a receiver elsewhere got in."""
    return bool(scene.story.waited) or (scene.story.last is not None and _kind(scene) != "none")


@check("stranger-refused")
def _stranger(scene: Scene, _expected: Expected) -> Seen:
    reply = scene.story.stranger
    return None if reply is None else not reply.body


@check("continued")
def _continued(scene: Scene, _expected: Expected) -> Seen:
    return scene.story.last is not None and scene.story.last.reply.continued


# --- what is in the dossier --------------------------------------------------------------------------------------


@check("transfer")
def _transfer(scene: Scene, expected: Expected) -> Seen:
    if _unseen(scene):
        return None
    root, kind = _root(scene), transfer(expected.word)
    if root is None:
        return False
    overstap, soort = (_texts(root, name) for name in ("overstap", "overdrachtsoort"))
    right = not overstap if kind.overstap is None else overstap == {kind.overstap}
    return right and (not soort or soort == {kind.overdrachtsoort})


def _texts(root: etree._Element, name: str) -> set[str]:
    return {(e.text or "").strip() for e in root.iter(f"{{*}}{name}")}


@check("number-whole")
def _number_whole(scene: Scene, _expected: Expected) -> Seen:
    """The number of the pupil stands in the dossier with all its zeros."""
    if _unseen(scene):
        return None
    root, last = _root(scene), scene.story.last
    if root is None or last is None:
        return False
    return scene.pgns[last.asking.pupil] in _texts(root, "bsn") | _texts(root, "onderwijsnummer")


@check("number-kind")
def _number_kind(scene: Scene, expected: Expected) -> Seen:
    if _unseen(scene):
        return None
    root = _root(scene)
    if root is None:
        return False
    found = {name for name in ("bsn", "onderwijsnummer") if _texts(root, name) - {""}}
    return found == (set() if expected.word == "none" else {expected.word})


@check("attachments")
def _attachments(scene: Scene, expected: Expected) -> Seen:
    """So many attachments, each of them a ZIP in Base64."""
    if _unseen(scene):
        return None
    root = _root(scene)
    if root is None:
        return False
    found = [(e.text or "").strip() for e in root.iter("{*}bestandsinhoud")]
    return len(found) >= expected.least and all(map(_is_zip, found))


def _is_zip(text: str) -> bool:
    try:
        return base64.b64decode("".join(text.split()), validate=True).startswith(b"PK")
    except (binascii.Error, ValueError):
        return False


@check("holds")
def _holds(scene: Scene, expected: Expected) -> Seen:
    if _unseen(scene):
        return None
    root = _root(scene)
    return root is not None and root.find(f".//{{*}}{expected.word}") is not None


@check("lacks")
def _lacks(scene: Scene, expected: Expected) -> Seen:
    if _unseen(scene):
        return None
    root = _root(scene)
    return root is not None and root.find(f".//{{*}}{expected.word}") is None


@check("categories")
def _categories(scene: Scene, _expected: Expected) -> Seen:
    """A choice per category, and no other than VERPLICHT and OPTIONEEL."""
    if _unseen(scene):
        return None
    root = _root(scene)
    block = root.find(".//{*}categorie_uitlevering") if root is not None else None
    words = {(e.text or "").strip() for e in block} if block is not None else set()
    return bool(words) and words <= {"VERPLICHT", "OPTIONEEL"}


@check("version")
def _version(scene: Scene, _expected: Expected) -> Seen:
    if _unseen(scene):
        return None
    last = scene.story.last
    return last is not None and scene.current(last.understood.dossier)


@check("outdated")
def _outdated(scene: Scene, _expected: Expected) -> Seen:
    """The dossier is of a version that does not hold any more: else the rest says nothing."""
    if _unseen(scene):
        return None
    last = scene.story.last
    known = version_of(last.understood.dossier) if last else ""
    return bool(known) and known not in scene.current_versions()


@check("valid")
def _valid(scene: Scene, _expected: Expected) -> Seen:
    """Our own validator finds nothing."""
    if _unseen(scene):
        return None
    last = scene.story.last
    return last is not None and validate_bytes(last.understood.dossier, "dossier").verdict == "valid"


@check("staged-bytes")
def _staged_bytes(scene: Scene, _expected: Expected) -> Seen:
    """Byte for byte what was staged; at another's source nobody knows what that was."""
    if scene.mode is not Mode.own:
        return None
    last = scene.story.last
    return last is not None and sha256(last.understood.dossier).hexdigest() in scene.story.staged


@check("never-newer")
def _never_newer(scene: Scene, _expected: Expected) -> Seen:
    """After something was typed in, the answer is the dossier of before or a fault."""
    if len(scene.story.exchanged) < 2:
        return False
    first, last = (each.understood for each in scene.story.exchanged[-2:])
    return last.kind == "fault" or (last.kind == "dossier" and last.dossier == first.dossier)


# --- what a source keeps and tells -------------------------------------------------------------------------------


@check("stored")
def _stored(scene: Scene, _expected: Expected) -> Seen:
    last = scene.story.last
    return None if scene.stand is None else last is not None and scene.stand.stored(last.session)


@check("registered")
def _registered(scene: Scene, expected: Expected) -> Seen:
    """The Traffic Center heard of the notification, with this purpose, and took it."""
    return any(
        isinstance(h.answer, Message) and h.message is not None and h.message.get("doel") == expected.word
        for h in scene.story.messages("meldenNotificatieRequest")
    )


@check("key-given")
def _key_given(scene: Scene, _expected: Expected) -> Seen:
    """The koppelsleutel of the Traffic Center is the one that the receiver was told."""
    if scene.mode is Mode.receiver:
        return None
    told = {h.message.get("koppelsleutel") for h in scene.story.messages("notificatieRequest", "swv") if h.message}
    return bool(scene.story.koppelsleutel) and scene.story.koppelsleutel in told


@check("notified")
def _notified(scene: Scene, expected: Expected) -> Seen:
    """The receiver got the notification, with this purpose."""
    if scene.mode is Mode.receiver:
        return None
    who = "swv" if expected.word == "swv" else "school"
    heard = scene.story.messages("notificatieRequest", who)
    return any(h.message is not None and h.message.get("doel") == expected.word for h in heard)


@check("feedback-answered")
def _feedback_answered(scene: Scene, _expected: Expected) -> Seen:
    return bool(scene.story.feedback)


@check("feedback-kept")
def _feedback_kept(scene: Scene, _expected: Expected) -> Seen:
    return None if scene.stand is None else scene.stand.feedback(scene.story.koppelsleutel)


# --- what a receiver does ----------------------------------------------------------------------------------------


def _sign_offs(scene: Scene) -> list[Message]:
    last = scene.story.last
    heard = scene.story.of_session("afmeldingRequest", last.session) if last else []
    return [h.message for h in heard if h.message is not None]


@check("signed-off")
def _signed_off(scene: Scene, _expected: Expected) -> Seen:
    """Once, neither less nor more."""
    return len(_sign_offs(scene)) == 1


@check("reported-as-received")
def _received(scene: Scene, _expected: Expected) -> Seen:
    return [m.get("resultaat") for m in _sign_offs(scene)] == ["overdracht-geslaagd"]


@check("not-reported-as-received")
def _not_received(scene: Scene, _expected: Expected) -> Seen:
    """It signed off, and not with success."""
    found = [m.get("resultaat") for m in _sign_offs(scene)]
    return bool(found) and "overdracht-geslaagd" not in found


@check("each-point-asked")
def _each_point(scene: Scene, _expected: Expected) -> Seen:
    """The source was asked at each aanleverpunt, as its session checks show."""
    last = scene.story.last
    heard = scene.story.of_session("sessiecontroleRequest", last.session) if last else []
    return len({h.message.get("bron-ap") for h in heard if h.message is not None}) > 1


@check("last-point-named")
def _last_point(scene: Scene, _expected: Expected) -> Seen:
    last = scene.story.last
    heard = scene.story.of_session("sessiecontroleRequest", last.session) if last else []
    asked = [h.message.get("bron-ap") for h in heard if h.message is not None]
    return bool(asked) and [m.get("bron-ap") for m in _sign_offs(scene)] == asked[-1:]


@check("notification-answered")
def _answered(scene: Scene, _expected: Expected) -> Seen:
    """NotificatieOntvangen came back: our source says so, or our partner gave it."""
    if scene.story.told is not None:
        return scene.story.told.received > 0 and scene.story.told.failed == 0
    return any(
        isinstance(h.answer, Message)
        for who in ("school", "swv")
        for h in scene.story.messages("notificatieRequest", who)
    )


@check("fetched-by-itself")
def _by_itself(scene: Scene, _expected: Expected) -> Seen:
    """After the notification a session was asked for with its koppelsleutel, and a dossier in it."""
    key = scene.story.koppelsleutel
    asked = [
        h for h in scene.story.messages("overdrachtRequest") if h.message and h.message.get("koppelsleutel") == key
    ]
    return bool(key) and bool(asked) and _kind(scene) == "dossier"
