"""The page that asks the passphrase of an encrypted project, in place of the one that was asked."""

from collections.abc import Mapping, Sequence

from dod2oso.base.texts import Text
from dod2oso.desk.answers import Page

WORD = "project-word"  # the field with the passphrase


def closed_page(
    name: str, to: str, problem: Text | None = None, form: Mapping[str, Sequence[str]] | None = None
) -> Page:
    """`to`: the address that was asked. `form`: what was sent there, which goes along so that nothing typed is lost."""
    fields = [(field, value) for field, values in (form or {}).items() for value in values]
    values = {
        "action": to if form is not None else f"/p/{name}/unlock", "to": to if form is None else "", "fields": fields,
        "field": WORD, "problem": problem,
    }  # fmt: skip
    return Page("closed.html.j2", Text("desk-closed-title"), values, 200 if problem is None else 409)
