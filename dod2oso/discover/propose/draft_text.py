"""A draft as a YAML file for people: bindings with how sure they are, and at the end what a person must decide."""

import json
import re
from collections.abc import Iterator, Mapping

from dod2oso.base.texts import Text
from dod2oso.discover.propose.align import HIGH, MEDIUM, Group, Proposal
from dod2oso.discover.propose.draft import (
    Draft,
    ambiguous_notations,
    codes_of,
    decimal_mark,
    draft_groups,
    loose_groups,
    split_into,
    version_values,
)
from dod2oso.discover.propose.score import Leaf
from dod2oso.discover.survey.facts import Values, typical_kinds

_PLAIN = re.compile(r"[A-Za-z_][\w./-]*\Z")
_WORDS = frozenset({"true", "false", "null", "yes", "no", "on", "off"})

# Editors help with the keys when what `dod2oso mapping schema profile` writes lies beside the profile.
_SCHEMA = "# yaml-language-server: $schema=profile.schema.json"
_HEAD = ("look", "sure", "unbound", "check")


def quoted(text: str) -> str:
    """A YAML scalar: bare when it can only be read as text."""
    return text if _PLAIN.match(text) and text.lower() not in _WORDS else json.dumps(text, ensure_ascii=False)


def draft_text(draft: Draft, name: str, lang: str, *, encoding: str | None = None, describes: str = "") -> str:
    """The profile as YAML (see docs/eigen-profiel.md). encoding: only when the export does not say it right itself.

    `describes`: what a person who looked at it says that it is.
    """
    return "\n".join(_Writer(draft, lang).lines(name, encoding, describes)) + "\n"


class _Writer:
    def __init__(self, draft: Draft, lang: str) -> None:
        self.draft = draft
        self.lang = lang

    def phrase(self, key: str) -> str:
        return Text(f"draft-{key}").text(self.lang)

    def lines(self, name: str, encoding: str | None, describes: str) -> Iterator[str]:
        draft = self.draft
        yield _SCHEMA
        yield from (f"# {self.phrase(f'head-{name}')}" for name in _HEAD)
        yield f"profile: {quoted(name)}"
        yield f"describes: {quoted(describes or self.phrase('describes'))}"
        yield f"certainty: {'own' if describes else 'U'}"
        if draft.survey.format != "xml":
            yield f"format: {draft.survey.format}"
        yield from self._match()
        yield self._style(encoding)
        yield f"records: {quoted(draft.layout.path)}"
        if draft.survey.sheets:
            yield f"sheet-names: {_flow(draft.survey.sheets)}  # {self.phrase('sheets')}"
        if draft.layout.links:
            yield ""
            yield "nested:"
            top = draft.layout.path.rpartition("/")[2]
            for link in draft.layout.links:
                by = (
                    quoted(link.own)
                    if link.own == link.key
                    else f"{{own: {quoted(link.own)}, parent: {quoted(link.key)}}}"
                )
                where = "" if link.parent == top else f"in: {quoted(link.parent)}, "
                if link.own == link.key:
                    yield f"  {quoted(link.table)}: {{{where}by: {by}}}"
                else:
                    yield f"  {quoted(link.table)}: {{{where}{by[1:]}"
        if draft.constants:
            yield f"constants: {_flow(draft.constants)}"
        if draft.codes:
            yield ""
            yield "codes:"
            for table, entries in draft.codes.items():
                yield f"  {table}: {{entries: {_flow(entries)}}}"
        yield from self._section("shared", "shared-lists", draft.outside)
        yield from self._tables()
        yield from self._section("fields", "lists", draft.record)
        yield from self._items("", draft.record)
        if draft.ignored:
            yield ""
            yield "ignored:"
            for path, reason in draft.ignored:
                yield f"  - {{at: {quoted(path)}, reason: {reason}}}"
        yield from self._open()

    def _match(self) -> Iterator[str]:
        draft = self.draft
        if draft.survey.tables:
            record = draft.layout.record
            sheet = draft.survey.sheets.get(record.name)
            sure = (p.path for p in draft.record.proposals if p.confidence >= MEDIUM and p.path != sheet)
            wanted = [path for path in sure if "/" not in path][:6]
            columns = ", ".join(quoted(path) for path in wanted)
            yield "match:"
            yield f"  tables: {{{quoted(record.name)}: [{columns}]}}"
            return
        root = draft.survey.root
        parts = [f"root: {quoted(root.name)}"]
        spaces = [space for space, _n in draft.survey.namespaces.most_common() if space]
        main = draft.survey.namespace
        if main:
            parts.append(f"namespace: {json.dumps(main)}")
        versions = version_values(root)
        if versions:
            parts.append("values: {" + ", ".join(f"{quoted(p)}: [{json.dumps(v)}]" for p, v in versions.items()) + "}")
        yield f"match: {{{', '.join(parts)}}}"
        if len(spaces) > 1 or (spaces and not main):
            yield f"# {self.phrase('space')}"

    def _style(self, encoding: str | None) -> str:
        style = self.draft.style
        parts = [f"dates: {style.dates}", f"decimal: {json.dumps(style.decimal)}"]
        parts.append(f'"true": {json.dumps(list(style.true), ensure_ascii=False)}')
        parts.append(f'"false": {json.dumps(list(style.false), ensure_ascii=False)}')
        if style.pivot is not None:
            parts.insert(1, f"pivot: {style.pivot}")
        if encoding is not None:
            parts.insert(0, f"encoding: {encoding}")
        if style.entities:
            parts.append("html: true")
        told = f"  # {self.phrase('pivot')}" if style.pivot is not None else ""
        return f"text: {{{', '.join(parts)}}}{told}"

    def _section(self, fields: str, lists: str, group: Group) -> Iterator[str]:
        at = "" if group is self.draft.record else f"{group.at}/"
        whole, parts = _apart(group)
        if whole:
            yield ""
            yield f"{fields}:"
            for proposal in whole:
                yield self._line("  ", proposal.field.name, proposal, at)
        if parts:
            yield ""
            yield from self._splits("", parts)
        below = [inner for inner in group.groups if _bound(inner) and not inner.columns]
        if below:
            yield ""
            yield f"{lists}:"
            for inner in below:
                yield from self._list("  ", inner, at)

    def _list(self, indent: str, group: Group, at: str) -> Iterator[str]:
        yield f"{indent}{quoted(group.section.key)}:  # {self.phrase('list')}: {self._how(group.sure)}"
        yield f"{indent}  at: {quoted(at + group.at)}"
        if group.constants:
            yield f"{indent}  constants: {_flow(group.constants)}"
        whole, parts = _apart(group)
        if whole:
            yield f"{indent}  fields:"
            for proposal in whole:
                yield self._line(f"{indent}    ", proposal.field.leaf, proposal, "")
        yield from self._splits(f"{indent}  ", parts)
        below = [inner for inner in group.groups if _bound(inner) and not inner.columns]
        if below:
            yield f"{indent}  lists:"
            for inner in below:
                yield from self._list(f"{indent}    ", inner, "")
        yield from self._items(f"{indent}  ", group)

    def _items(self, indent: str, group: Group) -> Iterator[str]:
        """The items of lists that stand in columns of the group."""
        lists: dict[str, list[Group]] = {}
        for inner in group.groups:
            if inner.columns and _bound(inner):
                lists.setdefault(inner.section.key, []).append(inner)
        if not lists:
            return
        if not indent:
            yield ""
        yield f"{indent}items:"
        for key, items in lists.items():
            yield f"{indent}  {quoted(key)}:"
            for item in items:
                lines = self._item(f"{indent}      ", item)
                first = next(lines)
                yield f"{indent}    - {first.lstrip()}"
                yield from lines

    def _item(self, indent: str, item: Group) -> Iterator[str]:
        if item.constants:
            yield f"{indent}constants: {_flow(item.constants)}"
        whole, parts = _apart(item)
        if whole:
            yield f"{indent}from:"
            for proposal in whole:
                yield self._line(f"{indent}  ", proposal.field.leaf, proposal, "")
        yield from self._splits(indent, parts)
        yield from self._items(indent, item)

    def _tables(self) -> Iterator[str]:
        tables = [table for table in self.draft.tables if table.group.proposals]
        if not tables:
            return
        yield ""
        yield "tables:"
        for table in tables:
            yield f"  {table.name}:"
            yield f"    at: {quoted(table.reference.rows.path)}"
            yield f"    key: {quoted(table.reference.key)}"
            yield "    fields:"
            for proposal in table.group.proposals:
                if proposal.path != table.reference.key:
                    yield self._line("      ", proposal.field.leaf, proposal, "")

    def _splits(self, indent: str, parts: list[Proposal]) -> Iterator[str]:
        """Values that hold several fields."""
        if parts:
            yield f"{indent}splits:"
        for one in parts:
            into = _flow(split_into(one, within=one.field.leaf))
            yield f"{indent}  - {{at: {quoted(one.path)}, by: {one.split}, into: {into}}}  # {self._why(one)}"

    def _line(self, indent: str, name: str, proposal: Proposal, at: str) -> str:
        bound = f"{indent}{quoted(name)}: {self._binding(proposal, at)}"
        return f"{bound}  # {self._why(proposal)}"

    def _binding(self, proposal: Proposal, at: str, choice: str | None = None) -> str:
        """The path, with how its values are written. choice: a table or date style that a person may take."""
        path = quoted(at + proposal.path)
        kind, values, style = proposal.field.meaning.type, proposal.leaf.values, self.draft.style
        extra = []
        dates = choice if proposal.styles else proposal.dates
        codes = choice if choice is not None and not proposal.styles else codes_of(proposal)
        if codes is not None:
            extra.append(f"codes: {codes}")
        for word, texts in (("true", proposal.true), ("false", proposal.false)):
            if texts:
                extra.append(f'"{word}": {json.dumps(list(texts), ensure_ascii=False)}')
        if dates is not None and (dates != style.dates or choice is not None):
            extra.append(f"dates: {dates}")
        if kind == "decimal" and decimal_mark(values) not in (None, style.decimal):
            extra.append(f"decimal: {json.dumps(decimal_mark(values))}")
        join = next(
            (t.name for t in self.draft.tables if t.reference.path == proposal.path and t.group.proposals), None
        )
        if join is not None and proposal.field.name == f"leerling.{join}":
            extra.append(f"join: {join}")
        return f"{{at: {path}, {', '.join(extra)}}}" if extra else path

    def _why(self, proposal: Proposal) -> str:
        if proposal.chosen:
            return self.phrase("chosen")
        text = self._how(proposal.confidence)
        if proposal.runner_up is not None and proposal.confidence < 0.9:
            text += f"; {self.phrase('or')} {proposal.runner_up.name}"
        return text

    def _how(self, confidence: float) -> str:
        return f"{self.phrase(sureness(confidence))} {round(100 * min(confidence, 0.99))} %"

    def _open(self) -> Iterator[str]:
        draft = self.draft
        groups = [*draft.record.walk(), *draft.outside.walk()]
        unsure = [(group, p) for group in groups for p in group.unsure]
        taken = {id(p.leaf.values) for _group, p in unsure}
        choices = [(g, p) for g, p in unsure if ambiguous_notations(p)]
        doubts = [(g, p) for g, p in unsure if not ambiguous_notations(p)]
        if choices:
            yield ""
            yield f"# {self.phrase('choose')}"
            for group, proposal in choices:
                yield f"# {self._place(group, proposal)}"
                for choice in ambiguous_notations(proposal):
                    yield f"#   {quoted(_short(group, proposal))}: {self._binding(proposal, self._at(group), choice)}"
        if doubts:
            yield ""
            yield f"# {self.phrase('unsure')}"
            place = ""
            for group, proposal in doubts:
                if self._place(group, proposal) != place:
                    place = self._place(group, proposal)
                    yield f"# {place}"
                binding = self._binding(proposal, self._at(group))
                why = f"{self._why(proposal)}; {self._looks(proposal.leaf)}"
                yield f"#   {quoted(_short(group, proposal))}: {binding}  # {why}"
        left = [(path, leaf) for path, leaf in _read_nowhere(draft) if id(leaf.values) not in taken]
        if left:
            yield ""
            yield f"# {self.phrase('open')}"
            for path, leaf in left:
                near = ", ".join(one.name for one in leaf.nearest)
                like = f"; {self.phrase('nearest')} {near}" if near else ""
                yield f"#   {path}  ({self._looks(leaf)}{like})"
        if doubts or left:
            yield ""
            yield f"# {self.phrase('ignore')}"
            yield "# ignored:"
            for path in [_full(g, p.leaf.path, draft) for g, p in doubts] + [path for path, _leaf in left]:
                yield f"#   - {{at: {quoted(path)}, reason: techniek}}"

    def _looks(self, leaf: Leaf) -> str:
        kinds = ", ".join(typical_kinds(leaf.values))
        seen = kinds or values_shapes(leaf.values)
        more = "" if leaf.values.exact else ">"
        told = {"seen": seen, "count": leaf.values.count, "different": f"{more}{leaf.values.distinct}"}
        return Text("draft-looks", **told).text(self.lang)

    def _place(self, group: Group, proposal: Proposal) -> str:
        """Where in the profile the line of a proposal goes."""
        home = proposal.field.name.rpartition("[].")[0]
        if home and home != group.section.name.removesuffix("[]"):  # a column that is an item of its own
            return f"items: {home.replace('[].', ' / ')}: from:"
        if not group.section.name:
            return "fields:" if group.section.place == "record" else "shared:"
        name = group.section.name.replace("[].", " / ").removesuffix("[]")
        if group.columns:
            return f"items: {name}: from:" + (f"  ({group.marker})" if group.marker else "")
        return f"lists: {name}: fields:"

    def _at(self, group: Group) -> str:
        return f"{group.at}/" if group is self.draft.outside else ""


def _apart(group: Group) -> tuple[list[Proposal], list[Proposal]]:
    """What is read whole, and what is taken apart."""
    whole = [one for one in group.proposals if one.split is None]
    return whole, [one for one in group.proposals if one.split is not None]


def values_shapes(values: Values) -> str:
    """The usual shapes of the values at a place, with their share; "-" when none is usual."""
    return ", ".join(f"{drawn} {share:.0%}" for drawn, share in values.usual_shapes) or "-"


def sureness(confidence: float) -> str:
    """How sure a line is in a word: the end of a key `draft-…`."""
    return "sure" if confidence >= HIGH else "likely" if confidence >= MEDIUM else "guess"


def _flow(entries: Mapping[str, str]) -> str:
    return "{" + ", ".join(f"{quoted(name)}: {quoted(value)}" for name, value in entries.items()) + "}"


def _bound(group: Group) -> bool:
    return bool(group.proposals) or any(_bound(inner) for inner in group.groups)


def _short(group: Group, proposal: Proposal) -> str:
    return proposal.field.leaf if group.section.name or "[]" in proposal.field.name else proposal.field.name


def _full(group: Group, path: str, draft: Draft) -> str:
    """The path from the root of the export."""
    for top in (draft.record, draft.outside):
        found = _trail(top, group)
        if found is not None:
            return "/".join(step for step in (*found, path) if step not in (".", ""))
    return path


def _read_nowhere(draft: Draft) -> Iterator[tuple[str, Leaf]]:
    """Every place that no line of the draft is about, with its path from the root of the export."""
    for group in (*draft.record.walk(), *draft.outside.walk()):
        yield from ((_full(group, leaf.path, draft), leaf) for leaf in group.open)
    for table in draft.tables:
        if table.group.proposals:
            at = table.reference.rows.path
            yield from ((f"{at}/{one.path}", one) for one in table.group.open if one.path != table.reference.key)
    said = {path for path, _reason in draft.ignored}
    for top in (draft.record, draft.outside):
        for group in loose_groups(draft, top):
            named = ((f"{top.at}/{group.at}/{leaf.path}", leaf) for leaf in group.open)
            yield from ((path, leaf) for path, leaf in named if path not in said)


def _trail(top: Group, group: Group) -> tuple[str, ...] | None:
    if top is group:
        return (top.at,)
    for inner in top.groups:
        below = _trail(inner, group)
        if below is not None:
            return (top.at, *below)
    return None


def counts(draft: Draft) -> dict[str, int]:
    """How many paths are bound, by how sure it is, and how many are not."""
    groups = list(draft_groups(draft))
    sure = [proposal.confidence for group in groups for proposal in group.proposals]
    unsure = {id(p.leaf.values) for group in groups for p in group.unsure}
    return {
        "bound": len(sure),
        "sure": sum(1 for c in sure if c >= HIGH),
        "likely": sum(1 for c in sure if MEDIUM <= c < HIGH),
        "guess": sum(1 for c in sure if c < MEDIUM),
        "unsure": len(unsure),
        "open": sum(1 for _path, leaf in _read_nowhere(draft) if id(leaf.values) not in unsure),
    }
