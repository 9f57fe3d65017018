"""What a column of the supplement is called for people: in the words of the dictionary or of the OSO standard."""

import re

from dod2oso.base.english import element_label
from dod2oso.oso.catalogue import catalogue
from dod2oso.source.dictionary import load_dictionary

_NUMBER = re.compile(r"\[[0-9]+\]")


def column_label(column: str, version: str, lang: str) -> str:
    """A name for people; the column itself when nobody has one."""
    dictionary = load_dictionary()
    name = _NUMBER.sub("[]", column)
    if name in dictionary:
        return dictionary[name].en if lang == "en" else dictionary[name].nl
    element = catalogue(version).at(column)
    return column if element is None else element_label(element.nl, lang)
