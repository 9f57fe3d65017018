"""What parents kept back in an older OSO dossier (OPT-UIT for a category) stays back in the new one.

Such a category is empty in the old dossier if that was valid; here it is made empty in any case, also where another
version puts its fields elsewhere. The new dossier says OPT-UIT again where its version and transfer let it.
"""

from collections.abc import Iterable
from typing import NamedTuple

from dod2oso.base.caches import by_version
from dod2oso.findings.model import Finding
from dod2oso.findings.shape import shape
from dod2oso.mapping.compile import shipped_plan
from dod2oso.mapping.run_metadata import OPT_OUT
from dod2oso.oso.transfers import all_transfers, categories, governed, same_category
from dod2oso.oso.versions import known_versions
from dod2oso.source.record import DROPPED, REFUSED, Cell, CellSource, Group, LegacyDossier

OBLIGED = "bezwaar-bij-verplicht"

_FIELDS = "uitlevering."
_VERSION = "export.layoutversie"
_NO_OBJECTION = frozenset({"VERPLICHT", "OPTIONEEL", "VERBODEN"})


class Objections(NamedTuple):
    """`cells`: category (cat_…) of the new dossier -> the cell that objects; `findings`: where that cannot be said."""

    cells: dict[str, Cell]
    findings: list[Finding]


_NONE = Objections({}, [])


def objections(record: LegacyDossier, version: str, transfer_name: str, paths: Iterable[str]) -> Objections:
    """The objections in the record, for a dossier of this version and transfer; what they cover leaves the record.

    `paths`: OSO paths that the supplement fills. Inzage only ever comes from there, so what it says now replaces an old
    dossier that left it out.
    """
    fields = record.root.fields
    found = Objections({}, [])
    objecting = _objecting(record.root, found.findings)
    if not objecting:  # as in most sources
        return _NONE
    choices = categories(transfer_name, version)
    known = fields.get(_VERSION)
    source = (known.value,) if known is not None and known.value in known_versions() else known_versions()
    for name, cell in objecting.items():
        category = name.removeprefix(_FIELDS)
        if category == "ouderinzage" and any(path.startswith("inzage/") for path in paths):
            cell.settle(DROPPED, "aanvulling")
            continue
        _take_out(record.root, frozenset().union(*(_covered(one, category) for one in source)))
        target = next((f"cat_{one}" for one in same_category(category) if f"cat_{one}" in choices), None)
        choice = choices.get(target) if target is not None else None
        if target is not None and choice == "OPTIONEEL":
            found.cells[target] = cell
        elif target is not None and choice == "VERPLICHT":
            cell.settle(REFUSED, OBLIGED)
            path = f"metadata/categorie_uitlevering/{target}"
            found.findings.append(Finding(OBLIGED, name, path))
        else:  # nothing of the category goes along, so there is nothing left to object to
            cell.settle(DROPPED, "geen-plaats" if choice is None else "profiel")
    return found


def _objecting(root: Group, findings: list[Finding]) -> dict[str, Cell]:
    """What objects, by dictionary name: OPT-UIT, and whatever may have said so: an unknown word, or an unclear one."""
    objecting: dict[str, Cell] = {}
    for name, cell in root.fields.items():
        if not name.startswith(_FIELDS) or cell.value in _NO_OBJECTION:
            continue
        objecting[name] = cell
        if cell.value != OPT_OUT:
            cell.settle(REFUSED, "code-onbekend")
            findings.append(Finding("code-onbekend", name, place=cell.bound.place, shape=shape(cell.value)))
            objecting[name] = _in_doubt(name)
    for name in (*root.unreadable, *root.doubled):
        if name.startswith(_FIELDS):
            objecting.setdefault(name, _in_doubt(name))
    return objecting


def _in_doubt(name: str) -> Cell:
    """An objection that nobody put into these words; no value of the source, so in no balance."""
    return Cell(OPT_OUT, CellSource(name, "uitlevering", shared=True))


@by_version
def _covered(version: str, category: str) -> frozenset[str]:
    """The dictionary fields that an OSO dossier of this version holds in this category and nowhere else."""
    paths = governed(version).get(f"cat_{category}", ())
    names: set[str] = set()
    for kind in all_transfers() if paths else ():
        if version in kind.versions:
            for field, targets in shipped_plan(version, kind.name).readers.items():
                if all(_below(target, paths) for target in targets):
                    names.add(field)
    return frozenset(names)


def _below(target: str, paths: Iterable[str]) -> bool:
    return any(target == path or target.startswith(f"{path}/") for path in paths)


def _take_out(group: Group, names: frozenset[str]) -> None:
    for key in [key for key, cell in group.fields.items() if cell.bound.field in names]:
        group.fields.pop(key).settle(DROPPED, "bezwaar")
    for items in group.lists.values():
        for item in items:
            _take_out(item, names)
