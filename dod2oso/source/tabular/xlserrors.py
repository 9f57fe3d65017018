"""The cells of an old spreadsheet (.xls) that hold an error: its reader gives those as blank."""

import io

from dod2oso.source.oddtext import ERROR
from dod2oso.source.tabular.extent import OddCells, unreadable


def error_cells(data: bytes) -> dict[str, OddCells]:
    """The error cells by sheet name. ExportError when they cannot be looked for: then nobody knows what is missing."""
    import xlrd

    found: dict[str, OddCells] = {}
    try:
        with xlrd.open_workbook(file_contents=data, on_demand=True, logfile=io.StringIO()) as book:
            for name in book.sheet_names():
                sheet = book.sheet_by_name(name)
                odd = {
                    (row, column): ERROR + xlrd.error_text_from_code.get(sheet.cell_value(row, column), "")
                    for row in range(sheet.nrows)
                    for column, kind in enumerate(sheet.row_types(row))
                    if kind == xlrd.XL_CELL_ERROR
                }
                book.unload_sheet(name)
                if odd:
                    found[name] = odd
    except MemoryError:
        raise
    except Exception:  # a reader of hostile bytes may raise anything
        raise unreadable() from None
    return found
