"""Run the examples that stand in a mapping under `tests:`, so that whoever changes it sees what breaks."""

from collections.abc import Iterator
from typing import NamedTuple

from dod2oso.base.clock import run_date
from dod2oso.base.texts import Text
from dod2oso.mapping.apply import Mapper, values_at
from dod2oso.mapping.compile import compile_plan
from dod2oso.mapping.model import Mapping, TestCase
from dod2oso.mapping.run_metadata import run_group
from dod2oso.mapping.supplied import Supplied
from dod2oso.source.dictionary import load_dictionary
from dod2oso.source.record import Cell, CellSource, Group, LegacyDossier

DATUM = "2019-03-02"  # examples may speak of test windows, so they all live on this day


class Failure(NamedTuple):
    """An example that does not hold: its name, and what was found instead (own example data, not personal)."""

    name: str
    problem: Text


def run_tests(mapping: Mapping) -> list[Failure]:
    """Every example of the mapping that does not hold."""
    return [failure for case in mapping.tests for failure in _run(mapping, case)]


def _run(mapping: Mapping, case: TestCase) -> Iterator[Failure]:
    plan = compile_plan(mapping, case.oso, case.overstap, load_dictionary())
    run = run_group(case.oso, case.overstap, DATUM, "test", "1")
    record = record_of(case.given)
    nodes, here = Mapper(plan, run, run_date(DATUM)).map(record, None, Supplied())
    for path, expected in case.expect.items():
        found = values_at(nodes, path)
        if (expected is None and found) or (expected is not None and expected not in found):
            wanted = Text("example-nothing") if expected is None else repr(expected)
            got = str(found) if found else Text("example-nothing")
            yield Failure(case.name, Text("example-differs", path=path, wanted=wanted, found=got))
    codes = [finding.code for finding in here.findings]
    if case.finding is not None and case.finding not in codes:
        got = ", ".join(codes) or Text("example-nothing")
        yield Failure(case.name, Text("example-finding", code=case.finding, found=got))


def record_of(given: dict[str, str]) -> LegacyDossier:
    """A legacy dossier with these dictionary fields; `toetsen[].code` goes into one item of that list."""
    record = LegacyDossier(1)
    for name, value in given.items():
        *lists, leaf = name.split("[].")
        group = record.root
        for step in lists:
            groups = group.lists.setdefault(step, [])
            if not groups:
                groups.append(Group())
            group = groups[0]
        cell = Cell(value, CellSource(name, name))
        group.fields[leaf] = cell
        record.cells.append(cell)
    record.source_values = len(record.cells)
    return record
