"""A rehearsal: everything that is ready in a project goes through the sandbox before any of it goes for real.

The chain works on a copy (ledger, key and ready dossiers, in a private folder beside the dossiers that is overwritten
and removed afterwards), in which nothing was handed over yet: the real ledger never believes that a dossier left. What
came of it is remembered in the real ledger with a fingerprint of what was ready, so that it counts until that changes.
"""

import asyncio
import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import Connection, Select, delete, insert, select

from dod2oso.base import atrest
from dod2oso.base.errors import UsageError
from dod2oso.base.files import disk_guard, make_private_dir, write_private
from dod2oso.base.folderlock import SERVE, held
from dod2oso.base.pseudonym import KEY_FILE
from dod2oso.base.wipe import wipe_tree
from dod2oso.handover.bron.message_log import LogLine
from dod2oso.handover.receivers import check_brin
from dod2oso.handover.send import CODE_CHANGED
from dod2oso.handover.store import staged_versions
from dod2oso.ledger import places
from dod2oso.ledger.engine import LEDGER_FILE, raw
from dod2oso.ledger.handover_tables import HANDED_OVER
from dod2oso.ledger.handovers import Handover, may_leave
from dod2oso.ledger.rows import timestamp
from dod2oso.ledger.safety import check
from dod2oso.ledger.store import Ledger
from dod2oso.ledger.tables import dossiers, exports, project
from dod2oso.oso.transfers import transfer
from dod2oso.sandbox.chain import Chain, chain
from dod2oso.sandbox.demo import DOEL, fetch_all, pgn_of, sending_schools
from dod2oso.sandbox.receiver import Fetched, Wanted
from dod2oso.sandbox.stage import stage

_KEY = "oefening"  # in the ledger
_OTHER_DOEL = "99ZY"
_NAMED = 50  # dossiers that did not arrive, named in what is remembered

Watch = Callable[[int], None]  # told how many more dossiers arrived
Keep = Callable[[bytes], None]


def _forget(_dossier: bytes) -> None:
    """Nobody wants the dossiers themselves."""


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """What came of a rehearsal, in dossiers. `valid`: as the receiver judged what it got; `missed`: (dossier id, why).

    `ready`: fingerprint of what was ready then.
    """

    at: str
    ready: str
    expected: int
    fetched: int
    same_bytes: int
    valid: int
    signed_off: int
    missed: tuple[tuple[str, str], ...] = ()

    @property
    def complete(self) -> bool:
        """Whether all arrived, whole and valid."""
        return self.expected > 0 and self.expected == self.fetched == self.same_bytes == self.valid


def rehearse(out_dir: Path, begun: Watch, watch: Watch, keep: Keep = _forget) -> Rehearsed:
    """Hand everything that is ready over in the sandbox, and remember how that went.

    `begun` is told how many dossiers there are; `keep` gets each dossier as the receiver got it. UsageError when
    nothing is ready, TryLaterError while another command writes or serves here.
    """
    with held(out_dir, "rehearsal", SERVE):  # no destruction and no vault meanwhile
        with _stand_in(out_dir) as made, Ledger.open(made.place / LEDGER_FILE, made.place, create=False) as ledger:
            found = asyncio.run(_through(ledger, made, begun, watch, keep))
        with Ledger.open(out_dir, create=False) as ledger, ledger.write() as connection:
            connection.execute(delete(project).where(project.c.key == _KEY))
            connection.execute(insert(project).values(key=_KEY, value=json.dumps(asdict(found))))
    return found


def rehearsed(connection: Connection) -> Rehearsed | None:
    """The last rehearsal; None when there was none, or something else is ready by now."""
    kept = connection.scalar(select(project.c.value).where(project.c.key == _KEY))
    if kept is None:
        return None
    said = json.loads(kept)
    found = Rehearsed(**said | {"missed": tuple((name, why) for name, why in said["missed"])})
    return found if found.ready == ready_print(connection) else None


def ready_print(connection: Connection) -> str:
    """Changes when another dossier is ready, or one has other bytes."""
    told = sha256()
    for row in connection.execute(_ready().order_by(dossiers.c.dossier_id)):
        told.update(f"{row.dossier_id} {row.sha256}\n".encode())
    return told.hexdigest()


def sweep(out_dir: Path) -> None:
    """Destroy what a rehearsal that was killed left behind; TryLaterError when one goes on."""
    if places.rehearsal_dir(out_dir).exists():
        with held(out_dir, "rehearsal", SERVE):
            wipe_tree(places.rehearsal_dir(out_dir))


def _ready() -> Select[Any]:
    return (
        select(dossiers.c.dossier_id, dossiers.c.sha256, dossiers.c.brin)
        .join(exports, exports.c.id == dossiers.c.export_id)
        .where(may_leave())
    )


class _StandIn(NamedTuple):
    """A copy of what a source needs; `ready`: the fingerprint of that, `changed`: ids whose file is not what it was."""

    place: Path
    ready: str
    changed: tuple[str, ...]


@contextmanager
def _stand_in(out_dir: Path) -> Iterator[_StandIn]:
    place = places.rehearsal_dir(out_dir)
    wipe_tree(place)
    try:
        with disk_guard():
            make_private_dir(place)
            with held(out_dir, "rehearsal"), Ledger.open(out_dir, create=False) as ledger:  # no run in between
                check(ledger)
                made = _copy(ledger, out_dir, place)
        yield made
    finally:
        wipe_tree(place)


def _copy(ledger: Ledger, out_dir: Path, place: Path) -> _StandIn:
    if ledger.path is None:
        raise UsageError("rehearsal-needs-sqlite")
    write_private(place / LEDGER_FILE, b"")
    keys = atrest.keys_of(out_dir)
    with closing(raw(ledger.path, keys)) as source, closing(raw(place / LEDGER_FILE, keys)) as target:
        source.backup(target)
    write_private(place / KEY_FILE, (out_dir / KEY_FILE).read_bytes())
    with Ledger.open(place / LEDGER_FILE, place, create=False) as copied:
        with copied.write() as connection:
            for table in HANDED_OVER:  # nothing was handed over yet, and nobody is to be told
                connection.execute(delete(table))
        with copied.read() as connection:
            ready = ready_print(connection)
            rows = connection.execute(_ready()).all()
    changed = []
    for row in rows:
        data = places.read_ready(out_dir, row)
        if data is None:
            changed.append(row.dossier_id)
            continue
        path = places.dossier_path(place, "ready", row.brin, row.dossier_id)
        make_private_dir(path.parent)
        atrest.write(place, path, data)
    return _StandIn(place, ready, tuple(changed))


async def _through(ledger: Ledger, copied: _StandIn, begun: Watch, watch: Watch, keep: Keep) -> Rehearsed:
    place = copied.place
    schools = [check_brin(brin) for brin in sending_schools(ledger)]
    if not schools:
        raise UsageError("rehearsal-nothing-ready")
    doel = _OTHER_DOEL if DOEL in schools else DOEL

    def log(line: LogLine) -> None:
        if line.message == "document" and line.outcome.startswith("ontvangen"):
            watch(1)

    staged = stage(ledger, place, doel, "sandbox")
    begun(len(staged))
    older = tuple(staged_versions(ledger))
    async with chain(ledger, place, place / "pki", schools, doel, log=log, older=older) as made:
        for_school = [each for each in staged if not transfer(each.overstap).same_brin]
        wanted = [Wanted(each.brin, pgn=pgn_of(place, each)) for each in for_school]
        await made.notifier.run()
        came = await fetch_all(made, wanted)
        for swv in made.swvs.values():
            await swv.idle()
        why = {
            each.dossier_id: result.code
            for each, result in zip(for_school, came, strict=True)
            if not isinstance(result, Fetched)
        }
        for each in [got for party in (made.school, *made.swvs.values()) for got in party.inbox]:
            keep(each.data)
        return _counted(made, staged, why, copied)


def _counted(made: Chain, staged: Sequence[Handover], why: dict[str, str], copied: _StandIn) -> Rehearsed:
    got = {each.sha256: each for party in (made.school, *made.swvs.values()) for each in party.inbox}
    same = got.keys() & {each.sha256 for each in staged}  # of two with the same bytes one counts as missed
    missed = [(name, CODE_CHANGED) for name in copied.changed]
    missed += [(each.dossier_id, why.get(each.dossier_id, "")) for each in staged if each.sha256 not in got]
    signed = sum(session.result == "overdracht-geslaagd" for session in made.traffic_center.sessions.values())
    return Rehearsed(
        timestamp(), copied.ready, expected=len(staged) + len(copied.changed), fetched=len(got), same_bytes=len(same),
        valid=sum(each.verdict == "valid" for each in got.values()), signed_off=signed, missed=tuple(missed[:_NAMED]),
    )  # fmt: skip
