"""What in an export is about a person: read with the source profiles, chosen by what the dictionary says of each field.

So a new field, layout or sample is walked too, without anybody adding its name to a list here.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from lxml import etree

from dod2oso.source.bind import BoundProfile, LayoutNode
from dod2oso.source.dictionary import DictionaryField, load_dictionary
from dod2oso.source.profile import shipped_profiles
from dod2oso.source.recognise import matches

PRIVATE = {"identity", "contact", "care", "special", "financial", "consent"}
OWN = re.compile(r"\b9\d{8}\b|\b\d{4} ?[A-Z]{2}\b|\b0\d{9}\b|\b0\d{1,3}-\d{6,8}\b|[\w.+-]+@[\w-]+\.\w+")


def is_private(name: str, meant: DictionaryField) -> bool:
    """Whether values of the field may be in no report: texts and numbers about persons, and everything free.

    Codes and yes/no are words of the standard, not of a person. The school itself is named in reports by its BRIN.
    """
    if name == "school.brin" or meant.type not in ("text", "pgn", "date", "attachment"):
        return False
    if meant.type == "date":
        return meant.sensitivity == "identity"
    return meant.sensitivity in PRIVATE or (
        meant.sensitivity == "learning" and not name.startswith(("school.", "export."))
    )


def is_telling(text: str) -> bool:
    """Whether finding this text means something: four letters in a row, or six digits; `12` is in every report."""
    return re.search(r"[^\W\d_]{4}", text) is not None or len(re.sub(r"\D", "", text)) >= 6 or bool(OWN.search(text))


def _parts(name: str, text: str) -> set[str]:
    """The value, and of a name its words too."""
    return {text, *re.split(r"[\s,]+", text)} if name.endswith(("naam", "namen")) and "[]" not in name else {text}


def private_values(folder: Path) -> dict[str, set[str]]:
    """Every telling value in the XML exports below `folder` that is bound to a private field, by that field's name.

    And, under "*", whatever has the form of a BSN, postcode, phone number or e-mail address, bound or not.
    """
    found: dict[str, set[str]] = {"*": set()}
    for file in sorted(folder.rglob("*.xml")):
        root = etree.parse(file).getroot()
        (profile,) = (one for one in shipped_profiles() if one.model.format == "xml" and matches(root, one))
        bound = BoundProfile(profile, load_dictionary())
        for name, text in _walk(root, bound.outside.children[root.tag], bound.record):
            if is_private(name, load_dictionary()[name]):
                found.setdefault(name, set()).update(part for part in _parts(name, text) if is_telling(part))
        attributes = (str(text) for element in root.iter(etree.Element) for text in element.attrib.values())
        for text in (*root.itertext(), *attributes):
            found["*"].update(OWN.findall(text))
    return found


def _walk(element: Any, node: LayoutNode, record: LayoutNode) -> Iterator[tuple[str, str]]:
    """(field, text) of every text and attribute below an element that a profile binds."""
    if node.record:
        node = record
    pairs = [(node.text, element.text), *((node.attributes.get(name), value) for name, value in element.attrib.items())]
    for reading, text in pairs:
        if reading is not None and reading.bound.field and (text or "").strip():
            yield reading.bound.field, str(text).strip()
    for child in element.iterchildren(etree.Element):
        below = node.children.get(child.tag)
        if below is not None:
            yield from _walk(child, below, record)
