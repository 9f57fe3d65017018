"""What travels to another process arrives whole, compiled or not."""

import ast
import pickle
from pathlib import Path
from typing import Any

import pytest

from dod2oso.findings.model import Finding
from dod2oso.source import record, walk
from dod2oso.source.record import (
    DROPPED,
    LOSSY,
    MAPPED,
    REFUSED,
    UNREAD,
    Cell,
    CellSource,
    Group,
    LegacyDossier,
    PieceCell,
    SlotGroup,
    SplitCell,
)  # fmt: skip
from dod2oso.source.walk import Rows


def slots() -> dict[str, list[str]]:
    """The attributes of every class, read from the sources: a compiled class does not tell."""
    found = {}
    for module in (record, walk):
        path = Path(record.__file__).with_name(f"{module.__name__.rpartition('.')[2]}.py")
        for one in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(one, ast.ClassDef):
                for line in one.body:
                    if isinstance(line, ast.Assign) and ast.unparse(line.targets[0]) == "__slots__":
                        found[one.name] = list(ast.literal_eval(line.value))
    found["SlotGroup"] += found["Group"]
    return found


SLOTS = slots()


def whole() -> LegacyDossier:
    """A dossier in which no attribute has the value it has from the start."""
    cell = Cell("x", CellSource("veld", "plek", 3, shared=True, lossy=True, supplied=True, decided="b1"))
    cell.settle(DROPPED, "reden")
    dossier = LegacyDossier(7)
    item = SlotGroup(2)
    item.fields["naam"] = cell
    dossier.root.fields["naam"] = cell
    dossier.root.lists["lijst"] = [item]
    dossier.root.unreadable, dossier.root.doubled = ("een",), ("twee",)
    dossier.cells.append(cell)
    dossier.unread["pad"] = 1
    dossier.ignored["pad", "reden"] = 2
    dossier.refused["pad", "code"] = 3
    dossier.findings.append(Finding("veld-dubbel", "veld"))
    dossier.source_values = 9
    dossier.tell([4], Finding("veld-dubbel", "veld"))
    return dossier


def seen(value: Any) -> Any:
    """Everything in a value, as plain data."""
    name = type(value).__name__
    if name in SLOTS:
        return name, {slot: seen(getattr(value, slot)) for slot in SLOTS[name]}
    if isinstance(value, dict):
        return {key: seen(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [seen(inner) for inner in value]
    return value


def test_a_dossier_with_its_cells_and_groups() -> None:
    dossier = whole()
    there = pickle.loads(pickle.dumps(dossier))  # noqa: S301  our own
    assert seen(there) == seen(dossier)
    assert there.cells[0] is there.root.fields["naam"] is there.root.lists["lijst"][0].fields["naam"]


@pytest.mark.parametrize("kind", [CellSource, Cell, Group, SlotGroup, LegacyDossier])
def test_no_attribute_is_only_seen_at_its_first_value(kind: type) -> None:
    """Else the test above would not notice that it stays behind."""
    start = {
        "CellSource": lambda: CellSource("", ""), "Cell": lambda: Cell("", CellSource("", "")), "Group": Group,
        "SlotGroup": lambda: SlotGroup(0), "LegacyDossier": lambda: LegacyDossier(0),
    }[kind.__name__]()  # fmt: skip
    dossier = whole()
    one = {
        "CellSource": dossier.cells[0].bound, "Cell": dossier.cells[0], "Group": dossier.root,
        "SlotGroup": dossier.root.lists["lijst"][0], "LegacyDossier": dossier,
    }[kind.__name__]  # fmt: skip
    same = {slot for slot in SLOTS[kind.__name__] if seen(getattr(one, slot)) == seen(getattr(start, slot))}
    assert same <= {"lists", "unreadable", "doubled"} if kind is SlotGroup else not same


def test_rows_with_what_several_of_them_share() -> None:
    rows = Rows()
    for name in "AB":
        row = Group()
        row.fields["naam"] = Cell(name, CellSource("groep.naam", "plek"))
        rows.add("groepen", ("1",), row, (("scholen", (name,)),))
    there = pickle.loads(pickle.dumps(rows))  # noqa: S301  our own
    assert there.is_shared("groepen", ("1",)) and there.refers("groepen", ("1",)) == (("scholen", ("A",)),)
    found = there.find("groepen", ("1",))
    assert found is not None
    assert found.fields["naam"].value == "A"


@pytest.mark.parametrize(
    ("before", "after"), [(MAPPED, REFUSED), (LOSSY, REFUSED), (UNREAD, UNREAD), (DROPPED, DROPPED)]
)
def test_what_came_along_and_after_all_did_not_is_refused_in_every_kind_of_cell(before: int, after: int) -> None:
    source = CellSource("school.brin", "rij/brin")
    plain, other = Cell("x", source), Cell("y", source)
    for cell in (plain, other):
        cell.settle(before)
    for kind in (plain, PieceCell("x", source, plain), SplitCell("xy", [plain, other])):
        kind.refuse("blok-onvolledig")
        assert kind.state == after
    assert (other.state, other.reason) == (after, "blok-onvolledig" if after == REFUSED else "")
