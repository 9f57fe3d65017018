"""The sheet with the recovery code of an encrypted project: to print, and to keep where this computer is not."""

import html

from dod2oso.base.clock import now
from dod2oso.base.texts import Text


def sheet(code: str, folder: str, lang: str) -> str:
    """An HTML page without anything from elsewhere; `folder`: the name of the output folder that it opens."""
    title = Text("recovery-sheet-title").text(lang)
    values = {"folder": folder, "day": f"{now():%d-%m-%Y}"}
    lines = [Text(f"recovery-sheet-{part}", **values).text(lang) for part in ("of", "use", "keep", "file")]
    told = "".join(f"<p>{html.escape(line)}</p>" for line in lines)
    return (
        f'<!DOCTYPE html><html lang="{lang}"><head><meta charset="utf-8"><title>{html.escape(title)}</title>'
        "<style>body{font:12pt sans-serif;max-width:40em;margin:3em auto}code{font-size:20pt}</style></head>"
        f"<body><h1>{html.escape(title)}</h1><p><code>{html.escape(code)}</code></p>{told}</body></html>\n"
    )
