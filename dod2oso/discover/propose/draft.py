"""Draft a source profile: what the survey and the dictionary say about an unknown layout, put together."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from heapq import nlargest

from dod2oso.discover.propose.align import Aligner, Asked, Group, Proposal
from dod2oso.discover.propose.layout import Layout, Reference, find_layout
from dod2oso.discover.propose.scopes import Field, Section, sections
from dod2oso.discover.propose.score import Leaf, best_table, leaf_score
from dod2oso.discover.propose.words import vocabulary
from dod2oso.discover.survey.dates import PIVOT
from dod2oso.discover.survey.facts import ElementFacts, Survey, Values
from dod2oso.discover.survey.kinds import BOOLEANS
from dod2oso.source.codes import code_table
from dod2oso.source.datestyle import two_digit_years
from dod2oso.source.dictionary import load_dictionary
from dod2oso.source.splitters import RULES


@dataclass(slots=True)
class Style:
    """How the export writes values."""

    dates: str = "jjjj-mm-dd"
    decimal: str = "."
    true: tuple[str, ...] = ("true", "1")
    false: tuple[str, ...] = ("false", "0")
    entities: bool = False
    pivot: int | None = None
    undecided: bool = False  # every date can be read in more than one way


@dataclass(slots=True)
class TableDraft:
    """Rows that records refer to: the dictionary's table, the reference, and what their columns mean."""

    name: str
    reference: Reference
    group: Group


@dataclass(slots=True)
class Draft:
    """A proposal for one layout. `record`, `outside`: what is bound; `tables`: rows that records refer to.

    What only a person says (`chosen`): `constants`, `codes` (tables of the layout) and `ignored` (path and reason).
    """

    survey: Survey
    layout: Layout
    style: Style
    record: Group
    outside: Group
    tables: list[TableDraft] = field(default_factory=list)
    constants: dict[str, str] = field(default_factory=dict)
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    ignored: list[tuple[str, str]] = field(default_factory=list)


def make_draft(survey: Survey, asked: list[Asked] | None = None) -> Draft | None:
    """The proposal for an export; None when nothing in it looks like pupils. asked: is told every question put."""
    known, words = sections(), vocabulary()
    layout = find_layout(survey, known, words)
    if layout is None:
        return None
    chosen = _choose_tables(layout, Aligner(known, words))
    bound = {reference.path: field for _section, reference, field in chosen}
    record = Aligner(known, words, bound=bound, asked=asked).align(layout.record, known.record)
    record.at = layout.path
    layout.references = [reference for _section, reference, _field in chosen]
    tables = [TableDraft(s.name, r, Aligner(known, words).align(r.rows, s)) for s, r, _field in chosen]
    outside = Aligner(known, words, layout.apart()).align(survey.root, known.export)
    draft = Draft(survey, layout, Style(), record, outside, tables)
    _texts(draft)
    draft.style = _style(draft)
    for group in list(draft_groups(draft)):
        _dates(group, draft.style)
        _hold_back(group)
    return draft


def draft_groups(draft: Draft) -> Iterator[Group]:
    """Every group of the draft."""
    yield from draft.record.walk()
    yield from draft.outside.walk()
    for table in draft.tables:
        yield from table.group.walk()


def _choose_tables(layout: Layout, aligner: Aligner) -> list[tuple[Section, Reference, Field]]:
    """Each kind of referred rows as the table of the dictionary that it is called like, with the referring field."""
    made: list[tuple[Section, Reference, Field]] = []
    targets = {one.name: one for one in sections().record.fields}
    left = [section for section in sections().tables if f"leerling.{section.name}" in targets]
    for reference in layout.references:
        if any(other.rows is reference.rows or other.path == reference.path for _section, other, _field in made):
            continue
        fits = [
            (aligner.called(reference.rows, section, reference.path), -number, section)
            for number, section in enumerate(left)
        ]
        fit, _number, section = max(fits, default=(0.0, 0, None))
        if section is not None and fit >= 0.4:
            left.remove(section)
            made.append((section, reference, targets[f"leerling.{section.name}"]))
    return made


# --- what is read nowhere ---

NOWHERE = Section("?")  # of items that nothing reads


def loose_groups(draft: Draft, top: Group) -> Iterator[Group]:
    """What repeats itself and is no list that the draft knows: its places would be read nowhere."""
    known = {id(leaf.values) for group in draft_groups(draft) for leaf in leaves_of(group)}
    keys = {id(one.reference.rows) for one in draft.tables}
    start = draft.layout.record if top is draft.record else draft.survey.root
    apart = draft.layout.apart() if top is draft.outside else frozenset()
    waiting = [(start, "")]
    words = vocabulary()
    while waiting:
        place, at = waiting.pop(0)
        values = [(f"@{name}", one) for name, one in place.attributes.items()]
        values += [(child.name, child.text) for child in place.children.values() if _is_leaf(child)]
        left = [(path, one) for path, one in values if one.count and id(one) not in known]
        if at and left and id(place) not in keys:
            made = Group(NOWHERE, at, 1.0)
            made.open = [Leaf(path, one, words.bag(path.lstrip("@")), frozenset(), False) for path, one in left]
            around = frozenset(concept for word in words.bag(place.name) for concept in word.concepts)
            for leaf in made.open:
                leaf.nearest = _nearest(Leaf(leaf.path, leaf.values, leaf.words, around, leaf.birth))
            yield made
        waiting += [
            (child, f"{at}/{child.name}".lstrip("/"))
            for child in place.children.values()
            if not _is_leaf(child) and child.path not in apart
        ]


def _is_leaf(place: ElementFacts) -> bool:
    return not place.children and not place.attributes


def _nearest(leaf: Leaf) -> tuple[Field, ...]:
    """The three fields of the whole dictionary that a path is most like, however little."""
    known = sections()
    parts = (known.record, *known.by_name.values())
    scored = ((leaf_score(leaf, one, part.concepts), one) for part in parts for one in part.fields)
    best = nlargest(3, (each for each in scored if each[0] > 0), key=lambda each: each[0])
    return tuple(one for _score, one in best)


def leaves_of(group: Group) -> Iterator[Leaf]:
    """What stands in a group, bound or not; a place may come twice."""
    yield from (one.leaf for one in group.proposals)
    yield from (one.leaf for one in group.unsure)
    yield from group.open


# --- how values are written ---


def date_style(values: Values) -> str | None:
    """The style of most dates at a place, the likeliest when they can be read in more than one."""
    return values.date_styles[0] if values.date_styles else None


def decimal_mark(values: Values) -> str | None:
    """The decimal mark of the numbers at a place."""
    comma, point = values.share("decimal-comma"), values.share("decimal-point")
    return None if not (comma or point) else "," if comma >= point else "."


def _style(draft: Draft) -> Style:
    style = Style()
    dates: Counter[str] = Counter()
    marks: Counter[str] = Counter()
    words: set[str] = set()
    for _path, values, _parents in draft.survey.root.values():
        if values.dates > 0.7 and (found := date_style(values)):
            dates[found] += values.count if len(values.date_styles) == 1 else 0
    for group in draft_groups(draft):
        for proposal in group.proposals:
            values, kind = proposal.leaf.values, proposal.field.meaning.type
            if kind == "decimal" and (mark := decimal_mark(values)):
                marks[mark] += values.count
            elif kind == "boolean" and values.candidates:
                words |= {text.lower() for text in values.candidates}
    if dates:
        style.dates, count = dates.most_common(1)[0]
        style.undecided = not count
    if any(two_digit_years(one) for one in dates):
        style.pivot = PIVOT
    if marks:
        style.decimal = marks.most_common(1)[0][0]
    pairs = [pair for pair in BOOLEANS if pair[0] in words]
    pairs += [pair for pair in BOOLEANS if pair[1] in words and pair[1] not in {no for _yes, no in pairs}]
    if pairs:
        style.true = tuple(yes for yes, _no in pairs)
        style.false = tuple(no for _yes, no in pairs)
    style.entities = any(values.share("entities") > 0.01 for _path, values, _n in draft.survey.root.values())
    return style


# --- codes ---


def _texts(draft: Draft) -> None:
    """The codes that each proposal has to do with: of columns of items those of all items, which write them alike."""
    together: dict[str, set[str]] = {}
    for group in draft_groups(draft):
        for one in group.proposals:
            one.texts = frozenset(one.leaf.values.candidates or ())
            if group.columns:
                together.setdefault(one.field.name, set()).update(one.texts)
    for group in draft_groups(draft):
        for one in group.proposals:
            if group.columns and one.leaf.values.candidates:
                one.texts = frozenset(together[one.field.name])


def rival_tables(proposal: Proposal) -> tuple[str, ...]:
    """The code tables that explain these values best and equally well, but say different things: a person chooses."""
    looks, found = proposal.field.meaning.looks_like, proposal.texts
    if looks is None or not found:
        return ()
    known = {name: found & code_table(name).entries.keys() for name in looks.codes}
    most = max(map(len, known.values()), default=0)
    fitting = [name for name in looks.codes if len(known[name]) == most and 2 * most > len(found)]
    for code in found:
        if len({code_table(name).entries[code] for name in fitting if code in known[name]}) > 1:
            return tuple(fitting)
    return ()


def ambiguous_notations(proposal: Proposal) -> tuple[str, ...]:
    """What only a person can choose between: code tables, or styles of dates."""
    return rival_tables(proposal) or (proposal.styles if len(proposal.styles) > 1 else ())


def meanings_of(one: Field) -> tuple[str, ...]:
    """What a value of a field can mean, as far as that is a closed list."""
    if one.meaning.type == "boolean":
        return ("true", "false")
    looks = one.meaning.looks_like
    if looks is None or one.meaning.type != "code":
        return ()
    return tuple(dict.fromkeys(word for name in looks.codes for word in code_table(name).entries.values()))


# how the dictionary calls what a rule for several fields in one value calls otherwise
_PARTS = {"naam": "achternaam"}


def split_rules(one: Field) -> list[str]:
    """The rules that take a value apart of which this field is the first part."""
    last = one.leaf.rpartition(".")[2]
    return [
        name
        for name, rule in RULES.items()
        if _PARTS.get(rule.parts[0], rule.parts[0]) == last
        and all(field in load_dictionary() for field in _parts_of(name, one.name).values())
    ]


def split_into(proposal: Proposal, within: str) -> dict[str, str]:
    """Part of the rule -> field, for a proposal that is taken apart. `within`: the field's name in its group."""
    return _parts_of(proposal.split or "", within)


def _parts_of(rule: str, name: str) -> dict[str, str]:
    before = name.rpartition(".")[0]
    return {part: f"{before}.{_PARTS.get(part, part)}".lstrip(".") for part in RULES[rule].parts}


def _dates(group: Group, style: Style) -> None:
    """The style of each date: its own, or that of the other dates in the export where its own can be read two ways."""
    for proposal in group.proposals:
        if proposal.field.meaning.type == "date":
            ways = proposal.leaf.values.date_styles
            proposal.dates = ways[0] if len(ways) == 1 else style.dates if style.dates in ways else None
            proposal.styles = ways if proposal.dates is None or _undecided(style, ways) else ()


def _undecided(style: Style, ways: tuple[str, ...]) -> bool:
    """Whether no date of the export says which of these ways is meant."""
    return len(ways) > 1 and style.undecided


def _hold_back(group: Group) -> None:
    """What can mean two opposite things is not bound: 1 is a boy or a girl, 03/04 is March or April."""
    for proposal in list(group.proposals):
        if rival_tables(proposal) or len(proposal.styles) > 1:
            group.proposals.remove(proposal)
            group.unsure.append(proposal)


def codes_of(proposal: Proposal) -> str | None:
    """The code table for a proposal: what a person chose, else the best one."""
    if proposal.codes is not None:
        return proposal.codes
    looks = proposal.field.meaning.looks_like
    if looks is None or proposal.field.meaning.type != "code":
        return None
    return best_table(proposal.texts, looks.codes)


def version_values(root: ElementFacts) -> dict[str, str]:
    """Values near the root that tell the version of the layout: path -> text. Only digits and dots, so of nobody."""
    found: dict[str, str] = {}
    words = vocabulary()
    version = words.bag("versie")[0].concepts
    near = [(f"{root.path}/@{name}", name, values) for name, values in root.attributes.items()]
    near += [(child.path, child.name, child.text) for child in root.children.values() if child.count == 1]
    for path, name, values in near:
        texts = list(values.candidates or ())
        plain = len(texts) == 1 and len(texts[0]) <= 8 and texts[0].replace(".", "").isdigit()
        if plain and any(word.concepts & version for word in words.bag(name)):
            found[path] = texts[0]
    return found
