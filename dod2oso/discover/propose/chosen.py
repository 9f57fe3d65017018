"""A draft with what a person chose: fields, what is left unread, notations, groups. The draft itself stays as it was.

Choices are texts by the place they are about, so that they can be kept and laid over the same draft again:

    place (path from the root)   field      the field, `-` for none, `!reason` for not read on purpose; where columns
                                            make items, `field@group` says which item, `field@+1` a new one
                                 notation   a code table, a style of dates, or a rule for several fields in one value
                                 code:CODE  what one code means, where no table fits
    group (its name)             section    the part of the dictionary that its items are, `-` for none
                                 constant:FIELD  what is the same for every item
    ""                           constant:FIELD  what is the same for every pupil
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from dod2oso.base.texts import Text
from dod2oso.discover.propose.align import Group, Proposal
from dod2oso.discover.propose.columns import kind_of
from dod2oso.discover.propose.draft import (
    NOWHERE,
    Draft,
    TableDraft,
    ambiguous_notations,
    codes_of,
    leaves_of,
    loose_groups,
    meanings_of,
    split_rules,
)
from dod2oso.discover.propose.evidence import limit
from dod2oso.discover.propose.scopes import Field, Section, sections
from dod2oso.discover.propose.score import Leaf, leaf_score
from dod2oso.discover.survey.dates import PIVOT
from dod2oso.source.codes import load_codes
from dod2oso.source.datestyle import is_date_style, two_digit_years

FIELD, NOTATION, SECTION, CODE, CONSTANT = "field", "notation", "section", "code:", "constant:"
NONE, UNREAD, NEW = "-", "!", "+"
Choices = Mapping[str, Mapping[str, str]]


@dataclass(slots=True)
class Row:
    """A place with values, and what is read there now. `unread`: the reason why it is not; `doubt`: what it may be,
    as long as a person does not say so; `wrong`: why what was chosen cannot be.
    """

    place: str
    group: Group
    path: str
    leaf: Leaf
    bound: Proposal | None = None
    doubt: Proposal | None = None
    unread: str = ""
    wrong: Text | None = None

    @property
    def open(self) -> bool:
        """Whether somebody should look at it."""
        return self.wrong is not None or (self.bound is None and not self.unread)


@dataclass(slots=True)
class Edited:
    """A draft with the choices in it. `groups`: by name, with the group each stands in (None: the top)."""

    draft: Draft
    groups: dict[str, tuple[Group, Group | None]]
    rows: list[Row] = field(default_factory=list)
    constants: dict[str, str] = field(default_factory=dict)

    def row(self, place: str) -> Row | None:
        """The row of a place."""
        return next((one for one in self.rows if one.place == place), None)

    def name(self, group: Group) -> str:
        """What a group is called in choices."""
        return next(name for name, (one, _parent) in self.groups.items() if one is group)

    def base(self, group: Group) -> Group:
        """The group in whose columns a group stands: the record for an item of columns, else the group itself."""
        while group.columns:
            parent = self.groups[self.name(group)][1]
            if parent is None:
                break
            group = parent
        return group

    def targets(self, row: Row, one: Field, section: Section) -> list[tuple[str, Group | None]]:
        """Where a field can go from here: what to choose, and the item it then belongs to (None: a new one)."""
        base, outer = self.base(row.group), self.draft.record
        if one in base.section.fields:
            return [(one.name, base)]
        inside = any(base is each for each in outer.walk())
        top = _list_below(base.section, section)
        if top is None or not inside:  # only records and their items have columns that are items
            return [(one.name, outer)] if inside and one in outer.section.fields else []
        prefix, number = f"{self.name(base)}/{top.name}{NEW}", 1
        items = [each for each in base.groups if each.columns and each.section is top]
        found: list[tuple[str, Group | None]] = []
        for item in items:
            name = self.name(item)
            found.append((f"{one.name}@{name.replace(prefix, NEW) if name.startswith(prefix) else name}", item))
        while f"{prefix}{number}" in self.groups:
            number += 1
        return [*found, (f"{one.name}@{NEW}{number}", None)]


def _list_below(base: Section, wanted: Section) -> Section | None:
    """The list right below `base` that a section is, or in which it stands."""
    return next((one for one in base.lists if one is wanted or wanted in one.lists), None)


def fields_by_name() -> dict[str, tuple[Field, Section]]:
    """Every field with the section it stands in."""
    known = sections()
    parts = [*known.by_name.values(), known.export, known.record]
    return {one.name: (one, part) for part in parts for one in part.fields}


def with_choices(draft: Draft, choices: Choices) -> Edited:
    """The draft with these choices; what cannot be stands in its row."""
    edited = _edited(draft)
    for name, (group, parent) in list(edited.groups.items()):
        _choose_group(group, parent, choices.get(name, {}))
    rows = {row.place: row for row in _rows(edited)}
    edited.rows = list(rows.values())
    chosen = [(row, choices[place]) for place, row in rows.items() if place in choices]
    for row, given in chosen:
        if given.get(FIELD):
            _take_out(row)
    for row, given in chosen:
        if given.get(FIELD):
            _choose_field(edited, row, given[FIELD])
    for row in edited.rows:
        _choose_notation(edited, row, choices.get(row.place, {}))
    said = {row.bound.field.name for row in edited.rows if row.bound is not None}  # the export says it itself
    edited.draft.constants = {
        key.removeprefix(CONSTANT): text
        for key, text in choices.get("", {}).items()
        if key.startswith(CONSTANT) and text and key.removeprefix(CONSTANT) in fields_by_name().keys() - said
    }
    return edited


# --- a copy, with its groups by name ---


def _edited(draft: Draft) -> Edited:
    record, outside = _copied(draft.record), _copied(draft.outside)
    tables = [TableDraft(one.name, one.reference, _copied(one.group)) for one in draft.tables]
    made = replace(draft, record=record, outside=outside, tables=tables, style=replace(draft.style))
    made.codes, made.ignored = {}, []
    groups: dict[str, tuple[Group, Group | None]] = {}
    for top, word in ((record, "record"), (outside, "export"), *((one.group, f"table {one.name}") for one in tables)):
        _name(groups, top, None, word)
    for top, word in ((record, "record"), (outside, "export")):
        for group in loose_groups(made, top):
            _name(groups, group, top, f"{word} ? {group.at}")
    return Edited(made, groups)


def _copied(group: Group) -> Group:
    return replace(
        group,
        constants=dict(group.constants),
        proposals=[replace(one) for one in group.proposals],
        unsure=[replace(one) for one in group.unsure],
        open=list(group.open),
        groups=[_copied(one) for one in group.groups],
    )


def _name(groups: dict[str, tuple[Group, Group | None]], group: Group, parent: Group | None, word: str) -> None:
    name, number = word, 2
    while name in groups:
        name, number = f"{word} {number}", number + 1
    groups[name] = (group, parent)
    for inner in group.groups:
        own = inner.marker or (inner.proposals[0].path if inner.proposals else inner.section.name)
        _name(groups, inner, group, f"{name}/{own if inner.columns else inner.at}")


# --- rows ---


def _rows(edited: Edited) -> Iterator[Row]:
    """A row per place with values, in the order of the export."""
    order = {id(values): number for number, (_path, values, _n) in enumerate(edited.draft.survey.root.values())}
    found: dict[int, Row] = {}
    for group, _parent in edited.groups.values():
        at = _place(edited, group)
        for proposal in group.proposals:
            place = _join(at, proposal.path)
            found[id(proposal.leaf.values)] = Row(place, group, proposal.path, proposal.leaf, proposal)
        for proposal in group.unsure:
            place = _join(at, proposal.path)
            found.setdefault(id(proposal.leaf.values), Row(place, group, proposal.path, proposal.leaf, doubt=proposal))
        for leaf in group.open:
            found.setdefault(id(leaf.values), Row(_join(at, leaf.path), group, leaf.path, leaf))
    yield from sorted(found.values(), key=lambda row: order.get(id(row.leaf.values), len(order)))


def _place(edited: Edited, group: Group) -> str:
    """The path of a group from the root."""
    parent = next((above for one, above in edited.groups.values() if one is group), None)
    if parent is None:
        table = next((one for one in edited.draft.tables if one.group is group), None)
        return table.reference.rows.path if table is not None else group.at
    return _join(_place(edited, parent), group.at)


def _join(at: str, path: str) -> str:
    return "/".join(step for step in (at, path) if step not in ("", "."))


# --- choices ---


def _choose_group(group: Group, parent: Group | None, given: Mapping[str, str]) -> None:
    wanted = given.get(SECTION, "")
    if wanted and parent is not None:
        section = next((one for one in parent.section.lists if one.name == wanted), None)
        if section is not None and section is not group.section:
            _as_section(group, parent, section)
        elif wanted == NONE:
            _as_section(group, parent, None)
    known = {one.leaf for one in group.section.fields}
    for key, text in given.items():
        name = key.removeprefix(CONSTANT)
        if key.startswith(CONSTANT) and name in known and parent is not None:
            group.constants.pop(name, None)
            if text and text != NONE:
                group.constants[name] = text


def _as_section(group: Group, parent: Group, section: Section | None) -> None:
    """Make a group items of another part of the dictionary; each place gets the field that it is most like there."""
    leaves = list({id(leaf.values): leaf for leaf in leaves_of(group)}.values())
    paths = {id(one.leaf.values): one.path for one in (*group.proposals, *group.unsure)}
    group.proposals, group.unsure, group.open = [], [], []
    group.section = section if section is not None else NOWHERE
    allowed = section.lists if section is not None else []
    gone = [one for one in group.groups if one.section not in allowed]
    group.groups = [one for one in group.groups if one.section in allowed]
    for inner in gone:
        for one in inner.walk():
            for leaf in leaves_of(one):
                leaves.append(_moved(leaf, _join(inner.at, paths.get(id(leaf.values), leaf.path))))
    if not any(group is one for one in parent.groups):
        parent.groups.append(group)
    scored = sorted(
        (
            (leaf_score(leaf, one, section.concepts), number, place)
            for number, leaf in enumerate(leaves)
            for place, one in enumerate(section.fields)
        ),
        key=lambda each: (-each[0], each[1], each[2]),
    ) if section is not None else []  # fmt: skip
    got: set[int] = set()
    used: set[int] = set()
    for score, number, place in scored:
        if score < limit("bind") or number in got or place in used or section is None:
            continue
        got.add(number)
        used.add(place)
        leaf = leaves[number]
        made = _proposal(paths.get(id(leaf.values), leaf.path), section.fields[place], leaf)
        made.confidence, made.chosen = 0.5, False
        group.proposals.append(made)
    left = [leaf for number, leaf in enumerate(leaves) if number not in got]
    group.open = [_moved(leaf, paths.get(id(leaf.values), leaf.path)) for leaf in left]


def _moved(leaf: Leaf, path: str) -> Leaf:
    return Leaf(path, leaf.values, leaf.words, leaf.context, leaf.birth)


def _proposal(path: str, one: Field, leaf: Leaf) -> Proposal:
    ways = leaf.values.date_styles if one.meaning.type == "date" else ()
    made = Proposal(path, one, 1.0, None, leaf, texts=frozenset(leaf.values.candidates or ()), chosen=True)
    made.dates, made.styles = (ways[0], ()) if len(ways) == 1 else (None, ways)
    return made


def _take_out(row: Row) -> None:
    """Free a place, so that something else can be chosen for it."""
    group, values = row.group, row.leaf.values
    group.proposals = [one for one in group.proposals if one.leaf.values is not values]
    group.unsure = [one for one in group.unsure if one.leaf.values is not values]
    group.open = [one for one in group.open if one.values is not values]
    row.bound = None


def _choose_field(edited: Edited, row: Row, wanted: str) -> None:
    left = _moved(row.leaf, row.path)
    left.nearest = row.leaf.nearest
    if wanted.startswith(UNREAD):
        row.unread = wanted[1:]
        edited.draft.ignored.append((row.place, row.unread))
        return
    name, _at, where = wanted.partition("@")
    one, section = fields_by_name().get(name, (None, None))
    if one is None or section is None:
        if wanted != NONE:
            row.wrong = Text("layout-field-gone", field=name)
        row.group.open.append(left)
        return
    path, home = row.path, _home(edited, row, one, section, where)
    if home is None:
        row.wrong = Text("layout-not-here", field=name)
        row.group.open.append(left)
        return
    if home is edited.draft.record and row.group is not home and not row.group.columns:
        path = row.place.removeprefix(f"{edited.draft.record.at}/")
    taken = next((each for each in home.proposals if each.field is one), None)
    if taken is not None:
        row.wrong = Text("layout-taken", field=name, place=taken.path)
        row.group.open.append(left)
        return
    made = _proposal(path, one, row.leaf)
    home.proposals.append(made)
    row.bound, row.doubt = made, None


def _home(edited: Edited, row: Row, one: Field, section: Section, where: str) -> Group | None:
    """The group in which a field is read from here, made when it is a new item; None when it cannot be read here."""
    known = {value.partition("@")[2]: group for value, group in edited.targets(row, one, section)}
    if not known:
        return None
    if "" in known:
        return known[""]
    base = edited.base(row.group)
    top = _list_below(base.section, section)
    if top is None:
        return None
    if not where:  # nobody said which: the first item that has no such field yet
        free = (name for name, each in known.items() if each is None or one not in _fields(each))
        where = next(free, "")
    item = known.get(where)
    if item is None:
        name = f"{edited.name(base)}/{top.name}{where}" if where.startswith(NEW) else ""
        item = edited.groups[name][0] if name in edited.groups else None
        if item is None and name:
            item = Group(top, "", 1.0, columns=True, constants=kind_of(top.key, row.leaf.words, row.leaf.values))
            base.groups.append(item)
            edited.groups[name] = (item, base)
        elif item is None:  # the draft made no such item this time
            return None
    if section is top:
        return item
    inner = next((each for each in item.groups if each.section is section and one not in _fields(each)), None)
    if inner is None:
        inner = Group(section, "", 1.0, columns=True, constants=kind_of(section.key, row.leaf.words, row.leaf.values))
        item.groups.append(inner)
        edited.groups[f"{edited.name(item)}/{section.key} {len(item.groups)}"] = (inner, item)
    return inner


def _fields(group: Group) -> list[Field]:
    return [each.field for each in group.proposals]


def _choose_notation(edited: Edited, row: Row, given: Mapping[str, str]) -> None:
    """Take over how the values of a place are written; hold back what can be read in opposite ways."""
    held = row.bound is None and row.doubt is not None and bool(ambiguous_notations(row.doubt))
    proposal = row.doubt if held else row.bound
    if proposal is None:
        return
    wanted = given.get(NOTATION, "")
    kind = proposal.field.meaning.type
    own = {key.removeprefix(CODE): text for key, text in given.items() if key.startswith(CODE) and text}
    decided = False
    if wanted and kind == "date" and is_date_style(wanted):
        proposal.dates, proposal.styles, decided = wanted, (), True
        if two_digit_years(wanted) and edited.draft.style.pivot is None:
            edited.draft.style.pivot = PIVOT
    elif wanted and kind == "code" and wanted in load_codes():
        proposal.codes, decided = wanted, True
    elif (
        wanted in split_rules(proposal.field)
        and row.bound is not None
        and edited.base(row.group) is not edited.draft.outside
    ):
        proposal.split, decided = wanted, True
    allowed = meanings_of(proposal.field)
    own = {code: text for code, text in own.items() if text in allowed and code in proposal.leaf.values.codes()}
    if own and kind == "boolean":
        proposal.true = tuple(code for code, text in own.items() if text == "true")
        proposal.false = tuple(code for code, text in own.items() if text == "false")
        if not proposal.true or not proposal.false:
            row.wrong = Text("layout-yes-and-no")
            proposal.true = proposal.false = ()
    elif own:
        table = load_codes().get(codes_of(proposal) or "")
        entries = {code: table.entries[code] for code in proposal.texts if code in table.entries} if table else {}
        name = f"codes-{len(edited.draft.codes) + 1}"
        edited.draft.codes[name] = dict(sorted((entries | own).items()))
        proposal.codes, decided = name, True
    if held and decided and row.doubt is not None:
        row.group.unsure = [one for one in row.group.unsure if one is not row.doubt]
        row.group.proposals.append(row.doubt)
        row.bound, row.doubt = row.doubt, None
        row.bound.chosen = True
    elif row.bound is not None and decided:
        row.bound.chosen = True
    elif row.bound is not None and not decided and row.bound.chosen and ambiguous_notations(row.bound):
        home = next(group for group, _parent in edited.groups.values() if row.bound in group.proposals)
        home.proposals = [one for one in home.proposals if one is not row.bound]
        home.unsure.append(row.bound)
        row.bound, row.doubt = None, row.bound
