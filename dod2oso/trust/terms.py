"""How long what is kept, and why it may be destroyed: mappings/retention.yaml, each with its ground and certainty."""

from functools import lru_cache

from pydantic import Field

from dod2oso.base.errors import UsageError
from dod2oso.base.models import Strict, validate
from dod2oso.base.resources import mappings_dir
from dod2oso.base.yaml import load

Said = dict[str, str]  # nl and en


class Term(Strict):
    """One term; `years` None: the source names no number."""

    what: Said
    years: int | None
    starts: Said
    who: str
    ground: str
    certainty: str
    source: str


class Limits(Strict):
    """When a copy of ours is over its term."""

    days_after_handover: int
    days_after_handover_certainty: str
    most: str
    most_certainty: str


class Retention(Strict):
    """The whole file."""

    terms: dict[str, Term]
    limits: Limits
    holdings: dict[str, str]
    grounds: dict[str, Said]


@lru_cache(maxsize=1)
def retention() -> Retention:
    """Read once."""
    file = load(mappings_dir() / "retention.yaml")
    return validate(Retention, file.data, file)


PUPIL_FILE = "leerlingdossier"


def ground(name: str) -> str:
    """A known ground; UsageError with those there are."""
    known = retention().grounds
    if name not in known:
        raise UsageError("ground-unknown", known=", ".join(known))
    return name


class Changed(Strict):
    """A term that is another one here, and why."""

    years: int = Field(ge=0, le=100)
    reason: str = Field(min_length=3)


class Kept(Strict):
    """The section [retention] of dod2oso.toml: what the controller decided."""

    days_after_handover: int | None = Field(default=None, ge=0, le=3650)
    terms: dict[str, Changed] = {}  # by what they are of, as in `terms` of retention.yaml

    def years(self, name: str) -> int | None:
        """How many years this is kept: as decided here, else as the file says."""
        changed = self.terms.get(name)
        return retention().terms[name].years if changed is None else changed.years
