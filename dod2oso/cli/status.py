"""`dod2oso status`: where the last run stands, and whether anything waits for a person."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from dod2oso.cli.run import Lang

OUT = Path("dod2oso-out")


def status(
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Uitvoermap van de run.")] = OUT,
    ledger: Annotated[
        str, typer.Option("--ledger", metavar="URL", help="Grootboek, als dat niet in de uitvoermap staat.")
    ] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Geef een JSON-document.")] = False,
    lang: Annotated[Lang, typer.Option(help="Taal van de tekst.")] = Lang.nl,
) -> None:
    """Toon hoe ver de laatste run is: exports, dossiers en wat er klaarstaat voor de verzender."""
    from dod2oso.ledger.store import Ledger
    from dod2oso.report.status import standing

    with Ledger.open(ledger or out, out, create=False) as opened:
        state = standing(opened)
    typer.echo(json.dumps(state, ensure_ascii=False, indent=2) if as_json else _text(state, lang.value))


def _text(state: dict[str, Any], lang: str) -> str:
    english = lang == "en"
    run = state["run"]
    if run is None:
        return "No run yet." if english else "Nog geen run."
    words = {
        "running": ("bezig of afgebroken", "running or broken off"),
        "done": ("klaar", "done"),
        "interrupted": (
            "onderbroken; geef dezelfde opdracht opnieuw om verder te gaan",
            "interrupted; give the same command again to go on",
        ),
        "reading": ("nog niet klaar", "not finished"),
        "unreadable": ("niet gelezen", "not read"),
    }
    lines = [f"Run {run['id']}: OSO {run['oso']}, {run['overstap']}, {words[run['status']][english]}"]
    for export in state["exports"]:
        dossiers = f"{export['dossiers']} dossiers"
        lines.append(f"  {export['name']}: {words[export['status']][english]}, {dossiers}")
    names = {
        "ready": ("klaar", "ready"),
        "held": ("aangehouden", "held"),
        "rejected": ("afgewezen", "rejected"),
    }
    counts = ", ".join(f"{n} {names[name][english]}" for name, n in state["dossiers"].items())
    lines.append(f"Dossiers: {counts}")
    if state["handovers"]:
        counts = ", ".join(f"{n} {name}" for name, n in state["handovers"].items())
        lines.append(f"{'Handed over' if english else 'Overdracht'}: {counts}")
    return "\n".join(lines)
