"""A BRIN and a vestiging (location) as they are written: the one reader, whoever wrote them.

Both get into file names and the ledger, so nothing else may pass for one. A BRIN is two digits and two letters, a
location two digits.
"""

import re

MAIN = "00"  # the location of a school that does not name one

_BRIN = re.compile(r"[0-9]{2}[A-Z]{2}\Z")
_VESTIGING = re.compile(r"[0-9]{2}\Z")


def is_brin(text: str) -> bool:
    """Whether this is a BRIN in its one form."""
    return _BRIN.match(text) is not None


def brin_of(text: str) -> str:
    """The BRIN in its one form (12ab is 12AB); "" when this is none."""
    brin = typed_brin(text)
    return brin if is_brin(brin) else ""


def vestiging_of(text: str) -> str:
    """The location in its one form (1 is 01, nothing is 00); "" when this is none."""
    vestiging = typed_vestiging(text or MAIN)
    return vestiging if _VESTIGING.match(vestiging) else ""


def typed_brin(text: str) -> str:
    """A BRIN as a person typed it, in the form to compare with; what is none stays what it is."""
    return text.strip().upper()


def typed_vestiging(text: str) -> str:
    """A location as a person typed it, in the form to compare with; what is none stays what it is."""
    return text.strip().zfill(2)
