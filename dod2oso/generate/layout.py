"""A source profile the other way round: from dictionary terms to the export that the profile reads.

The paths, date style, decimal mark, yes/no words and code tables all come from the profile and codes.yaml, so that what
is generated can never drift from what is read.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from xml.sax.saxutils import escape, quoteattr

from dod2oso.base.errors import ConfigurationError
from dod2oso.generate.tree import Raw, Tree
from dod2oso.source.codes import code_table
from dod2oso.source.datestyle import DATE_FORMS
from dod2oso.source.dictionary import load_dictionary
from dod2oso.source.profile import Binding, ListBinding, Profile, TableBinding, find_profile
from dod2oso.source.tabular.table import xml_name

Write = Callable[[str], str]
RECORD_MARK = "#record"  # a list in the header's tree: where the records stand

# The public schema of EDEXML wants its elements in this order; readers of the other layouts do not care.
_EDEXML_ORDER = (
    "school", "vestigingen", "groepen", "leerlingen", "schooljaar", "peildatum", "brincode", "dependancecode",
    "schoolkey", "aanmaakdatum", "auteur", "xsdversie", "commentaar", "naam", "achternaam", "voorvoegsel", "voornamen",
    "voorletters-1", "roepnaam", "geboortedatum", "geslacht", "start_ondw_jgr3", "jaargroep", "groep", "omschrijving",
    "samengestelde_groepen", "vestiging", "gebruikersnaam", "emailadres", "fotourl", "etniciteit", "land",
    "land_vader", "land_moeder", "sofinummer", "bsn", "onderwijsnummer", "bsn_ondwnr-4", "gewicht_nieuw", "gewicht",
    "postcodenl", "postcodeoverig", "instroomdatum", "uitstroomdatum", "toevoegingen", "mutatiedatum",
)  # fmt: skip
FORMATS: dict[str, tuple[str, ...]] = {
    "dod-referentie": (),
    "edexml-2.1": _EDEXML_ORDER,
    "edex2000": (),
    "xml-with-pin": (),
    "xml-attributes": (),
    "csv-bundle": (),
    "spreadsheet": (),
    "database": (),
}
BASIC = ("edexml", "edex2000")  # formats of basic administration, which know little of a pupil


class _Node:
    """One element: which value is its text, which its attributes, and what stands below it."""

    __slots__ = ("attributes", "children", "keys", "list_name", "name", "text")

    def __init__(self, name: str) -> None:
        self.name = name
        self.text: tuple[str, Write] | None = None
        self.attributes: list[tuple[str, str, Write]] = []
        self.children: dict[str, _Node] = {}
        self.list_name: str | None = None
        self.keys: frozenset[str] = frozenset()  # fields and lists of the same group, here and below

    def finish(self, order: tuple[str, ...]) -> frozenset[str]:
        """Put the children in order and note which keys are of interest below this element."""
        if order:
            rank = {name: i for i, name in enumerate(order)}
            self.children = dict(sorted(self.children.items(), key=lambda item: rank.get(item[0], len(order))))
        below = frozenset[str]().union(*(child.finish(order) for child in self.children.values()))
        own = {key for _name, key, _write in self.attributes} | ({self.text[0]} if self.text else set())
        self.keys = below | own
        return frozenset({self.list_name}) if self.list_name is not None else self.keys

    def render(self, group: Tree, indent: str, out: list[str]) -> None:
        """Add the element's lines to `out`; nothing at all when the group has no value for it."""
        if self.list_name is not None:
            for item in group.lists.get(self.list_name, ()):
                self.element(item, indent, out)
        elif not (self.keys.isdisjoint(group.fields) and self.keys.isdisjoint(group.lists)):
            self.element(group, indent, out)

    def element(self, group: Tree, indent: str, out: list[str]) -> None:
        """Add the element's lines to `out`, also when it is empty."""
        fields = group.fields
        tag = self.name
        for name, key, write in self.attributes:
            value = fields.get(key)
            if value is not None:
                tag += f" {name}={quoteattr(_written(value, write))}"
        text = ""
        if self.text is not None and self.text[0] in fields:
            text = escape(_written(fields[self.text[0]], self.text[1]))
        start = len(out)
        out.append("")  # the start tag, when it is known what stands below
        inner = indent + "  "
        for child in self.children.values():
            child.render(group, inner, out)
        if len(out) > start + 1:
            out[start] = f"{indent}<{tag}>{text}"
            out.append(f"{indent}</{self.name}>")
        else:
            out[start] = f"{indent}<{tag}>{text}</{self.name}>" if text else f"{indent}<{tag}/>"


def _written(value: str, write: Write) -> str:
    return str(value) if isinstance(value, Raw) else write(value)


@dataclass(frozen=True, slots=True)
class Layout:
    """How to write one export layout: `head`, then records, then `tail` (all text, to be encoded as UTF-8)."""

    name: str
    profile: Profile
    version: str  # what the export says about its own layout, so that it is recognised
    root: _Node
    record_node: _Node
    depth: int

    def frame(self, shared: Tree) -> tuple[str, str]:
        """What stands before and after the records; `shared` holds the header's fields, lists and tables."""
        marked = Tree(shared.fields, {**shared.lists, RECORD_MARK: [Tree()]})
        lines = ['<?xml version="1.0" encoding="UTF-8"?>']
        self.root.render(marked, "", lines)
        if self.profile.match.namespace is not None:
            tag = f"<{self.root.name}"
            lines[1] = lines[1].replace(tag, f"{tag} xmlns={quoteattr(self.profile.match.namespace)}", 1)
        mark = next(i for i, line in enumerate(lines) if line.strip() == f"<{self.record_node.name}/>")
        return "\n".join(lines[:mark]) + "\n", "\n".join(lines[mark + 1 :]) + "\n"

    def record(self, pupil: Tree) -> str:
        """One pupil's element, indented, with the line end."""
        lines: list[str] = []
        self.record_node.element(pupil, "  " * self.depth, lines)
        return "\n".join(lines) + "\n"


@lru_cache(maxsize=4)
def layout(name: str) -> Layout:
    """The layout of one of FORMATS, compiled from its source profile."""
    return layout_of(find_profile(name).model, FORMATS[name])


def layout_of(model: Profile, order: tuple[str, ...] = ()) -> Layout:
    """The layout of any source profile; `order`: the order in which elements stand."""
    record = _Node(xml_name(model.records.rsplit("/", 1)[-1]))
    builder = _Builder(model)
    builder.fields(record, "", model.fields.items())
    builder.lists(record, "", model.lists.items())
    record.finish(order)
    document = _Node("")
    builder.fields(document, "", model.shared.items())
    builder.lists(document, "", model.shared_lists.items())
    for table, binding in model.tables.items():
        builder.table(document, table, binding)
    place = _locate(document, model.records)[0]
    place.list_name = RECORD_MARK
    document.finish(order)
    version = next((value for values in model.match.values.values() for value in values if value is not None), "1")
    (root,) = document.children.values()
    return Layout(model.profile, model, version, root, record, model.records.count("/"))


class _Builder:
    """Lays the bindings of a profile out as elements."""

    def __init__(self, model: Profile) -> None:
        self.model = model
        self.dictionary = load_dictionary()

    def fields(self, node: _Node, prefix: str, bindings: Iterable[tuple[str, Binding]]) -> None:
        for key, binding in bindings:
            write = self._writer(prefix + key, binding)
            target, attribute = _locate(node, binding.at[0])
            if attribute is None:
                target.text = (key, write)
            else:
                target.attributes.append((attribute, key, write))

    def lists(self, node: _Node, prefix: str, lists: Iterable[tuple[str, ListBinding]]) -> None:
        for name, binding in lists:
            item = _locate(node, binding.at)[0]
            item.list_name = name
            self.fields(item, f"{prefix}{name}[].", binding.fields.items())
            self.lists(item, f"{prefix}{name}[].", binding.lists.items())

    def table(self, root: _Node, name: str, binding: TableBinding) -> None:
        """Rows that records refer to: a list of the header, with the key as field `sleutel`."""
        row = _locate(root, binding.at)[0]
        row.list_name = name
        self.fields(row, f"{name}.", binding.fields.items())
        key, attribute = _locate(row, binding.key[0])
        if attribute is None:
            key.text = ("sleutel", str)
        else:
            key.attributes.append((attribute, "sleutel", str))

    def _writer(self, name: str, binding: Binding) -> Write:
        """The opposite of source/normalise.py."""
        kind, text = self.dictionary[name].type, self.model.text
        if kind == "date":
            return _date_writer(binding.dates or text.dates)
        if kind == "decimal":
            mark = binding.decimal or text.decimal
            return lambda value: value.replace(".", mark)
        if kind == "boolean":
            words = {"true": text.true[0], "false": text.false[0]}
            return words.__getitem__
        if binding.codes is not None:
            return _code_writer(binding.codes)
        return str


def _locate(node: _Node, path: str) -> tuple[_Node, str | None]:
    steps = [] if path == "." else path.split("/")
    attribute = steps.pop()[1:] if steps and steps[-1].startswith("@") else None
    for step in map(xml_name, steps):
        node = node.children.setdefault(step, _Node(step))
    return node, attribute


def _date_writer(style: str) -> Write:
    form = DATE_FORMS[style]
    return lambda value: form.format(y=value[:4], m=value[5:7], d=value[8:10])


def _code_writer(name: str) -> Write:
    """Our word -> the first code in the table that means it."""
    codes: dict[str, str] = {}
    for code, word in code_table(name).entries.items():
        codes.setdefault(word, code)

    def write(word: str) -> str:
        if word not in codes:
            raise ConfigurationError("code-meaning-unknown", table=name, word=word)
        return codes[word]

    return write
