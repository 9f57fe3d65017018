"""The mapping as a document, docs/mapping.md: what a consultant lays before a client, made of the compiled plans.

`python -m tools.mapping_reference` writes it again; a test keeps it up to date.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from dod2oso.base import yaml as yamlfile
from dod2oso.findings.catalogue import reason
from dod2oso.mapping.compile import shipped_plan
from dod2oso.mapping.conditions import CONDITIONS
from dod2oso.mapping.load import load_mapping
from dod2oso.mapping.operations import OPERATIONS
from dod2oso.mapping.plan import BlockPlan, ElementPlan, FirstOf, LeafEach, LeafPlan
from dod2oso.oso.catalogue import catalogue
from dod2oso.oso.transfers import TRANSFERS, transfer
from dod2oso.oso.versions import VERSIONS
from dod2oso.source.dictionary import load_dictionary
from tools.oso_reference import table

PAGE = Path(__file__).resolve().parents[1] / "docs" / "mapping.md"
WORDS = Path(__file__).with_name("mapping_words.yaml")

_MADE = "<!-- Gemaakt uit mappings/ met: python -m tools.mapping_reference. Niet met de hand wijzigen. -->"
_INTRO = """# Van DOD naar OSO: de mapping

Per blok van het OSO-dossier: welk element waaruit wordt gevuld, hoe, en in welke OSO-versies en overstappen dat geldt.
Dit is de meegeleverde mapping; met `--mapping` kan een eigen worden gebruikt. De tekst komt uit de mapping zoals die
voor elke versie en overstap is vertaald, dus hier staat precies wat er gebeurt.

- **Uit**: veld uit het woordenboek van dod2oso (`mappings/dictionary.yaml`); van meer velden telt het
  eerste dat een waarde heeft. *het register* is het scholenregister, *de run* zijn de gegevens van de omzetting zelf.
- **Grond**: het artikel van het Besluit uitwisseling leer- en begeleidingsgegevens dat het gegeven toelaat.
- **Geldt in**: zonder tekst geldt de regel in alle versies en bij alle overstappen die het element kennen.
- Een element zonder *Uit* vult dod2oso niet, of alleen uit de aanvulling.
"""
_LAW = """## Wat nooit meegaat

Deze velden gaan in geen enkele versie en bij geen enkele overstap mee. *Artikel*: van het Besluit uitwisseling leer- en
begeleidingsgegevens, dat een gesloten lijst geeft van wat een overdrachtsdossier mag bevatten.
"""
_REST = """## Wat soms achterblijft

Deze velden gaan wel mee, maar niet in elke versie of niet bij elke overstap.
"""

Pair = tuple[str, str]  # version, transfer


class _Line(NamedTuple):
    """One way in which an element gets its value."""

    sources: tuple[str, ...]
    how: tuple[str, ...]


def page() -> str:
    """The page as markdown."""
    return "\n".join([_MADE, "", _INTRO, *_blocks(), _LAW, *_never(), _REST, *_sometimes()])


@cache
def pairs() -> tuple[Pair, ...]:
    """Every version with every transfer it knows."""
    return tuple((version, name) for version in VERSIONS for name in TRANSFERS if version in transfer(name).versions)


# --- what goes along ---


def _blocks() -> Iterator[str]:
    lines = _lines()
    for block, fields in _fields_by_block().items():
        yield f"## {block or 'dossier'}"
        yield ""
        if conditions := _block_conditions().get(block):
            yield from (f"- {text}" for text in conditions)
            yield ""
        rows = []
        for path in fields:
            known = {pair for pair in pairs() if catalogue(pair[0]).at(path.partition("/@")[0]) is not None}
            for line, where in lines.get(path, {_Line((), ()): known}).items():
                rows.append((*_element(path), *_text(line), _span(where, known), _exists(path)))
        yield from table(("Element", "Wat", "Uit", "Hoe", "Grond", "Geldt in", "Element bestaat"), rows)


@cache
def _fields_by_block() -> dict[str, list[str]]:
    """The fields directly in each block, of all versions, in the order of the newest that has the block."""
    found: dict[str, list[str]] = {}
    for version in reversed(VERSIONS):
        for element in catalogue(version).fields():
            block = found.setdefault(element.path.rpartition("/")[0], [])
            paths = (element.path, *(f"{element.path}/@{attribute.name}" for attribute in element.attributes))
            block += [path for path in paths if path not in block]
    return found


@cache
def _lines() -> dict[str, dict[_Line, set[Pair]]]:
    found: dict[str, dict[_Line, set[Pair]]] = {}
    for pair in pairs():
        for plan in _walk(shipped_plan(*pair).children):
            if isinstance(plan, LeafPlan | LeafEach):
                leaf = plan.leaf if isinstance(plan, LeafEach) else plan
                found.setdefault(plan.path, {}).setdefault(_line(leaf), set()).add(pair)
                for attribute in leaf.attributes:
                    path = f"{plan.path}/@{attribute.name}"
                    found.setdefault(path, {}).setdefault(_line(attribute), set()).add(pair)
    return found


@cache
def _block_conditions() -> dict[str, list[str]]:
    """Per block: for each item of what it is made, and on what condition."""
    found: dict[str, list[str]] = {}
    for pair in pairs():
        for plan in _walk(shipped_plan(*pair).children):
            if not isinstance(plan, BlockPlan):
                continue
            texts = []
            groups = " en ".join(f"`{group.name}`" for group in (*plan.each, *plan.repeat))
            if groups:
                texts.append(f"Een voor elk item van {groups}.")
            if plan.condition is not None:
                word = _word("conditions", _name(plan.condition, CONDITIONS))
                texts.append(f"Voorwaarde: {word}{_why(plan.reason)}.")
            known = found.setdefault(plan.path, [])
            known += [text for text in texts if text not in known]
    return found


def _walk(children: Iterable[ElementPlan]) -> Iterator[ElementPlan]:
    for child in children:
        if isinstance(child, FirstOf):
            yield from _walk(child.options)
            continue
        yield child
        if isinstance(child, BlockPlan):
            yield from _walk(child.children)


def _line(leaf: LeafPlan) -> _Line:
    sources = tuple(dict.fromkeys(name for source in leaf.sources for name in source.names))
    how = [_word("operations", _name(operation, OPERATIONS)) for operation in leaf.operations]
    if leaf.table is not None:
        how.append(f"codes: {leaf.table.describes}")
    if leaf.condition is not None:
        how.append(f"{_word('conditions', _name(leaf.condition, CONDITIONS))}{_why(leaf.reason)}")
    if leaf.default is not None:
        how.append(f"{'anders' if sources else 'vast'} {leaf.default.value}: {leaf.default.reason}")
    if leaf.cut is not None:
        how.append(f"afgekapt na {leaf.cut} tekens, met een melding")
    if not sources and leaf.default is None:
        how.append("alleen uit de aanvulling")
    return _Line(sources, tuple(how))


def _element(path: str) -> tuple[str, str]:
    owner, _, attribute = path.partition("/@")
    found = (catalogue(version).at(owner) for version in reversed(VERSIONS))
    element = next(element for element in found if element is not None)
    return f"`{element.name}/@{attribute}`" if attribute else f"`{element.name}`", element.nl


def _text(line: _Line) -> tuple[str, str, str]:
    dictionary = load_dictionary()
    names, laws = [], []
    for name in line.sources:
        if name in dictionary:
            names.append(f"{dictionary[name].nl} (`{name}`)")
            laws.append(article(dictionary[name].law))
        else:
            where, _, field = name.partition(".")
            names.append(f"{'de run' if where == 'run' else 'het register'}: {field}")
    return "; ".join(names), "; ".join(line.how), "; ".join(dict.fromkeys(filter(None, laws)))


# --- what stays behind ---


def _never() -> Iterator[str]:
    dictionary, mapping = load_dictionary(), load_mapping()
    rows = []
    for entry in mapping.dropped:
        within = f"{entry.since or ''}-{entry.until or ''}" if entry.since or entry.until else ""
        for field in (name for pattern in entry.from_ for name in _expand(pattern)):
            grounds = article(entry.article) or dictionary[field].law_reason or _ground(entry.reason)
            why = reason(entry.reason).nl + (f" ({entry.note})" if entry.note else "")
            rows.append((f"`{field}`", dictionary[field].nl, why, grounds, within))
    yield from table(("Veld", "Wat", "Waarom", "Artikel", "Versies"), rows)


def _sometimes() -> Iterator[str]:
    dictionary = load_dictionary()
    never = {name for entry in load_mapping().dropped for pattern in entry.from_ for name in _expand(pattern)}
    rows = []
    for field in dictionary.fields:
        if field in never:
            continue
        by_reason: dict[str, set[Pair]] = {}
        for pair in pairs():
            if field in shipped_plan(*pair).dropped:
                by_reason.setdefault(shipped_plan(*pair).dropped[field], set()).add(pair)
        for key, where in by_reason.items():
            rows.append((f"`{field}`", dictionary[field].nl, reason(key).nl, _ground(key), _span(where, set())))
    yield from table(("Veld", "Wat", "Waarom", "Grond", "Blijft achter in"), rows)


def _expand(pattern: str) -> list[str]:
    stem = pattern.removesuffix("*") if pattern.endswith(".*") else f"{pattern}." if pattern.endswith("[]") else ""
    return [name for name in load_dictionary().fields if (name.startswith(stem) if stem else name == pattern)]


# --- words ---


def article(law: str | None) -> str:
    """`besluit-2012-art-4-1a` as people write it; empty for what is no article."""
    found = re.match(r"besluit-2012-art-(\d+)(?:-(\d+))?([a-z]?)\Z", law or "")
    if found is None:
        return ""
    number, section, letter = found.groups()
    return f"art. {number}" + (f" lid {section}" if section else "") + (f" onder {letter}" if letter else "")


def _span(where: set[Pair], known: set[Pair]) -> str:
    """The versions and transfers of some pairs in words; empty when they are all that is known."""
    if where == known:
        return ""
    versions = [version for version in VERSIONS if any(version == one for one, _ in where)]
    transfers = [name for name in TRANSFERS if any(name == one for _, one in where)]
    parts = []
    if versions != [version for version in VERSIONS if any(version == one for one, _ in known or set(pairs()))]:
        parts.append(_versions(versions))
    possible = {name for version, name in known or set(pairs()) if version in versions}
    if set(transfers) != possible:
        parts.append(", ".join(transfers))
    return "; ".join(parts) or "alle versies en overstappen"


def _exists(path: str) -> str:
    versions = [version for version in VERSIONS if catalogue(version).at(path.partition("/@")[0]) is not None]
    return "" if len(versions) == len(VERSIONS) else _versions(versions)


def _versions(names: list[str]) -> str:
    """A row of versions in words; what lies apart is named one by one."""
    first, last = VERSIONS.index(names[0]), VERSIONS.index(names[-1])
    if len(names) != last - first + 1:
        return ", ".join(names)
    if last == len(VERSIONS) - 1:
        return "alle versies" if first == 0 else f"vanaf {names[0]}"
    if first == 0:
        return f"tot en met {names[-1]}"
    return names[0] if first == last else f"{names[0]} tot en met {names[-1]}"


def _why(key: str) -> str:
    return f" (anders: {reason(key).nl[:1].lower()}{reason(key).nl[1:].rstrip('.')})" if key else ""


def _ground(key: str) -> str:
    ground = reason(key).ground
    return ground[0] if ground else ""


def _name(function: Callable[..., Any], known: dict[str, Any]) -> str:
    return next(name for name, one in known.items() if one is function)


@cache
def words() -> dict[str, dict[str, str]]:
    """What each named operation and condition does, in Dutch."""
    return yamlfile.load(WORDS).data  # type: ignore[no-any-return]


def _word(kind: str, name: str) -> str:
    return words()[kind][name]


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
