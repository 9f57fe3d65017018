"""What the pipeline says about one legacy dossier: the one object that travels from converting to recording."""

from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from dod2oso.findings.balance import Balance
from dod2oso.findings.model import Finding

State = Literal["ready", "held", "rejected", "merged", "replaced", "not-chosen", "expired"]
STATES: tuple[State, ...] = ("ready", "held", "rejected")  # of dossiers
# Records that are no dossier of the run: each counts for its balance, and apart.
MERGED: State = "merged"  # it went into the dossier of another one
REPLACED: State = "replaced"  # its school delivered anew (ledger/deliveries.py)
NOT_CHOSEN: State = "not-chosen"  # nobody asked for this pupil
EXPIRED: State = "expired"  # the pupil left longer ago than the data may be kept
UNCOUNTED: tuple[State, ...] = (MERGED, REPLACED, NOT_CHOSEN, EXPIRED)


class FieldCount(NamedTuple):
    """How source values of one dictionary field (or unread source path) ended.

    `outcome` is mapped, dropped, unmapped or refused; `reason` is a key of reasons.yaml (dropped) or a finding
    code (refused), else empty.
    """

    field: str
    outcome: str
    reason: str


@dataclass(slots=True)
class Outcome:
    """The result of converting one record of an export (`record` counts from 1)."""

    record: int
    state: State
    brin: str  # "" when the school is unknown (then the dossier is rejected)
    vestiging: str
    pseudonym: str  # HMAC of who the pupil is; recognisable for nobody without the project key
    match_pgn: str  # HMACs to find the same pupil twice; "" when there is nothing to match on
    match_name: str
    xml: bytes | None  # the OSO dossier; of a rejected one only whom it is about (never to be sent)
    findings: list[Finding]
    balance: Balance
    fields: dict[FieldCount, int] = field(default_factory=dict)
    targets: list[str] = field(default_factory=list)  # what the dossier has (oso/presence.py), each once
    needs: str = ""  # what would make it ready (supplement/needs.py)
    supplied: str = ""  # keyed hash of the supplement rows it was made with
    key_school: str = ""  # by what rows of a supplement find this pupil (supplement/claims.py)
    key_number: str = ""
    key_name: str = ""
