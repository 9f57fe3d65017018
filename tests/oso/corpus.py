"""The page docs/dekking.md: what the valid dossiers of the conformance package hold, and what no dossier can.

`python -m tests.oso.corpus` writes it again, a test keeps it up to date.
"""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from dod2oso.conformance.cover import Item, Made, corpus, exceptions, together, transfers
from dod2oso.oso.catalogue import catalogue
from dod2oso.oso.codelists import codes
from dod2oso.oso.versions import VERSIONS

PAGE = Path(__file__).resolve().parents[2] / "docs" / "dekking.md"


def page() -> str:
    """docs/dekking.md: what the dossiers of every version cover, and what they cannot."""
    return "\n".join((_INTRO, *map(section, reversed(VERSIONS))))


def section(version: str) -> str:
    """What the page says of one version."""
    made, refused = corpus(version), exceptions(version)
    have = together(made)
    paths = catalogue(version).all_paths
    covered = sum(Item(path) in have for path in paths)
    parts = [f"## OSO {version}", "", f"- Dossiers: {len(made)} ({_per_transfer(made, version)})"]
    parts += [f"- Elementen: {covered} van {len(paths)}", f"- Uitzonderingen: {len(refused)}", ""]
    parts += ["| Codelijst | Velden | Codes | Veld met code |", "|---|---|---|---|", *_list_rows(version, have), ""]
    parts += ["| Uitzondering | Code | Regels die het weigeren |", "|---|---|---|", *_exception_rows(refused), ""]
    return "\n".join(parts)


_INTRO = """<!-- Gemaakt met: python -m tests.oso.corpus. Niet met de hand wijzigen. -->

# Dekking van de testdossiers

De tests maken per OSO-versie een kleine verzameling dossiers die samen elk element en elke code van elke afgedwongen
codelijst bevatten. Elk dossier is geldig volgens het schema en alle regels. Wat geen enkel dossier kan bevatten staat
bij de uitzonderingen, met de regels die het weigeren; een test zet elke uitzondering in elk dossier van de verzameling
en controleert dat het dan in geen enkele overdracht nog geldig is.

*Codes* telt de codes van een lijst die in een of meer velden voorkomen, *Veld met code* elke combinatie van een veld en
een code.
"""


def _per_transfer(made: Iterable[Made], version: str) -> str:
    names = [one.plan.overstap for one in made]
    return ", ".join(f"{name} {names.count(name)}" for name in transfers(version))


def _list_rows(version: str, have: set[Item]) -> Iterator[str]:
    fields: dict[int, list[str]] = {}
    for field in catalogue(version).fields():
        if field.codelist is not None:
            fields.setdefault(field.codelist, []).append(field.path)
    for number, paths in sorted(fields.items()):
        every = codes(number, version)
        pairs = [Item(path, code) for path in paths for code in every]
        seen = [item for item in pairs if item in have]
        covered = len({item.code for item in seen})
        yield f"| {number} | {len(paths)} | {covered} van {len(every)} | {len(seen)} van {len(pairs)} |"


def _exception_rows(refused: Mapping[Item, tuple[str, ...]]) -> Iterator[str]:
    for item, rules in refused.items():
        code = "" if item.code is None else f"`{item.code}`"
        yield f"| `{item.path}` | {code} | {', '.join(f'`{rule}`' for rule in rules)} |"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8", newline="\n")
