"""Run the examples that stand in a source profile under `tests`, so that whoever changes it sees what breaks.

An example is read as an export of one file, or of tables in memory, and so by everything that reads real ones.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any, NamedTuple

from lxml import etree

from dod2oso.base.errors import ExportError
from dod2oso.base.models import fail
from dod2oso.base.texts import Text
from dod2oso.source.bind import BoundProfile
from dod2oso.source.chosen import chosen
from dod2oso.source.dictionary import load_dictionary, parse_name
from dod2oso.source.export import Export, Origin
from dod2oso.source.jsonxml import open_json
from dod2oso.source.profile import Example, LoadedProfile, Profile
from dod2oso.source.record import Group, LegacyDossier
from dod2oso.source.tabular.bundle import BundleRecords, name_tables
from dod2oso.source.tabular.table import Row, column_names, xml_name
from dod2oso.source.xmlreader import XmlRecords


class Failure(NamedTuple):
    """An example that does not hold: its number, and what is told (values are those of the example)."""

    example: int
    problem: Text


@dataclass(frozen=True, slots=True)
class MadeTable:
    """A table of an example (a `SourceTable`)."""

    name: str
    columns: tuple[str, ...]
    cells: Sequence[Row]
    titles: int = 0

    def rows(self) -> Iterator[Row]:
        return iter(self.cells)


def run_examples(profile: LoadedProfile) -> list[Failure]:
    """Every way in which an example of the profile does not hold."""
    return [failure for number, one in enumerate(profile.model.tests) for failure in _run(profile, number, one)]


def _run(profile: LoadedProfile, number: int, example: Example) -> Iterator[Failure]:
    at = ("tests", number)
    place = f"{profile.file.name}:{profile.file.line(at)}"
    bound = BoundProfile(profile, load_dictionary())
    try:
        export = Export(profile.name, bound, chosen(_origin(bound, example), bound))
        export.survey()
        records = list(export.dossiers())
    except (ExportError, etree.XMLSyntaxError):
        yield Failure(number, fail(profile.file, at, "profile-test-unread").message)
        return
    for field, expected in example.expect.items():
        wanted = (expected,) if isinstance(expected, str) else expected or ()
        found = tuple(value for record in records for value in values_of(record, field))
        if found != wanted:
            yield Failure(
                number,
                Text(
                    "profile-test-value", place=place, name=example.name, field=field, wanted=_said(wanted),
                    found=_said(found),
                ),
            )  # fmt: skip
    codes = {one.code for record in (*records, export.outside) for one in record.findings}
    if example.finding is not None and example.finding not in codes:
        said = ", ".join(sorted(codes)) or Text("profile-test-nothing")
        told = Text("profile-test-no-finding", place=place, name=example.name, code=example.finding, found=said)
        yield Failure(number, told)


def _said(values: Sequence[str]) -> str | Text:
    return ", ".join(values) if values else Text("profile-test-nothing")


def values_of(record: LegacyDossier, field: str) -> list[str]:
    """The values of a dictionary field in a record, in their order."""
    name = parse_name(field)
    groups: list[Group] = [record.root]
    for step in name.lists:
        groups = [item for group in groups for item in group.lists.get(step, ())]
    return [value for group in groups if (value := group.value(name.leaf)) is not None]


def _origin(bound: BoundProfile, example: Example) -> Origin:
    if example.input is None:
        return BundleRecords(_tables(bound.model, example), bound.model)
    if bound.model.format == "json":
        text = example.input.encode()
        return XmlRecords(lambda: open_json(lambda: BytesIO(text), lines=False), len(text), bound)
    data = _document(bound, example.input)
    return XmlRecords(lambda: BytesIO(data), len(data), bound)


def _document(bound: BoundProfile, text: str) -> bytes:
    """A whole document; a record element alone gets the elements around it."""
    model, namespace = bound.model, bound.model.match.namespace
    steps = model.records.split("/")
    outermost = ("?", "Envelope", steps[0], *(name.rpartition(":")[2] for name in model.match.within))
    if _begins(text).startswith(outermost[0]) or _begins(text) in outermost:
        return text.strip().encode()
    space = f' xmlns="{namespace}"' if namespace else ""
    above = [f"<{step}{space if not number else ''}>" for number, step in enumerate(steps[:-1])]
    return "".join((*above, text.strip(), *(f"</{step}>" for step in reversed(steps[:-1])))).encode()


def _begins(text: str) -> str:
    """The name of the element that a text begins with, without its prefix; "?…" for an XML declaration."""
    return re.split(r"[\s/>]", text.lstrip().removeprefix("<"), maxsplit=1)[0].rpartition(":")[2]


def _tables(model: Profile, example: Example) -> Any:
    """The tables of an example, with at least the columns by which the layout is known."""
    rows = {xml_name(name): made for name, made in example.rows.items()}
    made = []
    records = () if model.records_of is not None else (model.records.rsplit("/", 1)[-1],)
    for name in dict.fromkeys((*rows, *map(xml_name, (*model.match.tables, *records)))):
        known = next((columns for table, columns in model.match.tables.items() if xml_name(table) == name), ())
        titles = tuple(dict.fromkeys((*known, *(column for row in rows.get(name, ()) for column in row))))
        cells = [tuple(row.get(title, "") for title in titles) for row in rows.get(name, ())]
        made.append(MadeTable(name, column_names(titles), cells))
    named = name_tables(made, model)
    assert named is not None  # noqa: S101  they have all columns that match asks for
    return named
