"""The two jobs of handing over: the rehearsal in the sandbox, and sending. Each runs beside the pages (working.py)."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dod2oso.base.errors import UsageError
from dod2oso.base.extras import needs
from dod2oso.base.settings_file import FILE
from dod2oso.base.texts import Text
from dod2oso.desk.opened import Opened
from dod2oso.desk.working import Order, Watcher
from dod2oso.handover.sending import Wish, send, senders_for
from dod2oso.ledger.safety import ledger_to_write_in
from dod2oso.ledger.store import Ledger
from dod2oso.sandbox.rehearsal import rehearse, rehearsed

REHEARSAL, SENDING = "rehearsal", "sending"  # names of jobs


@dataclass(frozen=True, slots=True)
class Ordered:
    """What was ordered, and by whom."""

    wish: Wish
    account: str


def rehearsal_job(order: Order, watcher: Watcher) -> Text | None:
    """Everything that is ready goes through the sandbox, on a copy."""
    needs("cryptography", extra="open")
    out = opened_for(order).project.out(order.transfer)
    told = _counting(watcher, Text("desk-rehearsal").text(order.lang))
    watcher.tell("result", rehearse(out, told, watcher.dossiers))
    return None


def sending_job(order: Order, watcher: Watcher) -> Text | None:
    """Hand over as `dod2oso handover send` does, once all of it went well in the sandbox."""
    opened, ordered = opened_for(order), order.details
    out, settings = opened.project.out(order.transfer), opened.handover
    asked = order.pins[0] if order.pins else ""
    begun: list[int] = []

    def watch(_outcome: str, left: int) -> None:
        if not begun:
            begun.append(left + 1)
            _counting(watcher, Text("desk-sending").text(order.lang))(left + 1)
        watcher.dossiers(1)

    with (
        in_hand(out, "send") as ledger,
        senders_for(ledger, out, settings, (lambda _file: asked) if asked else None) as senders,
    ):
        if not well_rehearsed(ledger):
            raise UsageError("desk-rehearse-first")
        sent, nobody = send(ledger, out, settings, senders, ordered.wish, ordered.account, watch)
    watcher.tell("result", (sent, nobody))
    return None


@contextmanager
def in_hand(out: Path, command: str) -> Iterator[Ledger]:
    """The ledger, to order something about hand-overs; nobody else writes meanwhile."""
    with ledger_to_write_in(out, out, f"handover {command}") as ledger:
        yield ledger


def well_rehearsed(ledger: Ledger) -> bool:
    """Whether all that is ready now went through the sandbox, whole and valid."""
    with ledger.read() as connection:
        found = rehearsed(connection)
    return found is not None and found.complete


def _counting(watcher: Watcher, name: str) -> Any:
    return lambda total: watcher.export(name, 1, 1, total)


def opened_for(order: Order) -> Opened:
    """The project as its settings are now; UsageError when that has no such transfer any more."""
    opened = order.load(Path(FILE))
    if opened is None or order.transfer not in opened.project.transfers:
        raise UsageError("desk-no-project", folder=order.home.name)
    return opened
