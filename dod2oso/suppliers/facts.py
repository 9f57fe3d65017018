"""What is publicly known of how packages behave around OSO (mappings/suppliers.yaml), each fact with its certainty."""

from functools import lru_cache
from typing import Literal

from dod2oso.base.models import Strict, validate
from dod2oso.base.resources import mappings_dir
from dod2oso.base.yaml import load


class Fact(Strict):
    """One thing that is known of a package. certainty: C certain, I inferred, U unknown; since: year or release."""

    supplier: str
    product: str
    sector: str
    role: str
    since: str
    certainty: Literal["C", "I", "U"]
    source: str
    nl: str
    en: str

    def text(self, lang: str) -> str:
        """What is known, in a sentence."""
        return self.en if lang == "en" else self.nl


class _File(Strict):
    suppliers: Literal[1]
    facts: tuple[Fact, ...]


@lru_cache(maxsize=1)
def facts() -> tuple[Fact, ...]:
    """Every fact, in the order of the file."""
    file = load(mappings_dir() / "suppliers.yaml")
    return validate(_File, file.data, file).facts
