"""Exports with something to decide, and what was found in them."""

from pathlib import Path

from openpyxl import Workbook, load_workbook

from dod2oso.decide.facets import Facets
from dod2oso.decide.person import Signature
from dod2oso.decide.survey import survey
from dod2oso.source.container.find import find_exports
from dod2oso.source.decisions import NONE, Decisions
from dod2oso.source.profile import shipped_profiles
from tests.corpus.kit import TEST, Quiet, pupil, reference, write

BY = Signature("W. Beheerder", "2026-11-28", "gevraagd aan de leverancier")


_TAKEN = '<Datum>15-01-2019</Datum><Vaardigheid schaal="RW">80,5</Vaardigheid>'


def test_of(name: str, version: str = "", area: str = "", code: str = "") -> str:
    parts = {"Naam": name, "Versie": version, "Leergebied": area}
    inside = "".join(f"<{tag}>{text}</{tag}>" for tag, text in parts.items() if text)
    return f"<Toets{f' code={chr(34)}{code}{chr(34)}' if code else ''}>{inside}{_TAKEN}</Toets>"


def with_tests(number: int, *tests: str, **fields: str) -> str:
    return pupil(number, **fields).replace(TEST, f"<Toetsen>{''.join(tests)}</Toetsen>")


def export(folder: Path, *pupils: str, name: str = "a.xml") -> Path:
    return write(folder / name, reference(*pupils))


def looked(*exports: Path, decisions: Decisions = NONE, told: list[str] | None = None) -> Facets:
    watcher = Quiet()
    found = find_exports(list(exports)).exports
    facets = survey(found, shipped_profiles(), decisions, "2019.1", "POPO", watcher)
    if told is not None:
        told += watcher.messages
    return facets


def sheet(path: Path, *rows: tuple[object, ...]) -> Path:
    """A spreadsheet as Excel would write it."""
    book = Workbook()
    assert book.active is not None
    for row in rows:
        book.active.append(row)
    book.save(path)
    return path


def fill(path: Path, answers: dict[str, str], column: str = "becomes") -> None:
    """Answer questions in a sheet of ours; by the value or name that a row is about."""
    book = load_workbook(path)
    page = book.active
    assert page is not None
    head = {cell.value: cell.column for cell in page[3]}
    for row in range(4, page.max_row + 1):
        about = next(filter(None, (page.cell(row, head[column]).value for column in ("name", "value", "tail"))), None)
        if about in answers:
            page.cell(row, head[column]).value = answers[str(about)]
    book.save(path)
