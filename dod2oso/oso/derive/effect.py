"""What another OSO version would mean for dossiers that are there: counted, in memory, no dossier is changed."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from lxml import etree

from dod2oso.base import atrest
from dod2oso.base.xml import parse_bytes
from dod2oso.oso.catalogue import Element, catalogue
from dod2oso.oso.check_files import Official, layer_of
from dod2oso.oso.rules.document import Document, value
from dod2oso.oso.verdict import check_document
from dod2oso.oso.versions import version as known_version
from dod2oso.oso.writer import Node, write_dossier


@dataclass(slots=True)
class Effect:
    """Of so many dossiers of the old version: how many lose a value, how many would not be valid as they are.

    lost: path -> dossiers that have a value there for which the new version has no place.
    """

    dossiers: int = 0
    losing: int = 0
    invalid: int = 0
    lost: Counter[str] = field(default_factory=Counter)


def effect(files: Iterable[Path], old: str, new: str, judge: Official | None) -> Effect:
    """Put each dossier of version `old` into the form of `new` and judge it; files of other versions are passed by."""
    found = Effect()
    namespace = known_version(old).namespace
    for path in files:
        root = parse_bytes(atrest.read(path))
        if etree.QName(root).namespace != namespace:
            continue
        found.dossiers += 1
        lost: set[str] = set()
        moved = parse_bytes(write_dossier(new, _nodes(root, catalogue(new).root, lost, new)))
        found.lost.update(lost)
        found.losing += bool(lost)
        found.invalid += not _valid(moved, new, judge)
    return found


def _nodes(block: etree._Element, target: Element, lost: set[str], new: str) -> list[Node]:
    """The children that have a place in the new version, in its order; the paths of the others go into `lost`."""
    places = {child.name: number for number, child in enumerate(target.children)}
    made: list[tuple[int, Node]] = []
    for child in block.iterchildren("{*}*"):
        name = etree.QName(child).localname
        path = f"{target.path}/{name}" if target.path else name
        if name not in places:
            lost.update(_values(child, path))
            continue
        spec = target.children[places[name]]
        if spec.kind == "block":
            made.append((places[name], (name, _nodes(child, spec, lost, new))))
        else:
            text = _fixed(path, new) or value(child)
            attributes = {str(key): str(said) for key, said in child.attrib.items()}
            made.append((places[name], (name, text, attributes) if attributes else (name, text)))
    return [node for _, node in sorted(made, key=lambda pair: pair[0])]


def _values(element: etree._Element, path: str) -> Iterable[str]:
    """The paths below (and of) an element where a value stands."""
    children = list(element.iterchildren("{*}*"))
    if not children:
        return [path] if value(element).strip() else []
    return [one for child in children for one in _values(child, f"{path}/{etree.QName(child).localname}")]


def _fixed(path: str, new: str) -> str | None:
    name = path.removeprefix("metadata/")
    known = known_version(new)
    return getattr(known, name) if name in ("standaardversie", "validatieversie", "eldversie", "xsdversie") else None


def _valid(root: etree._Element, new: str, judge: Official | None) -> bool:
    document = Document(root)
    layer = layer_of(document, known_version(new))
    ours = check_document(document, new, layer)
    if ours.schema.state != "passed" or ours.rules.state != "passed":
        return False
    return judge is None or judge(root, new, layer, ours).state in ("passed", "not-run")
