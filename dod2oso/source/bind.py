"""Compile a source profile into a tree of elements, so that a record is read in one walk."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

from dod2oso.base.errors import ConfigurationError
from dod2oso.base.yaml import YamlFile
from dod2oso.source.codes import CodeTable
from dod2oso.source.dictionary import Dictionary, DictionaryField, load_dictionary, parse_name
from dod2oso.source.normalise import Normaliser, normaliser, pgn
from dod2oso.source.oddtext import MOMENT, NO_TEXT, NOT_APPLICABLE, NUMBER, NUMBER_CELL, Look, bare
from dod2oso.source.profile import (
    Binding,
    ColumnItem,
    ListBinding,
    LoadedProfile,
    LooseFiles,
    Only,
    Profile,
    Split,
    TableBinding,
    Text,
)
from dod2oso.source.record import CellSource, LegacyDossier
from dod2oso.source.splitters import Splitter
from dod2oso.source.tabular.table import xml_name

_NOT_THE_PUPILS = ("export.", "school.")  # also where every record repeats them
_REMEMBERED = 4096  # a bound on the texts one reading remembers


class FieldDecides(Protocol):
    """What people decided about the values of one field (source/decisions.py)."""

    @property
    def values(self) -> frozenset[str]: ...
    def reading(self, normalise: Normaliser | None, allowed: frozenset[str]) -> Normaliser: ...


class Decides(Protocol):
    """What people decided (source/decisions.py), as a profile is read with it."""

    def of_field(self, profile: str, name: str) -> FieldDecides | None: ...
    def complete(self, record: LegacyDossier, profile: str) -> None: ...


class _Undecided:
    def of_field(self, _profile: str, _name: str) -> None:
        return None

    def complete(self, _record: LegacyDossier, _profile: str) -> None:
        pass


UNDECIDED: Decides = _Undecided()
DECIDABLE = ("code", "boolean")  # types of fields whose values are words of a closed list


class Form(NamedTuple):
    """What a field's values may look like, as far as that decides about odd ones (see oddtext).

    `lines`: they may have line ends. `means`: texts that mean something here, though elsewhere they say "no value".
    `takes`: the kinds of typed cells that are right here; of others `spoils` are no value, and the rest is told.
    """

    lines: bool = True
    means: frozenset[str] = frozenset()
    takes: str = ""
    spoils: str = MOMENT

    def objection(self, look: Look) -> str:
        """Why a typed cell cannot be a value of this field; "" when it can."""
        if not look.kind or look.kind in self.takes or look.kind not in self.spoils:
            return ""
        return NO_TEXT if look.kind == MOMENT else NUMBER_CELL

    def told(self, look: Look) -> tuple[str, ...]:
        """What has to be told of a value that is taken."""
        if look.kind and look.kind not in self.takes:
            return (*look.told, NUMBER_CELL)
        return look.told


ANY_FORM = Form()

# Texts of these kinds lose something when a spreadsheet makes a number of them: a zero or plus in front, letters.
_NO_NUMBERS = frozenset({"phone", "brin", "iban", "postcode"})
# Texts that are numbers and nothing else, without zeros in front.
PLAIN_NUMBERS = frozenset(
    {"school.vestiging", *(f"{whose}adressen[].nummer" for whose in ("leerling.", "school.", "verzorgers[]."))}
)
_ONE_LINE = frozenset({"identity", "contact", "technical"})


def _form(name: str, field: DictionaryField, binding: Binding, text: Text, codes: Callable[[str], CodeTable]) -> Form:
    if field.type == "text":
        kinds = field.looks_like.kinds if field.looks_like is not None else ()
        one_line = field.sensitivity in _ONE_LINE or parse_name(name).leaf.rpartition(".")[2] == "naam"
        takes = NUMBER if name in PLAIN_NUMBERS else ""
        return Form(not one_line, takes=takes, spoils=MOMENT + NUMBER if _NO_NUMBERS & set(kinds) else MOMENT)
    if field.type == "attachment":
        return Form()
    means: frozenset[str] = frozenset()
    if binding.codes is not None:
        means = frozenset(codes(binding.codes).entries)
    elif field.type == "boolean":
        means = frozenset((*(binding.true or text.true), *(binding.false or text.false)))
    elif field.type == "code":
        means = NOT_APPLICABLE
    return Form(lines=False, means=means, takes=NUMBER + MOMENT if field.type in ("date", "datetime") else NUMBER)


class Slot:
    """One item of a list that is made of columns; `constants` are name, value and source of what its columns say."""

    __slots__ = ("constants", "list_name", "number")

    def __init__(self, list_name: str, number: int, constants: tuple[tuple[str, str, CellSource], ...]) -> None:
        self.list_name = list_name
        self.number = number
        self.constants = constants


class FieldReader:
    """How one value is read: into which short name, normalised how, joined to which table.

    `lossy`: for the codes that lose something by their translation, where those cells come from; `losing`: the same for
    any other value that does. `in_doubt`: see the dictionary. `slots`: the items made of columns in which the value
    belongs, the outermost first. `split`: takes the value apart, into `parts` (its names for them, and how each is
    read). `joined`: how the values of several places, of which this is one, are read together. `known`:
    texts that were read before, without loss, and what they became.
    """

    __slots__ = (
        "_decided",
        "bound",
        "form",
        "in_doubt",
        "join",
        "joined",
        "key",
        "known",
        "losing",
        "lossy",
        "normalise",
        "parts",
        "plain",
        "remembers",
        "slots",
        "split",
    )

    def __init__(
        self,
        key: str,
        bound: CellSource,
        normalise: Normaliser | None,
        join: str | None,
        lossy: dict[str, CellSource] | None = None,
        in_doubt: str | None = None,
        form: Form = ANY_FORM,
        losing: CellSource | None = None,
        slots: tuple[Slot, ...] = (),
        split: Splitter | None = None,
        parts: "tuple[tuple[str, FieldReader], ...]" = (),
        joined: "Joined | None" = None,
    ) -> None:
        self.key = key
        self.slots = slots
        self.split = split
        self.parts = parts
        self.joined = joined
        self.in_doubt = in_doubt
        self.form = form
        self.losing = losing or bound
        self.bound = bound
        self.normalise = normalise
        self.join = join
        self.lossy = lossy or {}
        self.plain = normalise is None and join is None and not slots and split is None and joined is None
        self.known: dict[str, str] = {}
        self._decided: dict[str, CellSource] = {}  # by decision
        # A number of a person comes once, and has no business in memory after that.
        self.remembers = normalise is not None and normalise is not pgn and join is None and not slots
        self.remembers = self.remembers and joined is None

    def decided(self, decision: str) -> CellSource:
        """Where a value comes from of which a person said what it means."""
        source = self._decided.get(decision)
        if source is None:
            bound = self.bound
            source = CellSource(bound.field, bound.place, bound.rank, shared=bound.shared, decided=decision)
            self._decided[decision] = source
        return source

    def remember(self, text: str, value: str) -> None:
        """From now on `text` is read as `value` without normalising it again."""
        if self.remembers and len(self.known) < _REMEMBERED and text not in self.lossy:
            self.known[text] = value


class Joined(NamedTuple):
    """How values of several places that are one value together are read, and what stands between them."""

    between: str
    reading: FieldReader


class Reference(NamedTuple):
    """An element names a row of a table: the paths below it at which the parts of the key stand."""

    table: str
    key: tuple[str, ...]


class Condition(NamedTuple):
    """What must stand at a path below an element for it to be read; None: nothing may stand there."""

    path: str
    accepted: frozenset[str | None]

    def holds(self, element: Any) -> bool:
        return (text_at(element, self.path) or None) in self.accepted


def text_at(element: Any, path: str) -> str:
    """The text at a path as lxml writes it, `@name` at its end for an attribute; "" when there is none."""
    above, is_attribute, name = path.rpartition("@")
    if is_attribute:
        inner = element.find(above.rstrip("/")) if above else element
        text = None if inner is None else inner.get(name)
    else:
        text = element.text if path == "." else element.findtext(path)
    return bare(text or "")


@dataclass(frozen=True, slots=True)
class BoundGather:
    """See profile.Gather. `lists`: the way from the record to the items. `sources`: of what moved, its new places."""

    lists: tuple[str, ...]
    by: tuple[str, ...]
    parts: str | None
    moves: frozenset[str]
    sources: dict[CellSource, CellSource]

    def moved(self, source: CellSource) -> CellSource:
        """Where a cell comes from that is no longer a field of the whole, but of a part."""
        found = self.sources.get(source)
        if found is None:
            whole = "[].".join(self.lists) + "[]."
            field = f"{whole}{self.parts}[].{source.field.removeprefix(whole)}"
            found = CellSource(
                field, source.place, source.rank, shared=source.shared, lossy=source.lossy, supplied=source.supplied,
                decided=source.decided,
            )  # fmt: skip
            self.sources[source] = found
        return found


class LayoutNode:
    """One element of the layout: what its text, attributes and children mean. `path` is for messages."""

    __slots__ = (
        "attributes",
        "children",
        "constants",
        "ignored",
        "list_name",
        "only",
        "path",
        "record",
        "refers",
        "simple",
        "starts",
        "table",
        "text",
    )

    def __init__(self, path: str) -> None:
        self.path = path
        self.text: FieldReader | None = None
        self.attributes: dict[str, FieldReader] = {}
        self.children: dict[str, LayoutNode] = {}
        self.ignored: str | None = None  # reason: this element and all below it
        self.list_name: str | None = None  # each such element is a new group of this list
        self.constants: tuple[tuple[str, str, CellSource], ...] = ()  # name, value and source of a cell of every item
        self.starts: str | None = None  # or each child with this tag begins one
        self.only: tuple[Condition, ...] = ()  # items of which these do not hold are left out
        self.refers: tuple[Reference, ...] = ()  # rows of tables that belong to this element
        self.table: tuple[str, tuple[str, ...]] | None = (
            None  # each such element is a row of this table (name, key paths)
        )
        self.record = False  # a record: read apart, so skipped here
        self.simple = False  # only text is expected: no children, attributes or list

    def child(self, tag: str, name: str) -> "LayoutNode":
        if tag not in self.children:
            self.children[tag] = LayoutNode(f"{self.path}/{name}" if self.path else name)
        return self.children[tag]


@dataclass(frozen=True, slots=True)
class BoundLooseFiles:
    """Where attachments from beside the data go (see profile.LooseFiles), with paths as lxml reads them.

    `key`: the path below `at` (or, with a `pattern`, below the record) at which the reference stands.
    """

    at: str
    path: str  # as the profile writes `at`, for messages
    key: str
    content: str
    file_name: str
    pattern: str | None

    def reference(self, element: Any) -> str:
        """The text at `key`; "" when there is none."""
        path, is_attribute, name = self.key.rpartition("@")
        if not is_attribute:
            return (element.findtext(self.key) or "").strip()
        inner = element.find(path.rstrip("/")) if path else element
        return "" if inner is None else (inner.get(name) or "").strip()


class BoundProfile:
    """A compiled profile. `record` reads a record element; `outside` the rest of the export, from the root.

    `decisions`: what people decided about values that the profile cannot read, and about tests without a code.
    """

    __slots__ = (
        "alone",
        "constants",
        "decisions",
        "encoding",
        "gathers",
        "html",
        "loose_files",
        "model",
        "name",
        "only",
        "outside",
        "record",
        "record_path",
        "record_tag",
        "wrappers",
    )

    def __init__(self, profile: LoadedProfile, dictionary: Dictionary, decisions: Decides = UNDECIDED) -> None:
        self.model = profile.model
        self.decisions = decisions
        compiler = _Compiler(profile, dictionary, decisions)
        self.name = profile.name
        self.encoding = profile.model.text.encoding
        self.html = profile.model.text.html
        self.loose_files = tuple(compiler.loose_files(item) for item in profile.model.attachments)
        self.record_path = tuple(compiler.tag(step) for step in profile.model.records.split("/"))
        self.record_tag = self.record_path[-1]
        self.alone = profile.model.alone
        self.wrappers = frozenset(map(compiler.tag, profile.model.match.within))
        self.record = compiler.record()
        self.constants = compiler.record_constants()
        self.gathers = tuple(compiler.gathers)
        self.only = compiler.conditions(profile.model.only)
        self.outside = compiler.outside()

    def __reduce__(self) -> tuple[Any, ...]:
        """Another process compiles the profile again: its functions cannot travel."""
        return _bind_again, (self.model, self.decisions)


def _bind_again(model: Profile, decisions: Decides) -> BoundProfile:
    return BoundProfile(LoadedProfile(model, YamlFile(model.profile, None, {})), load_dictionary(), decisions)


class _Compiler:
    def __init__(self, profile: LoadedProfile, dictionary: Dictionary, decisions: Decides) -> None:
        self.profile = profile
        self.decisions = decisions
        self.model = profile.model
        self.dictionary = dictionary
        self.shared = False
        self.gathers: list[BoundGather] = []

    def path(self, path: str) -> str:
        """A path as lxml reads it."""
        return "/".join(
            step if step in (".", "..") or step.startswith("@") else self.tag(step) for step in path.split("/")
        )

    def conditions(self, only: Only) -> tuple[Condition, ...]:
        return tuple(Condition(self.path(path), frozenset(accepted)) for path, accepted in only.items())

    def tag(self, step: str) -> str:
        """A path step as lxml names it; columns get XML names.

        An element has the namespace of its prefix, and without one that of the root.
        """
        if self.model.format != "xml":
            return xml_name(step)
        prefix, colon, name = step.rpartition(":")
        if colon:
            if prefix not in self.model.namespaces:
                file = self.profile.file.name
                raise ConfigurationError("profile-prefix-unknown", name=file, path=step, prefix=prefix)
            return f"{{{self.model.namespaces[prefix]}}}{name}"
        namespace = self.model.match.namespace
        return f"{{{namespace}}}{step}" if namespace else step

    def record(self) -> LayoutNode:
        self.shared = False
        root = LayoutNode(self.model.records.rsplit("/", 1)[-1])
        self._fields(root, "", self.model.fields)
        self._splits(root, "", self.model.splits)
        self._lists(root, "", self.model.lists)
        self._items(root, "", self.model.items)
        self._refers(root, self.model.refer)
        self._key(root, tuple(self.model.only))
        prefix = self.model.records + "/"
        for item in self.model.ignored:
            if item.at.startswith(prefix):
                self._ignore(root, item.at.removeprefix(prefix), item.reason)
        self._keys(root)
        return _finish(root)

    def record_constants(self) -> tuple[tuple[str, str, CellSource], ...]:
        """What holds for every record and stands nowhere in the export."""
        return self._constants("", self.model.constants, "")

    def _keys(self, root: LayoutNode) -> None:
        """Columns that only tie rows together, and references to loose files, when the profile does not read them."""
        nodes = {self.tag(self.model.records.rsplit("/", 1)[-1]): root}
        for name, nested in self.model.nested.items():
            parent = nodes[self.tag(nested.in_)] if nested.in_ is not None else root
            nodes[self.tag(name)] = child = parent.child(self.tag(name), name)
            for own, above in zip(*nested.columns, strict=True):
                _ignore_unread(child, self.tag(own), own)
                _ignore_unread(parent, self.tag(above), above)
        for loose in self.model.attachments:
            if loose.file is not None and not loose.file.startswith("@"):
                item, _ = self._locate(root, loose.at)
                steps = loose.file.split("/")
                _ignore_unread(self._locate(item, "/".join(steps[:-1]) or ".")[0], self.tag(steps[-1]), steps[-1])

    def outside(self) -> LayoutNode:
        self.shared = True
        root = LayoutNode("")
        self._fields(root, "", self.model.shared)
        self._lists(root, "", self.model.shared_lists)
        for name, table in self.model.tables.items():
            self._table(root, name, table)
        prefix = self.model.records + "/"
        for item in self.model.ignored:
            if not item.at.startswith(prefix):
                self._ignore(root, item.at, item.reason)
        for path in (self.model.records, self.model.records.rsplit("/", 1)[-1])[: 1 + self.model.alone]:
            record, _ = self._locate(root, path)
            record.record = True
        return _finish(root)

    def loose_files(self, item: LooseFiles) -> BoundLooseFiles:
        """Checked when the profile was loaded: either `file`, or `by` and `name`."""
        pattern = None
        if item.name is not None:
            parts = (re.escape(part).replace(r"\*", ".*") for part in item.name.split("{}"))
            pattern = r"([^\W_]+)".join(parts)
        return BoundLooseFiles(
            at="/".join(map(self.tag, item.at.split("/"))),
            path=item.at,
            key="/".join(
                step if step.startswith("@") else self.tag(step) for step in (item.by or item.file or "").split("/")
            ),
            content=self.tag(item.as_),
            file_name=self.tag("naam"),
            pattern=pattern,
        )

    def _table(self, root: LayoutNode, name: str, table: TableBinding) -> None:
        node, attribute = self._locate(root, table.at)
        if attribute is not None:
            raise self._wrong(table.at)
        node.table = (name, tuple(map(self.path, table.key)))
        if table.into is None:
            self._fields(node, "", {f"{name}.{field}": binding for field, binding in table.fields.items()})
        else:
            # Its fields become those of who refers to it, so whether they count as the pupil's own is for those to say.
            self.shared = False
            prefix = table.prefix(name)
            self._fields(node, prefix, table.fields)
            self._splits(node, prefix, table.splits)
            self._lists(node, prefix, table.lists)
            self._items(node, prefix, table.items)
            self._refers(node, table.refer)
            self.shared = True
        self._key(node, table.key)

    def _refers(self, node: LayoutNode, refer: dict[str, tuple[str, ...]]) -> None:
        node.refers = tuple(Reference(name, tuple(map(self.path, key))) for name, key in refer.items())
        for key in refer.values():
            self._key(node, key)

    def _key(self, node: LayoutNode, key: tuple[str, ...]) -> None:
        """What only ties things together has done its work, when it is no field as well."""
        for path in key:
            if path.startswith("../"):
                continue  # of what the row stands in, where it is read
            target, attribute = self._locate(node, path)
            if attribute is not None:
                if attribute not in target.attributes:
                    self._ignore(node, path, "sleutel")
            elif target.text is None and not target.children:
                target.ignored = target.ignored or "sleutel"

    def _lists(self, node: LayoutNode, prefix: str, lists: dict[str, ListBinding]) -> None:
        for name, binding in lists.items():
            item, attribute = self._locate(node, binding.at)
            if attribute is not None or item is node or item.list_name is not None:
                raise self._wrong(binding.at)
            item.list_name = name
            item.starts = self.tag(binding.starts) if binding.starts is not None else None
            inner = f"{prefix}{name}[]."
            item.constants = self._constants(inner, binding.constants, item.path)
            item.only = self.conditions(binding.only)
            if binding.gather is not None:
                gather, way = binding.gather, tuple(inner.removesuffix("[].").split("[]."))
                self.gathers.append(BoundGather(way, gather.by, gather.parts, frozenset(gather.moves), {}))
            self._fields(item, inner, binding.fields)
            self._splits(item, inner, binding.splits)
            self._lists(item, inner, binding.lists)
            self._items(item, inner, binding.items)
            self._refers(item, binding.refer)
            self._key(item, tuple(binding.only))

    def _items(
        self, node: LayoutNode, prefix: str, items: dict[str, tuple[ColumnItem, ...]], above: tuple[Slot, ...] = ()
    ) -> None:
        for name, made in items.items():
            inner = f"{prefix}{name}[]."
            for number, item in enumerate(made):
                slots = (*above, Slot(name, number, self._constants(inner, item.constants, node.path)))
                self._fields(node, inner, item.from_, slots)
                self._splits(node, inner, item.splits, slots)
                self._items(node, inner, item.items, slots)

    def _fields(self, node: LayoutNode, prefix: str, fields: dict[str, Binding], slots: tuple[Slot, ...] = ()) -> None:
        for key, binding in fields.items():
            joined = None
            if binding.together is not None:
                place = f"{node.path}/{'+'.join(binding.at)}"
                joined = Joined(binding.together, self._reader(prefix, key, binding, place))
            for rank, at in enumerate(binding.at):
                target, attribute = self._locate(node, at)
                place = f"{target.path}/@{attribute}" if attribute is not None else target.path
                self._put(node, at, self._reader(prefix, key, binding, place, rank, slots, joined))

    def _splits(self, node: LayoutNode, prefix: str, splits: tuple[Split, ...], slots: tuple[Slot, ...] = ()) -> None:
        for split in splits:
            target, attribute = self._locate(node, split.at)
            place = f"{target.path}/@{attribute}" if attribute is not None else target.path
            rule = self.model.splitter(split.by)
            if rule is None:  # checked when the profile was loaded
                raise self._wrong(split.at)
            parts = []
            for part in rule.parts:
                key = split.into[part]
                parts.append((part, self._reader(prefix, key, Binding(at=(split.at,)), place)))  # in the item already
            first = parts[0][1]
            whole = FieldReader(first.key, first.bound, None, None, slots=slots, split=rule.split, parts=tuple(parts))
            self._put(node, split.at, whole)

    def _put(self, node: LayoutNode, at: str, reading: FieldReader) -> None:
        """Let the value at a path below `node` be read so."""
        target, attribute = self._locate(node, at)
        if (target.text if attribute is None else target.attributes.get(attribute)) is not None:
            raise self._wrong(at)
        if attribute is None:
            target.text = reading
        else:
            target.attributes[attribute] = reading

    def _reader(
        self, prefix: str, key: str, binding: Binding, place: str, rank: int = 0, slots: tuple[Slot, ...] = (),
        joined: Joined | None = None,
    ) -> FieldReader:  # fmt: skip
        name = prefix + key
        meaning = self.dictionary[name]
        normalise = normaliser(meaning.type, binding, self.model.text, self.model.code_table)
        form = _form(name, meaning, binding, self.model.text, self.model.code_table)
        if meaning.type in DECIDABLE:
            decided = self.decisions.of_field(self.model.profile, name)
            if decided is not None:
                normalise = decided.reading(normalise, self._meanings(meaning, binding))
                form = form._replace(means=form.means | decided.values)
        shared = self.shared or name.startswith(_NOT_THE_PUPILS)
        bound = CellSource(name, place, rank, shared=shared)
        losing = CellSource(name, place, rank, shared=shared, lossy=True)
        codes = self.model.code_table(binding.codes).lossy if binding.codes is not None else ()
        lossy = dict.fromkeys(codes, losing)
        return FieldReader(
            key, bound, normalise, binding.join, lossy, meaning.in_doubt, form, losing, slots, joined=joined
        )

    def _meanings(self, meaning: DictionaryField, binding: Binding) -> frozenset[str]:
        """What a value of this binding can mean; empty when any text can be it."""
        if binding.codes is not None:
            return frozenset(self.model.code_table(binding.codes).entries.values())
        return frozenset({"true", "false"}) if meaning.type == "boolean" else frozenset()

    def _constants(self, prefix: str, constants: dict[str, str], place: str) -> tuple[tuple[str, str, CellSource], ...]:
        """What the layout says of every item of a list; ConfigurationError when that is no field of the list."""
        for key in constants:
            if prefix + key not in self.dictionary:
                raise self._wrong(f"{place}: {prefix}{key}")
        return tuple((key, value, CellSource(prefix + key, place, shared=True)) for key, value in constants.items())

    def _ignore(self, root: LayoutNode, at: str, reason: str) -> None:
        node, attribute = self._locate(root, at)
        if attribute is None:
            node.ignored = reason
        else:
            bound = CellSource("", f"{node.path}/@{attribute}")
            node.attributes[attribute] = FieldReader(reason, bound, None, None)

    def _locate(self, node: LayoutNode, path: str) -> tuple[LayoutNode, str | None]:
        steps = [] if path == "." else path.split("/")
        attribute = steps.pop()[1:] if steps and steps[-1].startswith("@") else None
        for step in steps:
            node = node.child(self.tag(step), step)
        return node, attribute

    def _wrong(self, at: str) -> ConfigurationError:
        name = self.profile.file.name
        return ConfigurationError("profile-path-impossible", name=name, path=at)


def _ignore_unread(node: LayoutNode, tag: str, name: str) -> None:
    inner = node.child(tag, name)
    if inner.text is None and not inner.children:
        inner.ignored = inner.ignored or "sleutel"


def _finish(root: LayoutNode) -> LayoutNode:
    for node in _all(root):
        special = node.list_name is not None or node.table is not None or node.record or node.ignored is not None
        node.simple = not (node.children or node.attributes or special)
    return root


def _all(node: LayoutNode) -> Iterable[LayoutNode]:
    yield node
    for child in node.children.values():
        yield from _all(child)
