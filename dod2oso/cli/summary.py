"""The summary at the end of a run, for people."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from dod2oso.run.session import Result

_TEXT = {
    "nl": {
        "title": "{overstap} naar OSO {oso}: {total} dossiers uit {exports} export(s)",
        "ready": "klaar",
        "held": "wacht op aanvulling",
        "rejected": "niet om te zetten",
        "balance": "Balans: {source_values} bronwaarden = {mapped} omgezet + {dropped} bewust weggelaten"
        " + {unmapped} niet gelezen + {refused} geweigerd ({lossy} omgezet met verlies)",
        "findings": "Bevindingen: {error} fouten, {warning} waarschuwingen, {info} mededelingen",
        "staged": "Klaargezet in de outbox: {n}",
        "unreadable": "Niet gelezen: {names}",
        "report": "Rapport: {path}",
        "workbook": "Nog in te vullen (VERTROUWELIJK): {path}",
    },
    "en": {
        "title": "{overstap} to OSO {oso}: {total} dossiers from {exports} export(s)",
        "ready": "ready",
        "held": "held, something must be supplied",
        "rejected": "rejected, no dossier possible",
        "balance": "Balance: {source_values} source values = {mapped} mapped + {dropped} dropped on purpose"
        " + {unmapped} not read + {refused} refused ({lossy} mapped with loss)",
        "findings": "Findings: {error} errors, {warning} warnings, {info} notes",
        "staged": "Staged in the outbox: {n}",
        "unreadable": "Not read: {names}",
        "report": "Report: {path}",
        "workbook": "Still to fill in (CONFIDENTIAL): {path}",
    },
}


def print_summary(totals: dict[str, Any], result: "Result", out_dir: Path, lang: str) -> None:
    """Print the totals of a run (see `run --json` in interface.md) in a few lines."""
    text = _TEXT[lang]
    states = totals["dossiers"]
    balance: dict[str, int] = {}
    for export in totals["exports"]:
        for key, n in export["balance"].items():
            balance[key] = balance.get(key, 0) + n
    lines = [
        text["title"].format(
            overstap=totals["overstap"], oso=totals["oso"], total=sum(states.values()), exports=len(totals["exports"])
        ),
        *(f"  {states[state]:>6}  {text[state]}" for state in ("ready", "held", "rejected")),
    ]
    if balance:
        lines.append(text["balance"].format(**balance))
    lines.append(text["findings"].format(**totals["findings"]))
    lines.append(text["staged"].format(n=result.staged))
    if result.unreadable:
        lines.append(text["unreadable"].format(names=", ".join(result.unreadable)))
    html = next((path for path in result.report if path.suffix == ".html"), out_dir / "report")
    lines.append(text["report"].format(path=html))
    if result.workbook is not None:
        lines.append(text["workbook"].format(path=result.workbook))
    typer.echo("\n".join(lines))
