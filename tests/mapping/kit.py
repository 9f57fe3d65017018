"""Map a record that is given in dictionary terms, and look at what came out."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dod2oso.base.clock import run_date
from dod2oso.base.yaml import loads
from dod2oso.findings.model import Finding
from dod2oso.mapping.apply import Mapper, values_at
from dod2oso.mapping.compile import shipped_plan
from dod2oso.mapping.load import load_mapping, parse_mapping
from dod2oso.mapping.model import Mapping
from dod2oso.mapping.plan import Plan
from dod2oso.mapping.run_metadata import run_group
from dod2oso.mapping.supplied import Supplied
from dod2oso.source.dictionary import load_dictionary
from dod2oso.source.record import DROPPED, LOSSY, MAPPED, REFUSED, UNREAD, Cell, CellSource, Group, LegacyDossier
from dod2oso.supplement.rows import read_supplements, supply

DATUM = "2019-03-02"
L = "huidigeschool/leerling"
STATES = {UNREAD: "unread", DROPPED: "dropped", REFUSED: "refused", MAPPED: "mapped", LOSSY: "lossy"}

_STEP = re.compile(r"\[([0-9]+)\]\.")


@dataclass
class Mapped:
    """What became of one record."""

    nodes: list[Any]
    findings: list[Finding]
    record: LegacyDossier
    trace: list[tuple[str, str]]
    given: Supplied

    def at(self, path: str) -> list[str]:
        return values_at(self.nodes, path)

    def one(self, path: str) -> str | None:
        found = self.at(path)
        assert len(found) <= 1, f"{path}: {len(found)} values"
        return found[0] if found else None

    def codes(self) -> list[str]:
        return [finding.code for finding in [*self.given.findings, *self.findings]]

    def end(self, name: str) -> tuple[str, str]:
        """State and reason of the only cell of this dictionary field."""
        ends = self.ends(name)
        assert len(ends) == 1, f"{name}: {ends}"
        return ends[0]

    def ends(self, name: str) -> list[tuple[str, str]]:
        found = [cell for cell in self.record.cells if cell.bound.field == name]
        return [(STATES[cell.state], cell.reason if cell.state in (DROPPED, REFUSED) else "") for cell in found]


def record_of(given: dict[str, str]) -> LegacyDossier:
    """A legacy dossier; `toetsen[1].code` is field `toetsen[].code` of the second test."""
    record = LegacyDossier(1)
    for key, value in given.items():
        group = record.root
        *steps, leaf = _STEP.split(key)
        for name, number in zip(steps[::2], steps[1::2], strict=True):
            groups = group.lists.setdefault(name, [])
            while len(groups) <= int(number):
                groups.append(Group())
            group = groups[int(number)]
        field = _STEP.sub("[].", key)
        assert field in load_dictionary(), field
        cell = Cell(value, CellSource(field, field, shared=field.startswith(("school.", "export."))))
        group.fields[leaf] = cell
        record.cells.append(cell)
    record.source_values = len(record.cells)
    return record


def mapped(
    given: dict[str, str],
    version: str = "2019.1",
    transfer: str = "POPO",
    *,
    datum: str = DATUM,
    plan: Plan | None = None,
    register: Group | None = None,
    supplement: Path | None = None,
) -> Mapped:
    """Map one record for this version and transfer; all rows of the supplement are about its pupil."""
    plan = plan or shipped_plan(version, transfer)
    record = record_of(given)
    extra = Supplied()
    if supplement is not None:
        extra = supply(record, read_supplements([supplement], plan, load_dictionary()).pupils)
    trace: list[tuple[str, str]] = []
    run = run_group(plan.version, plan.transfer, datum, "test", "1")
    nodes, here = Mapper(plan, run, run_date(datum)).map(record, register, extra, trace)
    return Mapped(nodes, here.findings, record, trace, extra)


def row(folder: Path, **columns: str) -> Path:
    """A supplement with one row about pupil 1 of school 99XX; `__` in a keyword stands for a dot."""
    return rows(folder, {name.replace("__", "."): value for name, value in columns.items()})


def rows(folder: Path, *given: dict[str, str]) -> Path:
    path = folder / "aanvulling.csv"
    columns = list(dict.fromkeys(name for one in given for name in one))
    lines = [";".join(["brin", "leerlingid", *columns])]
    lines += [";".join(["99XX", "1", *(one.get(name, "") for name in columns)]) for one in given]
    path.write_text("\n".join(lines) + "\n")
    return path


def leaves(nodes: list[Any], path: str = "") -> list[tuple[str, str]]:
    """Every text in the nodes with its path, attributes included (under the path of their element)."""
    found = []
    for node in nodes:
        at = f"{path}/{node[0]}" if path else node[0]
        if isinstance(node[1], str):
            found.append((at, node[1]))
            found += [(at, value) for value in (node[2].values() if len(node) == 3 else ())]
        else:
            found += leaves(node[1], at)
    return found


def small_mapping(text: str) -> Mapping:
    """A mapping from text, for tests of the language itself."""
    return parse_mapping(loads(text, "eigen.yaml"))


__all__ = ["DATUM", "L", "Mapped", "leaves", "load_mapping", "mapped", "record_of", "row", "rows", "small_mapping"]
