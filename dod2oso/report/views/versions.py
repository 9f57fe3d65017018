"""The same exports in every OSO version."""

from dod2oso.report.model import Report
from dod2oso.report.texts import Lexicon
from dod2oso.report.views.value import Column, Row, View, column, view


@view("versions")
def versions(report: Report, words: Lexicon) -> View | None:
    found = report.extras.versions
    if found is None:
        return None
    columns = (
        column("heading-oso", words, 10),
        column("heading-with-place", words, 12),
        column("heading-without-place", words, 14),
        column("heading-of-which-legal", words, 14),
        column("heading-gained", words, 9),
        column("heading-lost", words, 9),
    )
    rows = [
        (
            f"{part.version} {words.say('this-run')}" if part.is_run else part.version,
            *(
                (part.with_place, part.without_place, part.without_place_legal, part.gained, part.lost)
                if part.available
                else (words.say("not-this-transfer"), "", "", "", "")
            ),
        )
        for part in found.versions
    ]
    return View("versions", words.say("view-versions"), columns, rows)


@view("version-fields")
def version_fields(report: Report, words: Lexicon) -> View | None:
    """The fields that differ between versions: on the sheet with the OSO fields that read them."""
    found = report.extras.versions
    if found is None or not found.fields:
        return None
    columns = (
        column("heading-meaning", words, 44),
        column("heading-field", words, 44, under="meaning", as_code=True),
        column("heading-values", words, 10),
        *(Column(name, name, 22) for name in found.columns),
    )
    rows: list[Row] = [
        (part.label, part.field, part.values, *(", ".join(cell.paths) or cell.text for cell in part.versions))
        for part in found.fields
    ]
    return View("version-fields", words.say("view-version-fields"), columns, rows)
