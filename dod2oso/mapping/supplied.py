"""What people added to one dossier, as the mapping sees it: it does not know how it was read."""

from dataclasses import dataclass, field

from dod2oso.findings.model import Finding

ORIGIN = "aanvulling"


@dataclass(slots=True)
class Supplied:
    """What the supplement gives one dossier besides the fields it already put into the record."""

    paths: dict[str, str] = field(default_factory=dict)
    consent: str | None = None  # what the supplement says of it, also where OSO has no field for it
    objections: frozenset[str] = frozenset()
    unclear: set[str] = field(default_factory=set)  # OSO paths it says something of that cannot be read
    findings: list[Finding] = field(default_factory=list)
