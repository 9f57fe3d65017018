"""A surname with its voorvoegsel behind it: `Berg, van den`. What counts as one is data (mappings/names.yaml)."""

from functools import lru_cache

from dod2oso.base.models import Strict, validate
from dod2oso.base.resources import mappings_dir
from dod2oso.base.yaml import load


class _File(Strict):
    names: int
    voorvoegsels: tuple[str, ...]


@lru_cache(maxsize=1)
def prefix_words() -> frozenset[str]:
    """Every word that a voorvoegsel can be made of, in lower case."""
    file = load(mappings_dir() / "names.yaml")
    return frozenset(validate(_File, file.data, file).voorvoegsels)


def split_surname(text: str) -> tuple[str, str | None]:
    """The name and the voorvoegsel behind its last comma; (text, None) when what stands there is something else."""
    name, comma, tail = text.rpartition(",")
    words = tail.split()
    if not comma or not name.strip() or not words:
        return text, None
    if not all(word.lower().replace("\N{RIGHT SINGLE QUOTATION MARK}", "'") in prefix_words() for word in words):
        return text, None
    return name.strip(), " ".join(words)
