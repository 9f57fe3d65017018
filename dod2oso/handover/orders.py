"""What a person orders about handovers: withdraw, retry, confirm; and which school may fetch.

Dossiers are named by their id (the file name without .xml) or by the handover id; nothing else is needed, so no name
ever stands on a command line.
"""

from collections.abc import Collection, Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import ColumnElement, or_, select

from dod2oso.base.errors import ConfigurationError, UsageError
from dod2oso.base.folderlock import held
from dod2oso.base.pseudonym import Pseudonyms
from dod2oso.handover.receivers import allow, check_brin, receivers_of_all
from dod2oso.handover.review import Senders, take_back
from dod2oso.handover.send import BY_ORDER
from dod2oso.handover.senders.sender import BRON
from dod2oso.ledger.handover_tables import handovers
from dod2oso.ledger.handovers import (
    ACKNOWLEDGED,
    EXPIRED,
    FETCHED,
    OFFERED,
    RECALL,
    REFUSED,
    STAGED,
    UNKNOWN,
    WITHDRAWN,
    Handover,
    Step,
    move,
    pages,
)
from dod2oso.ledger.store import Ledger
from dod2oso.ledger.tables import dossiers, exports
from dod2oso.source.user_tables import TableRow, read_tables
from dod2oso.supplement import pupil
from dod2oso.supplement.pupil import Keys, Named, Whose, whose

RELEASED = "vrijgegeven"
COLUMNS = frozenset({*pupil.COLUMNS, "naar"})
_FOUND_BY = (dossiers.c.key_number, dossiers.c.match_name)

_PAGE = 300


class Ordered(NamedTuple):
    """What came of an order: how many changed, and how many could not (any more)."""

    done: int
    recalled: int  # withdrawn after delivery: a person must tell the receiver
    too_late: int


def named(ledger: Ledger, names: Iterable[str]) -> list[Handover]:
    """The handovers of these dossier ids or handover ids; UsageError, with its place, when one is unknown."""
    wanted = _plain(names)
    found: list[Handover] = []
    for at in range(0, len(wanted), _PAGE):
        page = wanted[at : at + _PAGE]
        for some in pages(ledger, or_(handovers.c.dossier_id.in_(page), handovers.c.id.in_(page))):
            found += some
    _all_known(
        wanted,
        {each.dossier_id for each in found} | {each.id for each in found},
        "dossier-not-handed-over",
    )
    return found


def converted(ledger: Ledger, names: Iterable[str]) -> list[str]:
    """These dossier ids, each once; UsageError, with its place, when the ledger has no dossier under one of them."""
    wanted = _plain(names)
    known: set[str] = set()
    for at in range(0, len(wanted), _PAGE):
        with ledger.read() as connection:
            here = dossiers.c.dossier_id.in_(wanted[at : at + _PAGE])
            known |= set(connection.scalars(select(dossiers.c.dossier_id).where(here)))
    _all_known(
        wanted,
        known,
        "dossier-not-converted",
    )
    return wanted


def schools_of(ledger: Ledger, names: Sequence[str]) -> dict[str, tuple[str, str]]:
    """BRIN and vestiging of each of these dossier ids that the ledger knows."""
    with ledger.read() as connection:
        chosen = select(dossiers.c.dossier_id, dossiers.c.brin, dossiers.c.vestiging)
        rows = connection.execute(chosen.where(dossiers.c.dossier_id.in_(names)))
        return {row.dossier_id: (row.brin, row.vestiging) for row in rows}


def _plain(names: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(name.removesuffix(".xml").removesuffix(".json") for name in names))


def _all_known(wanted: Sequence[str], known: Collection[str], key: str) -> None:
    for position, name in enumerate(wanted, start=1):
        if name not in known:  # said by its place: it may be anything, also the name of a pupil
            raise UsageError(key, position=position)


def withdraw(ledger: Ledger, out_dir: Path, senders: Senders, chosen: Sequence[Handover], account: str) -> Ordered:
    """Take back what did not leave; what was delivered is marked as recalled. It stays so until `retry`."""
    step = Step(account, reason=BY_ORDER)
    with held(out_dir, "handover"):
        for sender in senders.values():
            sender.settle(Step(account))
        taken = set(take_back(senders, [each for each in chosen if each.state == STAGED], WITHDRAWN, step))
        ids = [each.id for each in chosen if each.id not in taken]
        # also what was withdrawn for another reason: from now on it does not come back by itself
        taken |= set(move(ledger, ids, WITHDRAWN, step, only_from=(REFUSED, EXPIRED, WITHDRAWN)))
        rest = [name for name in ids if name not in taken]
        recalled = move(ledger, rest, RECALL, step, only_from=(FETCHED, ACKNOWLEDGED, UNKNOWN))
    return Ordered(len(taken), len(recalled), len(rest) - len(recalled))


def retry(ledger: Ledger, out_dir: Path, chosen: Sequence[Handover], account: str, *, not_arrived: bool) -> Ordered:
    """Let dossiers go again that were withdrawn by order, refused or expired; the next `send` takes them.

    One that may have arrived (`sent-unknown`) only when a person asked the receiver: `not_arrived`.
    """
    step = Step(account, reason=RELEASED)
    with held(out_dir, "handover"):
        ids = [each.id for each in chosen]
        again = move(ledger, ids, WITHDRAWN, step, only_from=(REFUSED, EXPIRED))
        ordered = [each.id for each in chosen if each.state == WITHDRAWN and each.reason == BY_ORDER]
        again += move(ledger, ordered, WITHDRAWN, step, only_from=(WITHDRAWN,))
        for old, receipt in ((FETCHED, False), (ACKNOWLEDGED, True)):
            back = [each.id for each in chosen if each.reason == BY_ORDER and bool(each.receipt) == receipt]
            again += move(ledger, back, old, step, only_from=(RECALL,))
        if not_arrived:
            again += move(ledger, ids, STAGED, step, only_from=(UNKNOWN,))
    doubt = 0 if not_arrived else sum(each.state in (UNKNOWN, OFFERED) for each in chosen)
    return Ordered(len(again), 0, doubt)


def confirm(ledger: Ledger, out_dir: Path, chosen: Sequence[Handover], account: str) -> Ordered:
    """A person asked the receiver: what was in doubt did arrive."""
    step = Step(account, reason="bevestigd-door-mens")
    with held(out_dir, "handover"):
        done = move(ledger, [each.id for each in chosen], ACKNOWLEDGED, step, only_from=(UNKNOWN,))
    return Ordered(len(done), 0, len(chosen) - len(done))


def allow_selected(ledger: Ledger, brin: str, only: ColumnElement[bool], account: str) -> list[str]:
    """Let one school fetch the ready dossiers of a selection; return the pseudonyms of their pupils."""
    school = check_brin(brin)
    chosen = select(dossiers.c.pseudonym).join(exports, exports.c.id == dossiers.c.export_id)
    with ledger.read() as connection:
        pupils = list(connection.scalars(chosen.where(only, dossiers.c.state == "ready").distinct()))
    allow(ledger, [(pupil, school) for pupil in pupils], account)
    return pupils


def without_receiver(ledger: Ledger, sender: str) -> int:
    """How many staged dossiers no school can fetch from the source; only sender `bron` asks who fetches."""
    if sender != BRON:
        return 0
    staged = pages(ledger, handovers.c.sender == BRON, handovers.c.state == STAGED)
    return sum(not schools for page in staged for schools in receivers_of_all(ledger, page).values())


def allow_table(ledger: Ledger, pseudonyms: Pseudonyms, path: Path, account: str) -> list[str]:
    """Read a table of pupils and the school they go to; return the pseudonyms that were marked.

    A row names a pupil by `dossier`, by `brin` and `leerlingid`, or by `brin`, `achternaam` and `geboortedatum` (as the
    supplement does), and in `naar` the BRIN of the receiving school. Raises ConfigurationError, naming the row, when
    a pupil is not in the ledger: a typing error must not leave a pupil without a school in silence.
    """
    pairs: list[tuple[str, str]] = []
    for table in read_tables(path):
        unknown = [name for name in table.columns if name not in COLUMNS and not name.startswith("#")]
        if "naar" not in table.columns or unknown:
            raise ConfigurationError("order-columns", file=table.name, known=", ".join(sorted(COLUMNS - {"naar"})))
        for row in table.rows:
            school = _school(row)
            pairs += [(pupil, school) for pupil in _pupil(ledger, pseudonyms, row)]
    allow(ledger, pairs, account)
    return list(dict.fromkeys(pupil for pupil, _ in pairs))


def _school(row: TableRow) -> str:
    try:
        return check_brin(row.cells.get("naar", ""))
    except UsageError as error:
        raise ConfigurationError("file-problem", place=row.place, problem=error) from None


def _pupil(ledger: Ledger, pseudonyms: Pseudonyms, row: TableRow) -> list[str]:
    named = Named.of(row.cells)
    keys = named._replace(dossier="").keys(pseudonyms)  # here that column has the name of a file, which is its own key
    if named.dossier:
        which = dossiers.c.dossier_id == named.dossier.removesuffix(".xml")
    elif named.brin and named.names_pupil:
        which = or_(*(column == key for column, key in zip(_FOUND_BY, (keys.number, keys.name), strict=True) if key))
    else:
        raise ConfigurationError("order-pupil-unnamed", place=row.place)
    with ledger.read() as connection:
        columns = (dossiers.c.brin, dossiers.c.vestiging, dossiers.c.pseudonym, *_FOUND_BY)
        known = [Keys(*row) for row in connection.execute(select(*columns).where(which).distinct())]
    found = list({each.pseudonym for each in known if named.dossier or whose(keys, each) is Whose.OWN})
    if len(found) != 1:
        raise ConfigurationError("order-row-several" if found else "order-row-nobody", place=row.place)
    return found
