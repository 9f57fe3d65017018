"""Read one element, with everything below it, into cells: every source value ends up somewhere.

A source value is an element whose own text (its text nodes joined, children's text not included) is not blank, or a
non-blank attribute; `xsi:*` does not count. Blank means only space, of XML or of Unicode (`oddtext.BLANK`).
"""

from collections.abc import Callable, Iterator
from typing import Any

from dod2oso.base.texts import Text
from dod2oso.findings.model import Finding
from dod2oso.findings.shape import shape
from dod2oso.source.bind import FieldReader, Joined, LayoutNode, text_at
from dod2oso.source.normalise import Decided, Noted, Unreadable
from dod2oso.source.oddtext import BLANK, is_blank, is_plain, look_at
from dod2oso.source.record import (
    DROPPED,
    REFUSED,
    Cell,
    CellSource,
    Group,
    LegacyDossier,
    PieceCell,
    SlotGroup,
    SplitCell,
)

MAX_UNKNOWN_PATHS = 200  # per record; an export with more kinds of unknown elements than this is told so in one line
OTHER_PATHS = "(andere onbekende paden)"
TWICE, BROKEN, CONTRADICTED = "veld-dubbel", "tekst-onderbroken", "constante-tegenstrijdig"
UNSPLIT, NOT_CHOSEN = "splitsing-past-niet", "buiten-voorwaarde"
USED = "besluit-toegepast"  # its cause: the id of the decision
# Elements that programs for texts leave in a value: what they hold belongs to the text around them.
_MARKUP = frozenset({"a", "b", "br", "em", "font", "i", "p", "small", "span", "strong", "sub", "sup", "u"})
_XSI = "{http://www.w3.org/2001/XMLSchema-instance}"


RowKey = tuple[str, tuple[str, ...]]  # table, and the parts of the key


class Rows:
    """Rows of tables outside the records (such as groups), by table and key; a key that two rows have is nobody's."""

    __slots__ = ("_found", "_refers", "_shared")

    def __init__(self) -> None:
        self._found: dict[RowKey, Group] = {}
        self._shared: set[RowKey] = set()
        self._refers: dict[RowKey, tuple[RowKey, ...]] = {}

    def __reduce__(self) -> "tuple[Any, ...]":
        return _rows, (self._found, self._shared, self._refers)  # as the classes of record.py do

    def add(self, table: str, key: tuple[str, ...], row: Group, refers: tuple[RowKey, ...] = ()) -> None:
        """Keep a row, and which rows of other tables it names; the same one twice is one."""
        there = self._found.setdefault((table, key), row)
        self._refers.setdefault((table, key), refers)
        if values_in(there) != values_in(row):
            self._shared.add((table, key))

    def find(self, table: str, key: tuple[str, ...]) -> Group | None:
        """A row, with its fields by their short names; None when there is no such row."""
        return self._found.get((table, key))

    def is_shared(self, table: str, key: tuple[str, ...]) -> bool:
        """Whether different rows have this key."""
        return (table, key) in self._shared

    def refers(self, table: str, key: tuple[str, ...]) -> tuple[RowKey, ...]:
        """The rows of other tables that a row names."""
        return self._refers.get((table, key), ())


def _rows(found: dict[RowKey, Group], shared: set[RowKey], refers: dict[RowKey, tuple[RowKey, ...]]) -> Rows:
    rows = Rows()
    rows._found, rows._shared, rows._refers = found, shared, refers
    return rows


def values_in(group: Group) -> Any:
    """What a group says, with all below it, so that two can be compared."""
    below = {name: [values_in(item) for item in items] for name, items in group.lists.items()}
    return {name: cell.value for name, cell in group.fields.items()}, below


def own_text(element: Any) -> str:
    """The element's own text nodes, joined."""
    text = element.text or ""
    for child in element:
        if child.tail is not None:
            text += child.tail
    return text


def _in_pieces(element: Any) -> bool:
    """Whether elements stand between parts of the text: put together it would say something else."""
    pieces = [element.text, *(child.tail for child in element)]
    return sum(1 for piece in pieces if piece is not None and not is_blank(piece)) > 1


class Walker:
    """Reads elements into one legacy dossier (or, for the export's shared part, into a pseudo dossier).

    `met_odd` afterwards: there were texts with elements in them, or of nothing but other space than that of XML.
    `finish()` when all is read.
    """

    __slots__ = ("_waiting", "dossier", "met_odd", "rows")

    def __init__(self, dossier: LegacyDossier, rows: Rows) -> None:
        self.dossier = dossier
        self.rows = rows
        self.met_odd = False
        self._waiting: dict[tuple[int, int], tuple[Joined, Group, list[PieceCell]]] = {}

    def finish(self) -> None:
        """Put together the values that stood in several places."""
        for joined, group, pieces in self._waiting.values():
            self._put_together(joined, group, pieces)
        self._waiting.clear()

    def _value(self, text: str) -> str:
        """The text without space around it; "" when it is no value."""
        value = text.strip(BLANK)
        if not value and not text.isascii():
            self.met_odd = True
        return value

    def _own(self, element: Any) -> str:
        """The own text of an element, without space around it; "" when it is no value."""
        value = self._value(own_text(element))
        if value and len(element):
            self.met_odd = True
        return value

    def read(self, element: Any, node: LayoutNode, group: Group) -> None:
        """Read `element`, which is laid out as `node`, into `group`."""
        if node.ignored is not None:
            self._ignore(element, node.path, node.ignored)
            return
        attributes = element.items()  # not `attrib`: that makes an object of its own for every element
        if attributes:
            self._attributes(attributes, node, group)
        mixed = ""
        broken = False
        children = node.children
        fields = group.fields
        cells = self.dossier.cells
        for child in element:
            inner = children.get(child.tag)
            if inner is None:
                broken = broken or _local(child.tag).lower() in _MARKUP
                self._unread(child, node.path)
            elif inner.simple and not len(child) and not child.keys():
                text = child.text
                if text is not None:
                    value = text.strip(BLANK)
                    if not value:
                        self._value(text)
                    else:
                        reading = inner.text
                        if reading is None:
                            self._count_unread(inner.path)
                        else:
                            if not reading.plain:
                                normal = reading.known.get(value)
                            else:
                                normal = value if is_plain(value, lines=reading.form.lines) else None
                            unclear = group.doubled or group.unreadable
                            if normal is None or reading.key in fields or unclear:
                                self._cell(value, reading, group)
                            else:  # the common case, without a call
                                fields[reading.key] = cell = Cell(normal, reading.bound)
                                cells.append(cell)
            elif inner.list_name is not None:
                self._item(child, inner, inner.list_name, group)
            elif inner.table is not None:
                self._row(child, inner, inner.table)
            elif not inner.record:
                self.read(child, inner, group)
            tail = child.tail
            if tail is not None:
                mixed += tail
        text = (element.text or "") + mixed
        if text.isascii() and text.isspace():  # most elements with others in them have line ends
            text = ""
        elif text:
            text = self._value(text)
        if text:
            if mixed:
                self.met_odd = True
            if node.text is not None:
                if broken or (mixed and _in_pieces(element)):
                    self._refuse(node.text, _item_of(group, node.text), BROKEN)
                else:
                    self._cell(text, node.text, group)
            else:
                self._count_unread(node.path)
        if node.refers and node.table is None:
            for table, key in _keys(element, node):
                self._add_row(table, key, group, node.path)

    def _item(self, element: Any, node: LayoutNode, name: str, group: Group) -> None:
        """One item of a repeating group, or (with `starts`) a row of children in which items follow each other."""
        if not all(condition.holds(element) for condition in node.only):
            self._ignore(element, node.path, NOT_CHOSEN)
            return
        items = group.lists.setdefault(name, [])
        if node.starts is None:
            items.append(Group())
            self.read(element, node, items[-1])
            for constant in node.constants:
                settle_constant(self.dossier, items[-1], *constant)
            return
        if self._own(element):
            self._count_unread(node.path)
        self._attributes(element.items(), node, group)
        for child in element:
            if child.tag == node.starts or not items:
                items.append(Group())
            inner = node.children.get(child.tag)
            if inner is None:
                self._unread(child, node.path)
            elif inner.list_name is not None:
                self._item(child, inner, inner.list_name, items[-1])
            else:
                self.read(child, inner, items[-1])

    def _attributes(self, attributes: list[tuple[str, str]], node: LayoutNode, group: Group) -> None:
        readings, fields = node.attributes, group.fields
        for name, raw in attributes:
            value = self._value(raw)
            if not value:
                continue
            reading = readings.get(name)
            if reading is not None:
                plain = reading.plain and reading.key not in fields and not (group.doubled or group.unreadable)
                if plain and reading.bound.field and is_plain(value):
                    fields[reading.key] = cell = Cell(value, reading.bound)
                    self.dossier.cells.append(cell)
                elif reading.bound.field:
                    self._cell(value, reading, group)
                else:  # ignored by the profile; the key is the reason
                    key = (reading.bound.place, reading.key)
                    self.dossier.ignored[key] = self.dossier.ignored.get(key, 0) + 1
            elif not name.startswith(_XSI):
                self._count_unread(f"{node.path}/@{_local(name)}")

    def _cell(self, text: str, reading: FieldReader, group: Group) -> None:
        bound, key, normalise = reading.bound, reading.key, reading.normalise
        if reading.slots:
            group = _item_of(group, reading)
        if reading.split is not None:
            self._split(text, reading, group)
            return
        if reading.joined is not None:
            self._wait(text, reading, reading.joined, group)
            return
        dossier, fields, form = self.dossier, group.fields, reading.form
        told: tuple[str, ...] = ()
        if not is_plain(text, lines=form.lines) and text not in form.means:
            look = look_at(text, lines=form.lines)
            refused = look.refused or form.objection(look)
            if refused:
                self._refuse(reading, group, refused, shape(look.text))
                return
            text, told = look.text, form.told(look)
        value = reading.known.get(text)
        if value is not None:
            cell = Cell(value, bound)
        elif normalise is None:
            cell = Cell(text, bound)
        else:
            try:
                normal = normalise(text)
            except Unreadable as problem:
                self._refuse(reading, group, problem.code, shape(text), problem.cause)
                return
            if isinstance(normal, Noted):
                cell, told = Cell(str(normal), reading.losing), (*told, normal.code)
            elif isinstance(normal, Decided):
                cell = Cell(str(normal), reading.decided(normal.id))
                dossier.findings.append(Finding(USED, bound.field, cause=normal.id, place=bound.place))
            else:
                cell = Cell(normal, reading.lossy.get(text, bound))
                reading.remember(text, normal)
        dossier.cells.append(cell)
        for code in told:
            dossier.findings.append(Finding(code, bound.field, place=bound.place, shape=shape(text)))
        if key in group.doubled:
            cell.settle(REFUSED, TWICE)
            return
        if key in fields:
            known = self._twice(fields[key], cell, reading)
            if known is None:
                del fields[key]
                group.doubled += (key,)
                return
            cell = known
        if reading.in_doubt is not None and key in group.unreadable and cell.value != reading.in_doubt:
            cell.settle(REFUSED, TWICE)  # what could not be read may have said the opposite
            fields.pop(key, None)
            return
        fields[key] = cell
        if reading.join is not None:
            self._join(cell, reading.join, group)

    def _clear(self, text: str, reading: FieldReader, group: Group) -> str | None:
        """A text of which something is made before it is read, in its plain form; None when it is refused."""
        if is_plain(text):
            return text
        look = look_at(text, lines=True)
        if look.refused:
            self._refuse(reading, group, look.refused, shape(look.text))
            return None
        bound = reading.bound
        self.dossier.findings += [
            Finding(code, bound.field, place=bound.place, shape=shape(look.text)) for code in look.told
        ]
        return look.text

    def _split(self, text: str, reading: FieldReader, group: Group) -> None:
        """A value in which several fields stand; one that is not written as its rule says is refused for all."""
        clear = self._clear(text, reading, group)
        if clear is None or reading.split is None:
            return
        pieces = reading.split(clear)
        if not pieces:
            self._refuse(reading, group, UNSPLIT, shape(clear))
            group.unreadable += tuple(part.key for _name, part in reading.parts[1:])
            return
        cells = self.dossier.cells
        start = len(cells)
        for name, part in reading.parts:
            if name in pieces:
                self._cell(pieces[name], part, group)
        made = cells[start:]
        if len(made) > 1:
            cells[start:] = [SplitCell(clear, made)]

    def _wait(self, text: str, reading: FieldReader, joined: Joined, group: Group) -> None:
        """One of several values that are a value together: those are read when all of them are known."""
        clear = self._clear(text, reading, group)
        if clear is not None:
            piece = PieceCell(clear, reading.bound)
            self.dossier.cells.append(piece)
            self._waiting.setdefault((id(group), id(joined.reading)), (joined, group, []))[2].append(piece)

    def _put_together(self, joined: Joined, group: Group, pieces: list[PieceCell]) -> None:
        reading, cells = joined.reading, self.dossier.cells
        pieces.sort(key=lambda piece: piece.bound.rank)
        if len({piece.bound.rank for piece in pieces}) < len(pieces):  # which belongs with which is not said
            for piece in pieces:
                piece.settle(REFUSED, TWICE)
            self.dossier.findings.append(Finding(TWICE, reading.bound.field, place=reading.bound.place))
            group.doubled += (reading.key,)
            return
        start = len(cells)
        self._cell(joined.between.join(piece.value for piece in pieces), reading, group)
        for cell in cells[start:]:
            for piece in pieces:
                piece.owner = cell
        del cells[start:]

    def _refuse(self, reading: FieldReader, group: Group, code: str, shape: str = "", cause: str = "") -> None:
        """A value that cannot be read: it is accounted for, and told with its place and shape."""
        bound = reading.bound
        cell = Cell("", bound)
        cell.settle(REFUSED, code)
        self.dossier.cells.append(cell)
        group.unreadable += (reading.key,)
        if reading.in_doubt is not None:
            self._doubt(reading, group)
        self.dossier.findings.append(Finding(code, bound.field, cause=cause, place=bound.place, shape=shape))

    def _doubt(self, reading: FieldReader, group: Group) -> None:
        """What is known of a flag beside a value that could not be read: only what is safe stays."""
        known = group.fields.get(reading.key)
        if known is not None and known.value != reading.in_doubt:
            known.settle(REFUSED, TWICE)
            del group.fields[reading.key]

    def _twice(self, present: Cell, new: Cell, reading: FieldReader) -> Cell | None:
        """Which of two values for one field counts; None when that cannot be said.

        The same value twice is one value; the place of lower rank goes before. Of two others none counts, whatever
        their order, except the one that the dictionary chooses in case of doubt.
        """
        keep, lose = (new, present) if new.bound.rank < present.bound.rank else (present, new)
        safe = reading.in_doubt
        if keep.value == lose.value:
            lose.settle(DROPPED, "andere-bron")
            return keep
        if safe is not None and safe in (keep.value, lose.value):
            keep, lose = (keep, lose) if keep.value == safe else (lose, keep)
        elif keep.bound.rank != lose.bound.rank:
            lose.settle(DROPPED, "andere-bron")
            return keep
        lose.settle(REFUSED, TWICE)
        self.dossier.findings.append(Finding(TWICE, lose.bound.field, place=lose.bound.place))
        if safe is not None:
            return keep
        keep.settle(REFUSED, TWICE)
        return None

    def _join(self, cell: Cell, table: str, group: Group) -> None:
        self._add_row(table, (cell.value,), group, cell.bound.place, cell.bound.field)

    def _add_row(self, table: str, key: tuple[str, ...], group: Group, place: str | Text, field: str = "") -> None:
        """Give a group what a row of a table says, and the rows that this one names."""
        waiting, met = [(table, key)], set()
        while waiting:
            one = waiting.pop(0)
            row = self.rows.find(*one)
            if row is None or self.rows.is_shared(*one):
                code = "verwijzing-onbekend" if row is None else "sleutel-dubbel"
                self.dossier.findings.append(Finding(code, field or str(place), cause=one[0], place=place))
                continue
            for name, shared in row.fields.items():
                group.fields.setdefault(name, shared)
            for name, items in row.lists.items():
                group.lists.setdefault(name, []).extend(item.deep_copy() for item in items)
            group.unreadable += row.unreadable
            group.doubled += row.doubled
            met.add(one)
            waiting += [other for other in self.rows.refers(*one) if other not in met]

    def _row(self, element: Any, node: LayoutNode, table: tuple[str, tuple[str, ...]]) -> None:
        """A row of a table: its fields become shared cells, found by its key."""
        row = Group()
        self.read(element, node, row)
        name, paths = table
        key = tuple(text_at(element, path) for path in paths)
        if any(key):
            self.rows.add(name, key, row, tuple(_keys(element, node)))

    def _unread(self, element: Any, parent_path: str) -> None:
        """An element that the profile does not know: it and all below it, however deep, is unmapped."""
        unread_below(self.dossier, element, parent_path, self._own, self._value)

    def _ignore(self, element: Any, path: str, reason: str) -> None:
        n = 0
        for inner in element.iter():
            n += bool(self._own(inner))
            n += sum(1 for k, v in inner.attrib.items() if self._value(v) and not k.startswith(_XSI))
        if n:
            key = (path, reason)
            self.dossier.ignored[key] = self.dossier.ignored.get(key, 0) + n

    def _count_unread(self, path: str) -> None:
        count_unread(self.dossier, path)


def settle_constant(dossier: LegacyDossier, group: Group, name: str, value: str, source: CellSource) -> None:
    """What a profile says of every group; where the export says something else, neither is believed."""
    present = group.fields.get(name)
    if present is None:
        if not group.unclear(name):
            group.fields[name] = Cell(value, source)
    elif present.value != value:
        present.settle(REFUSED, CONTRADICTED)
        del group.fields[name]
        group.doubled += (name,)
        dossier.findings.append(Finding(CONTRADICTED, source.field, place=present.bound.place))


def _keys(element: Any, node: LayoutNode) -> Iterator[RowKey]:
    """The rows that an element names."""
    for reference in node.refers:
        key = tuple(text_at(element, path) for path in reference.key)
        if any(key):
            yield reference.table, key


def _item_of(group: Group, reading: FieldReader) -> Group:
    """The item, made of columns, to which a value belongs; it comes into being with its first value."""
    for slot in reading.slots:
        items = group.lists.setdefault(slot.list_name, [])
        found = next((item for item in items if isinstance(item, SlotGroup) and item.number == slot.number), None)
        if found is None:
            found = SlotGroup(slot.number)
            for key, value, source in slot.constants:
                found.fields[key] = Cell(value, source)
            later = (n for n, item in enumerate(items) if isinstance(item, SlotGroup) and item.number > slot.number)
            items.insert(next(later, len(items)), found)
        group = found
    return group


def unread_below(
    dossier: LegacyDossier,
    element: Any,
    above: str,
    own: Callable[[Any], str] = lambda element: own_text(element).strip(BLANK),
    said: Callable[[str], str] = lambda text: text.strip(BLANK),
) -> None:
    """Count every value in an element and below it as one that nobody reads.

    `own`: the text of an element, `said`: that of an attribute, both "" when that is no value.
    """
    waiting = [(element, above)]
    while waiting:
        inner, above = waiting.pop()
        name = _local(inner.tag)
        path = f"{above}/{name}" if above else name
        if own(inner):
            count_unread(dossier, path)
        for attribute, value in inner.attrib.items():
            if said(value) and not attribute.startswith(_XSI):
                count_unread(dossier, f"{path}/@{_local(attribute)}")
        waiting.extend((child, path) for child in reversed(inner))


def count_unread(dossier: LegacyDossier, path: str) -> None:
    """One more value at a path that the profile does not know."""
    if len(dossier.unread) >= MAX_UNKNOWN_PATHS and path not in dossier.unread:
        path = OTHER_PATHS
    dossier.unread[path] = dossier.unread.get(path, 0) + 1


def _local(tag: str) -> str:
    return tag.rpartition("}")[2]
