"""What is kept of a message as evidence: who, when, how long, its hash, and its envelope without anything of a pupil.

Values are only repeated where they have the shape of what they must be: a BRIN, a kind of transfer, a code. Of all
others there is the number of characters; of a dossier its size and hash. Texts of faults are never repeated: others
wrote them.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from typing import Any

from lxml import etree

from dod2oso.base.clock import now
from dod2oso.base.xml import parse_bytes
from dod2oso.handover.bron.message_log import safe_brin, safe_session
from dod2oso.handover.soap.envelope import ENVELOPE
from dod2oso.handover.wire.load import YEARS, shipped

OTHER_CODE = "andere-code"
_SHOWN = {  # by element name, in lower case, what a value must look like to be repeated
    "bronbrin": safe_brin,
    "doelbrin": safe_brin,
    "brin": safe_brin,
    "sessieid": safe_session,
}
_WORDS = frozenset(
    [
        "overstapdossier",
        "overdrachtbinnenbrin",
        "swvaanvraag",
        "OV",
        "PaO",
        "SWV",
        "PO",
        "VO",
        "NotificatieOntvangen",
        "OverdrachtGeslaagd",
        "OverdrachtNietGeslaagd",
    ]
)
_DATE = re.compile(r"[0-9T:+.Z-]{10,40}\Z")


@dataclass(frozen=True, slots=True)
class Line:
    """A message that was exchanged. `outcome`: a code, or one of our words."""

    at: str
    sender: str
    receiver: str
    name: str
    outcome: str
    session: str = ""
    milliseconds: int = 0
    size: int = 0
    sha256: str = ""
    envelope: str = ""

    def text(self) -> str:
        """For people, on one line."""
        session = f" [{self.session}]" if self.session else ""
        took = f" ({self.milliseconds} ms, {self.size} B)" if self.size else ""
        return f"{self.at} {self.sender} -> {self.receiver} {self.name}{session}: {self.outcome}{took}"


def line(
    sender: str, receiver: str, name: str, outcome: str, raw: bytes = b"", session: str = "", seconds: float = 0.0
) -> Line:
    """The line of a message with these bytes."""
    return Line(
        at=now().isoformat(timespec="milliseconds"),
        sender=sender,
        receiver=receiver,
        name=name,
        outcome=outcome,
        session=safe_session(session) if session else "",
        milliseconds=round(seconds * 1000),
        size=len(raw),
        sha256=sha256(raw).hexdigest() if raw else "",
        envelope=masked(raw) if raw else "",
    )


def safe_code(code: str) -> str:
    """A code of a fault, when it is one that we know; another could be anything, and others wrote it."""
    return code if code in _known_codes() else OTHER_CODE


@lru_cache(maxsize=1)
def _known_codes() -> frozenset[str]:
    return frozenset(said.says for year in YEARS for said in shipped(year).codes.values())


def masked(raw: bytes) -> str:
    """An envelope with its structure and without its values."""
    try:
        root = parse_bytes(raw)
    except etree.XMLSyntaxError:
        return f"[geen xml: {len(raw)} B]"
    fault = root.find(f".//{{{ENVELOPE}}}Fault") is not None
    return etree.tostring(_bare(root, fault=fault), pretty_print=True, encoding="unicode")


def _bare(element: etree._Element, *, fault: bool) -> etree._Element:
    name = etree.QName(element)
    made: etree._Element = etree.Element(element.tag, nsmap=_prefixes(element))
    children: list[Any] = [child for child in element if isinstance(child.tag, str)]
    if name.localname == "dossier" and (not children or len(element.findall(".//*")) > _FEW):
        whole = etree.tostring(element)
        made.text = f"[dossier: {len(whole)} B, sha256 {sha256(whole).hexdigest()}]"
        return made
    for child in children:
        made.append(_bare(child, fault=fault))
    if not children and (text := (element.text or "").strip()):
        made.text = _shown(name.localname, text, fault=fault)
    return made


def _shown(name: str, text: str, *, fault: bool) -> str:
    if show := _SHOWN.get(name.lower()):
        return show(text)
    if text in _WORDS or (fault and safe_code(text.rpartition(":")[2]) != OTHER_CODE):
        return text
    if name == "aanvraagdatum" and _DATE.match(text):
        return text
    return f"[{len(text)}]"


_FEW = 3  # elements that an empty wrapper of a dossier may hold; what holds more is the dossier itself
_URI = re.compile(r"[!-~]{1,200}\Z")


def _prefixes(element: etree._Element) -> dict[Any, str]:
    return {prefix: uri for prefix, uri in element.nsmap.items() if _URI.match(uri)}
