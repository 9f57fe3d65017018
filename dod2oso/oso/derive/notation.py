"""A derived catalogue as YAML, in the notation of mappings/oso/fields.yaml and codelists.yaml: one reader for both."""

from collections.abc import Iterator, Mapping
from typing import Any

import yaml

from dod2oso.base import yaml as yamlfile
from dod2oso.base.resources import mappings_dir
from dod2oso.oso.derive.codes import Lists, list_of
from dod2oso.oso.derive.problem import Problem
from dod2oso.oso.derive.xsd import Structure
from dod2oso.oso.element import Element, Facets, Group

_MARKS = {(1, 1): "", (0, 1): "?", (0, None): "*", (1, None): "+"}


def as_data(structure: Structure, lists: Lists, problems: list[Problem]) -> dict[str, Any]:
    """The catalogue as plain data; what the notation cannot say is added to `problems`."""
    writer = _Writer(lists, problems)
    dossier = writer.block(structure.dossier, "dossier")
    back = structure.terugkoppeling
    terugkoppeling = writer.block(back, "terugkoppeling") if back is not None else {".": "Geen terugkoppeling"}
    return {
        "roots": list(structure.roots),
        "aliases": {name: {"of": of} for name, of in structure.aliases.items()},
        "types": writer.types,
        "blocks": {},
        "dossier": dossier,
        "terugkoppeling": terugkoppeling,
        "codelists": {str(number): list(codes) for number, codes in lists.codes.items()},
        "meanings": {str(number): dict(said) for number, said in lists.meanings.items() if said},
        "places": {"/".join(steps): number for steps, number in lists.places.items()},
    }


def dump(data: Mapping[str, Any]) -> str:
    """Plain data as YAML; every text that could be read as something else is quoted."""
    text: str = yaml.safe_dump(dict(data), sort_keys=False, allow_unicode=True, width=120)
    return text


class _Writer:
    def __init__(self, lists: Lists, problems: list[Problem]) -> None:
        self.lists = lists
        self.problems = problems
        self.types: dict[str, dict[str, Any]] = {}
        self._named = _shipped_types()

    def block(self, block: Element, path: str) -> dict[str, Any]:
        found: dict[str, Any] = {".": block.nl}
        for group, members in _grouped(block.children):
            into: dict[str, Any] = found
            if group is not None:
                number = sum(1 for key in found if key.startswith(("keuze ", "herhaal "))) + 1
                word = "keuze" if group.kind == "choice" else "herhaal"
                into = found.setdefault(f"{word} {number}{_mark(group.min, group.max)}", {})
            for child in members:
                key = f"{child.name}{_mark(child.min, child.max)}"
                if any(known.rstrip("?*+").partition("{")[0] == child.name for known in into):
                    self.problems.append(Problem("xsd-not-held", f"{path}/{child.name}", "tweemaal"))
                    continue
                into[key] = self._child(child, f"{path}/{child.name}")
        return found

    def _child(self, child: Element, path: str) -> Any:
        if child.kind == "block":
            return self.block(child, path)
        spec: dict[str, Any] = {"nl": child.nl, "type": self._type(child.type, child.facets)}
        number = list_of(self.lists.places, path)
        if number is not None:
            spec["codes"] = number
        if child.attributes:
            spec["attributes"] = {
                one.name: self._type("string", Facets(min_length=one.min_length)) for one in child.attributes
            }
        return spec

    def _type(self, base: str, facets: Facets) -> str:
        limits = {name: value for name, value in facets._asdict().items() if value is not None}
        spec = {"base": base, **limits}
        name = self._named.get(_key(spec))
        if name is None:
            name = f"type-{sum(1 for one in self.types if one.startswith('type-')) + 1}"
            self._named[_key(spec)] = name
        self.types[name] = spec
        return name


def _grouped(children: tuple[Element, ...]) -> Iterator[tuple[Group | None, list[Element]]]:
    """The children, those of one group together; elements outside groups in runs."""
    run: list[Element] = []
    for child in children:
        if run and child.group != run[-1].group:
            yield run[-1].group, run
            run = []
        run.append(child)
    if run:
        yield run[-1].group, run


def _mark(least: int, most: int | None) -> str:
    known = _MARKS.get((least, most))
    return known if known is not None else f"{{{least},{'' if most is None else most}}}"


def _shipped_types() -> dict[Any, str]:
    """The names that fields.yaml has for types, so that a derived catalogue reads the same."""
    types = yamlfile.load(mappings_dir() / "oso" / "fields.yaml").data["types"]
    found: dict[Any, str] = {}
    for name, specs in types.items():
        for spec in specs if isinstance(specs, list) else [specs]:
            bare = {key: value for key, value in spec.items() if key not in ("since", "until")}
            found.setdefault(_key(bare), name)
    return found


def _key(spec: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    return tuple(sorted((key, str(value)) for key, value in spec.items()))
