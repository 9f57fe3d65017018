"""The workbook on paper, as wide as a sheet of A4 with its headings on every page; and its links, from codes."""

from pathlib import Path

from openpyxl import load_workbook

from dod2oso.findings.model import Finding
from dod2oso.ledger.store import Ledger
from dod2oso.report.write import write
from tests.ledger.kit import CONSENT, begin, convert, outcome


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


def test_a_code_links_to_what_it_means_within_the_workbook(ledger: Ledger, out: Path) -> None:
    run = begin(ledger)
    odd = outcome(1, "held", findings=[CONSENT, Finding("veld-onbekend", "x")])
    convert(ledger, out, run, [odd, *(outcome(n, "held", findings=[CONSENT]) for n in range(2, 4))], batch=3)
    [path] = write(ledger, run, out, ["xlsx"])
    book = load_workbook(path)
    linked = [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.hyperlink is not None]
    meanings = book["Wat de codes betekenen"]
    told = {row[0].value: row for row in meanings.iter_rows(min_row=2)}
    assert len(linked) == 2 and len(told) == 2
    for cell in linked:
        place = cell.hyperlink.location.removeprefix("'Wat de codes betekenen'!")
        assert cell.hyperlink.target is None  # nothing outside the workbook
        assert meanings[place].value in (
            cell.value,
            cell.offset(column=1).value,
        )  # code or rule
    assert all("In de documentatie: " in row[1].value for row in told.values())
