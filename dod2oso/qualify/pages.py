"""The report of a rehearsal as a page, on paper, and as JSON: what a vendor sends along."""

import json
from collections.abc import Sequence
from functools import partial
from hashlib import sha256
from pathlib import Path

from markupsafe import Markup

from dod2oso.base.errors import UsageError
from dod2oso.base.files import atomic_write
from dod2oso.base.texts import Text
from dod2oso.qualify.kit import Scenario
from dod2oso.qualify.outcome import Rehearsal, document, expected_text
from dod2oso.report import pdf
from dod2oso.report.page import environment, hash_of, said, style_sheet
from dod2oso.report.style import PLAIN

KINDS = (".html", ".json", ".pdf")
_STYLE = """
.badge { white-space: nowrap; } .badge.passed { color: var(--accent); background: var(--shade); }
.figures { grid-template-columns: repeat(4, 1fr); } pre { white-space: pre-wrap; margin: .3rem 0; }
@media (max-width: 46rem) { .figures { grid-template-columns: 1fr 1fr; } }
"""
_BADGE = {"passed": "passed", "failed": "error", "not-tested": "warning", "not-certain": "info"}


def check_names(paths: Sequence[Path]) -> None:
    """UsageError for a file of another kind, or a PDF where none can be made; asked before anything is rehearsed."""
    for path in paths:
        if path.suffix not in KINDS:
            raise UsageError("carry-output-kind", known=", ".join(KINDS))
        if path.suffix == ".pdf":
            pdf.check_installed()


def write(path: Path, made: Rehearsal, lang: str) -> None:
    """Write the report, of the kind that the name says."""
    check_names([path])
    if path.suffix == ".json":
        atomic_write(path, as_json(made, lang).encode())
    elif path.suffix == ".html":
        atomic_write(path, as_html(made, lang).encode())
    else:
        page = as_html(made, lang)
        atomic_write(path, pdf.of_html(page, sha256(page.encode()).hexdigest()))


def as_json(made: Rehearsal, lang: str) -> str:
    """The whole of it; the next rehearsal reads it back."""
    return json.dumps(document(made, lang), ensure_ascii=False, indent=1) + "\n"


def as_html(made: Rehearsal, lang: str) -> str:
    """A page that stands on its own: no script, nothing from elsewhere."""
    style_text = style_sheet(PLAIN) + _STYLE
    return (
        environment()
        .get_template("qualify.html.j2")
        .render(
            lang=lang,
            made=made,
            title=made.kit.title(lang),
            mode=Text(f"qualify-mode-{made.mode}").text(lang),
            lead=lead(made, lang),
            badge=_BADGE,
            state_name=lambda state: Text(f"qualify-state-{state}").text(lang),
            certainty=lambda word: Text(f"qualify-certainty-{word}").text(lang),
            stimulus=partial(stimulus, lang=lang),
            expected=lambda each: expected_text(each, lang),
            seen=lambda seen: {True: "✓", False: "✗", None: "–"}[seen],
            answer=lambda word: Text(f"qualify-answer-{word.replace('/', '')}").text(lang),
            style_text=Markup(style_text),  # noqa: S704  our own file
            style_hash=hash_of(style_text),
            say=partial(said, lang),
        )
    )


def lead(made: Rehearsal, lang: str) -> str:
    """How it went, in a sentence."""
    key = "qualify-lead-failed" if made.failed() else "qualify-lead-passed"
    return Text(key, **{state.replace("-", "_"): n for state, n in made.counts().items()}).text(lang)


def stimulus(scenario: Scenario, lang: str) -> str:
    """What is done in a scenario, in a sentence."""
    return Text(f"qualify-play-{scenario.play}").text(lang)
