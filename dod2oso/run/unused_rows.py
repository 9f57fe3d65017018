"""Rows of the supplement that belong to no pupil or school of this run: somebody expected them to do something.

They are kept in the ledger like the findings of an export, under the name of the supplement, without source values.
"""

import hashlib
from collections.abc import Iterable

from sqlalchemy import select

from dod2oso.base.pseudonym import Pseudonyms
from dod2oso.base.texts import Text
from dod2oso.findings.balance import Balance
from dod2oso.findings.model import Finding
from dod2oso.ledger.exports import SUPPLEMENT_PROFILE
from dod2oso.ledger.rows import exports_of
from dod2oso.ledger.store import Ledger
from dod2oso.ledger.tables import dossiers
from dod2oso.run.session import Session
from dod2oso.supplement.rows import Supplement

CODE = "aanvulling-onbekende-leerling"
_CHUNK = 500


def note_unused_rows(session: Session) -> None:
    """Write down which rows found nobody in the run so far."""
    options, ledger, run_id, converter = session.options, session.ledger, session.run_id, session.converter
    position = len(session.sources.exports) + len(session.sources.empty) + 1
    unused = sorted(_unused(ledger, run_id, converter.supplement, converter.pseudonyms), key=_in_words)
    name = ", ".join(path.name for path in options.supplements)
    config = hashlib.sha256("|".join(map(_in_words, unused)).encode()).hexdigest()
    row = ledger.start_export(
        run_id, position, name, options.version, options.transfer, SUPPLEMENT_PROFILE, config, config, session.datum
    )
    ledger.finish_export(row.id, Balance(), [Finding(CODE, place=place) for place in unused])


def _in_words(place: Text) -> str:
    return place.text("nl")


def _unused(ledger: Ledger, run_id: str, supplement: Supplement, pseudonyms: Pseudonyms) -> Iterable[Text]:
    ours = dossiers.c.export_id.in_(exports_of(run_id))
    with ledger.read() as connection:
        schools = set(connection.scalars(select(dossiers.c.brin).where(ours).distinct()))
        sought: dict[str, list[tuple[Text, str]]] = {}  # pseudonym -> (place, school, "" for any)
        for place, keys in supplement.keys.items():
            for key in keys:
                for pseudonym in _possible(key, schools, pseudonyms):
                    sought.setdefault(pseudonym, []).append((place, key[0]))
        found: set[Text] = set()
        names = list(sought)
        for start in range(0, len(names), _CHUNK):
            chunk = names[start : start + _CHUNK]
            for column in (dossiers.c.pseudonym, dossiers.c.match_name):
                for pseudonym, brin in connection.execute(
                    select(column, dossiers.c.brin).where(ours, column.in_(chunk))
                ):
                    found.update(place for place, school in sought[pseudonym] if school in ("", brin))
    yield from supplement.keys.keys() - found
    for (brin, _vestiging), rows in supplement.schools.items():
        if brin not in schools:
            yield from (row.place for row in rows)


def _possible(key: tuple[str, ...], schools: set[str], pseudonyms: Pseudonyms) -> Iterable[str]:
    """The pseudonyms that the pupil of a row may have (see Converter)."""
    if key[1] == "naam":
        yield pseudonyms.of("naam", key[2], key[3])
    elif key[1] == "dossier":
        yield key[2]
    else:
        for brin in [key[0]] if key[0] else sorted(schools | {""}):
            yield pseudonyms.of("leerling", brin, key[2])
