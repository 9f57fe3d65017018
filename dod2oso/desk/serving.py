"""The job of being the source system, as `dod2oso handover serve` is: receivers fetch here until it is told to stop.

It ends when the server of the desk ends, however that ends; a dossier that was going out by then is settled by whoever
serves next.
"""

import asyncio
import contextlib
import signal
from threading import Thread
from typing import NamedTuple

from dod2oso.base.errors import ConfigurationError
from dod2oso.base.extras import needs
from dod2oso.base.folderlock import SERVE, held
from dod2oso.base.texts import Text
from dod2oso.desk.handing import opened_for
from dod2oso.desk.working import Order, Watcher
from dod2oso.handover import store
from dod2oso.handover.bron.message_log import LogLine
from dod2oso.handover.bron.run import running
from dod2oso.handover.config import Handover
from dod2oso.handover.wire.load import wires
from dod2oso.ledger.store import Ledger
from dod2oso.trust.audit import note

SERVING = "serving"


class Listening(NamedTuple):
    """Where receivers can ask."""

    host: str
    port: int


def serving_job(order: Order, watcher: Watcher) -> Text | None:
    """Serve what is staged. `order.details`: who ordered it; `order.pins`: the passphrase of the certificate, or none.

    ConfigurationError without the settings for it, TryLaterError when another serves here.
    """
    needs("aiohttp", "cryptography", extra="open")
    opened = opened_for(order)
    out, settings = opened.project.out(order.transfer), opened.handover
    if settings.bron is None or settings.tls is None:
        raise ConfigurationError("bron-settings-absent")
    with held(out, "handover serve", SERVE), Ledger.open(out, create=False) as ledger:
        note(ledger, "serving-begun", order.details)
        asyncio.run(_serve(ledger, order, settings, watcher))
    return None


async def _serve(ledger: Ledger, order: Order, settings: Handover, watcher: Watcher) -> None:
    stop, loop = asyncio.Event(), asyncio.get_running_loop()
    bron, tls = settings.bron, settings.tls
    assert bron is not None and tls is not None and ledger.out_dir is not None  # noqa: S101  looked at before
    word = order.pins[0] if order.pins else ""

    def log(line: LogLine) -> None:
        watcher.message(Text("desk-serving-line", line=line.text()))

    def until_gone() -> None:
        watcher.until_gone()
        with contextlib.suppress(RuntimeError):  # we are done already
            loop.call_soon_threadsafe(stop.set)

    async with running(
        ledger, ledger.out_dir, bron, tls, order.details, log, (lambda _file: word) if word else None
    ) as source:  # fmt: skip
        with contextlib.suppress(NotImplementedError):  # Windows: there a job is ended without more ado
            loop.add_signal_handler(signal.SIGTERM, stop.set)
        Thread(target=until_gone, daemon=True).start()
        if source.recovered:
            watcher.message(Text("bron-recovered", count=source.recovered))
        spoken = wires(bron.protocols, bron.wire, bron.older_dossiers).values()
        for oso, count in store.staged_versions(ledger).items():
            if not any(wire.delivers(oso) for wire in spoken):
                watcher.message(Text("bron-older-dossiers", count=count, oso=oso))
        watcher.tell("result", Listening(source.host, source.port))
        await stop.wait()
