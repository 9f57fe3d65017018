"""Which school may fetch a dossier: what the end user at the source marks ("allowed" in the OSO protocol).

Never derived from an export: where a pupil is going is not in a legacy dossier, and a guess would send a dossier to the
wrong school. Marked per pupil, so that a newer conversion keeps it.
"""

from collections.abc import Iterable, Sequence

from sqlalchemy import bindparam, insert, select

from dod2oso.base.brin import brin_of
from dod2oso.base.errors import UsageError
from dod2oso.ledger import audit
from dod2oso.ledger.handover_tables import allowed_receivers
from dod2oso.ledger.handovers import Handover, Ready
from dod2oso.ledger.rows import timestamp
from dod2oso.ledger.store import Ledger
from dod2oso.oso.transfers import transfer

_PAGE = 300
# Made once: a source asks this for every dossier, and to make a statement takes longer than to have it done.
_MARKED = select(allowed_receivers.c.pseudonym, allowed_receivers.c.doel_brin).where(
    allowed_receivers.c.pseudonym.in_(bindparam("pupils", expanding=True))
)


def check_brin(text: str) -> str:
    """A BRIN as typed by a person, in its one form; UsageError when it is none."""
    brin = brin_of(text)
    if not brin:
        raise UsageError("brin-wrong")
    return brin


def allow(ledger: Ledger, pairs: Iterable[tuple[str, str]], account: str) -> int:
    """Mark (pupil's pseudonym, BRIN) pairs as allowed; how many were new."""
    wanted = list(dict.fromkeys(pairs))
    table, new = allowed_receivers, 0
    for at in range(0, len(wanted), _PAGE):
        page = wanted[at : at + _PAGE]
        with ledger.write() as connection:
            pupils = table.c.pseudonym.in_([pseudonym for pseudonym, _ in page])
            chosen = select(table.c.pseudonym, table.c.doel_brin).where(pupils)
            known = {tuple(row) for row in connection.execute(chosen)}
            rows = [
                {"pseudonym": pseudonym, "doel_brin": brin, "at": timestamp(), "account": account}
                for pseudonym, brin in page
                if (pseudonym, brin) not in known
            ]
            if rows:
                connection.execute(insert(table), rows)
                schools = sorted({row["doel_brin"] for row in rows})
                refs = audit.refs_of(connection, [row["pseudonym"] for row in rows])
                audit.append(connection, "receivers-allowed", account, {"pupils": len(rows), "schools": schools}, refs)
        new += len(rows)
    return new


def receivers_of(ledger: Ledger, handover: Handover | Ready) -> frozenset[str]:
    """The BRINs that may fetch this dossier; empty when nobody was marked."""
    return receivers_of_all(ledger, [handover])[handover.dossier_id]


def receivers_of_all(ledger: Ledger, chosen: Sequence[Handover | Ready]) -> dict[str, frozenset[str]]:
    """The same for a page of dossiers, by dossier id."""
    marked: dict[str, set[str]] = {}
    with ledger.read() as connection:
        for pseudonym, brin in connection.execute(_MARKED, {"pupils": list({each.pseudonym for each in chosen})}):
            marked.setdefault(pseudonym, set()).add(brin)
    return {
        each.dossier_id: frozenset({each.brin} if transfer(each.overstap).same_brin else marked.get(each.pseudonym, ()))
        for each in chosen
    }
