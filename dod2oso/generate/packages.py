"""How each format is packed: an XML file, a zip behind a PIN, CSV files, a spreadsheet, a database, fixed width text.

Everything is first laid out as the XML that its profile describes; tables are that XML taken apart again, the reverse
of source/tabular/bundle.py.
"""

import base64
import csv
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

from lxml import etree

from dod2oso.base.xml import parse_bytes
from dod2oso.generate.layout import Layout
from dod2oso.generate.tree import Tree
from dod2oso.source.bind import BoundLooseFiles, BoundProfile
from dod2oso.source.dictionary import load_dictionary
from dod2oso.source.profile import Profile, find_profile
from dod2oso.source.tabular.table import Notation, xml_name

Rows = Iterator[tuple[str, dict[str, str]]]  # table, column -> text
Package = Callable[[Path, Layout, Tree, Iterable[Tree]], None]

PIN = "2468"  # of xml-with-pin: what a sender would have told the receiver by telephone
_DAY = (2025, 6, 1, 12, 0, 0)  # no clock in our output
_DOS = "cp850"


def xml_file(path: Path, chosen: Layout, shared: Tree, pupils: Iterable[Tree]) -> None:
    """One XML document in UTF-8."""
    head, tail = chosen.frame(shared)
    with path.open("w", encoding="utf-8", newline="\n") as stream:
        stream.write(head)
        for pupil in pupils:
            stream.write(chosen.record(pupil))
        stream.write(tail)


def protected_zip(path: Path, chosen: Layout, shared: Tree, pupils: Iterable[Tree]) -> None:
    """An AES zip with XML in Windows-1252 and the attachments beside it."""
    import pyzipper

    head, tail = chosen.frame(shared)
    rules = BoundProfile(find_profile(chosen.name), load_dictionary()).loose_files
    parts, files = [head.replace("UTF-8", "windows-1252", 1)], dict[str, bytes]()
    for number, pupil in enumerate(pupils, start=1):
        element = parse_bytes(chosen.record(pupil).encode())
        for rule in rules:
            _take_out(element, rule, number, files)
        parts.append("  " * chosen.depth + etree.tostring(element, encoding="unicode") + "\n")
    files["overdracht.xml"] = ("".join(parts) + tail).encode("windows-1252", "xmlcharrefreplace")
    with pyzipper.AESZipFile(path, "w", pyzipper.ZIP_DEFLATED, encryption=pyzipper.WZ_AES) as archive:
        archive.setpassword(PIN.encode())
        for name, data in files.items():
            archive.writestr(pyzipper.zipfile_aes.AESZipInfo(name, _DAY), data, pyzipper.ZIP_DEFLATED)


def _take_out(element: Any, rule: BoundLooseFiles, number: int, files: dict[str, bytes]) -> None:
    """Move the content of attachments to files of their own, and say in the record how they are called."""
    for item in element.iterfind(rule.at):
        content = item.find(rule.content)
        if content is not None:
            name = f"bijlagen/{number:04}-{len(files) + 1:05}.bin"
            kept = next((child.text for child in item if child.text and "." in child.text), "")
            name = name.replace(".bin", f".{kept.rpartition('.')[2]}") if kept else name
            files[name] = base64.b64decode(content.text)
            item.remove(content)
            etree.SubElement(item, rule.key).text = name


def csv_files(path: Path, chosen: Layout, shared: Tree, pupils: Iterable[Tree]) -> None:
    """A folder with a CSV file per table, as a Dutch Windows writes them; what it cannot write is an HTML entity."""
    path.mkdir()
    html = chosen.profile.text.html
    for table, rows in _by_table(chosen, shared, pupils).items():
        names = list(dict.fromkeys(column for row in rows for column in row))
        with (path / f"{table}.csv").open(
            "w", encoding="windows-1252", errors="xmlcharrefreplace", newline=""
        ) as stream:
            writer = csv.DictWriter(stream, names, restval="", delimiter=";")
            writer.writeheader()
            writer.writerows(
                {column: text.replace("&", "&amp;") if html else text for column, text in row.items()} for row in rows
            )


def spreadsheet(path: Path, chosen: Layout, shared: Tree, pupils: Iterable[Tree]) -> None:
    """A sheet per table; dates, numbers and yes/no as typed cells, as far as they read back as the same text."""
    import xlsxwriter

    text = chosen.profile.text
    notation = Notation(text.dates, text.decimal, text.true[0], text.false[0])
    titles = _titles(chosen.profile)
    with xlsxwriter.Workbook(path, {"in_memory": True, "default_date_format": "dd-mm-yyyy"}) as book:
        book.set_properties({"created": datetime(*_DAY)})
        for table, rows in _by_table(chosen, shared, pupils).items():
            sheet = book.add_worksheet(titles.get(table, table))
            names = list(dict.fromkeys(column for row in rows for column in row))
            sheet.write_row(0, 0, [titles.get(name, name) for name in names])
            for number, row in enumerate(rows, start=1):
                for column, name in enumerate(names):
                    value = _typed(row.get(name, ""), notation)
                    if isinstance(value, str):
                        sheet.write_string(number, column, value)
                    else:
                        sheet.write(number, column, value)


def _typed(text: str, notation: Notation) -> Any:
    for make in (_day, float, lambda word: {notation.true: True, notation.false: False}[word]):
        try:
            value = make(text.replace(notation.decimal, ".") if make is float else text)
        except (ValueError, KeyError):
            continue
        if notation.text(value) == text:
            return value
    return text


def _day(text: str) -> date:
    day, month, year = (int(part) for part in text.split("/"))
    return date(year, month, day)


def database(path: Path, chosen: Layout, shared: Tree, pupils: Iterable[Tree]) -> None:
    """A SQLite database; attachments are blobs."""
    contents = {xml_name(column) for column in _columns_named(chosen.profile, "inhoud")}
    connection = sqlite3.connect(path)
    for table, rows in _by_table(chosen, shared, pupils).items():
        names = list(dict.fromkeys(column for row in rows for column in row))
        listed = ", ".join(f'"{name}"' for name in names)
        connection.execute(f'CREATE TABLE "{table}" ({listed})')
        marks = ", ".join("?" * len(names))
        values = ([_stored(row.get(name), name in contents) for name in names] for row in rows)
        connection.executemany(f'INSERT INTO "{table}" ({listed}) VALUES ({marks})', values)  # noqa: S608  our own names
    connection.commit()
    connection.close()


def _stored(text: str | None, content: bool) -> str | bytes | None:
    if text is None or not content:
        return text
    try:
        return base64.b64decode(text, validate=True)
    except ValueError:
        return text


def fixed_width(path: Path, chosen: Layout, shared: Tree, pupils: Iterable[Tree]) -> None:
    """A folder with the four files of EDEX2000, in DOS text; what is too long for its field is left out."""
    path.mkdir()
    tables = _by_table(chosen, shared, pupils)
    for table, widths in chosen.profile.widths.items():
        lines = []
        for row in tables.get(table, ()):
            cells = ((row.get(column, ""), width) for column, width in widths.items())
            lines.append("".join((text if len(text) <= width else "").ljust(width) for text, width in cells))
        data = "".join(f"{line}\r\n" for line in lines)
        (path / f"{table}.TXT").write_bytes(data.encode(_DOS, "replace"))


PACKAGES: dict[str, Package] = {
    "edex2000": fixed_width,
    "xml-with-pin": protected_zip,
    "csv-bundle": csv_files,
    "spreadsheet": spreadsheet,
    "database": database,
}
SUFFIXES = {"edex2000": "", "xml-with-pin": ".zip", "csv-bundle": "", "spreadsheet": ".xlsx", "database": ".sqlite"}


def _by_table(chosen: Layout, shared: Tree, pupils: Iterable[Tree]) -> dict[str, list[dict[str, str]]]:
    tables: dict[str, list[dict[str, str]]] = {}
    head, tail = chosen.frame(shared)
    document = parse_bytes((head + tail).encode())
    for row in document:
        tables.setdefault(row.tag, []).append(_row(row))
    flat = _Flattener(chosen.profile)
    for pupil in pupils:
        for table, cells in flat.rows(parse_bytes(chosen.record(pupil).encode())):
            tables.setdefault(table, []).append(cells)
    return tables


def _row(element: Any) -> dict[str, str]:
    return {cell.tag: cell.text for cell in element if cell.text and not len(cell)}


class _Flattener:
    """Takes record elements apart into rows, and ties them together by the columns that `nested` names."""

    def __init__(self, profile: Profile) -> None:
        self._nested = {xml_name(name): nested for name, nested in profile.nested.items()}
        self._numbers: dict[str, int] = {}

    def rows(self, element: Any) -> Rows:
        row = _row(element)
        children = [child for child in element if child.tag in self._nested]
        for child in children:
            own, above = (xml_name(names[0]) for names in self._nested[child.tag].columns)
            if above not in row:  # a number of its own, counted per table
                self._numbers[element.tag] = self._numbers.get(element.tag, 0) + 1
                row[above] = str(self._numbers[element.tag])
            etree.SubElement(child, own).text = row[above]
        yield element.tag, row
        for child in children:
            yield from self.rows(child)


def _titles(profile: Profile) -> dict[str, str]:
    """XML name -> table or column as the profile writes it."""
    names = [
        *profile.nested,
        *profile.match.tables,
        *(step for b in profile.shared.values() for step in b.at[0].split("/")),
    ]
    names += [binding.at[0] for binding in profile.fields.values()]
    names += [column for nested in profile.nested.values() for columns in nested.columns for column in columns]
    lists = [*profile.lists.values(), *profile.shared_lists.values()]
    while lists:
        binding = lists.pop()
        names += [binding.at.rpartition("/")[2], *(inner.at[0] for inner in binding.fields.values())]
        lists += binding.lists.values()
    return {xml_name(name): name for name in names}


def _columns_named(profile: Profile, key: str) -> Iterator[str]:
    lists = list(profile.lists.values())
    while lists:
        binding = lists.pop()
        if key in binding.fields:
            yield binding.fields[key].at[0]
        lists += binding.lists.values()
