"""The summary at the end of a run, for people."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from dod2oso.base.texts import Text
from dod2oso.findings.outcome import STATES
from dod2oso.findings.states import state_word

if TYPE_CHECKING:
    from dod2oso.run.session import Result


def print_summary(totals: dict[str, Any], result: "Result", out_dir: Path, lang: str) -> None:
    """Print the totals of a run (see `run --json` in interface.md) in a few lines."""
    states = totals["dossiers"]
    balance: dict[str, int] = {}
    for export in totals["exports"]:
        for key, n in export["balance"].items():
            balance[key] = balance.get(key, 0) + n
    lines = [
        Text(
            "summary-title",
            overstap=totals["overstap"],
            oso=totals["oso"],
            total=sum(states.values()),
            exports=len(totals["exports"]),
        ),
        *(Text("summary-state", count=states[state], state=state_word(state)) for state in STATES),
    ]
    if balance:
        lines.append(Text("summary-balance", **balance))
    lines.append(Text("summary-findings", **totals["findings"]))
    lines.append(Text("summary-staged", n=result.staged))
    if result.unreadable:
        lines.append(Text("summary-unreadable", names=", ".join(result.unreadable)))
    html = next((path for path in result.report if path.suffix == ".html"), out_dir / "report")
    lines.append(Text("summary-report", path=html))
    if result.workbook is not None:
        lines.append(Text("summary-workbook", path=result.workbook))
    typer.echo("\n".join(line.text(lang) for line in lines))
