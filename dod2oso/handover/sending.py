"""The order to hand over, whoever gives it: which dossiers, to whom, with the sender of the settings."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from dod2oso.base.extras import needs
from dod2oso.base.pseudonym import Pseudonyms, load_key
from dod2oso.handover import orders
from dod2oso.handover.config import Handover
from dod2oso.handover.review import Senders
from dod2oso.handover.send import Sent, finished, hand_over, selection
from dod2oso.handover.senders.registry import local_senders, sender_kinds
from dod2oso.handover.senders.sender import Watch
from dod2oso.handover.tls import Ask
from dod2oso.ledger.handovers import Step
from dod2oso.ledger.store import Ledger


@dataclass(frozen=True, slots=True)
class Wish:
    """Which dossiers (by id, by school, by transfer; all when nothing is said), and which school may fetch them."""

    names: Sequence[str] = ()
    brin: str = ""
    overstap: str = ""
    to: str = ""
    receivers: Path | None = None  # a table, see orders.allow_table


@contextmanager
def senders_for(ledger: Ledger, out_dir: Path, settings: Handover, ask: Ask | None) -> Iterator[Senders]:
    """All senders; the one that calls somebody only when the settings choose it.

    ConfigurationError when something of it is not installed or its certificate cannot be used.
    """
    senders = local_senders(ledger, out_dir)
    kind = sender_kinds()[settings.sender]
    if kind.connected is None:
        yield senders
        return
    modules, extra = kind.extra
    needs(*modules, extra=extra)
    with kind.connected(ledger, out_dir, settings, ask) as connected:
        yield {**senders, kind.name: connected}


def send(
    ledger: Ledger, out_dir: Path, settings: Handover, senders: Senders, wish: Wish, account: str, watch: Watch
) -> tuple[Sent, int]:
    """Mark who may fetch and hand over; what that brought, and how many staged dossiers no school can fetch.

    UsageError for a dossier that is not known or a BRIN that is none, TryLaterError while a run is not finished.
    """
    finished(ledger)
    only = selection(orders.converted(ledger, wish.names), wish.brin, wish.overstap)
    marked: list[str] = []
    if wish.receivers is not None:
        marked += orders.allow_table(ledger, Pseudonyms(load_key(out_dir)), wish.receivers, account)
    if wish.to:
        marked += orders.allow_selected(ledger, wish.to, only, account)
    sent = hand_over(
        ledger, out_dir, senders, settings.sender, only, Step(account), changed_receivers=marked,
        expires_after_days=settings.expires_after_days, only_inspected=settings.only_inspected, watch=watch,
    )  # fmt: skip
    return sent, orders.without_receiver(ledger, settings.sender)
