"""English for what our data says in Dutch only, as the standard and the law do: mappings/english.yaml."""

from functools import lru_cache

from dod2oso.base.resources import mappings_dir
from dod2oso.base.yaml import load


@lru_cache(maxsize=1)
def translations() -> dict[str, dict[str, str]]:
    """Dutch -> English, by what it is about: `elements` (labels of OSO) and `law-reasons`."""
    file: dict[str, dict[str, str]] = load(mappings_dir() / "english.yaml").data
    return file


def element_label(dutch: str, lang: str) -> str:
    """What an OSO element is called in this language; in Dutch when nobody translated it."""
    return translations()["elements"].get(dutch, dutch) if lang == "en" else dutch


def law_reason(dutch: str, lang: str) -> str:
    """Why the law forbids a field, in this language; in Dutch when nobody translated it."""
    return translations()["law-reasons"].get(dutch, dutch) if lang == "en" else dutch
