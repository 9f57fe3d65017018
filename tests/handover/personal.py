"""What a synthetic region says of pupils and the people around them, to look for where none of it may be."""

from collections.abc import Iterator
from pathlib import Path

from lxml import etree

PLACES = (
    "voornaam", "achternaam", "roepnaam", "bsn", "onderwijsnummer", "geboortedatum", "straat", "postcode", "nummer",
    "argumentatie", "aandachtspunten", "contactpersoon", "contacttelefoon", "contactemail",
    "arrangement_beschikkingsnr", "tlvbeschikkingsnummer", "doorwie", "instantie",
)  # fmt: skip
_SHORTEST = 5  # characters: a shorter word stands in other words, and by chance in compressed files


def said_of_people(root: Path) -> set[str]:
    """Every text in one of PLACES in a dossier anywhere below `root`, outside what is said of the school itself."""
    found = set()
    for path in root.rglob("dossiers/*/*/*.xml"):
        tree = etree.fromstring(path.read_bytes())
        for school in tree.findall(".//{*}school"):
            school.clear()
        for element in tree.iter(*(f"{{*}}{name}" for name in PLACES)):
            text = (element.text or "").strip()
            if len(text) >= _SHORTEST:
                found.add(text)
    return found


def left_in(values: set[str], data: bytes) -> list[str]:
    """Which of the values stand in the data, as UTF-8 or UTF-16."""
    return [value for value in values if value.encode() in data or value.encode("utf-16-le") in data]


def outside_dossiers(root: Path, *apart: str) -> Iterator[tuple[str, bytes]]:
    """(name, bytes) of every file below `root` that is no dossier and not in one of the folders `apart`."""
    for path in sorted(root.rglob("*")):
        inside = path.relative_to(root)
        is_dossier = path.suffix == ".xml" and {"dossiers", "outbox"} & set(inside.parts)
        if path.is_file() and not is_dossier and inside.parts[0] not in apart:
            yield inside.as_posix(), path.read_bytes()
