"""Where the pupils stand in a surveyed layout, and how the rest hangs together: keys between tables, shared rows."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from dod2oso.discover.propose.align import birth_years, born_within
from dod2oso.discover.propose.scopes import Field, Sections
from dod2oso.discover.propose.score import Leaf, leaf_score
from dod2oso.discover.propose.words import Bag, Vocabulary, alike, pieces
from dod2oso.discover.survey.facts import ElementFacts, Survey, Values

_TELLING = ("leerling.achternaam", "leerling.geboortedatum", "leerling.roepnaam", "leerling.bsn", "leerling.leerlingid")
_SAME = 0.95  # so many of the keys must be found


@dataclass(frozen=True, slots=True)
class Link:
    """Rows of `table` belong to a row of `parent`: the column `own` holds what `key` holds there."""

    table: str
    own: str
    parent: str
    key: str


@dataclass(frozen=True, slots=True)
class Reference:
    """A path of the record (relative to it) that holds the key of rows that stand elsewhere (`at`, from the root)."""

    path: str
    rows: ElementFacts
    key: str


@dataclass(slots=True)
class Layout:
    """`record`: the pupils, with nested tables hung below them. `path`: of the record in the export."""

    record: ElementFacts
    path: str
    links: list[Link] = field(default_factory=list)
    references: list[Reference] = field(default_factory=list)

    def apart(self) -> frozenset[str]:
        """The paths that stand in records or are rows that records refer to: the rest is about the export."""
        root = self.path.rpartition("/")[0]
        linked = {f"{root}/{link.table}" for link in self.links}
        return frozenset({self.path, *linked, *(reference.rows.path for reference in self.references)})


def find_layout(survey: Survey, sections: Sections, words: Vocabulary) -> Layout | None:
    """The records of a survey; None when nothing in it looks like pupils."""
    births = birth_years(survey.root)
    fields = [one for one in sections.record.fields if one.name in _TELLING]
    best: tuple[float, int, int] | None = None
    record = None
    for place in survey.root.walk():
        if place.parent is None and survey.tables:
            continue
        repeated = place.most > 1 or place.parent is None or place.count > 1
        if not repeated or not (place.children or place.attributes):
            continue
        found = _evidence(place, births, fields, words)
        rank = (found, place.count, -place.path.count("/"))
        if found >= 1.3 and (best is None or rank > best):
            best, record = rank, place
    if record is None:
        return None
    if survey.tables:
        return _tables(survey, record, words)
    return Layout(record, record.path, [], list(_references(survey.root, record)))


def _evidence(place: ElementFacts, births: frozenset[int], fields: list[Field], words: Vocabulary) -> float:
    """How much speaks for pupils: a name, a birth date, a number; not inside something that repeats itself."""
    total = 0.0
    leaves = [_leaf(path, values, name, births, words) for path, name, values in _own(place)]
    for one in fields:
        total += max((min(1.0, leaf_score(leaf, one, frozenset())) for leaf in leaves), default=0.0)
    own = words.bag(place.name)
    pupil = max(
        (alike(own, frozenset(), words.bag(name), frozenset()) for name in ("leerling", "leerlingen")), default=0.0
    )
    return total + 0.5 * pupil


def _own(place: ElementFacts, prefix: str = "") -> Iterator[tuple[str, str, Values]]:
    """The values of one occurrence of a place: not those of things that repeat inside it."""
    for name, values in place.attributes.items():
        yield f"{prefix}@{name}", name, values
    for child in place.children.values():
        if child.most <= 1:
            if child.text.count:
                yield f"{prefix}{child.name}", child.name, child.text
            yield from _own(child, f"{prefix}{child.name}/")


def _leaf(path: str, values: Values, name: str, births: frozenset[int], words: Vocabulary) -> Leaf:
    return Leaf(path, values, words.bag(name), frozenset(), born_within(values, births))


def _references(root: ElementFacts, record: ElementFacts) -> Iterator[Reference]:
    """Paths of the record whose values are the keys of rows outside the records (XML)."""
    rows = []
    for place in root.walk():
        if place.count > 1 and not f"{place.path}/".startswith(f"{record.path}/") and place is not record:
            rows += [(place, f"@{name}", keys) for name, keys in place.attributes.items() if _is_key(place, keys)]
            rows += [(place, child.name, child.text) for child in place.children.values() if _is_key(place, child.text)]
    for path, _name, values in _own(record):
        if values.unique and values.count > 2:
            continue  # a key of its own
        for place, key, keys in rows:
            if values.count and values.distinct <= keys.distinct and values.within(keys) >= _SAME:
                step = path.split("/")[0].lstrip("@")
                if step == place.name or keys.longest > 1:
                    yield Reference(path, place, key)
                    break


def _is_key(place: ElementFacts, keys: Values) -> bool:
    return keys.count == place.count and keys.unique and keys.longest <= 64


# --- tables ---


def _tables(survey: Survey, record: ElementFacts, words: Vocabulary) -> Layout:
    """Hang tables below the pupils, by the columns they share."""
    tables = [table for table in survey.root.children.values() if table is not record and table.count]
    links: dict[str, Link] = {}
    for table in tables:
        above = [_link(table, parent, words, nested=True) for parent in tables if parent is not table]
        deeper = max((link for link in above if link is not None), key=lambda link: len(link.key), default=None)
        found = deeper or _link(table, record, words, nested=False)
        if found is not None:
            links[table.name] = found
    for name in list(links):  # what hangs on nothing, or in a circle, hangs below no pupil
        if not _reaches(name, record.name, links):
            again = _link(survey.root.children[name], record, words, nested=False)
            if again is not None:
                links[name] = again
    links = {name: link for name, link in links.items() if _reaches(name, record.name, links)}
    open_tables = [table for table in tables if table.name not in links]
    references: list[Reference] = []
    for table in open_tables:
        for column in record.children.values():
            for key in table.children.values():
                if (
                    _is_key(table, key.text)
                    and _names(column.name, key.name, table.name, words)
                    and column.text.within(key.text) >= _SAME
                ):
                    references.append(Reference(column.name, table, key.name))
                    break
    hung = _hang(record, survey, links)
    return Layout(hung, record.path, list(_parents_first(record.name, links)), references)


def _parents_first(parent: str, links: dict[str, Link]) -> Iterator[Link]:
    for link in links.values():
        if link.parent == parent:
            yield link
            yield from _parents_first(link.table, links)


def _reaches(name: str, record: str, links: dict[str, Link]) -> bool:
    """Whether a table hangs, by way of others, on the pupils."""
    seen: set[str] = set()
    while name in links and name not in seen:
        seen.add(name)
        name = links[name].parent
    return name == record


def _link(table: ElementFacts, parent: ElementFacts, words: Vocabulary, *, nested: bool) -> Link | None:
    """How rows of a table may belong to rows of another; below a nested table only by a key named after it."""
    best: tuple[float, Link] | None = None
    for key in parent.children.values():
        if not key.text.unique or (not nested and key.text.count < parent.count * _SAME):
            continue  # a nested row may only have a key when rows hang on it
        for own in table.children.values():
            if own.text.count < table.count * _SAME or own.text.within(key.text) < _SAME:
                continue
            same = own.name.lower() == key.name.lower()
            if nested and not (_after(own.name, parent.name) and not _after(own.name, table.name, whole=True)):
                continue
            name = 1.0 if same else _names_alike(own.name, key.name, words)
            if nested and not same and _names_alike("id", key.name, words) < 0.9:
                continue
            varied = own.text.distinct >= max(2, 0.2 * key.text.distinct) and own.text.longest > 3
            rank = name + (0.3 if varied else 0.0)
            if (name >= 0.5 or varied) and (best is None or rank > best[0]):
                best = (rank, Link(table.name, own.name, parent.name, key.name))
    return best[1] if best is not None else None


def _after(column: str, table: str, *, whole: bool = False) -> bool:
    """Whether a key column is named after a table: `verzorgers_nr`, `volgnummer_verzorgers`, `verzorger_id`."""
    key = "".join(pieces(column))
    parts = pieces(table)
    if len(parts) > 1 and len(parts[0]) <= 3:  # tbl_verzorgers
        parts = parts[1:]
    name = "".join(parts)
    inside = name in key or re.sub(r"(en|s)\Z", "", name) in key
    return inside and (not whole or len(key) - len(name) <= 10)


def _names(column: str, key: str, table: str, words: Vocabulary) -> bool:
    return (
        column.lower() == key.lower()
        or max(_names_alike(column, key, words), _names_alike(column, table, words)) >= 0.5
    )


def _names_alike(one: str, other: str, words: Vocabulary) -> float:
    none: frozenset[str] = frozenset()
    bags: list[Bag] = [words.bag(one), words.bag(other)]
    return alike(bags[0], none, bags[1], none)


def _hang(place: ElementFacts, survey: Survey, links: dict[str, Link]) -> ElementFacts:
    """A copy of a table's place with the tables that belong to it as repeating children."""
    hung = ElementFacts(place.name, None)
    hung.path, hung.count, hung.most = place.path, place.count, max(2, place.most)
    hung.children = dict(place.children)
    mine = links.get(place.name)
    if mine is not None:
        hung.children.pop(mine.own)  # the keys have done their work
    for link in links.values():
        if link.parent == place.name:
            if mine is not None:
                hung.children.pop(link.key, None)
            hung.children[link.table] = _hang(survey.root.children[link.table], survey, links)
    return hung
