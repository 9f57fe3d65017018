"""The code lists of the OSO gegevensset (mappings/oso/codelists.yaml), with what is known of the codes."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

from dod2oso.base import yaml as yamlfile
from dod2oso.base.caches import by_version
from dod2oso.base.resources import mappings_dir
from dod2oso.oso.added import added, catalogue_file, catalogue_part
from dod2oso.oso.versions import within


class Source(NamedTuple):
    """Where the meaning of a code comes from; certainty C confirmed for OSO, I inferred, U weak."""

    certainty: str
    nl: str


class Code(NamedTuple):
    """One code; label and source are None when its meaning is not publicly confirmed."""

    code: str
    label: str | None
    source: Source | None
    since: str | None
    until: str | None


@dataclass(frozen=True, slots=True)
class Codelist:
    """One list with the codes of all versions; an open end of a range is None."""

    number: int
    name: str
    since: str | None
    until: str | None
    codes: tuple[Code, ...]


@by_version
def codes(number: int, version: str) -> frozenset[str]:
    """The codes that pass in this version; empty when the list is not enforced in it."""
    if version in added():
        return frozenset(catalogue_part(version, "codelists").get(str(number), ()))
    if not in_force(number, version):
        return frozenset()
    return frozenset(c.code for c in codelists()[number].codes if within(version, c.since, c.until))


def labels(number: int) -> dict[str, str]:
    """Meaning by code, in Dutch, for the codes of any version whose meaning is known."""
    known = codelists().get(number)
    return {} if known is None else {c.code: c.label for c in known.codes if c.label is not None}


def meaning(number: int, version: str, code: str) -> str | None:
    """What a code means, in Dutch: as a workbook with the files of an added version says, else as we know it."""
    said = catalogue_file(version).data.get("meanings", {}) if version in added() else {}
    return said.get(str(number), {}).get(code) or labels(number).get(code)


def name_of(number: int) -> str:
    """What a list is called; "" for one of a version that a user added and that nobody named."""
    known = codelists().get(number)
    return "" if known is None else known.name


def in_force(number: int, version: str) -> bool:
    """Do the official validators enforce this list in this version?"""
    if version in added():
        return str(number) in catalogue_part(version, "codelists")
    found = codelists()[number]
    return within(version, found.since, found.until)


@lru_cache(maxsize=1)
def codelists() -> dict[int, Codelist]:
    """All lists that come with dod2oso, by number."""
    data = yamlfile.load(mappings_dir() / "oso" / "codelists.yaml").data
    sources = {key: Source(value["certainty"], value["nl"]) for key, value in data["sources"].items()}
    return {int(number): _codelist(int(number), spec, sources) for number, spec in data["codelists"].items()}


def _codelist(number: int, spec: dict[str, Any], sources: dict[str, Source]) -> Codelist:
    since, until = spec.get("since"), spec.get("until")
    found = []
    for code, node in spec["codes"].items():
        props = node if isinstance(node, dict) else {"nl": node}
        label = props.get("nl")
        source = None if label is None else sources[props.get("source") or spec["source"]]
        found.append(Code(code, label, source, props.get("since", since), props.get("until", until)))
    return Codelist(number, spec["name"], since, until, tuple(found))
