"""Ready dossiers that a run takes back, said before it is done: how many, why, and what leaves the outbox for it."""

from collections import Counter

from sqlalchemy import Connection, func, select

from dod2oso.base.texts import Text
from dod2oso.handover.review import no_longer_ready
from dod2oso.ledger import history
from dod2oso.ledger.handover_tables import handovers
from dod2oso.ledger.tables import dossiers
from dod2oso.report.since import previous_run
from dod2oso.report.texts import CauseKey, Lexicon
from dod2oso.run.session import Session

_CAUSES = 3
_CHUNK = 500


def may_take_back(session: Session) -> bool:
    """Say what falls back since the run before; False when somebody at a terminal says to leave the outbox alone.

    To be asked when the run has written down how its dossiers stand, before anything is staged or taken back.
    """
    options = session.options
    with session.ledger.read() as connection:
        back, gone, why = _fallen(connection, session.run_id)
        staged = connection.scalar(select(func.count()).select_from(handovers).where(no_longer_ready())) or 0
        parts = history.known_causes(connection)
    tell = session.progress.message
    if back or gone:
        tell(Text("dossiers-fell-back", back=back, gone=gone))
    words = {lang: Lexicon(lang, options.version, options.transfer) for lang in ("nl", "en")}
    for cause, n in why.most_common(_CAUSES):
        tell(Text("dossiers-fell-back-why", count=n, cause=_Said(CauseKey(*parts[cause]), words)))
    if not staged:
        return True
    tell(Text("outbox-taken-back", count=staged))
    if options.confirm is None or options.confirm(Text("outbox-take-back-question", count=staged)):
        return True
    tell(Text("outbox-left-alone"))
    return False


class _Said:
    """A cause in words, in the language in which it is asked for."""

    def __init__(self, key: CauseKey, words: dict[str, Lexicon]) -> None:
        self._key = key
        self._words = words

    def text(self, lang: str) -> str:
        return self._words[lang].cause(self._key).text


def _fallen(connection: Connection, run_id: str) -> tuple[int, int, Counter[str]]:
    """Of the dossiers that were ready after the run before: how many wait now, how many are no longer there at all, and
    what blocks those that wait."""
    before = previous_run(connection, run_id)
    if before is None:
        return 0, 0, Counter()
    back, away = 0, []
    why: Counter[str] = Counter()
    for dossier_id, then, now in history.moved(connection, before, run_id):
        if then.state == "ready" and now.state != "ready":
            if now.state == history.GONE:
                away.append(dossier_id)
            else:
                back += 1
                why.update(now.causes.split())
    return back, len(away) - _still_there(connection, away), why


def _still_there(connection: Connection, names: list[str]) -> int:
    """How many of these stand in the ledger all the same: of exports that this run was not about."""
    there = 0
    for at in range(0, len(names), _CHUNK):
        chosen = dossiers.c.dossier_id.in_(names[at : at + _CHUNK])
        there += connection.scalar(select(func.count()).select_from(dossiers).where(chosen)) or 0
    return there
