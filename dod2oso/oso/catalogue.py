"""The catalogue: every element of the OSO dossier in one version, by path."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from dod2oso.base.caches import by_version
from dod2oso.oso import fieldtree
from dod2oso.oso.element import Attribute, Element, Facets, Group
from dod2oso.oso.versions import version as known_version

__all__ = ["Attribute", "Catalogue", "Element", "Facets", "Group", "catalogue"]


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All elements of one version.

    root is the element dossier; terugkoppeling the other element a document `dossiers` may hold, whose paths
    are relative to itself and do not count in `at`, `fields` and `all_paths`. all_paths holds every path
    under dossier, those of blocks too, in document order. roots: blocks that the public XSD also declares as roots of
    a document; aliases: other names of such roots.
    """

    version: str
    root: Element
    terugkoppeling: Element
    all_paths: tuple[str, ...]
    roots: frozenset[str]
    aliases: Mapping[str, str]
    _by_path: dict[str, Element]

    def at(self, path: str) -> Element | None:
        """The element at a path under dossier, such as "huidigeschool/leerling/bsn"; "" is dossier itself."""
        return self._by_path.get(path)

    def fields(self) -> Iterator[Element]:
        """The elements that hold a value, in document order."""
        return (element for element in self._by_path.values() if element.kind == "field")


@by_version
def catalogue(version: str) -> Catalogue:
    """The catalogue of this version; UsageError when there is no such version."""
    name = known_version(version).name
    root = fieldtree.build("dossier", name)
    terugkoppeling = fieldtree.build("terugkoppeling", name)
    by_path = {element.path: element for element in root.walk()}
    paths = tuple(path for path in by_path if path)
    return Catalogue(name, root, terugkoppeling, paths, *fieldtree.roots(name), by_path)
