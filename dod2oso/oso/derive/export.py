"""A version as one YAML document, to be reviewed, and shipped with dod2oso later."""

from dataclasses import asdict
from typing import Any

from dod2oso.base import yaml as yamlfile
from dod2oso.oso.added import CATALOGUE, FACTS, added, catalogue_file, folder_of
from dod2oso.oso.catalogue import catalogue
from dod2oso.oso.codelists import codes, labels
from dod2oso.oso.derive.codes import Lists
from dod2oso.oso.derive.notation import as_data, dump
from dod2oso.oso.derive.problem import Problem
from dod2oso.oso.derive.xsd import Structure
from dod2oso.oso.versions import version as known_version


def exported(name: str) -> str:
    """version: what it implies; catalogue: elements, types and code lists, in the notation of fields.yaml.

    UsageError when there is no such version.
    """
    known = known_version(name)
    if name in added():
        facts = yamlfile.load(folder_of(name) / FACTS).data
        return dump({FACTS.removesuffix(".yaml"): facts, CATALOGUE.removesuffix(".yaml"): catalogue_file(name).data})
    facts = {key: value for key, value in asdict(known).items() if value is not None}
    facts["layers"] = list(known.layers)
    return dump({"version": facts, "catalogue": _built_in(name)})


def _built_in(name: str) -> dict[str, Any]:
    """The catalogue of a version that came with dod2oso, in the form that derived ones have."""
    tree = catalogue(name)
    places = {("dossier", *one.path.split("/")): one.codelist for one in tree.fields() if one.codelist is not None}
    numbers = sorted(set(places.values()))
    known = {number: tuple(sorted(codes(number, name))) for number in numbers}
    said = {number: labels(number) for number in numbers}
    meanings = {number: {one: said[number][one] for one in known[number] if one in said[number]} for number in numbers}
    lists = Lists(known, places, meanings)
    structure = Structure(
        known_version(name).namespace, tree.root, tree.terugkoppeling, tuple(sorted(tree.roots)), dict(tree.aliases)
    )
    problems: list[Problem] = []
    return as_data(structure, lists, problems)
