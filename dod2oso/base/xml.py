"""The one place where an XML parser is made.

Promise: no DTD, no entity expansion, no network, no file names, and no text node above 10 MB unless the
caller has checked the size. Threat: an export or dossier made to read other files, to call home or to eat
the memory of a school laptop.
"""

import re
from typing import Any, Literal

from lxml import etree

# Above this size libxml2 needs `huge_tree`; callers switch it on only after a size check of their own.
LARGE_TEXT = 10_000_000

# Encodings in which the characters of mark-up are their ASCII bytes, so that a DOCTYPE cannot hide from a search.
_PLAIN = re.compile(
    r"utf-?8|utf-?16(-?[lb]e)?|(us-)?ascii|iso-?8859-[0-9]{1,2}|latin-?[19]|(windows-|cp-?)125[0-8]|(cp|ibm)-?(437|85[08])",
    re.IGNORECASE,
)

# Characters that XML 1.0 cannot hold, not even escaped.
UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")

# Stands in a text for bytes that could not be decoded, and for characters that XML cannot hold; whoever reads such a
# value refuses it. A private-use character, so no text of a school has it.
MARK = "\uf8ff"

# The first schema that is compiled makes libxml2 set up its built-in types. When two threads do that at once, none is
# compiled in this process any more, or it crashes. So it is done here, before there are threads that could.
etree.XMLSchema(etree.XML(b'<schema xmlns="http://www.w3.org/2001/XMLSchema"/>'))

_SAFE: dict[str, Any] = {
    "resolve_entities": False,
    "load_dtd": False,
    "no_network": True,
    "dtd_validation": False,
}


def writable(text: str) -> str:
    """The text with what XML cannot hold (control characters) marked as unreadable."""
    return UNWRITABLE.sub(MARK, text) if UNWRITABLE.search(text) else text


def is_plain_encoding(name: str) -> bool:
    """Whether we read XML in this encoding: the common ones, and none in which mark-up can be disguised (UTF-7)."""
    return _PLAIN.fullmatch(name) is not None


def parser(*, huge: bool = False) -> etree.XMLParser:
    """A hardened parser for a whole document in memory."""
    return etree.XMLParser(huge_tree=huge, **_SAFE)


def pull_parser(
    *,
    events: tuple[Literal["start", "end"], ...] = ("end",),
    tag: str | None = None,
    encoding: str | None = None,
    huge: bool = False,
) -> Any:
    """A hardened parser that is fed chunks and yields events of elements named `tag`; comments are left out."""
    return etree.XMLPullParser(
        events=events,
        tag=tag,
        encoding=encoding,
        huge_tree=huge,
        remove_comments=True,
        remove_pis=True,
        **_SAFE,
    )


def parse_bytes(data: bytes) -> etree._Element:
    """Parse a whole document; `huge_tree` only when the bytes could hold a text node above 10 MB."""
    return etree.fromstring(data, parser(huge=len(data) > LARGE_TEXT))


def target_parser(target: Any, *, encoding: str | None = None, huge: bool = False) -> Any:
    """A hardened parser that is fed chunks and tells `target` of each element instead of building a tree.

    The target must refuse a `doctype`.
    """
    return etree.XMLParser(target=target, encoding=encoding, huge_tree=huge, **_SAFE)


def html_document(text: str) -> Any:
    """The root of a web page, as a browser would take it, from text that XML can hold; None when nothing is in it."""
    reader = etree.HTMLParser(encoding="utf-8", no_network=True, remove_comments=True, remove_pis=True)
    try:
        return etree.fromstring(text.encode(), reader)
    except etree.XMLSyntaxError:
        return None
