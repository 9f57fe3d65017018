"""docs/onderdelen.md: the packages of the product with licence and age, and every exception with its reason.

`python -m tools.packages_reference` writes it again, out of requirements.lock and tools/packages.yaml.
"""

from collections.abc import Iterator

from tools.supply import BASE, ROOT, Judged, judgements, locked, parts

PAGE = ROOT / "docs" / "onderdelen.md"
MONTHS_WITHOUT_VERSION = 24


def old(judged: Judged, looked: str) -> bool:
    """Whether there was no new version in the last `MONTHS_WITHOUT_VERSION` months before it was looked at."""
    return bool(judged.newest) and _months(looked) - _months(judged.newest) > MONTHS_WITHOUT_VERSION


def remarkable(judged: Judged, looked: str) -> list[str]:
    """Why this package needs a reason to be here, in words; empty when it needs none."""
    words = ["copyleft"] if judged.copyleft else []
    words += ["vraagt naamsvermelding in reclame"] if "BSD-4" in judged.licence else []
    words += [] if judged.stated else ["noemt zelf geen of een andere licentie"]
    return words + (["al lang geen nieuwe versie"] if old(judged, looked) else [])


def page() -> str:
    """The page as markdown."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    data, packages = judgements(), locked()
    brought = parts(packages)
    yield "# Onderdelen van anderen"
    yield ""
    yield "Deze bladzijde is gemaakt uit `requirements.lock` en `tools/packages.yaml`"
    yield "(`python -m tools.packages_reference`). Zij noemt elk pakket waarop dod2oso bij u draait: van welk deel het"
    yield "is, onder welke licentie het staat, en wanneer de nieuwste versie uitkwam toen er werd gekeken"
    yield f"({data.looked}). Dezelfde lijst voor programma's, met de SHA-256 van elk bestand, is `dod2oso.cdx.json`"
    yield "(CycloneDX); die zit ook in het geïnstalleerde pakket."
    yield ""
    yield "Copyleft mag alleen met een reden, en zo ook een pakket dat zelf geen licentie noemt of waarvan in"
    yield f"{MONTHS_WITHOUT_VERSION} maanden geen nieuwe versie kwam. Die redenen staan onder de tabel. Wie een pakket"
    yield "toevoegt beoordeelt het in `tools/packages.yaml`; een test houdt dat tegen het pakket zelf."
    yield ""
    yield "| pakket | versie | deel | licentie | nieuwste versie |"
    yield "|---|---|---|---|---|"
    product = [package for package in packages if package.name in brought]
    for package in product:
        judged = data.packages[package.name]
        part = ", ".join("basis" if name == BASE else f"`{name}`" for name in sorted(brought[package.name]))
        yield f"| {package.name} | {package.version} | {part} | {judged.licence} | {judged.newest} |"
    yield ""
    yield "## Uitzonderingen"
    yield ""
    for name in sorted(data.packages):
        judged = data.packages[name]
        if words := remarkable(judged, data.looked):
            where = "" if name in brought else " (alleen voor wie aan dod2oso werkt)"
            yield f"- **{name}**{where}, {judged.licence}: {', '.join(words)}. {judged.why}"


def _months(month: str) -> int:
    year, number = month.split("-")
    return int(year) * 12 + int(number)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8", newline="\n")
