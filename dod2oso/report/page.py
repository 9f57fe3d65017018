"""What every page of ours is made of: templates, texts as HTML, and the style sheet."""

import base64
import hashlib
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import BytecodeCache, Environment, FileSystemLoader, StrictUndefined
from jinja2 import __version__ as of_jinja
from jinja2.bccache import Bucket
from markupsafe import EscapeFormatter, Markup

from dod2oso.base.kept import keep_code, kept_code
from dod2oso.base.resources import is_shipped
from dod2oso.base.texts import one_or_many, templates
from dod2oso.report.hidden import Hidden
from dod2oso.report.numbers import number
from dod2oso.report.style import HouseStyle

_TEMPLATES = Path(__file__).with_name("templates")


def style_sheet(style: HouseStyle) -> str:
    """The style sheet with the house colour in it."""
    text = template_text("gaps.css")
    if style.colour:
        text += f"\n:root {{ --accent: {style.colour}; }}\n"
        text += f"@media screen and (prefers-color-scheme: dark) {{ :root {{ --accent: {style.colour_dark}; }} }}\n"
    return text


def template_text(name: str) -> str:
    return "\n" + (_TEMPLATES / name).read_text(encoding="utf-8")


def hash_of(text: str) -> str:
    """Of a style sheet or script, for the policy in the head of the page."""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def said(lang: str, key: str, /, **values: object) -> Markup:
    """A text of a page; values that are HTML already stay so."""
    template = templates()[key][lang].replace("&", "&amp;")
    return Markup(_Said(Markup.escape).vformat(template, (), values))  # noqa: S704  our own text, and escaped values


class _Said(EscapeFormatter):
    """Formats as HTML, with the form of our texts for one or more things: {n:word|words}."""

    def format_field(self, value: Any, format_spec: str) -> str:
        if "|" in format_spec:
            return str(Markup.escape(one_or_many(value, format_spec)))
        return str(super().format_field(value, format_spec))


def counted(lang: str, key: str, /, count: int | Hidden, shown: object = None, **values: object) -> Markup:
    """A text for one or for another number of things, which is `n` in it; `shown`: that number as HTML."""
    n = number(count, lang) if shown is None else shown
    return said(lang, f"{key}.one" if count == 1 else f"{key}.many", n=n, **values)


class _Compiled(BytecodeCache):
    """What templates of ours are compiled to, kept from one run to the next: that costs more than a small report."""

    def load_bytecode(self, bucket: Bucket) -> None:
        code = kept_code(f"{bucket.key}.template", self._of(bucket))
        if code is not None:
            bucket.bytecode_from_string(code)

    def dump_bytecode(self, bucket: Bucket) -> None:
        keep_code(f"{bucket.key}.template", self._of(bucket), bucket.bytecode_to_string())

    def _of(self, bucket: Bucket) -> bytes:
        return f"{of_jinja} {bucket.checksum}".encode()


@cache
def environment(folder: Path = _TEMPLATES) -> Environment:
    """The templates in a folder; those of the report when none is named."""
    return Environment(
        loader=FileSystemLoader(folder),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        bytecode_cache=_Compiled() if is_shipped(folder) else None,
    )
