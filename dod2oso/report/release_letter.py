"""The release letter: what a new OSO version asks, in sentences for the terminal and as a page on its own.

The same sections serve both, and `dod2oso oso show`. The mapping that it proposes is text to be decided by a person:
every line in it that rests on a guess is a comment.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from html import escape
from typing import Any, NamedTuple

from dod2oso.base import yaml as yamlfile
from dod2oso.base.english import element_label
from dod2oso.base.resources import mappings_dir
from dod2oso.base.texts import Text
from dod2oso.base.yamltext import dumped
from dod2oso.mapping.compile import shipped_plan
from dod2oso.oso.added import added
from dod2oso.oso.catalogue import catalogue
from dod2oso.oso.codelists import meaning, name_of
from dod2oso.oso.derive.compare import Differences
from dod2oso.oso.derive.effect import Effect
from dod2oso.oso.rules.ruleset import TRANSFER_LAYERS, ruleset
from dod2oso.oso.transfers import all_transfers
from dod2oso.oso.versions import version as known_version

_MOST = 25  # of a kind that are named; the rest is counted
_FEW = 4  # fields that are named where one stands for all


@dataclass(slots=True)
class Section:
    """A title with its lines."""

    title: Text
    lines: list[Text] = field(default_factory=list)


def release_letter(found: Differences, effect: Effect | None = None) -> list[Section]:
    """The letter about one version against another; `effect`: on the user's own dossiers."""
    summary = Section(
        Text("letter-title", new=found.new, old=found.old),
        [
            Text("letter-counts", added=len(found.added), gone=len(found.gone), moved=len(found.moved)),
            Text(
                "letter-limits", narrowed=len(found.narrowed), widened=len(found.widened), lists=_changed_lists(found)
            ),
        ],
    )
    if effect is not None and effect.dossiers:
        counts = {"dossiers": effect.dossiers, "losing": effect.losing, "invalid": effect.invalid}
        summary.lines.append(Text("letter-effect", **counts))
        summary.lines += [Text("letter-lost", path=path, n=n) for path, n in effect.lost.most_common(_MOST)]
    elif effect is not None:
        summary.lines.append(Text("letter-no-dossiers", old=found.old))
    sections = [summary, _elements(found), _values(found), _transfers(found), _decide(found)]
    return [section for section in sections if section.lines]


def version_page(name: str) -> list[Section]:
    """What is known of one version, and of one that a user added: what it was derived from and how sure that is."""
    known, tree = known_version(name), catalogue(name)
    lists = {element.codelist for element in tree.fields() if element.codelist is not None}
    facts = Section(
        Text("version-title", version=name),
        [
            Text("version-namespace", namespace=known.namespace),
            Text("version-schoolyear", year=known.schoolyear),
            Text("version-counts", elements=len(tree.all_paths), fields=len(list(tree.fields())), lists=len(lists)),
            Text("version-transfers", names=", ".join(k.name for k in all_transfers() if name in k.versions) or "-"),
        ],
    )
    if known.standaardversie:
        facts.lines.append(
            Text("version-fixed", standard=known.standaardversie, validation=known.validatieversie or "-")
        )
    for layer in (layer for layer in TRANSFER_LAYERS if layer in known.layers):
        rules = ruleset(name, layer).rules
        firm = sum(not rule.advised for rule in rules)
        facts.lines.append(Text("version-rules", layer=layer, firm=firm, advised=len(rules) - firm))
    return [facts, *_derived(name)]


def _derived(name: str) -> Iterator[Section]:
    facts = added().get(name)
    if facts is None:
        yield Section(Text("version-origin"), [Text("version-built-in")])
        return
    origin = Section(Text("version-origin"), [Text("version-added", nearest=facts.nearest)])
    origin.lines.append(Text("version-judged", n=facts.mutants) if facts.judged else Text("version-unjudged"))
    origin.lines += [Text("version-file", file=file, hash=value[:16]) for file, value in facts.sha256.items()]
    yield origin
    asked = [Text("version-asked", transfer=kind, paths=_few(paths)) for kind, paths in facts.asked.items() if paths]
    if asked:
        yield Section(Text("version-asked-title"), asked)
    if facts.unheld:
        lines = [Text(code, where=where, what=what) for code, where, what in facts.unheld]
        yield Section(Text("version-unheld"), lines[:_MOST])


def _elements(found: Differences) -> Section:
    section = Section(Text("letter-elements"))
    section.lines += [Text("letter-new", path=path, label=_Label(found.new, path)) for path in found.added]
    section.lines += [Text("letter-gone", path=path, label=_Label(found.old, path)) for path in found.gone]
    section.lines += [Text("letter-moved", old=one.old, new=one.new) for one in found.moved]
    section.lines += [Text("letter-perhaps", old=one.old, new=one.new) for one in found.perhaps]
    return section


def _values(found: Differences) -> Section:
    section = Section(Text("letter-values"))
    for one in found.narrowed:
        section.lines.append(Text("letter-narrower", path=one.path, before=one.before, after=one.after))
    for one in found.widened:
        section.lines.append(Text("letter-wider", path=one.path, before=one.before, after=one.after))
    for (new, gone), paths in _lists(found).items():
        said = [_with_meaning(found.new, paths[0], code) for code in new]
        which = _list_at(found.new, paths[0])
        changed = {"new": _few(said) or "-", "gone": _few(gone) or "-", "paths": _few(paths, _FEW)}
        section.lines.append(Text("letter-codes", list=which, **changed))
    for codes, paths in _alike(found.listed).items():
        said = [_with_meaning(found.new, paths[0], code) for code in codes]
        section.lines.append(Text("letter-listed", paths=_few(paths), codes=_few(said)))
    if found.unlisted:
        section.lines.append(Text("letter-unlisted", paths=_few(found.unlisted)))
    return section


def _list_at(version: str, path: str) -> str:
    """Number and name of the code list of a field."""
    element = catalogue(version).at(path)
    number = element.codelist if element is not None and element.codelist is not None else 0
    return f"{number} {name_of(number)}".strip()


def _with_meaning(version: str, path: str, code: str) -> str:
    """A code with its meaning, where that is known."""
    element = catalogue(version).at(path)
    said = meaning(element.codelist, version, code) if element is not None and element.codelist is not None else None
    return code if said is None else f"{code} ({said})"


def _alike(listed: Mapping[str, tuple[str, ...]]) -> dict[tuple[str, ...], list[str]]:
    """The fields by their codes."""
    groups: dict[tuple[str, ...], list[str]] = {}
    for path, codes in listed.items():
        groups.setdefault(codes, []).append(path)
    return groups


def _changed_lists(found: Differences) -> int:
    return len(_lists(found)) + len(_alike(found.listed)) + len(found.unlisted)


def _lists(found: Differences) -> dict[tuple[tuple[str, ...], tuple[str, ...]], list[str]]:
    """The fields by how their codes changed: fields of one list change alike."""
    groups: dict[tuple[tuple[str, ...], tuple[str, ...]], list[str]] = {}
    for one in found.codes:
        groups.setdefault((one.new, one.gone), []).append(one.path)
    return groups


def _transfers(found: Differences) -> Section:
    section = Section(Text("letter-transfers"))
    for key, names in (
        ("letter-transfers-new", found.transfers_new),
        ("letter-transfers-gone", found.transfers_gone),
        ("letter-categories-new", found.categories_new),
        ("letter-categories-gone", found.categories_gone),
    ):
        if names:
            section.lines.append(Text(key, names=", ".join(names)))
    for kind, paths in found.asked.items():
        section.lines.append(Text("letter-asked", transfer=kind, paths=_few(paths)))
    for kind, paths in found.released.items():
        section.lines.append(Text("letter-released", transfer=kind, paths=_few(paths)))
    return section


def _decide(found: Differences) -> Section:
    """What a person must decide: where values that had a place go now, and where new elements come from."""
    section = Section(Text("letter-decide"))
    read = _read_paths(found.old)
    for path in found.gone:
        fields = sorted({name for at, names in read.items() if _under(at, path) for name in names})
        if fields:
            section.lines.append(Text("letter-decide-gone", path=path, fields=_folded(fields)))
    section.lines += [Text("letter-decide-new", path=path) for path in found.added if not _mapped(found.new, path)]
    for one in found.codes:
        if one.gone:
            section.lines.append(Text("letter-decide-codes", path=one.path, gone=_few(one.gone)))
    return section


def _read_paths(version: str) -> dict[str, set[str]]:
    """OSO path -> the dictionary fields that feed it, in any transfer."""
    found: dict[str, set[str]] = {}
    for kind in all_transfers():
        if version in kind.versions:
            for field_name, paths in shipped_plan(version, kind.name).readers.items():
                for path in paths:
                    found.setdefault(path, set()).add(field_name)
    return found


def _mapped(version: str, path: str) -> bool:
    return any(
        _under(leaf, path)
        for kind in all_transfers()
        if version in kind.versions
        for leaf in shipped_plan(version, kind.name).leaves
    )


def overlay_mapping(found: Differences, lang: str) -> str:
    """A mapping that extends the shipped one, to decide in: what a guess would fill in stands there as a comment."""
    lines = [
        *(f"# {line}" for line in Text("letter-mapping-head", version=found.new).text(lang).splitlines()),
        "language: 1",
        f"mapping: dod-oso-{found.new}",
        f"describes: {Text('letter-mapping-describes', version=found.new).text(lang)}",
        "extends: dod-oso",
        f"# not-dropped: [een.veld]            # {Text('letter-mapping-not-dropped').text(lang)}",
        "# dropped: [{from: een.veld, reason: geen-plaats}]",
    ]
    proposals = {}
    for one in (*found.moved, *found.perhaps):
        node = _shipped_line(one.old)
        if node is not None:
            proposals[one.new] = _Proposal(f"{one.old} -> {one.new}", node)
    for path in found.added:
        if path not in proposals and not _mapped(found.new, path):
            note = Text("letter-mapping-new", path=path, label=_Label(found.new, path)).text(lang)
            proposals[path] = _Proposal(note, {"from": "een.veld"})
    if proposals:
        lines += ["#", "# dossier:", *(f"# {line}" for line in _nested(proposals, 1))]
    return "\n".join(lines) + "\n"


class _Proposal(NamedTuple):
    """What could stand at a path of the mapping, and why it is proposed."""

    note: str
    node: Any


def _shipped_line(path: str) -> Any:
    """What the shipped mapping says at a path; None when nothing."""
    node: Any = yamlfile.load(mappings_dir() / "dod-oso.yaml").data["dossier"]
    for step in path.split("/"):
        node = node.get(step) if isinstance(node, dict) else None
    return node


def _nested(proposals: Mapping[str, _Proposal], depth: int) -> Iterator[str]:
    """The proposals as one tree of YAML: its blocks stand there once, however many of them are chosen."""
    before = "  " * depth
    heads: dict[str, dict[str, _Proposal]] = {}
    for path, one in proposals.items():
        head, _, rest = path.partition("/")
        heads.setdefault(head, {})[rest] = one
    for head, inside in heads.items():
        leaf = inside.get("")
        if leaf is None:
            yield f"{before}{head}:"
            yield from _nested(inside, depth + 1)
        else:
            yield f"{before}# {leaf.note}"
            yield from (before + line for line in dumped({head: leaf.node}).splitlines())


def as_html(sections: list[Section], lang: str) -> str:
    """A page that stands on its own: no scripts, nothing from elsewhere."""
    parts = []
    for number, section in enumerate(sections):
        level = "h1" if number == 0 else "h2"
        rows = "".join(f"<li>{escape(line.text(lang))}</li>" for line in section.lines)
        parts.append(f"<{level}>{escape(section.title.text(lang))}</{level}>\n<ul>{rows}</ul>")
    title = escape(sections[0].title.text(lang)) if sections else "OSO"
    return (
        f'<!DOCTYPE html>\n<html lang="{lang}"><head><meta charset="utf-8"><title>{title}</title>'
        "<style>body{font:16px/1.5 sans-serif;max-width:50rem;margin:2rem auto;padding:0 1rem}"
        "li{overflow-wrap:anywhere}</style></head>\n<body>\n" + "\n".join(parts) + "\n</body></html>\n"
    )


class _Label(NamedTuple):
    """What an element of a version is called, as a value of a text."""

    version: str
    path: str

    def text(self, lang: str) -> str:
        element = catalogue(self.version).at(self.path)
        return element_label(element.nl, lang) if element is not None else ""


def _under(path: str, above: str) -> bool:
    return path == above or path.startswith(f"{above}/")


def _few(names: tuple[str, ...] | list[str], most: int = _MOST) -> str:
    shown = ", ".join(names[:most])
    return shown if len(names) <= most else f"{shown} (+{len(names) - most})"


def _folded(fields: list[str]) -> str:
    """Fields by name; where they are many, those of one list of a block together: "zorg.artsen[] (31)"."""
    if len(fields) <= _MOST // 2:
        return ", ".join(fields)
    groups: dict[str, int] = {}
    for name in fields:
        head, of_list, _rest = name.partition("[]")
        groups[head + of_list] = groups.get(head + of_list, 0) + 1
    return ", ".join(name if n == 1 else f"{name} ({n})" for name, n in groups.items())
