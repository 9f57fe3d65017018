"""The open data files of DUO with school locations, as they are: capital headers, 6-character location, Windows-1252.

Their columns under the names of our register. The same file is published with older and newer headers; both are known.
"""

import re
from collections.abc import Mapping, Sequence

_SAME = {
    "brin": ("brin nummer", "instellingscode", "brin-nummer"),
    "vestiging": ("vestigingsnummer", "vestigingscode"),
    "naam": ("vestigingsnaam",),
    "straat": ("straatnaam",),
    "postcode": ("postcode",),
    "plaats": ("plaatsnaam",),
    "gemeente": ("gemeentenaam",),
    "telefoon": ("telefoonnummer",),
    "website": ("internetadres",),
    "post_straat": ("straatnaam correspondentieadres",),
    "post_postcode": ("postcode correspondentieadres",),
    "post_plaats": ("plaatsnaam correspondentieadres",),
}
_HOUSE = {"": "huisnummer-toevoeging", "post_": "huisnummer-toevoeging correspondentieadres"}
_OURS = {theirs: ours for ours, names in _SAME.items() for theirs in names}
_NUMBER = re.compile(r"(?P<nummer>[0-9]{1,5})[ -]*(?P<toevoeging>.{0,10})\Z")


def is_duo(columns: Sequence[str]) -> bool:
    """Whether a table with these column names (lower case) is one of DUO's."""
    return "vestigingsnaam" in columns and any(name in columns for name in _SAME["brin"])


def as_ours(cells: Mapping[str, str]) -> dict[str, str]:
    """The cells of a row under our names; what our register has no column for is left out."""
    found = {_OURS[name]: text for name, text in cells.items() if name in _OURS}
    for prefix, name in _HOUSE.items():
        house = _NUMBER.match(cells.get(name, ""))
        if house is not None:
            found[f"{prefix}nummer"] = house["nummer"]
            if house["toevoeging"]:
                found[f"{prefix}toevoeging"] = house["toevoeging"]
    return found
