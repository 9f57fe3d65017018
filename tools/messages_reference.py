"""docs/meldingen.md: every message with which a command, an export or a file stops, generated from base/errors.yaml.

`python -m tools.messages_reference` writes the page again.
"""

import re
from pathlib import Path

import dod2oso.base.texts
from dod2oso.base.yaml import load

PAGE = Path(__file__).resolve().parents[1] / "docs" / "meldingen.md"
_HERE = Path(dod2oso.base.texts.__file__).parent / "errors.yaml"


def page() -> str:
    """The page as markdown; messages in alphabetical order, as people look for the words that they read."""
    lines = [
        "# Meldingen",
        "",
        "Elke melding waarmee een opdracht, een export of een bestand stopt; wat u doet staat in de melding zelf.",
        "Wat tussen accolades staat vult dod2oso in. Deze bladzijde is gemaakt uit `dod2oso/base/errors.yaml`",
        "(`python -m tools.messages_reference`). Meldingen over gegevens staan in [bevindingen.md](bevindingen.md).",
        "",
        "| melding | code |",
        "|---|---|",
    ]
    texts = {key: _plain(text["nl"]) for key, text in load(_HERE).data.items()}
    alphabetical = sorted(texts.items(), key=lambda item: item[1].lower().lstrip("'\"{"))
    lines += [f"| {text} | `{key}` |" for key, text in alphabetical]
    return "\n".join(lines) + "\n"


def _plain(text: str) -> str:
    """A text in a cell: one line, and a value by its name, without the words that it chooses."""
    text = re.sub(r"\{(\w+):([^{}|]*)\|([^{}]*)\}", r"\3", " ".join(text.split()))
    return re.sub(r"([|<>*_\[\]])", r"\\\1", text)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
