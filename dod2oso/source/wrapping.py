"""What may stand around the root of a document: a SOAP envelope, and elements that a profile names."""

from collections.abc import Collection
from typing import Any

from lxml import etree

ENVELOPES = ("http://schemas.xmlsoap.org/soap/envelope/", "http://www.w3.org/2003/05/soap-envelope")
_ENVELOPE = frozenset(f"{{{namespace}}}Envelope" for namespace in ENVELOPES)
_BODY = frozenset(f"{{{namespace}}}Body" for namespace in ENVELOPES)
HEADERS = tuple(f"{{{namespace}}}Header" for namespace in ENVELOPES)


def within(root: Any, wrappers: Collection[str] = ()) -> Any:
    """The element that a document is about: the first in its envelope and in `wrappers` (tags); else the root."""
    while True:
        if root.tag in _ENVELOPE:
            inner = next((child for child in root if child.tag in _BODY), None)
        elif root.tag in _BODY or root.tag in wrappers:
            inner = next(root.iterchildren(tag=etree.Element), None)
        else:
            return root
        if inner is None:
            return root
        root = inner


def is_outermost(element: Any, wrappers: Collection[str] = ()) -> bool:
    """Whether nothing stands around an element but what may stand there."""
    above = element.getparent()
    while above is not None:
        if above.tag not in _ENVELOPE and above.tag not in _BODY and above.tag not in wrappers:
            return False
        above = above.getparent()
    return True
