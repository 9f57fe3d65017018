"""Which dossiers another supplement touches, told by the ledger alone, against looking at every pupil."""

import random
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, true

from dod2oso.base.pseudonym import Pseudonyms, load_key
from dod2oso.ledger import tables
from dod2oso.ledger.store import Ledger
from dod2oso.mapping.compile import shipped_plan
from dod2oso.source.dictionary import load_dictionary
from dod2oso.supplement.affected import Affected
from dod2oso.supplement.claims import RowFinder, claims
from dod2oso.supplement.pupil import Pupil
from dod2oso.supplement.rows import read_supplements
from tests.corpus.kit import convert, pupil, reference, schools, supplement, write

pytestmark = pytest.mark.usefixtures("without_report")

PUPILS = range(1, 7)
OTHER = "<School><Naam>Andere</Naam><Brin>99YY</Brin><Vestiging>1</Vestiging></School>"


def pseudonym(key: Pseudonyms, brin: str, number: int) -> str:
    vestiging = {"99XX": "00", "99YY": "01"}[brin]
    return Pupil(brin, vestiging, str(number), "", "", "").keys(key, number).pseudonym


def some_rows(chance: random.Random, key: Pseudonyms, *, vague: bool) -> list[dict[str, str]]:
    """Rows of every kind: about a pupil by number, by name and by pseudonym, and about a school or a location."""
    rows = []
    for _ in range(chance.randint(1, 6)):
        number, brin = chance.choice(PUPILS), chance.choice(("99XX", "99YY"))
        whom: dict[str, str] = chance.choice([
            {"brin": brin, "leerlingid": str(number)},
            {"dossier": pseudonym(key, brin, number)},
            {"brin": brin, "leerlingid": str(number), "dossier": pseudonym(key, "99XX", 1)},  # half sorted
            {"brin": brin},
            {"brin": brin, "vestiging": chance.choice(("00", "01"))},
            *([{"achternaam": f"Voorbeeld{number}", "geboortedatum": f"{number % 28 + 1:02}-05-2007"},
               {"leerlingid": str(number), "brin": ""}] if vague else []),
        ])  # fmt: skip
        what = chance.choice([
            {"leerling.tehuis": chance.choice(("ja", "nee", ""))},
            {"leerling.geboortedatum": chance.choice(("03-05-2007", "gisteren"))},
            {"leerling.achternaam": "Nieuwenaam"},
            {"school.brin": chance.choice(("99XX", "99YY"))},
            {"inzage/akkoord": "Ja"},
        ])  # fmt: skip
        rows.append(whom | what)
    return rows


@pytest.mark.parametrize("seed", range(8))
def test_the_ledger_tells_whom_a_supplement_touches(seed: int, tmp_path: Path) -> None:
    chance, vague = random.Random(seed), seed % 2 == 1
    out = tmp_path / "out"
    key = Pseudonyms(load_key(out))
    exports = [
        write(tmp_path / "a.xml", reference(*map(pupil, PUPILS))),
        write(tmp_path / "b.xml", reference(*map(pupil, PUPILS), school=OTHER)),
    ]
    before = supplement(tmp_path, *some_rows(chance, key, vague=vague), name="eerst.csv")
    convert(out, exports, schools=schools(tmp_path), supplements=[before])
    after = supplement(tmp_path, *some_rows(chance, key, vague=vague), name="daarna.csv")
    read = RowFinder(read_supplements([after], shipped_plan("2019.1", "POVO"), load_dictionary()), key)
    first = read_supplements([before], shipped_plan("2019.1", "POVO"), load_dictionary())
    with Ledger.open(out) as ledger:
        with ledger.read() as connection:
            rows = connection.execute(select(tables.dossiers, tables.exports.c.name).join(tables.exports)).all()
        again = RowFinder(first, key)
        again = RowFinder(first, key, claims(ledger, again, first, true()).shared)
        for name, brin, vestiging in (("a.xml", "99XX", "00"), ("b.xml", "99YY", "01")):
            ours = [row for row in rows if row.name == name]
            truth = {row.record for row in ours if _given(read, row, key, brin, vestiging) != row.supplied}
            assert Affected(ledger, read, key).records(ours[0].export_id) == truth
            assert Affected(ledger, again, key).records(ours[0].export_id) == frozenset()  # the same again: nobody


def _given(read: RowFinder, row: Any, key: Pseudonyms, brin: str, vestiging: str) -> str:
    """What the converter would see: the pupil as the export has it."""
    number = row.record
    born = f"2007-05-{number % 28 + 1:02}"
    who = Pupil(brin, vestiging, str(number), f"Voorbeeld{number}", born, "")
    return read.find(who.keys(key, number)).said(key)
