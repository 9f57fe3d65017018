"""Files of other programs, with every kind of cell and habit: each value is right, or told to be wrong."""

import csv
import io
from datetime import date
from pathlib import Path

import pandas as pd
import pytest
import xlsxwriter

from dod2oso.source.bind import BoundProfile
from dod2oso.source.cleantext import text_stream
from dod2oso.source.dictionary import load_dictionary
from dod2oso.source.oddtext import ERROR, MOMENT, NUMBER, UNCOMPUTED, look_at
from dod2oso.source.profile import load_profile
from dod2oso.source.tabular.csvtable import CsvTable
from dod2oso.source.tabular.sheets import sheets
from dod2oso.source.tabular.table import Notation
from dod2oso.source.user_tables import read_tables
from tests.corpus.kit import read_export, write
from tests.foreign.make import CELLS, FORMATS, HERE, book_of_cells

# What a cell says when its kind is seen: the same whoever saved the sheet.
SAYS = {
    "tekst": "Zoë – ’s-Gravenhage",
    "nullen": "0612345678",
    "regels": "een\ntwee",
    "getal": f"{NUMBER}5001",
    "komma": f"{NUMBER}2.5",
    "groot": f"{NUMBER}31612345678",
    "procent": f"{NUMBER}0.25",
    "bedrag": f"{NUMBER}12.5",
    "datum": f"{MOMENT}2025-11-09",
    "moment": f"{MOMENT}2025-11-09 10:30:00",
    "tijd": f"{MOMENT}12:30:00",
    "duur": f"{MOMENT}1 day, 6:00:00",
    "waar": f"{NUMBER}true",
    "som": f"{NUMBER}2",
    "tekstsom": "ab",
    "leegsom": "",
    "fout": f"{ERROR}#N/A",
    "deel": f"{ERROR}#DIV/0!",
    "placeholder": "n.v.t.",
    "spatie": "van\u00a0den Berg",
}
NO_RESULTS = dict.fromkeys(("som", "tekstsom", "leegsom", "fout", "deel"), f"{UNCOMPUTED}=")
# In .ods a duration is text, and LibreOffice keeps a computed truth as a number.
IN_ODS = {"duur": f"{MOMENT}PT30H00M00S", "waar": f"{NUMBER}1"}


def by_xlsxwriter(path: Path) -> None:
    with xlsxwriter.Workbook(path, {"remove_timezone": True}) as book:
        sheet = book.add_worksheet("Cellen")
        sheet.write_row(2, 1, ["soort", "waarde", "slot"])
        for row, (name, (value, shown)) in enumerate(CELLS.items(), start=3):
            look = book.add_format({"num_format": shown}) if shown is not None else None
            sheet.write_string(row, 1, name)
            if isinstance(value, str) and not value.startswith("="):
                sheet.write_string(row, 2, value, look)
            else:
                sheet.write(row, 2, value, look)
            sheet.write_string(row, 3, "x")


MADE = {"openpyxl": book_of_cells, "xlsxwriter": by_xlsxwriter}


@pytest.mark.parametrize(
    ("writer", "differs"),
    [
        ("cellen.xlsx", {}),
        ("cellen.xls", {}),
        ("cellen.ods", IN_ODS),
        ("openpyxl", NO_RESULTS),
        ("xlsxwriter", NO_RESULTS),  # it writes 0 where a result should be, and asks the reader to compute
    ],
)
def test_every_kind_of_cell(writer: str, differs: dict[str, str], tmp_path: Path) -> None:
    path = HERE / writer
    if writer in MADE:
        path = tmp_path / "blad.xlsx"
        MADE[writer](path)
    (sheet,) = sheets(lambda: path.open("rb"), path.stat().st_size, Notation())
    assert (sheet.title, sheet.columns) == ("Cellen", ("soort", "waarde", "slot"))
    found = {row[0]: row[1] for row in sheet.rows()}
    assert found == SAYS | differs
    assert all(row[2] == "x" for row in sheet.rows())  # nothing slid into another column
    (table,) = read_tables(path)
    odd = {row.cells["soort"]: row.odd.get("waarde", "") for row in table.rows}
    assert {name for name, code in odd.items() if code == "cel-datum"} == {"datum", "moment", "tijd", "duur"}
    errors = {name for name, code in odd.items() if code in ("cel-fout", "formule-zonder-waarde")}
    assert errors == ({"fout", "deel"} if not differs or differs is IN_ODS else NO_RESULTS.keys())
    cells = {
        row.cells["soort"]: (f"C{row.number}", row.sheet.cell(row.number, "waarde").text("nl")) for row in table.rows
    }
    assert cells["tekst"][1].startswith("Blad Cellen, cel C4")


# Text that LibreOffice and pandas save of the same sheet: no types any more, so each is what it looks like.
AS_TEXT = {
    "getal": "5001", "komma": "2.5", "groot": "31612345678", "procent": "25%", "bedrag": "12.5", "datum": "11/09/2025",
    "moment": "2025-11-09 10:30:00", "tijd": "12:30:00 PM", "duur": "30:00:00", "waar": "TRUE", "som": "2",
    "fout": "#N/A", "deel": "#DIV/0!",
}  # fmt: skip


@pytest.mark.parametrize(("name", "encoding"), [("cellen-utf8.csv", None), ("cellen-windows.csv", "windows-1252")])
def test_text_by_libreoffice(name: str, encoding: str | None) -> None:
    table = CsvTable(name, lambda: text_stream((HERE / name).open("rb"), encoding))
    found = {row[1]: row[2] for row in table.rows()}
    assert table.columns == ("kolom_1", "soort", "waarde", "slot")
    assert found == SAYS | AS_TEXT
    told = {name: look_at(text).refused for name, text in found.items() if text}
    assert {name for name, code in told.items() if code} == {"fout", "deel", "placeholder"}
    (own,) = read_tables(HERE / name)  # register and supplement see for themselves which encoding it is
    assert next(row for row in own.rows if row.cells["soort"] == "tekst").cells["waarde"] == SAYS["tekst"]


def test_all_files_are_looked_at() -> None:
    assert {path.name for path in HERE.glob("cellen*")} == FORMATS.keys()


@pytest.mark.parametrize("options", [{"sep": ";"}, {"sep": ","}, {"sep": "\t"}, {"sep": ";", "quoting": csv.QUOTE_ALL}])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_text_by_pandas(options: dict[str, object], encoding: str) -> None:
    frame = pd.DataFrame(
        {
            "nr": ["010", "011"],
            "naam": ["Zoë; de Één", "a\nb"],
            "geboren": [date(2012, 3, 4), pd.NaT],
            "score": [90.5, float("nan")],
            "ja": [True, False],
        }
    )
    out = io.BytesIO()
    frame.to_csv(out, index=False, encoding=encoding, na_rep="NaN", **options)  # type: ignore[call-overload]
    data = out.getvalue()
    table = CsvTable("t", lambda: text_stream(io.BytesIO(data), encoding))
    assert list(table.rows()) == [
        ("010", "Zoë; de Één", "2012-03-04", "90.5", "True"), ("011", "a\nb", "NaN", "NaN", "False"),
    ]  # fmt: skip
    assert look_at("NaN").refused == "geen-waarde"


def test_an_index_that_pandas_writes_has_no_name(tmp_path: Path) -> None:
    out = io.BytesIO()
    pd.DataFrame({"nr": ["010"], "naam": ["Zoë"]}).to_csv(out, sep=";")
    table = CsvTable("t", lambda: text_stream(io.BytesIO(out.getvalue())))
    assert (table.columns, list(table.rows())) == (("kolom_1", "nr", "naam"), [("0", "010", "Zoë")])


# --- XML ---

PROFILE = load_profile(Path(__file__).parents[1] / "corpus" / "kleine-indeling.yaml")
BOUND = BoundProfile(PROFILE, load_dictionary())
XSI = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
NAME = "Zoë D’Arcy"
REFERENCES = NAME.encode("ascii", "xmlcharrefreplace").decode()
UPPER = "Zo&#xEB; D&#x2019;Arcy"


def body(name: str, attributes: str = "") -> str:
    return f"<R {attributes}><Lijst><P><Naam>{name}</Naam></P></Lijst></R>"


@pytest.mark.parametrize(
    ("data", "told"),
    [
        pytest.param(f'<?xml version="1.0"?>\n{body(REFERENCES)}\n'.encode(), [], id="xmlstarlet-ascii"),
        pytest.param(f'<?xml version="1.0" encoding="UTF-8" standalone="no"?>{body(NAME)}'.encode(), [], id="java-dom"),
        pytest.param(f"<?xml version='1.0' encoding='UTF-8'?>{body(UPPER)}".encode(), [], id="java-stax"),
        pytest.param(f'<?xml version="1.0" encoding="Cp1252"?>{body(NAME)}'.encode("cp1252"), [], id="java-codepage"),
        pytest.param(
            f'\ufeff<?xml version="1.0" encoding="utf-8"?>\r\n{body(NAME, XSI)}'.encode(), [], id="dotnet-serializer"
        ),
        pytest.param(
            f'<?xml version="1.0" encoding="utf-16"?>\r\n{body(NAME, XSI)}'.encode(), [], id="dotnet-stringwriter"
        ),
        pytest.param(f'<?xml version="1.0" encoding="utf-16"?>{body(NAME)}'.encode("utf-16"), [], id="dotnet-utf-16"),
        pytest.param(
            body(NAME).replace("<Naam>", '<Naam><![CDATA[').replace("</Naam>", "]]></Naam>").encode(), [], id="cdata"
        ),
        pytest.param(
            f'<?xml version="1.0" encoding="iso-8859-1"?>{body("Zoë D&#146;Arcy")}'.encode("latin-1"),
            ["tekens-windows-1252"], id="delphi-references",
        ),
        pytest.param(
            f'<?xml version="1.0" encoding="iso-8859-1"?>{body(NAME)}'.encode("cp1252"), ["tekst-codering"],
            id="php-latin-1-that-is-windows",
        ),
        pytest.param(
            body(NAME.encode().decode("cp1252")).encode(), ["tekst-codering"], id="php-encoded-twice",
        ),
        pytest.param(
            f'<?xml version="1.0" encoding="UTF-8"?>{body(NAME + "&#55357;&#56842;")}'.encode(), ["tekst-onleesbaar"],
            id="xalan-surrogates",
        ),
    ],
)  # fmt: skip
def test_xml_by_other_writers(data: bytes, told: list[str], tmp_path: Path) -> None:
    export = read_export(write(tmp_path / "e.xml", data), BOUND)
    export.survey()
    (dossier,) = export.dossiers()
    assert [finding.code for finding in dossier.findings] == told
    right = not told or told == ["tekens-windows-1252"]
    assert dossier.root.value("leerling.achternaam") == (NAME if right else None)
    assert dossier.source_values == 1
