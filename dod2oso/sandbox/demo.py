"""The demonstration: the whole chain on synthetic exports, from conversion to afmelding, in one call.

    convert ─▶ asked in vain ─▶ stage ─▶ notify ─▶ fetch ─▶ compare and validate ─▶ sign off, give feedback

Everything is made up, stays on this machine and in one folder. Nothing is said of a pupil.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import select

from dod2oso.base import atrest
from dod2oso.base.texts import Text
from dod2oso.base.xml import parse_bytes
from dod2oso.generate.region import write_region
from dod2oso.handover.bron.message_log import LogLine
from dod2oso.handover.senders.sender import BRON
from dod2oso.handover.store import FEEDBACK_FOLDER
from dod2oso.ledger import handovers as states
from dod2oso.ledger import places
from dod2oso.ledger.store import Ledger
from dod2oso.ledger.tables import dossiers, exports
from dod2oso.run.pipeline import run
from dod2oso.run.session import Options
from dod2oso.sandbox.chain import Chain, chain
from dod2oso.sandbox.faultkind import FaultKind
from dod2oso.sandbox.faults import Faults
from dod2oso.sandbox.receiver import Failed, Fetched, Wanted
from dod2oso.sandbox.stage import stage

DOEL = "99ZZ"  # the receiving school: no school of the samples has this number
DATUM = "2025-06-15"  # the day on which the synthetic region lives
FAULT_SECONDS = 1.0  # how long the source waits for a Traffic Center that does not answer
_AT_ONCE = 8
_ATTEMPTS = 8

Say = Callable[[Text], None]


class Exports(NamedTuple):
    """What to convert."""

    exports: Sequence[Path]
    schools: Path
    supplement: Path


@dataclass(frozen=True, slots=True)
class Shown:
    """How the demonstration ended, in numbers."""

    staged: int
    fetched: int  # different dossiers, school and samenwerkingsverband together
    same_bytes: int
    valid: int
    signed_off: int
    feedback: int
    states: dict[str, int]
    faults: int

    @property
    def complete(self) -> bool:
        """Whether everything arrived, whole and valid, and nothing but that is called delivered."""
        delivered = sum(n for state, n in self.states.items() if state in states.DELIVERED)
        return self.staged > 0 and self.staged == self.fetched == self.same_bytes == self.valid == delivered


class Quiet:
    """Nobody watches the conversion."""

    def export(self, name: str, number: int, total: int, records: int) -> None: ...
    def dossiers(self, done: int) -> None: ...
    def message(self, text: Text) -> None: ...


def samples(folder: Path) -> Exports:
    """The samples of a checkout; where there are none, new ones of the same kind in `folder`."""
    region = Path(__file__).resolve().parents[2] / "samples" / "regio"
    if not (region / "exports").is_dir():
        region = folder / "regio"
        exports = write_region(region, "dod-referentie", 40, schools=3, seed=1)
        return Exports(exports, region / "scholen.csv", region / "aanvulling.csv")
    return Exports([region / "exports"], region / "scholen.csv", region / "aanvulling.csv")


def demo(folder: Path, given: Exports, fault: FaultKind | None, say: Say, show: Callable[[LogLine], None]) -> Shown:
    """Convert `given` into `folder`, and hand all of it over; `show` gets every message as a line."""
    out = folder / "dod2oso-out"
    say(Text("sandbox-step-convert"))
    for transfer in ("POVO", "POSWV"):
        options = Options(
            given.exports,
            transfer,
            out_dir=out,
            schools=given.schools,
            supplements=(given.supplement,),
            datum=DATUM,
            sender=BRON,
        )
        run(options, Quiet())
    with Ledger.open(out / "ledger.sqlite", out) as ledger:
        return asyncio.run(_hand_over(ledger, out, folder, fault, say, show))


async def _hand_over(
    ledger: Ledger, out: Path, folder: Path, fault: FaultKind | None, say: Say, show: Callable[[LogLine], None]
) -> Shown:
    brins = sending_schools(ledger)
    faults = Faults(fault)
    seconds = FAULT_SECONDS if fault else 10.0
    async with chain(ledger, out, folder / "pki", brins, DOEL, faults=faults, log=show, seconds=seconds) as made:
        wanted = [Wanted(row.brin, pgn=pgn_of(out, row)) for row in ready_rows(ledger, "POVO")]
        say(
            Text("sandbox-step-early"),
        )
        for early in wanted[:1]:
            await made.school.fetch(early)
        say(Text("sandbox-step-stage"))
        staged = stage(ledger, out, DOEL, "sandbox")
        await made.notifier.run()
        await made.school.idle()
        say(Text("sandbox-step-fetch"))
        told = {each.wanted for each in made.school.inbox}
        await fetch_all(made, [each for each in wanted if each not in told])
        for swv in made.swvs.values():
            await swv.idle()
        say(Text("sandbox-step-feedback"))
        for swv in made.swvs.values():
            for got in swv.inbox[:1]:
                await swv.send_feedback(got.wanted, made.settings.aanleverpunten[got.wanted.bron_brin], "Ontvangen.")
    return _shown(ledger, out, made, staged, faults)


async def fetch_all(made: Chain, wanted: Sequence[Wanted]) -> list[Fetched | Failed]:
    """Let the school ask for each, some at a time; what came of it, in their order."""
    gate = asyncio.Semaphore(_AT_ONCE)

    async def one(each: Wanted) -> Fetched | Failed:
        async with gate:
            return await made.school.fetch(each, _ATTEMPTS)

    return await asyncio.gather(*map(one, wanted))


def _shown(ledger: Ledger, out: Path, made: Chain, staged: Sequence[states.Handover], faults: Faults) -> Shown:
    expected = {each.sha256 for each in staged}
    receivers = (made.school, *made.swvs.values())
    got = {each.sha256: each for receiver in receivers for each in receiver.inbox}
    return Shown(
        staged=len(staged),
        fetched=len(got),
        same_bytes=len(expected & got.keys()),
        valid=sum(each.verdict == "valid" for each in got.values()),
        signed_off=sum(session.result == "overdracht-geslaagd" for session in made.traffic_center.sessions.values()),
        feedback=sum(1 for _ in (out / FEEDBACK_FOLDER).rglob("*.xml")),
        states=states.states(ledger),
        faults=faults.hits,
    )


def ready_rows(ledger: Ledger, overstap: str) -> Sequence[Any]:
    """Ready dossiers of one transfer, as rows with brin and dossier_id."""
    chosen = (
        select(dossiers.c.dossier_id, dossiers.c.brin)
        .join(exports, exports.c.id == dossiers.c.export_id)
        .where(dossiers.c.state == "ready", exports.c.overstap == overstap)
        .order_by(dossiers.c.id)
    )
    with ledger.read() as connection:
        return connection.execute(chosen).all()


def sending_schools(ledger: Ledger) -> list[str]:
    with ledger.read() as connection:
        chosen = select(dossiers.c.brin).where(dossiers.c.state == "ready").distinct()
        return sorted(connection.scalars(chosen))


def pgn_of(out: Path, row: Any) -> str:
    """The number by which a receiving school knows its pupil: here, from the dossier; kept in memory only."""
    root = parse_bytes(atrest.read(places.dossier_path(out, "ready", row.brin, row.dossier_id), out))
    return next((e.text or "" for name in ("bsn", "onderwijsnummer") for e in root.iter(f"{{*}}{name}")), "")
