"""Putting records of one pupil together, block by block; a block is a top-level group of the dictionary."""

from dataclasses import dataclass, field

from dod2oso.findings.model import Finding
from dod2oso.mapping.run_metadata import OPT_OUT
from dod2oso.run.doubles.record_ref import RecordRef
from dod2oso.source.normalise import export_date
from dod2oso.source.record import DROPPED, Cell, Group, LegacyDossier
from dod2oso.supplement.pupil import names_nobody

OTHER_SOURCE, FROM_EXPORT, TWICE = "andere-bron", "blok-uit-export", "veld-dubbel"

# What only means something beside another block.
_WITH = {
    "groep": "leerling", "vestiging": "leerling", "samengesteldegroep": "leerling", "samengesteldegroepen": "leerling",
    "toevoegingen": "leerling", "eerderverzuim": "verzuim",
}  # fmt: skip
_SECRET, _VERSION, _OBJECTION = "leerling.adresgeheim", "export.layoutversie", "uitlevering."


def block_of(name: str) -> str:
    """The block of a dictionary name: `toetsen[].code` -> toetsen, `zorg.lgf` -> zorg."""
    first = name.partition(".")[0].removesuffix("[]")
    return _WITH.get(first, first)


@dataclass(slots=True)
class Part:
    """One record of a pupil: where it stands, what it holds, and which blocks it has something of."""

    place: RecordRef
    record: LegacyDossier
    blocks: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        root = self.record.root
        self.blocks = frozenset(map(block_of, (*root.fields, *root.lists)))

    @property
    def names_nobody(self) -> bool:
        """See pupil.names_nobody."""
        return names_nobody(self.record.root)

    @property
    def date(self) -> str:
        """The export's own date as ISO, empty when it does not tell."""
        return export_date(self.record.root)


def put_together(parts: list[Part], chosen: dict[str, Part]) -> LegacyDossier:
    """One record from several, the first of `parts` first; `chosen` says for a block which part gives it.

    What is not chosen is settled as dropped. Objections of parents and a secret address are never lost by it.
    """
    lead = parts[0]
    merged = LegacyDossier(lead.record.number)
    root = merged.root
    for part in parts:
        record = part.record
        merged.cells += record.cells
        merged.source_values += record.source_values
        for name, n in record.unread.items():
            merged.unread[name] = merged.unread.get(name, 0) + n
        for key, n in record.ignored.items():
            merged.ignored[key] = merged.ignored.get(key, 0) + n
        root.unreadable += tuple(name for name in record.root.unreadable if _gives(part, name, chosen))
        root.doubled += tuple(name for name in record.root.doubled if _gives(part, name, chosen))
        merged.findings += [one for one in record.findings if one.field and _gives(part, one.field, chosen)]
        for name, cell in record.root.fields.items():
            if _gives(part, name, chosen):
                root.fields[name] = cell
        for name, groups in record.root.lists.items():
            if _gives(part, name, chosen):
                root.lists[name] = groups
    for part in parts:
        if _never_lose(root, part, lead):
            merged.findings.append(Finding(TWICE, _SECRET, place=part.place.export))
    taken = {id(cell) for group in root.walk() for cell in group.fields.values()}
    for part in parts:
        for cell in part.record.values():
            if id(cell) not in taken:
                cell.settle(DROPPED, OTHER_SOURCE)
    merged.findings += [
        Finding(FROM_EXPORT, block, place=part.place.export)
        for block, part in sorted(chosen.items())
        if any(block_of(cell.bound.field) == block for cell in part.record.values())
    ]
    return merged


def _gives(part: Part, name: str, chosen: dict[str, Part]) -> bool:
    return chosen.get(block_of(name)) is part


def _never_lose(root: Group, part: Part, lead: Part) -> bool:
    """Objections of parents, and an address that any of the records keeps secret; True when others deny that."""
    fields: dict[str, Cell] = part.record.root.fields
    for name, cell in fields.items():
        if name.startswith(_OBJECTION) and cell.value == OPT_OUT and root.value(name) != OPT_OUT:
            root.fields[name] = cell
            if part is not lead:
                root.fields.pop(_VERSION, None)  # several versions: what any of them had in the category stays back
    if not part.record.root.secret(_SECRET) or root.value(_SECRET) == "true":
        return False
    denied = root.fields.pop(_SECRET, None) is not None
    if _SECRET in fields:
        root.fields[_SECRET] = fields[_SECRET]
    else:
        root.unreadable += (_SECRET,)
    return denied
