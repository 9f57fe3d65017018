"""A source with staged dossiers of pupils who do not exist, and a chain around it."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import insert, select

from dod2oso.base.pseudonym import Pseudonyms, load_key
from dod2oso.handover.bron.message_log import LogLine
from dod2oso.handover.receivers import allow
from dod2oso.handover.soap.dossier import DECLARATION
from dod2oso.ledger.handover_tables import handover_log, handovers
from dod2oso.ledger.handovers import STAGED, Step, log_entry, precise
from dod2oso.ledger.rows import timestamp
from dod2oso.ledger.store import Ledger
from dod2oso.ledger.tables import dossiers
from dod2oso.sandbox.chain import Chain, chain
from tests.ledger.kit import begin, convert, outcome

BRON, DOEL = "99XA", "99XD"
NAMESPACE = "http://www.edustandaard.nl/oso_gegevensset/2019/dossier"


class Pupil(NamedTuple):
    """A pupil: the number by which a receiver asks, and a word that stands in the dossier and nowhere else."""

    pgn: str
    secret: str


def pupils(n: int) -> list[Pupil]:
    """Numbers from the range that is never given out."""
    return [Pupil(f"9999{i:05d}", f"Geheimnaam{i}") for i in range(n)]


def dossier(pupil: Pupil, *, inspected: bool = True, filler: int = 0) -> bytes:
    """Not a whole dossier, but with what a source looks at; `filler` makes it large."""
    text = f"""<dossier xmlns="{NAMESPACE}">
  <leerling><achternaam>{pupil.secret}</achternaam><pgn>{pupil.pgn}</pgn>&#13;</leerling>
  <inzage><inzage>{"true" if inspected else "false"}</inzage><toestemming>Ja</toestemming></inzage>
  <notitie>]]&gt; é &amp;lt; {"x" * filler}</notitie>
</dossier>
"""
    return DECLARATION + text.encode()


class Stand(NamedTuple):
    """A ledger with its files, and what was staged: the bytes by dossier id."""

    ledger: Ledger
    out: Path
    files: dict[str, bytes]

    def states(self) -> list[str]:
        with self.ledger.read() as connection:
            return list(connection.scalars(select(handovers.c.state).order_by(handovers.c.id)))

    def rows(self) -> list[Any]:
        with self.ledger.read() as connection:
            return list(connection.execute(select(handovers).order_by(handovers.c.id)))


def stage(
    ledger: Ledger,
    out: Path,
    who: Iterable[Pupil],
    *,
    overstap: str = "POVO",
    brin: str = BRON,
    allowed: str = DOEL,
    inspected: bool = True,
    state: str = "ready",
    findings: Iterable[Any] = (),
    oso: str = "2019.1",
    filler: int = 0,
    name: str = "a.xml",
    staged: bool = True,
) -> Stand:
    """Convert and stage these pupils for the source; `allowed` is the school that may fetch them, if any."""
    pseudonyms = Pseudonyms(load_key(out))
    ledger.bind_key(pseudonyms.of("key-check"))
    outcomes = []
    for number, pupil in enumerate(who, start=1):
        made = outcome(number, state, brin=brin, pupil=f"{name}{pupil.pgn}", findings=findings)  # type: ignore[arg-type]
        outcomes.append(
            replace(
                made,
                xml=dossier(pupil, inspected=inspected, filler=filler),
                pseudonym=pseudonyms.of("pupil", pupil.pgn),
                match_pgn=pseudonyms.of("pgn", pupil.pgn),
            )
        )
    row = convert(ledger, out, begin(ledger), outcomes, name, batch=100)
    with ledger.write() as connection:
        made = connection.execute(select(dossiers).where(dossiers.c.export_id == row.id)).all()
    files = {}
    for each in made:
        files[each.dossier_id] = (out / "dossiers" / state / brin / f"{each.dossier_id}.xml").read_bytes()
    if staged:
        stage_rows(ledger, made, overstap, oso)
    if allowed:
        allow(ledger, [(each.pseudonym, allowed) for each in made], "test")
    return Stand(ledger, out, files)


def stage_rows(ledger: Ledger, rows: Iterable[Any], overstap: str, oso: str) -> None:
    """As `handover send` does it for sender `bron`."""
    moment = timestamp()
    values = [
        {
            "dossier_id": row.dossier_id,
            "sha256": row.sha256,
            "sender": "bron",
            "state": STAGED,
            "at": moment,
            "id": f"h-{row.dossier_id}",
            "pseudonym": row.pseudonym,
            "match_pgn": row.match_pgn,
            "brin": row.brin,
            "vestiging": row.vestiging,
            "oso": oso,
            "overstap": overstap,
            "verzameldatum": precise(),
            "staged_at": moment,
            "account": "test",
        }
        for row in rows
    ]
    log = [log_entry(value["id"], "bron", STAGED, moment, Step("test", "klaargezet")) for value in values]
    with ledger.write() as connection:
        connection.execute(insert(handovers), values)
        connection.execute(insert(handover_log), log)


@contextlib.asynccontextmanager
async def chain_of(stand: Stand, folder: Path, lines: list[LogLine] | None = None, **more: Any) -> AsyncIterator[Chain]:
    log = lines.append if lines is not None else (lambda _line: None)
    patience = {"seconds": 120.0, "request_seconds": 120.0}  # a busy machine is no fault; who tests one says how long
    options = {"validate": False, "brins": [BRON], "doel_brin": DOEL, **patience} | more
    async with chain(stand.ledger, stand.out, folder, log=log, **options) as made:
        yield made


def run(main: Callable[[], Awaitable[None]]) -> None:
    asyncio.run(main())  # type: ignore[arg-type]
