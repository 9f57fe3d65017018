"""Make the files in this folder anew: one sheet with every kind of cell, saved by LibreOffice in its formats.

    python -m tests.foreign.make

They are kept, because not every machine has LibreOffice.
"""

import subprocess
import tempfile
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import openpyxl

HERE = Path(__file__).parent
FORMATS = {
    "cellen.ods": "ods:calc8",
    "cellen.xls": "xls:MS Excel 97",
    "cellen.xlsx": "xlsx:Calc MS Excel 2007 XML",
    "cellen-utf8.csv": "csv:Text - txt - csv (StarCalc):59,34,76,1,,0,false,true,false",
    "cellen-windows.csv": "csv:Text - txt - csv (StarCalc):59,34,1,1,,0,false,true,false",
}
# A name for each kind of cell, what is put in it, and the format that it is shown in.
CELLS: dict[str, tuple[Any, str | None]] = {
    "tekst": ("Zoë – ’s-Gravenhage", None),
    "nullen": ("0612345678", "@"),
    "regels": ("een\ntwee", None),
    "getal": (5001, None),
    "komma": (2.5, None),
    "groot": (31612345678, None),
    "procent": (0.25, "0%"),
    "bedrag": (12.5, "€ #,##0.00"),
    "datum": (date(2025, 11, 9), "dd-mm-yyyy"),
    "moment": (datetime(2025, 11, 9, 10, 30), "yyyy-mm-dd hh:mm"),
    "tijd": (time(12, 30), "hh:mm"),
    "duur": (timedelta(hours=30), "[h]:mm"),
    "waar": (True, None),
    "som": ("=1+1", None),
    "tekstsom": ('="a"&"b"', None),
    "leegsom": ('=""', None),
    "fout": ("=NA()", None),
    "deel": ("=1/0", None),
    "placeholder": ("n.v.t.", None),
    "spatie": ("van\u00a0den Berg", None),
}


def book_of_cells(path: Path) -> None:
    """The sheet, as openpyxl writes it: without results of formulas. It begins in column B and row 3."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "Cellen"
    sheet["B3"], sheet["C3"], sheet["D3"] = "soort", "waarde", "slot"
    for row, (name, (value, shown)) in enumerate(CELLS.items(), start=4):
        sheet.cell(row, 2, name)
        cell = sheet.cell(row, 3, value)
        if shown is not None:
            cell.number_format = shown
        sheet.cell(row, 4, "x")
    book.save(path)


def main() -> None:
    """Let LibreOffice read that sheet, compute its formulas, and save it."""
    with tempfile.TemporaryDirectory() as scratch:
        source = Path(scratch) / "cellen.xlsx"
        book_of_cells(source)
        for name, writer in FORMATS.items():
            out = Path(scratch) / "saved" / name
            subprocess.run(
                ["soffice", "--headless", f"-env:UserInstallation=file://{scratch}/profile", "--convert-to", writer,
                 "--outdir", str(out), str(source)],
                check=True, capture_output=True,
            )  # fmt: skip
            (saved,) = out.iterdir()
            (HERE / name).write_bytes(saved.read_bytes())


if __name__ == "__main__":
    main()
