"""Make the spreadsheets in this folder anew: the flat sheet below, saved by LibreOffice in three formats.

    python -m tests.source.tabular.foreign.make

They are kept, because not every machine has LibreOffice.
"""

import subprocess
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
FORMATS = {"ods": "calc8", "xls": "MS Excel 97", "xlsx": "Calc MS Excel 2007 XML"}

_CELLS = {
    "text": '<table:table-cell office:value-type="string"><text:p>{}</text:p></table:table-cell>',
    "number": '<table:table-cell office:value-type="float" office:value="{0}"><text:p>{0}</text:p></table:table-cell>',
    "date": '<table:table-cell table:style-name="d" office:value-type="date" office:date-value="{0}">'
    "<text:p>{0}</text:p></table:table-cell>",
    "boolean": '<table:table-cell table:style-name="b" office:value-type="boolean" office:boolean-value="{0}">'
    "<text:p>{0}</text:p></table:table-cell>",
    "formula": '<table:table-cell table:formula="of:=[.D{0}]+1" office:value-type="float" office:value="0">'
    "<text:p>0</text:p></table:table-cell>",
    "blank": "<table:table-cell/>",
}
_ROWS = [
    [("text", name) for name in ("leerlingid", "achternaam", "geboortedatum", "gewicht", "actief", "som", "opmerking")],
    [("text", "00017"), ("text", "Müller-Çelik"), ("date", "2013-05-06"), ("number", "1.25"), ("boolean", "true"),
     ("formula", "2"), ("text", "een</text:p><text:p>twee")],
    [("blank", "")] * 7,
    [("number", "18"), ("text", " de Vries"), ("date", "2014-12-31"), ("number", "3"), ("boolean", "false"),
     ("formula", "4"), ("blank", "")],
]  # fmt: skip


def flat_sheet() -> str:
    """An OpenDocument spreadsheet as one XML document."""
    rows = "".join(
        f"<table:table-row>{''.join(_CELLS[kind].format(value) for kind, value in row)}</table:table-row>"
        for row in _ROWS
    )
    spaces = " ".join(
        f'xmlns:{short}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
        for short, name in (("office", "office"), ("table", "table"), ("text", "text"), ("style", "style"),
                            ("number", "datastyle"))
    )  # fmt: skip
    spaces += ' xmlns:of="urn:oasis:names:tc:opendocument:xmlns:of:1.2"'
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<office:document {spaces} office:version="1.2" office:mimetype="application/vnd.oasis.opendocument.spreadsheet">
<office:automatic-styles>
<number:date-style style:name="n"><number:year number:style="long"/><number:text>-</number:text>
<number:month number:style="long"/><number:text>-</number:text><number:day number:style="long"/></number:date-style>
<number:boolean-style style:name="w"><number:boolean/></number:boolean-style>
<style:style style:name="d" style:family="table-cell" style:data-style-name="n"/>
<style:style style:name="b" style:family="table-cell" style:data-style-name="w"/></office:automatic-styles>
<office:body><office:spreadsheet><table:table table:name="leerlingen">{rows}</table:table>
<table:table table:name="leeg"/></office:spreadsheet></office:body></office:document>"""


def main() -> None:
    with tempfile.TemporaryDirectory() as scratch:
        source = Path(scratch) / "blad.fods"
        source.write_text(flat_sheet(), encoding="utf-8")
        for suffix, writer in FORMATS.items():
            subprocess.run(
                ["soffice", "--headless", f"-env:UserInstallation=file://{scratch}/profile", "--convert-to",
                 f"{suffix}:{writer}", "--outdir", str(HERE), str(source)],
                check=True, capture_output=True,
            )  # fmt: skip


if __name__ == "__main__":
    main()
