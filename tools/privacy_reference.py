"""The tables in docs/privacy.md: recipients, grounds, terms and fields, out of the data of the programme.

`python -m tools.privacy_reference` writes them again; the text around them is written by hand.
"""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

from dod2oso.findings.catalogue import reasons
from dod2oso.oso.transfers import TRANSFERS, transfer
from dod2oso.source.dictionary import load_dictionary
from dod2oso.trust.terms import retention

PAGE = Path(__file__).resolve().parents[1] / "docs" / "privacy.md"
_BLOCK = re.compile(r"(<!-- gegevens: (\w+) -->\n).*?(<!-- einde -->)", re.DOTALL)
_CONSENT = {"needed": "moet zijn vastgelegd", "unless-refused": "niet nodig; een weigering houdt tegen"}
_LAYER = {"ov": "een school", "swv": "het samenwerkingsverband"}
_ARTICLE = re.compile(r"besluit-2012-art-(.+)")


def page() -> str:
    """The page as it stands, with every table made again."""
    return _BLOCK.sub(_made, PAGE.read_text(encoding="utf-8"))


def _made(found: re.Match[str]) -> str:
    return found[1] + "\n".join(TABLES[found[2]]()) + "\n" + found[3]


def _receivers() -> Iterator[str]:
    yield "| overstap | naar | persoonsnummer gaat mee | ouders hebben ingezien | toestemming |"
    yield "|---|---|---|---|---|"
    for name in TRANSFERS:
        kind = transfer(name)
        to = "de eigen school" if kind.same_brin and kind.layer == "ov" else _LAYER[kind.layer]
        seen = "verplicht" if kind.inspected else "nee"
        yield f"| {name}: {kind.nl} | {to} | {'ja' if kind.pgn else 'nee'} | {seen} | {_CONSENT[kind.consent]} |"


def _grounds() -> Iterator[str]:
    yield "| reden | wat | grond |"
    yield "|---|---|---|"
    for key, reason in reasons().items():
        if reason.legal:
            yield f"| `{key}` | {reason.nl} | {reason.ground[0] if reason.ground else '-'} |"


def _terms() -> Iterator[str]:
    facts = retention()
    yield "| soort | termijn | vanaf | bij wie | grond | zekerheid | bron |"
    yield "|---|---|---|---|---|---|---|"
    for term in facts.terms.values():
        years = "geen aantal jaren bekend" if term.years is None else f"{term.years} jaar"
        yield (
            f"| {term.what['nl']} | {years} | {term.starts['nl']} | {term.who} | {term.ground} | {term.certainty} "
            f"| {term.source} |"
        )
    limits = facts.limits
    yield ""
    yield (
        f"Kopieën in de uitvoermap zijn over hun termijn {limits.days_after_handover} dagen na de overdracht "
        f"(zekerheid {limits.days_after_handover_certainty}: een voorstel, de verantwoordelijke beslist) of als zij "
        f"ouder zijn dan de termijn van `{limits.most}` (zekerheid {limits.most_certainty})."
    )


def _fields() -> Iterator[str]:
    yield "| veld | wat | gevoeligheid | grond waarop het mee mag, of waarom niet |"
    yield "|---|---|---|---|"
    for name, field in load_dictionary().fields.items():
        article = _ARTICLE.fullmatch(field.law)
        ground = f"Besluit 2012, art. {article[1].replace('-', ' lid ')}" if article else field.law
        if field.law == "not-allowed":
            ground = f"mag niet mee: {field.law_reason}"
        yield f"| `{name}` | {field.nl} | {field.sensitivity} | {ground} |"


TABLES: dict[str, Callable[[], Iterator[str]]] = {
    "ontvangers": _receivers,
    "gronden": _grounds,
    "termijnen": _terms,
    "velden": _fields,
}


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
