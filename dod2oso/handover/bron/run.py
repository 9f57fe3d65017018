"""A source from its settings: everything it needs is made, started, and at the end stopped in order."""

import asyncio
import contextlib
import logging
import signal
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path

from dod2oso.base.folderlock import held
from dod2oso.base.pseudonym import Pseudonyms, load_key
from dod2oso.base.texts import Text
from dod2oso.handover import store
from dod2oso.handover.bron.answer import Source
from dod2oso.handover.bron.batch import Batch
from dod2oso.handover.bron.config import Bron
from dod2oso.handover.bron.message_log import MessageLog
from dod2oso.handover.bron.notify import Notifier
from dod2oso.handover.bron.searchkey import load_search_keys
from dod2oso.handover.bron.server import serve
from dod2oso.handover.config import Tls
from dod2oso.handover.soap.client import SoapClient
from dod2oso.handover.tls import Ask, client_context, server_context
from dod2oso.handover.wire.load import wires
from dod2oso.ledger.safety import check, copy
from dod2oso.ledger.store import Ledger

_COPY_SECONDS = 900  # between copies of a ledger in which something changed


@dataclass(frozen=True, slots=True)
class Running:
    """A source that serves."""

    host: str
    port: int
    notifier: Notifier
    recovered: int  # dossiers that an earlier server was delivering when it stopped


@contextlib.asynccontextmanager
async def running(
    ledger: Ledger, out_dir: Path, settings: Bron, tls: Tls, account: str, log: MessageLog, ask: Ask | None = None
) -> AsyncIterator[Running]:
    """Serve while the block runs. `account` is who gave the order; OSO wants to see it in the log.

    Raises ConfigurationError when a certificate, a wire description or the zoeksleutel cannot be used.
    """
    spoken = wires(settings.protocols, settings.wire, settings.older_dossiers)
    pseudonyms = Pseudonyms(load_key(out_dir))
    keys = load_search_keys(settings.search_key, settings.search_key_file)
    answer = _once(ask)
    outgoing, incoming = client_context(tls, answer), server_context(tls, answer)
    with held(out_dir, "handover serve"):  # afterwards it writes single transactions only, also beside a run
        check(ledger)
        ledger.bind_key(pseudonyms.of("key-check"))
        recovered = store.recover(ledger, account)
    async with SoapClient(outgoing, spoken, settings.traffic_center_seconds) as client:
        batch = Batch(ledger)
        source = Source(out_dir, settings, spoken, batch, client, keys, pseudonyms, account, log)
        notifier = Notifier(ledger, settings, spoken, client, account, log)
        serving = await serve(source, settings, incoming)
        beside = [
            asyncio.create_task(_tell(notifier, settings.notify_seconds)),
            asyncio.create_task(keep_copies(ledger, out_dir, batch)),
        ]
        try:
            yield Running(serving.host, serving.port, notifier, recovered)
        finally:
            for each in beside:
                each.cancel()
            await asyncio.gather(*beside, return_exceptions=True)
            await serving.close()
            await batch.close()
            copy(ledger, out_dir)


async def _tell(notifier: Notifier, seconds: float) -> None:
    """Tell receivers now and then; trouble with it never stops the source."""
    while seconds:
        try:
            await notifier.run()
        except Exception as error:
            logging.getLogger("dod2oso.bron").warning("notificaties: %s", type(error).__name__)
        await asyncio.sleep(seconds)


async def keep_copies(ledger: Ledger, out_dir: Path, batch: Batch, seconds: float = _COPY_SECONDS) -> None:
    """Take what was delivered up in the day's copy of the ledger now and then; trouble with it never stops the source.

    A source may serve for weeks, and a copy from before a delivery would let that dossier go out again.
    """
    copied = batch.done
    while True:
        await asyncio.sleep(seconds)
        if batch.done == copied:
            continue
        done = batch.done
        try:
            await asyncio.to_thread(copy, ledger, out_dir)
            copied = done  # a copy that failed is tried again, also when nothing else is done
        except Exception as error:
            logging.getLogger("dod2oso.bron").warning("reservekopie: %s", type(error).__name__)


def _once(ask: Ask | None) -> Ask | None:
    """Ask for a passphrase once, though the certificate is used twice."""
    known: dict[str, str] = {}

    def answer(name: str) -> str:
        if name not in known and ask is not None:
            known[name] = ask(name)
        return known[name]

    return answer if ask is not None else None


async def serve_forever(
    ledger: Ledger,
    out_dir: Path,
    settings: Bron,
    tls: Tls,
    account: str,
    say: Callable[[str], None],
    ask: Ask | None,
    lang: str,
) -> None:
    """Serve until the process is told to stop (Ctrl-C, or a service manager); `say` shows one line."""
    async with running(ledger, out_dir, settings, tls, account, lambda line: say(line.text()), ask) as source:
        say(Text("bron-serves", host=source.host, port=source.port).text(lang))
        if source.recovered:
            say(Text("bron-recovered", count=source.recovered).text(lang))
        spoken = wires(settings.protocols, settings.wire, settings.older_dossiers).values()
        for oso, count in store.staged_versions(ledger).items():
            if not any(wire.delivers(oso) for wire in spoken):
                say(Text("bron-older-dossiers", count=count, oso=oso).text(lang))
        stop = asyncio.Event()
        for each in (signal.SIGINT, signal.SIGTERM):
            with contextlib.suppress(NotImplementedError):  # Windows: there Ctrl-C cancels us instead
                asyncio.get_running_loop().add_signal_handler(each, stop.set)
        await stop.wait()
