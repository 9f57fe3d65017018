"""docs/opdrachten.md: every command with its arguments and options, generated from the commands themselves.

`python -m tools.command_reference` writes the page again.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer

from dod2oso.base.errors import ExitCode
from dod2oso.cli.app import app
from dod2oso.cli.help import about, about_parameter, value_word
from dod2oso.cli.old_names import CHOICES, OPTIONS

PAGE = Path(__file__).resolve().parents[1] / "docs" / "opdrachten.md"

CODES = {  # in nl and en
    ExitCode.DONE: ("klaar, niets op of boven `--fail-on`", "done, nothing at or above `--fail-on`"),
    ExitCode.BUG: ("onverwachte fout in dod2oso", "unexpected error in dod2oso"),
    ExitCode.USAGE: ("verkeerd gebruik", "wrong use"),
    ExitCode.FINDINGS: (
        "klaar, met bevindingen op of boven `--fail-on`",
        "done, with findings at or above `--fail-on`",
    ),
    ExitCode.EXPORT_UNREADABLE: (
        "een export of bestand kon niet worden gelezen",
        "an export or file could not be read",
    ),
    ExitCode.CONFIGURATION: (
        "een eigen bestand (mapping, profiel, aanvulling, register) klopt niet",
        "a file of your own (mapping, profile, supplement, register) is wrong",
    ),
    ExitCode.CHECKER_FAILED: ("een controle kon niet draaien", "a check could not run"),
    ExitCode.HANDED_OVER_PARTLY: ("gedeeltelijk overgedragen", "handed over in part"),
    ExitCode.TRY_LATER: (
        "later opnieuw proberen (schijf vol, grootboek in gebruik)",
        "try again later (disk full, ledger in use)",
    ),
    ExitCode.INTERRUPTED: (
        "onderbroken; het grootboek klopt en de run kan verder",
        "interrupted; the ledger is sound and the run can go on",
    ),
}


def page() -> str:
    """The page as markdown."""
    lines = [
        "# Opdrachten",
        "",
        "Deze bladzijde is gemaakt uit de opdrachten zelf (`python -m tools.command_reference`). Gegevens gaan naar",
        "stdout, al het andere naar stderr.",
    ]
    for path, command in each_command(typer.main.get_command(app), "dod2oso"):
        key = path.partition(" ")[2]
        lines += ["", f"## {path}", "", about(key, "nl"), "", *_parameters(key, command)]
    lines += ["", "## Namen van vroeger", "", "Een oude naam wordt geweigerd, met de nieuwe erbij.", ""]
    lines += ["| was | is nu |", "|---|---|", *(f"| `{old}` | `{new}` |" for old, new in OPTIONS.items())]
    lines += [f"| `{option} {old}` | `{option} {new}` |" for (option, old), new in CHOICES.items()]
    lines += ["", "## Uitgangscodes", "", "| code | betekenis |", "|---|---|"]
    lines += [f"| {int(code)} | {text} |" for code, (text, _english) in CODES.items()]
    return "\n".join(lines) + "\n"


def each_command(command: Any, path: str) -> Iterator[tuple[str, Any]]:
    """Every command that does something, with the words to type."""
    inner = getattr(command, "commands", None)
    if inner is None or (command.invoke_without_command and command.params):
        yield path, command
    if inner is None:
        return
    for name, child in inner.items():
        yield from each_command(child, f"{path} {name}")


def _parameters(path: str, command: Any) -> list[str]:
    rows = []
    for parameter in command.params:
        if parameter.param_type_name == "argument":
            name = value_word(parameter, None, "nl").replace("|", " of ")
            rows.append(f"| `{name}` | {about_parameter(path, parameter, 'nl')} | {_default(parameter)} |")
        elif not parameter.hidden:
            names = ", ".join(f"`{name}`" for name in (*parameter.opts, *parameter.secondary_opts))
            rows.append(f"| {names} | {about_parameter(path, parameter, 'nl')} | {_default(parameter)} |")
    return ["| argument of optie | wat | standaard |", "|---|---|---|", *rows] if rows else ["Geen opties."]


def _default(parameter: Any) -> str:
    if parameter.required:
        return "verplicht"
    default = parameter.default
    return "" if default in (None, False, (), "") else f"`{getattr(default, 'value', default)}`"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
