"""The workbook on paper: as wide as a sheet of A4, whatever the number of columns, with its headings on every page."""

from pathlib import Path

from openpyxl import load_workbook

from dod2oso.ledger.store import Ledger
from dod2oso.report.write import write
from tests.ledger.kit import begin, convert, outcome


def test_every_sheet_prints_as_wide_as_its_paper(ledger: Ledger, out: Path) -> None:
    run = begin(ledger)
    convert(ledger, out, run, [outcome(n, "held") for n in range(1, 4)], batch=3)
    [path] = write(ledger, run, out, ["xlsx"])
    sheets = load_workbook(path).worksheets
    assert len(sheets) > 5
    for sheet in sheets:
        setup = sheet.page_setup
        assert (setup.orientation, setup.paperSize) == ("landscape", 9), sheet.title
        assert sheet.sheet_properties.pageSetUpPr.fitToPage, sheet.title
        assert setup.fitToWidth in (1, None) and setup.fitToHeight == 0, sheet.title  # None: what a sheet has by itself
        assert sheet.print_title_rows == "$1:$1", sheet.title
        assert sheet.print_area.replace("$", "").endswith(sheet.dimensions.partition(":")[2]), sheet.title
        assert sheet.oddFooter.right.text == "&P / &N", sheet.title
