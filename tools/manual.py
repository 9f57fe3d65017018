"""docs/man/: the manual page in Dutch and in English, generated from the commands themselves.

`python -m tools.manual` writes them again. The wheel brings them along to where `man` looks (pyproject.toml).
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer

from dod2oso import __version__
from dod2oso.cli.app import app
from dod2oso.cli.help import about, about_parameter, value_word
from tools.command_reference import CODES, each_command

FOLDER = Path(__file__).resolve().parents[1] / "docs" / "man"
PAGES = {"nl": FOLDER / "dod2oso.nl.1", "en": FOLDER / "dod2oso.1"}
_HEADS = {
    "nl": ("NAAM", "OVERZICHT", "BESCHRIJVING", "OPDRACHTEN", "UITGANGSCODES", "OMGEVING", "BESTANDEN", "ZIE OOK"),
    "en": ("NAME", "SYNOPSIS", "DESCRIPTION", "COMMANDS", "EXIT STATUS", "ENVIRONMENT", "FILES", "SEE ALSO"),
}
_WORDS = {
    "nl": {
        "short": "van DOD naar OSO",
        "use": "OPDRACHT [OPTIES]",
        "lang": "de taal van wat u leest: nl of en",
        "ledger": "het grootboek, als URL of als @BESTAND waarin die staat",
        "pin": "de PIN van beveiligde zips",
        "toml": "de instellingen van een project",
        "out": "de uitvoermap: dossiers, rapport, outbox en grootboek (vertrouwelijk)",
        "more": "Elke opdracht zegt met --help wat zij doet. Een code uit een rapport: dod2oso explain CODE.",
    },
    "en": {
        "short": "from DOD to OSO",
        "use": "COMMAND [OPTIONS]",
        "lang": "the language of what you read: nl or en",
        "ledger": "the ledger, as a URL or as @FILE that holds it",
        "pin": "the PIN of protected zips",
        "toml": "the settings of a project",
        "out": "the output folder: dossiers, report, outbox and ledger (confidential)",
        "more": "Every command says with --help what it does. A code from a report: dod2oso explain CODE.",
    },
}


def page(lang: str) -> str:
    """The manual in troff, with the macros of man(7)."""
    return "\n".join(_lines(lang)) + "\n"


def _lines(lang: str) -> Iterator[str]:
    name, use, what, commands, codes, surroundings, files, more = _HEADS[lang]
    words = {key: _plain(text) for key, text in _WORDS[lang].items()}
    yield r".\" Made by: python -m tools.manual"
    yield f'.TH DOD2OSO 1 "" "dod2oso {_plain(__version__)}"'
    yield from (f".SH {name}", rf"dod2oso \- {words['short']}")
    yield from (f".SH {use}", rf"\fBdod2oso\fR {words['use']}")
    yield from (f".SH {what}", _plain(about("dod2oso", lang)))
    yield f'.SH "{commands}"'
    for path, command in each_command(typer.main.get_command(app), "dod2oso"):
        yield from _command(path, command, lang)
    yield f'.SH "{codes}"'
    for code, texts in CODES.items():
        yield from _item(str(int(code)), texts[lang == "en"].replace("`", ""))
    yield f".SH {surroundings}"
    for variable, key in (("DOD2OSO_LANG", "lang"), ("DOD2OSO_LEDGER", "ledger"), ("DOD2OSO_PIN", "pin")):
        yield from _item(variable, _WORDS[lang][key])
    yield f".SH {files}"
    yield from _item("dod2oso.toml", _WORDS[lang]["toml"])
    yield from _item("dod2oso-out/", _WORDS[lang]["out"])
    yield from (f'.SH "{more}"', words["more"])


def _command(path: str, command: Any, lang: str) -> Iterator[str]:
    key = path.partition(" ")[2]
    shown = [path]
    for parameter in command.params:
        if parameter.param_type_name == "argument":
            value = value_word(parameter, None, lang)
            shown.append(value if parameter.required or value.startswith("[") else f"[{value}]")
    yield f'.SS "{_plain(" ".join(shown))}"'
    yield _plain(about(key, lang))
    for parameter in command.params:
        if parameter.param_type_name == "option" and not parameter.hidden:
            names = ", ".join((*parameter.opts, *parameter.secondary_opts))
            value = "" if parameter.is_flag else f" {value_word(parameter, None, lang)}"
            yield from _item(names + value, about_parameter(key, parameter, lang))


def _item(title: str, text: str) -> Iterator[str]:
    yield from (".TP", rf"\fB{_plain(title)}\fR", _plain(text))


def _plain(text: str) -> str:
    """A text in which troff finds no commands of its own."""
    escaped = text.replace("\\", r"\e").replace("-", r"\-").replace('"', r"\(dq").replace("'", r"\(aq")
    return re.sub(r"^\.", r"\&.", escaped)


def write() -> None:
    """Write both pages."""
    FOLDER.mkdir(exist_ok=True)
    for lang, path in PAGES.items():
        path.write_text(page(lang), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    write()
