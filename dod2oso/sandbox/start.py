"""The sandbox without a source of its own: it stays up for one that runs elsewhere, until it is told to stop.

The school keeps asking for the pupils it was given until it has them; a samenwerkingsverband fetches when it is told,
and gives feedback about what it got.
"""

import asyncio
import contextlib
import json
import re
import signal
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from dod2oso.base.errors import ConfigurationError, UsageError
from dod2oso.base.files import write_private
from dod2oso.base.settings_file import FILE
from dod2oso.base.texts import Text
from dod2oso.handover.bron.message_log import LogLine
from dod2oso.handover.receivers import check_brin
from dod2oso.ledger.store import Ledger
from dod2oso.oso.transfers import all_transfers
from dod2oso.oso.versions import VERSIONS
from dod2oso.sandbox.chain import SEARCH_KEY, SERIALS, Around, around
from dod2oso.sandbox.demo import pgn_of, ready_rows, sending_schools
from dod2oso.sandbox.faultkind import FaultKind
from dod2oso.sandbox.faults import Faults
from dod2oso.sandbox.receiver import Fetched, Wanted
from dod2oso.source.user_tables import read_tables

SETTINGS = FILE.name
PKI = "pki"
_ASK_SECONDS = 2.0
_ADDRESS = re.compile(r"[!-~]+\Z")


class Got(NamedTuple):
    """How it ended, in numbers of dossiers."""

    school: int
    swv: int
    signed_off: int
    feedback: int


def check_url(text: str) -> str:
    """The address of a source on this machine; UsageError when it is none (the certificates are for localhost)."""
    try:
        url = urlsplit(text)
        good = url.scheme == "https" and url.hostname in ("localhost", "127.0.0.1") and (url.port or 443) > 0
    except ValueError:
        good = False
    if not good or not _ADDRESS.match(text):
        raise UsageError("sandbox-address")
    return text


def wanted_from_ledger(out: Path) -> tuple[list[str], list[Wanted]]:
    """The sending schools of a run, and what a school can ask for: every ready dossier of an overstap.

    Reads personal numbers from the dossiers and keeps them in memory; only for synthetic data.
    """
    with Ledger.open(out, out, create=False) as ledger:
        rows = [row for kind in all_transfers() if not kind.same_brin for row in ready_rows(ledger, kind.name)]
        return sending_schools(ledger), [Wanted(row.brin, pgn=pgn_of(out, row)) for row in rows]


def wanted_from_table(path: Path) -> list[Wanted]:
    """What to ask for from a table with the columns `brin` and `pgn`; ConfigurationError, with the row, if wrong."""
    wanted = []
    for table in read_tables(path):
        for row in table.rows:
            brin, pgn = row.cells.get("brin", "").upper(), row.cells.get("pgn", "")
            if len(brin) != 4 or not (len(pgn) == 9 and pgn.isdigit()):
                raise ConfigurationError("sandbox-columns", place=row.place)
            wanted.append(Wanted(check_brin(brin), pgn=pgn))
    return wanted


async def start(
    folder: Path,
    brins: Sequence[str],
    doel_brin: str,
    wanted: Sequence[Wanted],
    source_url: str,
    fault: FaultKind | None,
    port: int,
    ready: Callable[[Around], None],
    show: Callable[[LogLine], None],
) -> Got:
    """Run until the process is told to stop (Ctrl-C, or a service manager). `ready` is called when all are up."""
    stop = asyncio.Event()
    for each in (signal.SIGINT, signal.SIGTERM):
        with contextlib.suppress(NotImplementedError):  # Windows: there Ctrl-C cancels us instead
            asyncio.get_running_loop().add_signal_handler(each, stop.set)
    async with around(folder / PKI, brins, doel_brin, faults=Faults(fault), log=show, port=port) as made:
        made.place(source_url)
        write_private(folder / SETTINGS, settings_text(made, source_url).encode())
        ready(made)
        tasks = [asyncio.create_task(each) for each in (_ask(made, wanted), _feed_back(made))]
        await stop.wait()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        sessions = made.traffic_center.sessions.values()
        return Got(
            school=len({each.sha256 for each in made.school.inbox}),
            swv=len({each.sha256 for swv in made.swvs.values() for each in swv.inbox}),
            signed_off=sum(session.result == "overdracht-geslaagd" for session in sessions),
            feedback=sum(swv.feedback for swv in made.swvs.values()),
        )


def settings_text(made: Around, source_url: str) -> str:
    """A dod2oso.toml with which `handover serve` is the source of this sandbox; paths are from its own folder."""
    tls = made.parties.certificates["bron"]
    swvs = {brin: swv.point.ap for brin, swv in made.swvs.items()}
    lines = [
        "[handover]",
        'sender = "bron"',
        "[handover.tls]",
        f'ca = "{PKI}/{tls.ca.name}"',
        f'certificate = "{PKI}/{tls.certificate.name}"',
        f'key = "{PKI}/{tls.key.name if tls.key else ""}"',
        "[handover.bron]",
        f'listen = "127.0.0.1:{urlsplit(source_url).port or 443}"',
        f'traffic-center = "{made.traffic_center_url}"',
        f"older-dossiers = {json.dumps(VERSIONS[-1:])}",
        f'search-key = "{SEARCH_KEY}"',
        f'search-key-file = "{PKI}/{made.key_file.name}"',
        "notify-seconds = 2",
        "[handover.bron.aanleverpunten]",
        *(f'{brin} = "{ap}"' for brin, ap in made.own.items()),
        "[handover.bron.samenwerkingsverbanden]",
        *(f'{brin} = "{ap}"' for brin, ap in swvs.items()),
        "[handover.bron.certificates]",
        *(f'{brin} = ["{serials[0]}"]' for brin, serials in made.certificates.items()),
    ]
    return "\n".join(lines) + "\n"


def addresses(made: Around, source_url: str) -> list[tuple[Text, str, str]]:
    """(who, where, aanleverpunt) of everybody, the source included."""
    center = (Text("sandbox-at-center"), made.traffic_center_url, "")
    school = made.school.point
    rows = [center, (Text("sandbox-at-school", brin=school.brin), school.url, school.ap)]
    rows += [(Text("sandbox-at-swv", brin=brin), swv.point.url, swv.point.ap) for brin, swv in made.swvs.items()]
    rows += [(Text("sandbox-at-source", brin=brin), source_url, ap) for brin, ap in made.own.items()]
    return rows


def source_serial() -> str:
    """The serialNumber of the certificate that the source must have."""
    return SERIALS["bron"]


async def _ask(made: Around, wanted: Sequence[Wanted]) -> None:
    """Ask for everybody, one after the other, and again for who did not come."""
    left = list(wanted)
    while left:
        left = [each for each in left if not isinstance(await made.school.fetch(each), Fetched)]
        await asyncio.sleep(_ASK_SECONDS)


async def _feed_back(made: Around) -> None:
    """Give feedback about each dossier that a samenwerkingsverband got, once."""
    told: set[str] = set()
    while True:
        for swv in made.swvs.values():
            for got in list(swv.inbox):
                key = got.wanted.koppelsleutel
                if key not in told and await swv.send_feedback(
                    got.wanted, made.own[got.wanted.bron_brin], "Ontvangen."
                ):
                    told.add(key)
        await asyncio.sleep(_ASK_SECONDS)
