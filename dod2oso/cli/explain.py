"""`dod2oso explain`: what a code means and what to do about it, without a network."""

import json
from collections.abc import Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from dod2oso.base.texts import Text
from dod2oso.cli.options import AsJson, Lang

if TYPE_CHECKING:
    from dod2oso.report.explained import Explained


def explain(
    codes: Annotated[list[str] | None, typer.Argument(metavar="[CODE...]")] = None,
    as_json: AsJson = False,
    lang: Lang = Lang.nl,
) -> None:
    """Say what a code in a report, a message or JSON means, and what to do about it."""
    from dod2oso.findings.pages import KINDS
    from dod2oso.report.explained import all_codes, explain_code

    if as_json:
        found = [explain_code(code, lang.value) for code in codes or all_codes()]
        said = [asdict(each) | {"page": each.page} for each in found]
        typer.echo(json.dumps({"format": 1, "codes": said}, ensure_ascii=False, indent=1))
    elif codes:
        typer.echo("\n\n".join("\n".join(_told(explain_code(code, lang.value), lang.value)) for code in codes))
    else:
        for kind in KINDS:
            typer.echo(Text(f"explain-kind-{kind}").text(lang.value))
            typer.echo("\n".join(f"  {code}" for code in all_codes(kind)))


def _told(one: "Explained", lang: str) -> Iterator[str]:
    title, *lines = one.lines(lang)
    yield f"{one.code} ({title})"
    yield from (f"  {line}" for line in lines)
