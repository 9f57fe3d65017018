"""What a version of OSO implies, as it is written down: in versions.yaml, and for each version that a user added."""

from dod2oso.base.models import Strict


class VersionFacts(Strict):
    """The fixed metadata values are None where a version has no such element. masks: see versions.Version."""

    namespace: str
    schoolyear: str
    standaardversie: str | None = None
    validatieversie: str | None = None
    eldversie: str | None = None
    xsdversie: str | None = None
    masks: bool = False
    layers: tuple[str, ...]
