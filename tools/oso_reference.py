"""The reference pages docs/regels.md and docs/codelijsten.md, written from the declarations.

`python -m tools.oso_reference` writes them again; a test keeps them up to date.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path

from dod2oso.oso.catalogue import catalogue
from dod2oso.oso.codelists import Code, Codelist, codelists, in_force
from dod2oso.oso.rules.model import Rule
from dod2oso.oso.rules.ruleset import TRANSFER_LAYERS, ruleset
from dod2oso.oso.versions import VERSIONS, version

_LAYERS = {"gegevensset": "altijd", "ov": "ov", "swv": "swv"}
_CERTAINTY = {"C": "bevestigd", "I": "afgeleid", "U": "zwakke bron"}
_MADE = "<!-- Gemaakt uit mappings/oso met: python -m tools.oso_reference. Niet met de hand wijzigen. -->"

_RULES_INTRO = """# Regels van de OSO-gegevensset

De regels die dod2oso op een dossier toepast, per OSO-versie. Zij volgen het oordeel van de officiële validatoren,
ook waar dat eigenaardig is; dat staat dan bij *Opmerking*.

- **Laag**: *altijd* geldt voor elk dossier, *ov* voor een overdracht tussen scholen of binnen een BRIN, *swv* voor
  een dossier aan een samenwerkingsverband (vanaf 2017.1).
- **Officieel**: het nummer dat de officiële melding draagt, als er een is.
- **Advies**: de officiële validator komt in een goed gevormd dossier nooit aan deze regel toe. dod2oso meldt hem
  als advies; voor het oordeel telt hij niet mee.
"""

_LISTS_INTRO = """# Codelijsten van de OSO-gegevensset

Een waarde moet precies een van de codes zijn: geen spaties, geen andere hoofdletters, geen voorloopnullen die hier
niet staan. *Zekerheid* zegt hoe zeker de betekenis voor OSO is: bevestigd, afgeleid uit een verwante bron, of uit een
zwakke bron. Geen betekenis: die is niet openbaar bevestigd.
"""


def rules_page() -> str:
    """docs/regels.md: one row per rule and version."""
    parts = [_MADE, "", _RULES_INTRO]
    for name in reversed(VERSIONS):
        parts += [f"## OSO {name}", "", f"Naamruimte: `{version(name).namespace}`", ""]
        parts += table(("Regel", "Laag", "Officieel", "Melding", "Wat te doen", "Opmerking"), _rule_rows(name))
    return "\n".join(parts)


def codelists_page() -> str:
    """docs/codelijsten.md: one row per code."""
    parts = [_MADE, "", _LISTS_INTRO]
    for codelist in codelists().values():
        parts += [f"## {codelist.number}. {codelist.name}", ""]
        parts += [f"Versies: {_span(codelist.since, codelist.until)}.", "", *_fields(codelist), ""]
        parts += table(("Code", "Betekenis", "Versies", "Zekerheid", "Bron"), map(_code_row, codelist.codes))
    return "\n".join(parts)


def write_pages(folder: Path) -> list[Path]:
    """Write both pages into a folder."""
    pages = {"regels.md": rules_page(), "codelijsten.md": codelists_page()}
    for name, text in pages.items():
        (folder / name).write_text(text, encoding="utf-8", newline="\n")
    return [folder / name for name in pages]


def _rule_rows(name: str) -> Iterator[tuple[str, ...]]:
    seen: set[str] = set()
    for layer in TRANSFER_LAYERS:
        if layer in version(name).layers:
            for rule in ruleset(name, layer).rules:
                if rule.key not in seen:
                    seen.add(rule.key)
                    yield _rule_row(rule)


def _rule_row(rule: Rule) -> tuple[str, ...]:
    layer = _LAYERS[rule.layer] + (", advies" if rule.advised else "")
    return (f"`{rule.key}`", layer, rule.official or "", rule.message.nl, rule.remedy.nl, rule.note)


def _fields(codelist: Codelist) -> Iterator[str]:
    """The fields that are held against a list, as the catalogue names them, with the versions."""
    versions: dict[str, list[str]] = {}
    for name in VERSIONS:
        if in_force(codelist.number, name):
            for element in catalogue(name).fields():
                if element.codelist == codelist.number:
                    versions.setdefault(element.path, []).append(name)
    for path, names in versions.items():
        yield f"- `{path}` ({_span(names[0], names[-1])})"


def _code_row(code: Code) -> tuple[str, ...]:
    source = (_CERTAINTY[code.source.certainty], code.source.nl) if code.source else ("", "")
    return (f"`{code.code}`", code.label or "", _span(code.since, code.until), *source)


def _span(since: str | None, until: str | None) -> str:
    first, last = since or VERSIONS[0], until or VERSIONS[-1]
    if first == last:
        return first
    return "alle" if (first, last) == (VERSIONS[0], VERSIONS[-1]) else f"{first} tot en met {last}"


def table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    """A table in markdown; ends with an empty line."""
    yield f"| {' | '.join(head)} |"
    yield f"|{'---|' * len(head)}"
    for row in rows:
        yield f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in row)} |"
    yield ""


if __name__ == "__main__":
    write_pages(Path(__file__).resolve().parents[1] / "docs")
