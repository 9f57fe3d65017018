"""`dod2oso status`: where the last run stands, and whether anything waits for a person."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from dod2oso.base.errors import UsageError
from dod2oso.base.texts import Text
from dod2oso.cli.options import OUT, AsJson, Lang, Url
from dod2oso.cli.retention import remind_of
from dod2oso.findings.states import states_said


def status(
    out: Annotated[Path, typer.Option("--out", metavar="FOLDER")] = OUT,  # in a project all transfers, so not Out
    ledger: Url = "",
    workbooks: Annotated[bool, typer.Option("--workbooks")] = False,
    as_json: AsJson = False,
    lang: Lang = Lang.nl,
) -> None:
    """Show how far the last run is. In a project folder: how things stand, in five lines, and what to do now."""
    from dod2oso.cli.settings import here

    project = here() if not ledger and out == OUT else None
    if workbooks:
        from dod2oso.project.returned import came_back

        if project is None:
            raise UsageError("workbooks-without-project")
        back = came_back(project)
        if as_json:
            typer.echo(json.dumps({"format": 1, "transfers": [each.as_json() for each in back]}, indent=2))
        else:
            typer.echo("\n\n".join("\n".join(line.text(lang.value) for line in each.lines()) for each in back))
        return
    if project is not None:
        from dod2oso.base.clock import run_date
        from dod2oso.project.status import project_status

        found = project_status(project, run_date(None))
        if as_json:
            whole = {"format": 1, "transfers": {each.transfer: each.state for each in found}}
            typer.echo(json.dumps(whole, ensure_ascii=False, indent=2))
        else:
            typer.echo("\n\n".join("\n".join(line.text(lang.value) for line in each.lines) for each in found))
        return
    from dod2oso.ledger.store import Ledger
    from dod2oso.report.status import ledger_status

    with Ledger.open(ledger or out, out, create=False) as opened:
        state = ledger_status(opened)
        remind_of(opened, None, lang.value)
    typer.echo(json.dumps(state, ensure_ascii=False, indent=2) if as_json else _text(state, lang.value))


def _text(state: dict[str, Any], lang: str) -> str:
    run = state["run"]
    if run is None:
        return Text("status-no-run").text(lang)
    lines = [
        Text("status-run", run=run["id"], oso=run["oso"], overstap=run["overstap"], state=_state(run)),
        *(
            Text("status-export", name=export["name"], state=_state(export), count=export["dossiers"])
            for export in state["exports"]
        ),
    ]
    lines.append(Text("status-dossiers", counts=states_said(**state["dossiers"])))
    if state["handovers"]:
        counts = (f"{n} {name}" for name, n in state["handovers"].items())
        lines.append(Text("status-handovers", counts=", ".join(counts)))
    return "\n".join(line.text(lang) for line in lines)


def _state(row: dict[str, Any]) -> Text:
    """The state of a run or an export in words."""
    return Text(f"status-{row['status']}")
