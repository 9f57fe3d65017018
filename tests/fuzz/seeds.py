"""Good inputs to start from, small, in every form that dod2oso reads. An input is a few files by name."""

import io
import zipfile
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import xlsxwriter

from dod2oso.base.resources import mappings_dir
from dod2oso.decide.doubles import DoubleDecision, write_doubles
from dod2oso.generate.export import write_export
from dod2oso.generate.layout import FORMATS
from dod2oso.source.decisions import DecidedTest, DecidedValue, write_decisions
from tests.corpus.kit import CONSENT, SCHOOLS, pupil, reference
from tests.oso import standins
from tests.oso.dossiers import full_dossier, minimal_dossier

Files = Mapping[str, bytes]
SUPPLEMENT = ["brin", "vestiging", "leerlingid", *CONSENT], ["99XX", "00", "1", *CONSENT.values()]


@cache
def seeds() -> dict[str, list[Files]]:
    """Inputs by what reads them: export, register, supplement, dossier, profile, mapping, settings, and so on."""
    schools = [line.split(";") for line in SCHOOLS.splitlines()]
    return {
        "export": list(_exports()),
        "register": [{"scholen.csv": SCHOOLS.encode()}, {"scholen.xlsx": _workbook(schools)}],
        "supplement": [
            {"aanvulling.csv": "\r\n".join(";".join(row) for row in SUPPLEMENT).encode()},
            {"aanvulling.xlsx": _workbook(SUPPLEMENT)},
        ],
        "dossier": [
            {"dossier.xml": make(version, transfer)}
            for version, transfer in (("1.1.1", "POVO"), ("2016.1", "POPO"), ("2019.1", "POVO"), ("2019.1", "POSWV"))
            for make in (full_dossier, minimal_dossier)
        ],
        "profile": [{path.name: path.read_bytes()} for path in sorted((mappings_dir() / "sources").glob("*.yaml"))],
        "mapping": [{"eigen.yaml": (mappings_dir() / "dod-oso.yaml").read_bytes()}],
        "settings": [
            {"dod2oso.toml": b'[handover]\nsender = "outbox"\nexpires_after_days = 30\n[report]\ncolour = "#123456"\n'}
        ],
        "decisions": list(_decisions()),
        "bundle": [{"bundel.zip": standins.zipped(standins.files(version))} for version in ("1.1.1", "2019.1")],
    }


def _decisions() -> Iterator[Files]:
    """What people decided, as a file, as a filled-in sheet and about pupils; and a list of test codes."""
    made = {"who": "W. Beheerder", "when": "2026-11-28", "why": "proef"}
    test = DecidedTest(name="Rekenen M6", version="3.0", becomes="010", **made)
    value = DecidedValue(profile="csv-bundle", field="leerling.geslacht", value="K", becomes="vrouw", **made)
    with TemporaryDirectory() as folder:
        write_decisions(Path(folder) / "beslissingen.yaml", [test, value], None)
        write_doubles(Path(folder), [DoubleDecision(pupils=("abc", "def"), uses="a.xml", **made)])
        for path in sorted(Path(folder).iterdir()):
            yield {path.name: path.read_bytes()}
    head = ["about", "name", "becomes", "leave", "why"]
    yield {"vragen.xlsx": _workbook([head, ["test", "Rekenen M6", "010", "", "proef"], ["test", "Taal", "", "ja", ""]])}
    yield {"codes.csv": b"toetscode;naam;versie\r\n010;Rekenen M6;3.0\r\n020;Taal;\r\n"}


def _exports() -> Iterator[Files]:
    for name in FORMATS:
        with TemporaryDirectory() as folder:
            place = Path(folder) / "export.xml"
            write_export(place, name, 2)
            found = {
                path.relative_to(folder).as_posix(): path.read_bytes()
                for path in Path(folder).rglob("*")
                if path.is_file()
            }
        yield found
        yield {"export.zip": _zipped(found)}
    text = reference(pupil(1), pupil(2))
    yield {"export.xml": text.encode()}
    yield {"export.xml": text.replace("UTF-8", "windows-1252").encode("cp1252")}
    yield {"export.xml": text.replace("UTF-8", "UTF-16").encode("utf-16")}
    for version in ("1.1.1", "2017.1", "2019.1"):
        yield {"oud.xml": full_dossier(version, "POPO")}


def _zipped(files: Files) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def _workbook(rows: list[list[str]] | tuple[list[str], ...]) -> bytes:
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, row)
    return buffer.getvalue()
