"""Consent of the parents: what a transfer needs, who can give it, what counts as a refusal. All of it stands here.

1. Inspection, agreement and consent are about one dossier of one pupil. They only ever come from the supplement, so
   from a person; never from an old export (dod-oso.yaml: only-from supplement), and never by default.
2. They are given per pupil. A row of the supplement that names a school and no pupil gives nothing (SCHOOL_WIDE).
3. What a transfer needs stands in mappings/oso/transfers.yaml. `inspected`: the parents must have inspected the
   dossier, which the OSO rules check. `consent: needed`: only a recorded Ja lets it go, and a row without it means no.
   `consent: unless-refused`: no word about it means that it was not refused; a recorded Nee stops the dossier.
4. A refusal stands. Where two rows say different things of one pupil the answer that keeps the dossier home counts,
   whatever the order of rows and files, until a person removes it; and the contradiction is a finding (CONTRADICTED).
5. An answer that cannot be read may be a refusal: the dossier stays home (UNREADABLE).
6. A row that may be about somebody else gives nothing at all (see claims.py), and what it may be about stays home.
"""

from collections.abc import Iterable, Sequence

from dod2oso.findings.model import Finding
from dod2oso.oso.transfers import transfer

CONSENT = "inzage/toestemming"
FACTS = frozenset({"inzage/inzage", "inzage/akkoord", CONSENT})  # what parents answer; the rest says when and why

REFUSED = "toestemming-geweigerd"
CONTRADICTED = "toestemming-tegenstrijdig"
UNREADABLE = "toestemming-onleesbaar"
SCHOOL_WIDE = "toestemming-voor-hele-school"

# the OSO rules and our findings that keep a dossier home because one of these is not recorded
RULES = (
    "inzage-blok-verplicht", "inzage-gegeven", "inzagedatum-verplicht", "akkoord-verplicht",
    "toestemming-verplicht-vovo",
)  # fmt: skip
CODES = (REFUSED, CONTRADICTED, UNREADABLE)

_YES, _NO = "ja", "nee"
_WORDS = {"true": _YES, "1": _YES, "j": _YES, "yes": _YES, "false": _NO, "0": _NO, "n": _NO, "no": _NO}


def answer(text: str) -> str:
    """An answer as the supplement has it, in OSO's words: Ja, Nee, or what else stands there with a capital."""
    return _plain(text).capitalize()


def firmest(texts: Iterable[str]) -> str:
    """Of different answers the one that counts: a refusal before anything else, consent last."""
    return min(texts, key=lambda text: {_NO: 0, _YES: 2}.get(_plain(text), 1))


def objecting(texts: Sequence[str]) -> str:
    """Of different answers to whether parents object (`bezwaar.…`) the one that counts: that they do."""
    return next((text for text in texts if _plain(text) == _YES), texts[-1])


def _plain(text: str) -> str:
    """Without the meaning that a drop-down list shows behind a code."""
    word = text.partition(" – ")[0].strip().lower()
    return _WORDS.get(word, word)


def refused(said: str | None) -> bool:
    """Whether the parents said no in so many words."""
    return said == "Nee"


def stops(overstap: str, said: str | None, *, has_field: bool) -> Iterable[Finding]:
    """Consent that was refused, or that this transfer needs and nobody recorded.

    `has_field`: OSO has an element for it here, so its own rule already tells that it is absent; 1.1.1 has none, and
    there the law asks for consent all the same.
    """
    told_by_rule = said is None and has_field
    needed = transfer(overstap).consent == "needed" and said != "Ja" and not told_by_rule
    if refused(said) or needed:
        yield Finding(REFUSED, target=CONSENT)


def stands_in(overstap: str, inspected: str | None, consent: str | None) -> bool:
    """Whether a dossier itself says that it may go: the last lock before its bytes leave.

    `inspected` and `consent` are the texts in it; None where there is none. OSO 1.1.1 has no element for consent: there
    the verdict on the dossier decided.
    """
    kind = transfer(overstap)
    if not kind.inspected:
        return True
    if (inspected or "").strip() not in ("true", "1"):
        return False
    return kind.consent != "needed" or consent is None or consent.strip() == "Ja"
