"""A page as HTML: the templates of this room, with the texts and the style sheet of the report."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from dod2oso.base.texts import Text
from dod2oso.desk.answers import Page
from dod2oso.findings.states import state_heading
from dod2oso.report.numbers import date, number
from dod2oso.report.page import counted, environment, said, style_sheet
from dod2oso.report.style import HouseStyle

_TEMPLATES = Path(__file__).with_name("templates")
SCRIPT = "desk.js"


def render(page: Page, lang: str, frame: dict[str, Any]) -> str:
    """The page in a language. `frame`: what stands on every page; see base.html.j2."""
    return (
        environment(_TEMPLATES)
        .get_template(page.template)
        .render(
            lang=lang,
            title=page.title.text(lang),
            say=partial(said, lang),
            counted=partial(counted, lang),
            n=partial(number, lang=lang),
            date=partial(date, lang=lang),
            words=lambda text: _words(text, lang),
            state_title=partial(state_heading, lang=lang),
            **frame,
            **page.values,
        )
    )


def all_templates() -> list[Callable[[], object]]:
    """What loads each template, so that it need not be done when its page is asked for."""
    found = environment(_TEMPLATES)
    return [partial(found.get_template, name) for name in found.list_templates(["j2"])]


def style_text(style: HouseStyle) -> str:
    """The style sheet: that of the report, and what only these pages have."""
    return style_sheet(style) + (_TEMPLATES / "desk.css").read_text(encoding="utf-8")


def script_text() -> str:
    return (_TEMPLATES / SCRIPT).read_text(encoding="utf-8")


def _words(text: Text | str, lang: str) -> str:
    return text if isinstance(text, str) else text.text(lang)
