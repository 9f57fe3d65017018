"""How long data of a pupil may be kept (mappings/oso/retention.yaml)."""

from datetime import date
from functools import lru_cache

from dod2oso.base import yaml as yamlfile
from dod2oso.base.models import Strict, validate
from dod2oso.base.resources import mappings_dir

PUPIL_FILE = "pupil-file"


class Term(Strict):
    """One term: so many years from the event `starts`; `basis` and `source` say what it rests on."""

    years: int
    starts: str
    who: str
    basis: str
    certainty: str
    source: str


class _File(Strict):
    terms: dict[str, Term]


@lru_cache(maxsize=1)
def terms() -> dict[str, Term]:
    """All terms by what they are of."""
    file = yamlfile.load(mappings_dir() / "oso" / "retention.yaml")
    return validate(_File, file.data, file).terms


def ended(left: date, years: int, today: date) -> bool:
    """Whether a term of so many years that began when a pupil left is over."""
    try:
        last = left.replace(year=left.year + years)
    except ValueError:  # 29 February
        last = date(left.year + years, 3, 1)
    return today > last
