"""What a source profile reads of a surveyed layout: per path the dictionary field, or that it is ignored or unread."""

from typing import NamedTuple

from dod2oso.discover.survey.facts import ElementFacts, Survey
from dod2oso.source.bind import BoundProfile, LayoutNode
from dod2oso.source.profile import Profile
from dod2oso.source.tabular.bundle import ROOT

IGNORED = "(ignored)"


class Coverage(NamedTuple):
    """`fields`: path -> dictionary field, or IGNORED; paths that are not in it are not read. Counts are of values."""

    fields: dict[str, str]
    records: int
    read_paths: int
    paths: int
    read_values: int
    values: int


def coverage(survey: Survey, bound: BoundProfile, model: Profile) -> Coverage:
    """What the profile makes of the layout."""
    fields: dict[str, str] = {}
    top = _child(bound.outside, survey.root.name)
    if survey.tables:
        _bundle(survey.root, top, bound, model, fields)
    else:
        _walk(survey.root, top if top is not None else None, bound, fields)
    counted = [(path, values.count) for path, values, _parents in survey.root.values() if values.count]
    record = survey.root.find(model.records) or _table(survey.root, model.records)
    return Coverage(
        fields,
        record.count if record is not None else 0,
        sum(1 for path, _n in counted if path in fields),
        len(counted),
        sum(n for path, n in counted if path in fields),
        survey.total,
    )


def _child(node: LayoutNode | None, name: str) -> LayoutNode | None:
    """The node of a child element, whatever its namespace and, for tables, its case."""
    if node is None:
        return None
    for tag, child in node.children.items():
        if tag.rpartition("}")[2].lower() == name.lower():
            return child
    return None


def _walk(
    place: ElementFacts, node: LayoutNode | None, bound: BoundProfile, fields: dict[str, str], ignored: bool = False
) -> None:
    if node is not None and node.record:
        node = bound.record
    ignored = ignored or (node is not None and node.ignored is not None)
    if ignored:
        fields[place.path] = IGNORED
        fields.update(dict.fromkeys((f"{place.path}/@{name}" for name in place.attributes), IGNORED))
    elif node is not None:
        if node.text is not None:
            fields[place.path] = node.text.bound.field
        for name in place.attributes:
            reading = node.attributes.get(name)
            if reading is not None:
                fields[f"{place.path}/@{name}"] = reading.bound.field or IGNORED
    for child in place.children.values():
        _walk(child, _child(node, child.name), bound, fields, ignored)


def _bundle(
    root: ElementFacts, top: LayoutNode | None, bound: BoundProfile, model: Profile, fields: dict[str, str]
) -> None:
    """Tables: a nested one is read inside its parent, though its values stand apart."""
    record = model.records.rpartition("/")[2]
    nodes: dict[str, LayoutNode | None] = {record.lower(): bound.record}
    waiting = dict(model.nested)
    while waiting:
        ready = [name for name, nested in waiting.items() if (nested.in_ or record).lower() in nodes]
        for name in ready:
            nodes[name.lower()] = _child(nodes[(waiting.pop(name).in_ or record).lower()], name)
        if not ready:
            break
    for table in root.children.values():
        name = table.name.lower()
        _walk(table, nodes[name] if name in nodes else _child(top, table.name), bound, fields)
        nested = model.nested.get(table.name)
        if nested is not None:
            for column in nested.columns[0]:
                fields.setdefault(f"{table.path}/{column}", IGNORED)  # the key has done its work


def _table(root: ElementFacts, path: str) -> ElementFacts | None:
    if not path.startswith(f"{ROOT}/"):
        return None
    wanted = path.rpartition("/")[2].lower()
    return next((table for table in root.children.values() if table.name.lower() == wanted), None)
