"""From an export that nobody knows to dossiers that wait for nothing but what it lacks, with few lines by a person."""

import csv
from collections.abc import Iterable
from pathlib import Path
from xml.sax.saxutils import quoteattr

import pytest
from sqlalchemy import select

from dod2oso.base.xml import parse_bytes
from dod2oso.ledger import tables
from dod2oso.ledger.store import Ledger
from tests.cli.kit import dod2oso
from tests.corpus.kit import DATUM, bsn, dossiers, schools, write

PUPILS = range(1, 21)
MOST_LINES = 15
LETTERS = "abcdefghijklmnopqrstuvwxyz"
# What neither export says: consent, what the school advises, since when the pupil is there, who answers for the pupil.
LACKING = {
    "inzage", "voornaam", "adresgeheim", "inschrijving", "aansprakelijk", "verzorger", "loopbaan", "overstapadvies",
    "advies",
}  # fmt: skip


def flat(folder: Path, pupils: Iterable[int] = PUPILS) -> Path:
    head = "Stamnr;Fam_naam;Tussenv;Roepn;Gebdat;MV;BSN_nr;BrinVest;Adres;PC_plaats;"
    head += "Moeder_naam;Moeder_tel;Vader_naam;Lft_gr;Zwem"
    rows = [
        [
            str(4000 + n), f"Proef{LETTERS[n % 26]}", "" if n % 5 else "van der", ("Noa", "Sem", "Lot", "Bas")[n % 4],
            f"{n % 28 + 1:02}-{n % 12 + 1:02}-07", "VM"[n % 2], bsn(n), "99XX00", f"Dorpslaan {n}", "1234 AB Proefdorp",
            f"Ouder{LETTERS[n % 26]}", f"06000000{n:02}", "Toets", "8", "AB"[n % 2],
        ]
        for n in pupils
    ]  # fmt: skip
    path = folder / "leerl.csv"
    with path.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream, delimiter=";").writerows([head.split(";"), *rows])
    return path


FLAT = """fields:
  {school.brin: null, leerling.groep: null, leerling.postcode4: null, leerling.voorletters: null,
   leerling.jaargroep: {at: Lft_gr, codes: jaargroep-dod}}
splits: [{at: BrinVest, by: brin-vestiging, into: {brin: school.brin, vestiging: school.vestiging}}]
items:
  leerling.adressen:
    - constants: {soort: woon}
      splits:
        - {at: Adres, by: straat-nummer, into: {straat: straat, nummer: nummer, toevoeging: toevoeging}}
        - {at: PC_plaats, by: postcode-plaats, into: {postcode: postcode, plaats: plaats}}
ignored: [{at: bundel/leerl/Zwem, reason: geen-plaats}]
"""


def attributes(folder: Path) -> Path:
    def element(name: str, inside: str = "", **values: str) -> str:
        return f"<{name} {' '.join(f'{key}={quoteattr(value)}' for key, value in values.items())}>{inside}</{name}>"

    def pupil(n: int) -> str:
        inside = element("Woont", str="Dorpslaan", huisnr=str(n), pc="1234AB", plts="Proefdorp")
        inside += element("Ouder", soort="M", anaam="Proef", tel=f"06000000{n:02}")
        inside += "" if n % 3 else element("Ouder", soort="V", anaam="Toets", tel=f"06100000{n:02}")
        inside += element("Uitslag", dat="20/01/2019", wat=f"T{n % 3}", vs=str(60 + n))
        return element(
            "Lln", inside, nr=str(4000 + n), anaam=f"Proef{LETTERS[n]}", tv="" if n % 5 else "van der", bsn=bsn(n),
            rnaam=("Noa", "Sem", "Lot", "Bas")[n % 4], gebdat=f"{n % 28 + 1:02}/{n % 12 + 1:02}/2007",
            kunne="VM"[n % 2],
        )  # fmt: skip

    return write(folder / "lln.xml", element("Uitvoer", "".join(map(pupil, PUPILS)), vanaf="99XX"))


ATTRIBUTES = """codes: {ouder: {entries: {M: moeder, V: vader}}}
lists:
  leerling.adressen: {constants: {soort: woon}}
  verzorgers:
    fields: {relatie: {at: "@soort", codes: ouder}}
    items:
      communicatie: [{from: {nummer: "@tel"}, constants: {soort: telefoon}}]
  toetsen: {fields: {naam: "@wat"}}
"""


@pytest.mark.parametrize(("make", "lines"), [(flat, FLAT), (attributes, ATTRIBUTES)], ids=["flat", "attributes"])
def test_from_a_scan_to_dossiers(
    make: object, lines: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    export = make(tmp_path)  # type: ignore[operator]
    draft, own = tmp_path / "voorstel.yaml", tmp_path / "school.yaml"
    assert dod2oso(capsys, monkeypatch, "scan", export).code == 0
    assert dod2oso(capsys, monkeypatch, "profile", "draft", export, "--name", "voorstel", "--output", draft).code == 0
    write(own, f"profile: school\ndescribes: nagekeken\nextends: voorstel\n{lines}")
    assert len(own.read_text(encoding="utf-8").splitlines()) < MOST_LINES
    checked = dod2oso(capsys, monkeypatch, "profile", "check", own, export)
    assert (checked.code, checked.out) == (0, "")
    out = tmp_path / "out"
    done = dod2oso(
        capsys, monkeypatch, "run", export, "--source-profile", own, "--overstap", "POVO", "--datum", DATUM,
        "--out", out, "--schools", schools(tmp_path), "--fail-on", "never",
    )  # fmt: skip
    assert done.code == 0 and "+ 0 niet gelezen +" in done.out
    d = tables.dossiers
    with Ledger.open(out) as ledger, ledger.read() as connection:
        found = connection.execute(select(d.c.state, d.c.needs)).all()
    assert len(found) == len(PUPILS) and {state for state, _needs in found} <= {"ready", "held"}
    assert {need for _state, needs in found for need in needs.split()} <= LACKING
    made = [parse_bytes(data) for data in dossiers(out).values()]
    for path, values in (
        ("achternaam", [f"Proef{LETTERS[n]}" for n in PUPILS]),
        ("geboortedatum", [f"2007-{n % 12 + 1:02}-{n % 28 + 1:02}" for n in PUPILS]),
        ("geslacht", ["2" if n % 2 else "1" for n in PUPILS]),
    ):
        assert sorted(str(one.findtext(f".//{{*}}leerling/{{*}}{path}")) for one in made) == sorted(values)
    assert {one.findtext(".//{*}leerling//{*}postcode") for one in made} == {"1234AB"}
