"""May this dossier go to this receiver? The decisions of a source, each of them about the ledger and nothing else.

The order is that of the protocol: after the session (which is checked before anything here) the request is stored, also
when nothing will be delivered; then staged? allowed for this BRIN? consent? newer than aanvraagdatum? version right?
"""

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import exists, select

from dod2oso.base.xml import parse_bytes
from dod2oso.handover import store
from dod2oso.handover.bron.requests import SWV, DocumentRequest
from dod2oso.handover.wire.model import Wire
from dod2oso.ledger.handover_tables import allowed_receivers
from dod2oso.ledger.handovers import Handover
from dod2oso.ledger.store import Ledger
from dod2oso.ledger.tables import dossiers, exports, findings
from dod2oso.oso.transfers import asked_by, transfer
from dod2oso.supplement import consent


class Found(NamedTuple):
    """A stored request with what it leads to: a handover, or the word for the fault (see wire.model.CODES)."""

    request_id: int
    handover: Handover | None
    why: str = ""


def find(ledger: Ledger, asked: DocumentRequest, match_pgn: str, wire: Wire, refused: str) -> Found:
    """Store the request and look for the dossier. `refused`: what was already against it when the session was good."""
    number = store.store_request(
        ledger,
        store.Request(
            sessie_id=asked.sessie_id,
            overdrachtsoort=asked.overdrachtsoort,
            match_pgn=match_pgn,
            koppelsleutel=asked.koppelsleutel,
            bron_brin=asked.bron_brin,
            bron_ap=asked.bron_ap,
            doel_brin=asked.doel_brin,
            doel_ap=asked.doel_ap,
            aanvraagdatum=asked.aanvraagdatum,
        ),
    )
    found = refused if refused else _choose(ledger, asked, match_pgn, wire)
    if isinstance(found, str):
        store.answer_request(ledger, number, wire.code(found))
        return Found(number, None, found)
    return Found(number, found)


def _choose(ledger: Ledger, asked: DocumentRequest, match_pgn: str, wire: Wire) -> Handover | str:
    if asked.overdrachtsoort == SWV:
        candidates = _by_key(ledger, asked)
    else:
        candidates = store.staged_for(ledger, match_pgn, asked.bron_brin, asked.overdrachtsoort)
        if not candidates and not store.knows_pupil(ledger, match_pgn, asked.bron_brin):
            return "leerling-onbekend"
    if not candidates:
        return "niet-opvraagbaar" if _waits_for_consent(ledger, asked, match_pgn) else "niet-beschikbaar"
    allowed = [each for each in candidates if store.is_allowed(ledger, each, asked.doel_brin)]
    if not allowed:
        return "niet-toegestaan"
    fitting = [each for each in allowed if wire.delivers(each.oso)]
    dated = asked.since if asked.overdrachtsoort != SWV else None  # OSO looks at no date there
    if dated is not None and not any(is_newer(each, dated) for each in allowed):
        return "niet-nieuwer"
    if not fitting:
        return "verkeerde-versie"
    return fitting[0]


def _by_key(ledger: Ledger, asked: DocumentRequest) -> list[Handover]:
    """The dossier of a koppelsleutel, when the same two systems use it as were told of it."""
    key = store.find_koppelsleutel(ledger, asked.koppelsleutel)
    ends = (asked.bron_brin, asked.bron_ap, asked.doel_brin, asked.doel_ap)
    if key is None or (key.bron_brin, key.bron_ap, key.doel_brin, key.doel_ap) != ends:
        return []
    handover = store.staged_by_id(ledger, key.handover_id)
    fits = handover is not None and transfer(handover.overstap).asked_as == SWV
    return [handover] if fits and handover is not None else []


def is_newer(handover: Handover, since: datetime) -> bool:
    """Whether the dossier was collected after what the receiver has. A moment that is not known counts as newer."""
    if not handover.verzameldatum:
        return True
    return datetime.fromisoformat(handover.verzameldatum) > since


def _waits_for_consent(ledger: Ledger, asked: DocumentRequest, match_pgn: str) -> bool:
    """Whether the dossier is only kept home by inspection or consent; told to nobody but a school that may fetch it."""
    if not match_pgn or asked.overdrachtsoort == SWV:
        return False
    about_consent = findings.c.rule.in_(consent.RULES) | findings.c.code.in_(consent.CODES)
    chosen = (
        select(dossiers.c.id)
        .join(exports, exports.c.id == dossiers.c.export_id)
        .where(
            dossiers.c.match_pgn == match_pgn,
            dossiers.c.brin == asked.bron_brin,
            dossiers.c.state == "held",
            exports.c.overstap.in_(asked_by(asked.overdrachtsoort)),
            exists().where(findings.c.dossier == dossiers.c.id, about_consent),
            exists().where(
                allowed_receivers.c.pseudonym == dossiers.c.pseudonym,
                allowed_receivers.c.doel_brin == asked.doel_brin,
            ),
        )
    )
    with ledger.read() as connection:
        return connection.execute(chosen).first() is not None


def has_consent(handover: Handover, dossier: bytes) -> bool:
    """Whether the dossier itself says that parents inspected it (and agreed, where consent is needed): the last lock.

    Only `ready` dossiers come this far and their rules say the same; a source answers for it a second time.
    """
    root = parse_bytes(dossier)
    said = (root.findtext(f"{{*}}inzage/{{*}}{name}") for name in ("inzage", "toestemming"))
    return consent.stands_in(handover.overstap, *said)
