"""The same pupils in every format give the same OSO dossiers; what a format cannot carry is listed here."""

import shutil
from pathlib import Path

import pytest
from lxml import etree

from dod2oso.generate.packages import PIN
from dod2oso.generate.region import write_region
from dod2oso.source.container.pins import Pins
from tests.corpus.kit import convert, dossiers, totals

pytestmark = pytest.mark.usefixtures("without_report", "without_workbook")

WHOLE = ["xml-with-pin", "xml-attributes", "csv-bundle", "spreadsheet", "database"]
# Formats of basic administration hold no more than this of the pupil himself; all else in those dossiers comes from the
# supplement, the school register and the run.
BASIC = {
    "edexml-2.1": {
        "voornaam", "achternaam", "voorvoegsel", "voorletters-1", "roepnaam", "geboortedatum", "geslacht", "bsn",
        "onderwijsnummer", "leerlingid",
        "startdatumhuidigonderwijs", "datuminschrijving", "leerlinggewicht", "schoolloopbaan",
    },
    "edex2000": {
        "achternaam", "voorvoegsel", "roepnaam", "geboortedatum", "geslacht", "leerlingid", "datuminschrijving",
        "schoolloopbaan",
    },
}  # fmt: skip


def region(
    folder: Path, format: str, pupils: int, *, typical: bool = False, supplement: bool = True
) -> dict[str, bytes]:
    """OSO dossier by name, for so many generated pupils of one school in this format."""
    write_region(folder / format, format, pupils, schools=1, seed=3, typical=typical)
    out = folder / "out" / format
    out.mkdir(parents=True)
    key = folder / "out" / "dod-referentie" / "project.key"  # dossiers are named by it
    if key.exists():
        shutil.copy(key, out)
    given = [folder / format / "aanvulling.csv"] if supplement else []
    result = convert(
        out, folder / format / "exports", schools=folder / format / "scholen.csv", supplements=given, pins=Pins((PIN,)),
        datum="2025-06-15",  # when the generated pupils move on
    )  # fmt: skip
    assert result.unreadable == []
    for export in totals(out, result)["exports"][:1]:
        balance = export["balance"]
        assert (balance["unmapped"], balance["refused"]) == (0, 0)
    return {path.name: path.read_bytes() for path in (out / "dossiers").rglob("*.xml")}


@pytest.mark.parametrize(("pupils", "typical"), [(60, False), (6, True)], ids=["klein", "met bijlagen"])
def test_the_same_pupils_give_the_same_dossiers(pupils: int, typical: bool, tmp_path: Path) -> None:
    wanted = region(tmp_path, "dod-referentie", pupils, typical=typical)
    assert len(wanted) == pupils
    assert len(dossiers(tmp_path / "out" / "dod-referentie")) == pupils
    for format in WHOLE:
        found = region(tmp_path, format, pupils, typical=typical)
        assert found.keys() == wanted.keys(), format
        assert [name for name, xml in found.items() if xml != wanted[name]] == [], format


@pytest.mark.parametrize("format", BASIC)
def test_basic_administration_carries_little_and_nothing_else(format: str, tmp_path: Path) -> None:
    """What it does carry is what the other formats say of the same pupils."""
    whole = _by_pupil(region(tmp_path, "dod-referentie", 12, supplement=False))
    basic = _by_pupil(region(tmp_path, format, 12, supplement=False))
    assert basic.keys() == whole.keys()
    seen: set[str] = set()
    for pupil, fields in basic.items():
        seen |= {name for name in fields if name not in ("adreslijst", "overstapadvies")}
        for name in BASIC[format] & fields.keys() - {"voorletters-1", "schoolloopbaan", "datuminschrijving"}:
            assert fields[name] == whole[pupil][name], name
    assert seen <= BASIC[format] | {"communicatielijst", "verzorgersaansprakelijk", "schoolloopbaanlijst"}


def _by_pupil(found: dict[str, bytes]) -> dict[str, dict[str, str]]:
    """The simple fields of each pupil, by leerlingid."""
    pupils = {}
    for xml in found.values():
        (pupil,) = etree.fromstring(xml).iterfind(".//{*}leerling")
        fields = {etree.QName(child).localname: child.text or "" for child in pupil}
        pupils[fields["leerlingid"]] = fields
    return pupils
