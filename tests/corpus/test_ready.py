"""Invariant 3, ready means accepted: a ready dossier passes the published schema and every rule of its version."""

import base64
from functools import cache
from pathlib import Path

import pytest
from lxml import etree

from dod2oso.base.xml import parse_bytes
from dod2oso.oso.transfers import transfer as known_transfer
from dod2oso.oso.verdict import check
from tests.conftest import shared
from tests.corpus.kit import CONSENT, PAIRS, convert, dossiers, pupil, reference, schools, supplement, totals, write

pytestmark = pytest.mark.usefixtures("without_report", "without_workbook")

DOCUMENT = base64.b64encode(b"%PDF-1.4 leeg").decode()
FULL = (
    '<Contactgegevens><Contact soort="mobiel" gebruik="thuis" geheim="ja" nood="nee">0612345678</Contact>'
    '<Contact soort="e-mail">test@example.org</Contact><Contact soort="fax">0101234567</Contact></Contactgegevens>'
    "<Zorg><Toelaatbaarheidsverklaringen><Tlv><Begin>01-08-2018</Begin><Swv>PO0001</Swv><Categorie>laag</Categorie>"
    "<Nummer>1</Nummer><Eind>31-07-2020</Eind></Tlv></Toelaatbaarheidsverklaringen>"
    "<Perspectieven><Opp><Begin>01-08-2018</Begin><Eind>31-07-2020</Eind>"
    f'<Bestanden><Bestand naam="opp.pdf"><Inhoud>{DOCUMENT}</Inhoud></Bestand></Bestanden></Opp></Perspectieven>'
    '<Artsen><Arts soort="huisarts"><Achternaam>Arts, van</Achternaam></Arts></Artsen></Zorg>'
    "<Verzuim><Begin>01-08-2018</Begin><Eind>01-03-2019</Eind><Frequentie>3</Frequentie></Verzuim>"
    f'<Bijlagen><Bestand naam="verslag.pdf"><Inhoud>{DOCUMENT}</Inhoud></Bestand></Bijlagen>'
    '<Nationaliteiten><Nationaliteit code="0001">Nederlandse</Nationaliteit></Nationaliteiten>'
    "<Geboorteplaats>Teststad</Geboorteplaats><Gewicht>0,3</Gewicht><Onbekend>x</Onbekend>"
)


@cache
def published(version: str) -> etree.XMLSchema:
    """The schema as it was published, from the shared folder."""
    (path,) = shared("standards", "oso", version).glob("*.xsd")
    return etree.XMLSchema(etree.parse(str(path)))


@pytest.mark.parametrize(("version", "transfer"), PAIRS)
def test_what_is_ready_is_accepted(version: str, transfer: str, tmp_path: Path) -> None:
    export = write(tmp_path / "a.xml", reference(pupil(1, FULL), pupil(2, FULL, AdresGeheim="ja"), pupil(3, FULL)))
    given = dict(CONSENT)
    if transfer == "VOVO":
        given["inzage/toestemming"] = "Ja"
    rows = [{"brin": "99XX", "leerlingid": str(number), **given} for number in (1, 2)]
    result = convert(
        tmp_path / "out", export, transfer, version=version,
        schools=schools(tmp_path), supplements=[supplement(tmp_path, *rows)],
    )  # fmt: skip
    asks = transfer in ("POPO", "POVO", "VOVO")
    waiting = int(asks) + int(asks and version == "1.1.1")  # no consent for 3; 1.1.1 wants an address, secret or not
    assert totals(tmp_path / "out", result)["dossiers"] == {"ready": 3 - waiting, "held": waiting, "rejected": 0}
    ready = [xml for name, xml in dossiers(tmp_path / "out").items() if name.startswith("ready/")]
    assert len(ready) == 3 - waiting
    for xml in ready:
        root = parse_bytes(xml)
        assert published(version).validate(root), published(version).error_log
        assert check(root, version, known_transfer(transfer).layer).verdict == "valid"
        for word in (b"0612345678", b"Nederlandse", b"geboorteplaats"):
            assert word not in xml
        assert (b"<bsn>" in xml) != transfer.endswith("SWV")
    assert sum(b"Teststraat" not in xml for xml in ready) == (0 if waiting == 2 else 1)
