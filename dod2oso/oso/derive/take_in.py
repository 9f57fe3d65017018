"""Take in an OSO version from the official files of a user, to be used like those that came with dod2oso."""

import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lxml import etree

from dod2oso.base.caches import versions_changed
from dod2oso.base.errors import UsageError
from dod2oso.base.xml import parse_bytes
from dod2oso.base.yamltext import dumped
from dod2oso.oso.added import CATALOGUE, FACTS, SCHEMA, folder_of, sha256
from dod2oso.oso.catalogue import catalogue
from dod2oso.oso.codelists import codes
from dod2oso.oso.derive.codes import Lists, completed, number_lists
from dod2oso.oso.derive.learn import Judge, Learned, learn
from dod2oso.oso.derive.notation import as_data
from dod2oso.oso.derive.problem import Problem, UnusableError
from dod2oso.oso.derive.stylesheet import Said, Steps, read_stylesheets
from dod2oso.oso.derive.workbook import Listed
from dod2oso.oso.derive.xsd import Structure, flattened, read_structure
from dod2oso.oso.rules.families import document_lists
from dod2oso.oso.versions import nearest_built_in
from dod2oso.oso.versions import version as known_version


@dataclass(frozen=True, slots=True)
class Source:
    """Official files: name -> bytes. schema: the XSD with dossier; layers: ov, swv -> main stylesheet.

    listed: code lists of workbooks that came along, with `told` of them.
    """

    version: str
    files: Mapping[str, bytes]
    schema: str
    layers: Mapping[str, str]
    modules: tuple[str, ...] = ()
    listed: tuple[Listed, ...] = ()
    told: tuple[Problem, ...] = ()

    @property
    def stylesheets(self) -> dict[str, bytes]:
        """All stylesheets, modules too."""
        return {name: self.files[name] for name in (*self.layers.values(), *self.modules)}


@dataclass(slots=True)
class TakenIn:
    """What came of it: the version, what could not be held, and what the stylesheets told."""

    version: str
    nearest: str
    structure: Structure
    lists: Lists
    problems: list[Problem]
    learned: Learned = field(default_factory=Learned)


def take_in(source: Source, judge: Judge | None = None) -> TakenIn:
    """Derive a version and keep what was derived; what was kept of it before is replaced.

    judge: the official stylesheets, None when they cannot run here; then none of our rules is promoted. Raises
    UsageError when nothing can be derived, saying why.
    """
    try:
        structure = read_structure(source.files, source.schema)
        said = read_stylesheets(source.stylesheets)
        schema = etree.tostring(flattened(source.files, source.schema), xml_declaration=True, encoding="UTF-8")
        etree.XMLSchema(parse_bytes(schema))
    except UnusableError as error:
        raise UsageError(error.code, what=error.what) from None
    except etree.XMLSchemaParseError as error:
        raise UsageError("xsd-does-not-compile", line=error.error_log[0].line if len(error.error_log) else 0) from None
    name = source.version
    nearest = nearest_built_in(name)
    carried = carried_over(nearest, said.lists)
    lists = number_lists(structure, {**said.lists, **carried}, catalogue(nearest))
    lists, of_lists = completed(lists, structure, catalogue(nearest), source.listed, said.unread)
    problems = [*structure.problems, *said.problems, *source.told, *of_lists]
    problems += [Problem("codes-carried-over", "/".join(steps), nearest) for steps in carried]
    data = dumped(as_data(structure, lists, problems)).encode()
    taken = TakenIn(name, nearest, structure, lists, problems)
    facts = _facts(taken, source, said)
    keep(name, facts, data, schema)
    if judge is not None:
        learned = taken.learned = learn(name, judge, source.stylesheets.values())
        if learned.silent:
            problems.append(Problem("judge-silent", ", ".join(learned.silent), name))
        facts |= {
            "unheld": [list(problem) for problem in problems],
            "promoted": taken.learned.promoted,
            "texts": taken.learned.texts,
            "asked": taken.learned.asked,
            "judged": taken.learned.answered,
            "mutants": taken.learned.mutants,
        }
        keep(name, facts, data, schema)
    return taken


def carried_over(nearest: str, said: Mapping[Steps, tuple[str, ...]]) -> dict[Steps, tuple[str, ...]]:
    """The lists that are judged once per document: their official form is not known, so their codes carry over."""
    found = {}
    for steps in document_lists(nearest):
        element = catalogue(nearest).at("/".join(steps))
        if steps not in said and element is not None and element.codelist is not None:
            found[steps] = tuple(sorted(codes(element.codelist, nearest)))
    return found


def keep(name: str, facts: Mapping[str, Any], data: bytes, schema: bytes) -> None:
    """Write what was derived of a version, all or nothing, with the hashes; `data` is its catalogue as YAML."""
    written = {CATALOGUE: data, SCHEMA: schema}
    hashes = {**facts["sha256"], **{file: sha256(content) for file, content in written.items()}}
    written[FACTS] = dumped({**facts, "sha256": hashes}).encode()
    target = folder_of(name)
    target.parent.mkdir(parents=True, exist_ok=True)
    fresh = Path(tempfile.mkdtemp(prefix=f".{name}-", dir=target.parent))
    try:
        for file, content in written.items():
            (fresh / file).write_bytes(content)
        if target.exists():
            shutil.rmtree(target)
        fresh.rename(target)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    versions_changed()


def _facts(taken: TakenIn, source: Source, said: Said) -> dict[str, Any]:
    near = known_version(taken.nearest)
    year = int(taken.version.split(".")[0])
    fixed = {
        key: said.fixed.get(key) or (taken.version if taken.structure.dossier_has(f"metadata/{key}") else None)
        for key in ("standaardversie", "validatieversie", "eldversie", "xsdversie")
    }
    return {
        "format": 1,
        "version": taken.version,
        "nearest": taken.nearest,
        "namespace": taken.structure.namespace,
        # the year in the name is the school year that begins in it (so for every version from 2016.1)
        "schoolyear": f"{year}-{year + 1}" if year > 1000 else near.schoolyear,
        **{key: value for key, value in fixed.items() if value is not None},
        "masks": near.masks,
        "layers": ["gegevensset", *(layer for layer in ("ov", "swv") if layer in source.layers)],
        "sha256": {f"bundle/{name}": sha256(data) for name, data in sorted(source.files.items())},
        "unheld": [list(problem) for problem in taken.problems],
    }
