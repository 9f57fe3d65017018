"""What was not read is told with its reason, in every rendering of the report, on the terminal and in the exit code."""

import json
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from lxml import html as lxml_html
from python_calamine import CalamineWorkbook

from dod2oso.ledger.store import Ledger
from dod2oso.report.write import FORMATS, write
from tests.cli.kit import here
from tests.corpus.kit import CONSENT, DATUM, dossiers, pupil, reference, schools, supplement
from tests.source.container.kit import PIN, zipped
from tests.source.container.kit import write as put
from tests.source.container.test_left import workbook

REASONS = {  # file -> what the report says of it
    "half.xml": "Het bestand is beschadigd of afgebroken bij regel 2",
    "ingepakt.xml": "Dit is een gzip-bestand",
    "leerlingen.dbf": "Dit lijkt een tabel van dBASE of FoxPro.",
    "op-slot.zip": "Deze zip is beveiligd en er is geen PIN opgegeven.",
    "vreemd.xml": "Geen bronprofiel herkent deze export (hoofdelement 'vreemd')",
}


class Done(NamedTuple):
    """Two runs over a folder in which one export is good and the rest is not, with their own output among them."""

    out: Path
    ready: list[str]  # dossiers after the first
    code: int  # of the second run, and what it said
    totals: dict[str, Any]
    err: str


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Done:
    folder = tmp_path_factory.mktemp("regio")
    put(folder / "goed.xml", reference(pupil(1)).encode())
    put(folder / "leerlingen.dbf", bytes((3, 126, 11, 28)) + bytes(60))
    put(folder / "op-slot.zip", zipped({"x.xml": reference(pupil(2)).encode()}, PIN))
    put(folder / "half.xml", reference(pupil(3)).encode()[:-30])
    put(folder / "ingepakt.xml", b"\x1f\x8b\x08" + bytes(20))
    put(folder / "vreemd.xml", b"<vreemd/>")
    for name in ("a.pdf", "b.pdf", "foto.jpg"):
        put(folder / name, b"%PDF-1.4")
    put(folder / "terug" / "ingevuld.xlsx", workbook())
    given = supplement(folder, {"leerlingid": "1"} | CONSENT)
    command = ("run", folder, "--overstap", "POVO", "--out", folder / "uit", "--datum", DATUM, "--json",
               "--schools", schools(folder), "--supplement", given)  # fmt: skip
    here(*command)
    ready = sorted(dossiers(folder / "uit"))
    ended = here(*command)
    return Done(folder / "uit", ready, ended.returncode, json.loads(ended.stdout), ended.stderr)


def test_what_was_not_read_is_in_the_exit_code_and_on_the_terminal(done: Done) -> None:
    assert done.code == 4
    for name, reason in REASONS.items():
        assert f"{name}: {reason}" in done.err
    assert "Niet gelezen: 2 × PDF." in done.err and "Niet gelezen: 1 × afbeelding." in done.err
    found = done.totals["findings"]["by_code"]
    assert found["bestand-niet-gelezen"] == 3
    assert found["bestand-van-dod2oso"] >= 7  # three folders, key and ledger, the workbook, register and supplement
    assert [found[code] for code in ("export-onleesbaar", "export-niet-herkend", "export-ander-soort")] == [3, 1, 1]


def test_its_own_output_takes_nothing_away(done: Done) -> None:
    assert [export["name"] for export in done.totals["exports"]] == sorted(["goed.xml", *REASONS])
    assert done.totals["dossiers"] == {"ready": 1, "held": 0, "rejected": 0}
    assert sorted(dossiers(done.out)) == done.ready and len(done.ready) == 1
    assert list((done.out / "outbox").rglob("*.xml"))


def said(path: Path) -> str:
    """All text of a rendering."""
    data = path.read_bytes()
    if path.suffix == ".xlsx":
        book = CalamineWorkbook.from_path(str(path))
        return "\n".join(str(cell) for name in book.sheet_names for row in book.get_sheet_by_name(name).to_python()
                         for cell in row)  # fmt: skip
    if path.suffix == ".html":
        return str(lxml_html.fromstring(data.decode()).text_content())
    return data.decode("utf-8-sig")


@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("format_", [name for name in FORMATS if name != "pdf"])  # which is made of the HTML
def test_every_rendering_says_why(done: Done, format_: str, masked: bool, tmp_path: Path) -> None:
    with Ledger.open(done.out) as ledger:
        run = ledger.last_run()
        assert run is not None
        (path,) = write(ledger, run, tmp_path, [format_], masked=masked)
    text = said(path)
    for reason in (*REASONS.values(), "niet zijn gelezen en met geen dossier meegaan", "dod2oso zelf"):
        assert reason in text, reason
    assert ("PDF" in text) and ("Afbeelding" in text)


def test_the_reason_is_told_in_the_language_of_the_report(done: Done, tmp_path: Path) -> None:
    with Ledger.open(done.out) as ledger:
        run = ledger.last_run()
        assert run is not None
        (path,) = write(ledger, run, tmp_path, ["json"], "en")
    assert "This seems to be a dBASE or FoxPro table." in path.read_text(encoding="utf-8")
