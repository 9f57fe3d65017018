"""Where in the documentation a code has its page. Scripts and reports link to it; it never moves (STABILITY.md)."""

from typing import Literal

Kind = Literal["finding", "reason", "rule"]
KINDS: tuple[Kind, ...] = ("finding", "reason", "rule")
_FOLDERS: dict[Kind, str] = {"finding": "bevinding", "reason": "reden", "rule": "regel"}
_WITH_RULE = ("oso-regel", "oso-advies", "wet-vereist")  # findings that carry the key of an OSO rule


def page_of(code: str, kind: Kind = "finding") -> str:
    """The page of a code, from where the documentation begins."""
    return f"{_FOLDERS[kind]}/{code}.html"


def subject(code: str, rule: str = "") -> str:
    """What a finding is about, as people look it up: the rule when it carries one, else its code."""
    return rule if rule and code in _WITH_RULE else code


def page_of_cause(code: str, rule: str = "") -> str:
    """The page of what a finding says."""
    about = subject(code, rule)
    return page_of(code) if about == code else page_of(about, "rule")
