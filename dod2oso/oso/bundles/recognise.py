"""What gathered files are: per OSO version the XSD and, per layer, the stylesheet that judges with all it includes.

A stylesheet that others include, or that calls templates it does not have, is a module and never runs by itself. What
tells the layer is the name of folder and file (OV, Overstap; PaO, Swv) and else the code swv-dossier that the
stylesheet demands; the numbers in its comments do not.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from posixpath import commonpath, normpath, relpath

from lxml import etree

from dod2oso.base import xml as xmlsafe
from dod2oso.base.errors import UsageError
from dod2oso.base.texts import Text
from dod2oso.oso.versions import version_of_namespace

FAMILY = "http://www.edustandaard.nl/oso_gegevensset/"
LAYERS = ("ov", "swv")
_XSLT = "{http://www.w3.org/1999/XSL/Transform}"
_XSD = "{http://www.w3.org/2001/XMLSchema}"
_SWV_NAME = re.compile(r"(?i)(?:\A|/|[a-z])(?:pao|swv)|samenwerkingsverband")
_OV_NAME = re.compile(r"(?i)(?:\A|/)ov/|overstap|osoprofielen")
_DEMANDS_SWV = re.compile(r"not\s*\([^()]*(?:\([^()]*\)[^()]*)*=\s*['\"]swv-dossier['\"]")
_FIXED = re.compile(r"standaardversie\s*=\s*['\"]([0-9]+(?:\.[0-9]+)+)['\"]")
_IN_NAME = re.compile(r"(?<![0-9])((?:19|20)[0-9]{2}\.[0-9]+)(?![0-9])")
# What would let a stylesheet read or write outside the document that it judges.
_REACHES_OUT = re.compile(
    r"(?<![\w-])(?:doc|document|doc-available|unparsed-text(?:-lines|-available)?|collection|uri-collection|json-doc"
    r"|environment-variable|available-environment-variables|transform)\s*\("
)
_REACHING = frozenset(
    _XSLT + name
    for name in ("result-document", "import-schema", "evaluate", "source-document", "stream", "use-package")
)
_OUTSIDE_SPACES = ("java:", "http://saxon.sf.net/", "http://exslt.org/", "http://expath.org/", "clitype:")


_Links = Callable[[str, etree._Element], Iterator[str]]


@dataclass(slots=True)
class Found:
    """One OSO version in gathered files. `sheets`: layer -> path of its main stylesheet -> files it needs, itself
    first.

    `problems` are about single files; the rest of the version stays usable.
    """

    version: str
    namespace: str
    known: bool
    schema: dict[str, bytes] = field(default_factory=dict)  # the XSD first, then what it includes
    sheets: dict[str, dict[str, bytes]] = field(default_factory=dict)
    problems: list[Text] = field(default_factory=list)


def recognise(files: Mapping[str, bytes]) -> tuple[list[Found], list[Text]]:
    """The versions in technical files, oldest namespace first, and what is wrong with files that belong to none.

    UsageError when there is no XSD and no stylesheet of OSO at all.
    """
    roots, problems = _parse(files)
    found: dict[str, Found] = {}
    for name, root in roots.items():
        space = _schema_space(root)
        if space:
            _schema(found, name, space, files, roots)
    sheets = {name: root for name, root in roots.items() if root.tag in (f"{_XSLT}stylesheet", f"{_XSLT}transform")}
    modules = _modules(sheets, files)
    for name, root in sheets.items():
        if name in modules:
            continue
        space = _judged_space(root)
        if not space:
            problems.append(Text("bundle-sheet-of-nobody", file=name))
            continue
        version = found.setdefault(space, Found("", space, False))
        _sheet(version, name, sheets, files)
    for version in found.values():
        known = version_of_namespace(version.namespace)
        version.known = known is not None
        version.version = known.name if known is not None else _name(version, files)
        if not version.schema:
            version.problems.append(Text("bundle-half", version=version.version))
    if not found:
        raise UsageError("bundle-no-schema")
    return sorted(found.values(), key=lambda one: one.version), problems


def _parse(files: Mapping[str, bytes]) -> tuple[dict[str, etree._Element], list[Text]]:
    roots, problems = {}, []
    for name, data in files.items():
        try:
            roots[name] = xmlsafe.parse_bytes(data)
        except etree.XMLSyntaxError:
            problems.append(Text("bundle-no-xml", name=name))
    return roots, problems


# --- XSD ---


def _schema_space(root: etree._Element) -> str:
    space = root.get("targetNamespace", "")
    has_root = root.tag == f"{_XSD}schema" and root.find(f"{_XSD}element[@name='dossier']") is not None
    return space if has_root and space.startswith(FAMILY) else ""


def _schema(
    found: dict[str, Found], name: str, space: str, files: Mapping[str, bytes], roots: Mapping[str, etree._Element]
) -> None:
    version = found.setdefault(space, Found("", space, False))
    needed, outside = _closure(name, roots, _schema_links)
    for missing in outside:
        version.problems.append(Text("bundle-schema-outside", file=name, missing=missing))
    if outside:
        return
    if version.schema and canonical(files[name]) != canonical(next(iter(version.schema.values()))):
        version.problems.append(Text("bundle-schemas-contradict", first=next(iter(version.schema)), second=name))
        return
    if not version.schema:
        version.schema = {path: files[path] for path in needed}


def _schema_links(name: str, root: etree._Element) -> Iterator[str]:
    for element in root.iterchildren(f"{_XSD}include", f"{_XSD}import", f"{_XSD}redefine"):
        where = element.get("schemaLocation")
        if where is not None and where != "http://www.w3.org/2001/xml.xsd":
            yield _beside(name, where)


def canonical(data: bytes) -> bytes:
    """The same for two files that differ only in white space around elements and in how they are written."""
    root = xmlsafe.parse_bytes(data)
    for element in root.iter():
        for place in ("text", "tail"):
            if not (getattr(element, place) or "").strip():
                setattr(element, place, None)
    return etree.tostring(root, method="c14n")


# --- stylesheets ---


def _modules(sheets: Mapping[str, etree._Element], files: Mapping[str, bytes]) -> set[str]:
    """Included by another, the same content as such a file, or calling templates that it does not have."""
    included = {path for name, root in sheets.items() for path in _included(name, root)}
    contents = {files[name] for name in included if name in files}
    modules = {name for name in sheets if name in included or files[name] in contents}
    for name in sheets.keys() - modules:
        needed, outside = _closure(name, sheets, _included)
        own = {template.get("name") for path in needed for template in sheets[path].iterchildren(f"{_XSLT}template")}
        called = {call.get("name") for path in needed for call in sheets[path].iter(f"{_XSLT}call-template")}
        if called - own and not outside:  # what it lacks may stand in a file that is not there: that is told
            modules.add(name)
    return modules


def _included(name: str, root: etree._Element) -> Iterator[str]:
    for element in root.iterchildren(f"{_XSLT}include", f"{_XSLT}import"):
        yield _beside(name, element.get("href", ""))


def _sheet(version: Found, name: str, sheets: Mapping[str, etree._Element], files: Mapping[str, bytes]) -> None:
    needed, outside = _closure(name, sheets, _included)
    for missing in outside:
        version.problems.append(Text("bundle-include-missing", file=name, missing=missing))
        return
    reaches = [path for path in needed if _reaches_out(sheets[path])]
    if reaches:
        version.problems.append(Text("bundle-reaches-out", file=reaches[0]))
        return
    layer = _layer(name, [files[path].decode("utf-8", "replace") for path in needed])
    if layer in version.sheets:
        first = next(iter(version.sheets[layer]))
        if files[name] != version.sheets[layer][first]:
            version.problems.append(Text("bundle-two-sheets", layer=layer, first=first, second=name))
        return
    version.sheets[layer] = {path: files[path] for path in needed}


def _layer(name: str, texts: Iterable[str]) -> str:
    last = "/".join(PurePosixPath(name).parts[-2:])
    swv, ov = _SWV_NAME.search(last) is not None, _OV_NAME.search(last) is not None
    if swv != ov:
        return "swv" if swv else "ov"
    return "swv" if any(_DEMANDS_SWV.search(text) for text in texts) else "ov"


def _judged_space(root: etree._Element) -> str:
    """The namespace of the dossiers that a stylesheet judges."""
    spaces = [*root.nsmap.values(), root.get("xpath-default-namespace", "")]
    return next((space for space in spaces if space and space.startswith(FAMILY) and not _of_messages(space)), "")


def _of_messages(space: str) -> bool:
    return space.rstrip("/").lower().endswith("meldingen")


def _reaches_out(root: etree._Element) -> bool:
    for element in root.iter(etree.Element):
        if element.tag in _REACHING or any(_REACHES_OUT.search(str(text)) for text in element.attrib.values()):
            return True
        if any(space.startswith(_OUTSIDE_SPACES) for space in element.nsmap.values()):
            return True
        if any(_REACHES_OUT.search(text) for text in (element.text or "", element.tail or "") if "{" in text):
            return True
    return False


# --- both ---


def _closure(name: str, roots: Mapping[str, etree._Element], links: _Links) -> tuple[list[str], list[str]]:
    """A file and all that it includes, in order; and what is included but not there."""
    needed, outside, waiting = [], [], [name]
    while waiting:
        path = waiting.pop(0)
        if path in needed:
            continue
        if path not in roots:
            outside.append(path)
            continue
        needed.append(path)
        waiting += links(path, roots[path])
    return needed, outside


def _beside(name: str, href: str) -> str:
    return normpath(f"{PurePosixPath(name).parent.as_posix()}/{href}") if ":" not in href else href


def _name(version: Found, files: Mapping[str, bytes]) -> str:
    """What an unknown version calls itself: its fixed value, else the number in a file name, else its namespace."""
    for layer in version.sheets.values():
        for data in layer.values():
            if fixed := _FIXED.search(data.decode("utf-8", "replace")):
                return fixed[1]
    for name in [*version.schema, *files]:
        if found := numbered(PurePosixPath(name).name):
            return found
    year = version.namespace.removeprefix(FAMILY).partition("/")[0]
    return year if "." in year else f"{year}.1"


def numbered(name: str) -> str | None:
    """The version that a file name names (OSO_codelijsten_2022.1.xlsx)."""
    found = _IN_NAME.search(name)
    return found[1] if found else None


def rooted(paths: Iterable[str], main: str) -> dict[str, str]:
    """Where files that refer to each other can lie in one folder: path -> path under that folder."""
    every = list(paths)
    top = commonpath([PurePosixPath(path).parent.as_posix() for path in every]) if len(every) > 1 else ""
    base = top or PurePosixPath(main).parent.as_posix()
    return {path: relpath(path, base) for path in every}
