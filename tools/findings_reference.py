"""docs/bevindingen.md: every finding and every reason, generated from the catalogue.

`python -m tools.findings_reference` writes the page again.
"""

from pathlib import Path

from dod2oso.findings.catalogue import entries, reasons

PAGE = Path(__file__).resolve().parents[1] / "docs" / "bevindingen.md"
_SEVERITY = {"error": "fout", "warning": "waarschuwing", "info": "mededeling"}


def page() -> str:
    """The page as markdown."""
    lines = [
        "# Bevindingen",
        "",
        "Elke melding die in het rapport kan staan, en wat eraan te doen is. Deze bladzijde is gemaakt uit",
        "`dod2oso/findings/catalogue.yaml` en `reasons.yaml` (`python -m tools.findings_reference`).",
        "",
        "Een *fout* houdt een dossier tegen (of een export is niet te lezen). Bij een *waarschuwing* kon iets niet",
        "mee of moet iemand even kijken.",
        "",
        "| code | ernst | wat | wat te doen |",
        "|---|---|---|---|",
    ]
    lines += [
        f"| `{code}` | {_SEVERITY[item.severity]} | {item.nl} | {item.remedy_nl} |" for code, item in entries().items()
    ]
    lines += [
        "",
        "## Waarom een gegeven bewust achterblijft",
        "",
        "| reden | wat | wettelijk of volgens het profiel |",
        "|---|---|---|",
    ]
    lines += [f"| `{key}` | {item.nl} | {'ja' if item.legal else 'nee'} |" for key, item in reasons().items()]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
