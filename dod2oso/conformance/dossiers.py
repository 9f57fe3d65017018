"""Made-up dossiers, complete and minimal, for every version and transfer; nobody is in them.

`everything` holds all elements of a version and passes the schema only. `full_dossier` leaves out what the
rules forbid, `minimal_dossier` keeps only what schema and rules demand; both pass every rule of a built-in version.
"""

import re
from collections.abc import Callable, Iterator
from itertools import repeat

from dod2oso.generate.documents import plain
from dod2oso.mapping.attachments import pack
from dod2oso.oso.catalogue import Element, catalogue
from dod2oso.oso.derive.specimen import sample_value
from dod2oso.oso.transfers import categories, governed, transfer
from dod2oso.oso.versions import version as known_version
from dod2oso.oso.writer import Node, write_dossier

PUPIL = "huidigeschool/leerling/"
BSN = "999900006"

_FILE = "bijlage.txt"
_BY_NAME = {
    "adresgeheim": "false",
    "geheim": "false",
    "bsn": BSN,
    "onderwijsnummer": BSN,
    "akkoord": "Ja",
    "toestemming": "Ja",
    "deeldossier": "LASLVS",
    "bestandsnaam": _FILE,
    "bestandsinhoud": pack(plain("Een verzonnen bijlage.\n"), _FILE),
}
_BY_PATH = {"metadata/datum": "2019-03-02"}

# Forbidden by the rules of each layer (profiles.md); what the categories forbid comes from transfers.yaml.
_NEVER = {
    "ov": ("geboortemaand", "postcode4adres", "geboorteplaats", "nationaliteit", "zorg/vir"),
    "swv": (
        *("geboortemaand", "postcode4adres", "geboorteplaats", "nationaliteit", "zorg/vir", "zorg/zat"),
        *("bsn", "onderwijsnummer", "verzorger/banknummer"),
    ),
}
_NEVER_IN_2019 = ("huisarts/roepnaam", "huisarts/geslacht")

# Demanded by the rules beyond the schema, in at least one transfer, and harmless in the others.
_WANTED = (
    *("metadata/categorie_uitlevering", "metadata/overstap", "inzage/inzage", "inzage/inzagedatum"),
    *("inzage/akkoord", "inzage/toestemming", "huidigeschool/adreslijst", "huidigeschool/communicatielijst"),
    *(PUPIL + name for name in ("voornaam", "geboortedatum", "adresgeheim", "adreslijst", "bsn", "leerlingid")),
    *(PUPIL + name for name in ("datuminschrijving", "verzorgersaansprakelijk", "schoolloopbaanlijst")),
    *(PUPIL + name for name in ("overstapadvies/advies", "overstapadvies/contactnodig", "verzorger")),
    *(PUPIL + name for name in ("overstapadvies/contactpersoon", "overstapadvies/contacttelefoon")),
    PUPIL + "onderwijsondersteuning/medicijngebruik",
)

Keep = Callable[[Element], bool]


def everything(version: str, alternative: int = 0, copies: int = 1) -> bytes:
    """A dossier with every element of the version; of each choice the member with this number."""
    values = {"overdrachtsoort": "overstapdossier", "metadata/overstap": "POPO"} | _versions(version)
    root = catalogue(version).root
    return write_dossier(version, list(children_of(root, version, values, _all, alternative, copies)))


def some(version: str, wanted: Callable[[str], bool], alternative: int = 0, copies: int = 1) -> bytes:
    """What the schema demands, with every element whose path is wanted and what stands above it."""
    root = catalogue(version).root
    paths = {element.path for element in root.walk() if wanted(element.path)}
    paths |= {path[: n.start()] for path in paths for n in re.finditer("/", path)}
    values = {"overdrachtsoort": "overstapdossier", "metadata/overstap": "POPO"} | _versions(version)

    def keep(element: Element) -> bool:
        return element.path in paths or (element.min > 0 and (element.group is None or element.group.min > 0))

    return write_dossier(version, list(children_of(root, version, values, keep, alternative, copies)))


def everything_back(version: str, copies: int = 1) -> bytes:
    """A terugkoppeling with every element of the version."""
    root = catalogue(version).terugkoppeling
    nodes = list(children_of(root, version, _versions(version), _all, 0, copies))
    data = write_dossier(version, nodes)
    return data.replace(b"<dossier ", b"<terugkoppeling ").replace(b"</dossier>", b"</terugkoppeling>")


def full_dossier(version: str, overstap: str, copies: int = 1) -> bytes:
    """A dossier with everything this transfer may hand over."""
    return write_dossier(version, full_nodes(version, overstap, copies))


def minimal_dossier(version: str, overstap: str) -> bytes:
    """A dossier with only what this transfer must hand over."""
    return write_dossier(version, minimal_nodes(version, overstap))


def full_nodes(version: str, overstap: str, copies: int = 1) -> list[Node]:
    """The nodes of `full_dossier`."""
    forbidden = forbidden_paths(version, overstap)
    return _nodes(version, overstap, lambda element: element.path not in forbidden, copies, "LASLVS")


def minimal_nodes(version: str, overstap: str) -> list[Node]:
    """The nodes of `minimal_dossier`."""
    forbidden = forbidden_paths(version, overstap)
    wanted = {"/".join(path.split("/")[: n + 1]) for path in _WANTED for n in range(path.count("/") + 1)}
    wanted |= {"metadata/overstap"} if transfer(overstap).overstap else set()

    def keep(element: Element) -> bool:
        first_of_list = element.path.endswith(("lijst/adres", "lijst/communicatie"))
        demanded = element.min > 0 and (element.group is None or element.group.min > 0)
        return element.path not in forbidden and (demanded or first_of_list or element.path in wanted)

    return _nodes(version, overstap, keep, 1, "LAS")


def _nodes(version: str, overstap: str, keep: Keep, copies: int, part: str) -> list[Node]:
    what = transfer(overstap)
    values = {"overdrachtsoort": what.overdrachtsoort, "metadata/overstap": what.overstap or ""}
    values["metadata/deeldossier"] = part
    choices = categories(overstap, version)
    values |= {f"metadata/categorie_uitlevering/{name}": choice for name, choice in choices.items()}
    root = catalogue(version).root
    return list(children_of(root, version, values | _versions(version), keep, 0, copies))


def forbidden_paths(version: str, overstap: str) -> set[str]:
    """The paths under dossier that no dossier of this version and transfer may hold."""
    what = transfer(overstap)
    paths = {PUPIL + name for name in _NEVER[what.layer] + _NEVER_IN_2019}
    if what.overstap is None:
        paths.add("metadata/overstap")
    if overstap != "POPO":
        paths |= {PUPIL + "voorschools", PUPIL + "vroegschools"}
    for name, choice in categories(overstap, version).items():
        if choice == "VERBODEN":
            paths |= set(governed(version)[name])
    return paths


def _versions(version: str) -> dict[str, str]:
    known = known_version(version)
    names = ("standaardversie", "validatieversie", "eldversie", "xsdversie")
    return {f"metadata/{name}": value for name in names if (value := getattr(known, name)) is not None}


def _all(_element: Element) -> bool:
    return True


def children_of(
    block: Element, version: str, values: dict[str, str], keep: Keep, alternative: int, copies: int
) -> Iterator[Node]:
    """The nodes below a block: of each choice the member with number `alternative`, of what may repeat so many.

    values: path -> text, for fields that say something else than their type makes up.
    """
    members: dict[tuple[str, ...], list[str]] = {}
    for child in block.children:
        if child.group is not None and child.group.kind == "choice" and keep(child):
            members.setdefault(child.group.members, []).append(child.name)
    chosen = {names[alternative % len(names)] for names in members.values()}
    unchosen = {name for names in members.values() for name in names} - chosen
    for child in block.children:
        if child.name in unchosen or not keep(child):
            continue
        if child.kind == "block":
            node: Node = child.name, list(children_of(child, version, values, keep, alternative, copies))
        elif child.attributes:
            attributes = {attribute.name: "tekst" for attribute in child.attributes}
            node = child.name, _value(child, version, values), attributes
        else:
            node = child.name, _value(child, version, values)
        yield from repeat(node, copies if child.max is None else 1)


def _value(field: Element, version: str, values: dict[str, str]) -> str:
    if field.path in values:
        return values[field.path]
    if field.path in _BY_PATH:
        return _BY_PATH[field.path]
    if field.name in _BY_NAME:
        return _BY_NAME[field.name]
    if field.path.endswith("communicatie/nummer"):
        return "info@voorbeeld.example"
    return sample_value(field, version)
