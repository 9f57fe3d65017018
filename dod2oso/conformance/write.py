"""Writes a conformance package as files, and what came of the answers: pages for people, JSON for programmes."""

import json
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import Any, Literal

from markupsafe import Markup

from dod2oso.base.errors import UsageError
from dod2oso.base.files import atomic_write, disk_guard
from dod2oso.base.texts import Text
from dod2oso.conformance.answers import CSV, JSON, STATES, Comparison, template_csv, template_json
from dod2oso.conformance.index import INDEX, Index, as_json, index_of
from dod2oso.conformance.package import KINDS, package
from dod2oso.report.page import environment, hash_of, said, style_sheet
from dod2oso.report.style import PLAIN

PAGE = "index.html"
RESULT, RESULT_PAGE = "result.json", "result.html"
_BADGE = {"agrees": "passed", "differs": "error", "not-tested": "warning"}
_STYLE = ".badge.passed { color: var(--accent); background: var(--shade); }\n"


def write_package(
    folder: Path, versions: Iterable[str], lang: Literal["nl", "en"], done: Callable[[str], object] = lambda _: None
) -> Index:
    """Write the packages of these versions into an empty or new folder; `done` is told of each version.

    The index comes last: a folder without one was broken off. UsageError when the folder holds anything else.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageError("conformance-folder-full", folder=folder.name)
    made = []
    with disk_guard():
        for name in versions:
            made.append(package(name))
            for case in made[-1].cases:
                path = folder / case.file
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(case.data)
            done(name)
        index = index_of(made, lang)
        atomic_write(folder / CSV, template_csv(index))
        atomic_write(folder / JSON, template_json(index))
        atomic_write(folder / PAGE, _page("conformance.html.j2", lang, index=index, kinds=KINDS).encode())
        atomic_write(folder / INDEX, as_json(index))
    return index


def write_result(folder: Path, found: Comparison, lang: str) -> None:
    """Write what came of the answers beside the package."""
    with disk_guard():
        page = _page("conformance-result.html.j2", lang, found=found, states=STATES, badge=_BADGE)
        atomic_write(folder / RESULT_PAGE, page.encode())
        text = json.dumps(result_json(found, lang), ensure_ascii=False, indent=1)
        atomic_write(folder / RESULT, f"{text}\n".encode())


def result_json(found: Comparison, lang: str) -> dict[str, Any]:
    """What came of the answers, for a programme."""
    return {
        "format": 1,
        "system": found.system,
        "counts": found.counts(),
        "complete": found.complete,
        "strange": list(found.strange),
        "dossiers": [
            {
                "file": row.entry.file,
                "about": row.entry.about,
                "expected": row.entry.expected,
                "said": row.said,
                "state": row.state,
                "why": row.why.text(lang) if row.why else "",
                "note": row.note,
            }
            for row in found.rows
        ],
    }


def _page(template: str, lang: str, **values: object) -> str:
    """A page that stands on its own: no script, nothing from elsewhere."""
    style_text = style_sheet(PLAIN) + _STYLE
    return (
        environment()
        .get_template(template)
        .render(
            lang=lang,
            style_text=Markup(style_text),  # noqa: S704  our own file
            style_hash=hash_of(style_text),
            say=partial(said, lang),
            word=lambda name: Text(f"conformance-word-{name}").text(lang),
            kind_name=lambda kind: Text(f"conformance-kind-{kind}").text(lang),
            state_name=lambda state: Text(f"conformance-state-{state}").text(lang),
            **values,
        )
    )
