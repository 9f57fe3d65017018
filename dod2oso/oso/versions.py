"""The six versions of the OSO gegevensset (mappings/oso/versions.yaml), oldest first."""

from dataclasses import dataclass
from functools import lru_cache

from dod2oso.base import yaml as yamlfile
from dod2oso.base.errors import UsageError
from dod2oso.base.resources import mappings_dir

VERSIONS: tuple[str, ...] = ("1.1.1", "1.2.2", "2016.1", "2017.1", "2018.1", "2019.1")
DEFAULT = "2019.1"

_ORDER = {name: i for i, name in enumerate(VERSIONS)}


@dataclass(frozen=True, slots=True)
class Version:
    """One version. The four fixed metadata values are None where the version has no such element."""

    name: str
    namespace: str
    standaardversie: str | None
    validatieversie: str | None
    eldversie: str | None
    xsdversie: str | None
    layers: tuple[str, ...]
    schoolyear: str


def version(name: str) -> Version:
    """The version with this name; UsageError when there is no such version."""
    try:
        return _versions()[name]
    except KeyError:
        known = ", ".join(VERSIONS)
        raise UsageError("version-unknown", known=known) from None


def version_of_namespace(uri: str) -> Version | None:
    """The version whose target namespace this is."""
    return next((found for found in _versions().values() if found.namespace == uri), None)


def within(name: str, since: str | None, until: str | None) -> bool:
    """Is version `name` in the range, both ends included? An open end is None."""
    place = _ORDER[name]
    return (since is None or _ORDER[since] <= place) and (until is None or place <= _ORDER[until])


@lru_cache(maxsize=1)
def _versions() -> dict[str, Version]:
    data = yamlfile.load(mappings_dir() / "oso" / "versions.yaml").data
    return {
        name: Version(
            name=name,
            namespace=data[name]["namespace"],
            standaardversie=data[name].get("standaardversie"),
            validatieversie=data[name].get("validatieversie"),
            eldversie=data[name].get("eldversie"),
            xsdversie=data[name].get("xsdversie"),
            layers=tuple(data[name]["layers"]),
            schoolyear=data[name]["schoolyear"],
        )
        for name in VERSIONS
    }
