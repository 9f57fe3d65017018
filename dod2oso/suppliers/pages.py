"""The matrices as tables for people (a page, a workbook) and as JSON, with the facts beside them."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

from dod2oso.base.english import element_label
from dod2oso.base.errors import UsageError
from dod2oso.base.files import atomic_open
from dod2oso.base.texts import Text
from dod2oso.oso.catalogue import catalogue
from dod2oso.suppliers.facts import facts
from dod2oso.suppliers.matrix import ANSWERS, Matrix
from dod2oso.suppliers.measure import Fill

KINDS = (".html", ".xlsx", ".json")


@dataclass(frozen=True, slots=True)
class Table:
    """A title, the names of its columns, and rows of texts as long as those."""

    title: str
    columns: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]


def differing(one: Matrix, other: Matrix) -> Iterator[tuple[str, str, str]]:
    """The OSO fields that two matrices answer otherwise: path, both answers; "-": no such field."""
    for path in dict.fromkeys((*one.cells, *other.cells)):
        first, second = (m.cells[path].answer if path in m.cells else "-" for m in (one, other))
        if first != second:
            yield path, first, second


def tables(made: Sequence[Matrix], fills: Sequence[Fill], lang: str) -> list[Table]:
    """Totals, then a table per version and transfer with a column per layout, what was measured, and the facts."""
    found = [_totals(made, lang)]
    for version, transfer in dict.fromkeys((m.version, m.transfer) for m in made):
        found.append(_fields([m for m in made if (m.version, m.transfer) == (version, transfer)], lang))
    found += [_measured(fill, lang) for fill in fills]
    return [*found, _facts(lang)]


def _say(key: str, lang: str, **values: object) -> str:
    return Text(key, **values).text(lang)


def answer(name: str, lang: str) -> str:
    """An answer as people read it."""
    return Text(f"carry-answer-{name}").text(lang) if name in ANSWERS else name


def _totals(made: Sequence[Matrix], lang: str) -> Table:
    columns = [_say(key, lang) for key in ("carry-layout", "carry-version", "carry-transfer")]
    columns += [answer(name, lang) for name in ANSWERS]
    rows = [(m.layout, m.version, m.transfer, *map(str, m.counts().values())) for m in made]
    return Table(_say("carry-title", lang), tuple(columns), rows)


def _fields(made: Sequence[Matrix], lang: str) -> Table:
    first = made[0]
    columns = [
        _say("carry-field", lang),
        _say("carry-meaning", lang),
        *(m.layout for m in made),
        _say("carry-why", lang),
    ]
    rows = []
    for path in first.cells:
        element = catalogue(first.version).at(path)
        said = [answer(m.cells[path].answer, lang) for m in made]
        whys = {m.layout: m.cells[path].said(lang) for m in made if m.cells[path].why}
        same = len(set(whys.values())) == 1 and len(whys) == len(made)
        why = next(iter(whys.values())) if same else " ".join(f"{name}: {text}" for name, text in whys.items())
        rows.append((path, element_label(element.nl, lang) if element else "", *said, why))
    return Table(_say("carry-of", lang, version=first.version, transfer=first.transfer), tuple(columns), rows)


def _measured(fill: Fill, lang: str) -> Table:
    title = _say("carry-measured", lang, layout=fill.profile, version=fill.version, records=fill.records, n=fill.unread)
    columns = (_say("carry-field", lang), _say("carry-share", lang))
    paths = [element.path for element in catalogue(fill.version).fields()]
    return Table(title, columns, [(path, fill.share(path)) for path in paths if path in fill.filled])


def _facts(lang: str) -> Table:
    names = ("product", "supplier", "sector", "role", "since", "fact", "certainty", "source")
    columns = tuple(Text(f"carry-fact-{name}").text(lang) for name in names)
    rows = [
        (each.product, each.supplier, each.sector, each.role, each.since, each.text(lang), each.certainty, each.source)
        for each in facts()
    ]
    return Table(_say("carry-facts", lang), columns, rows)


def document(made: Sequence[Matrix], fills: Sequence[Fill], lang: str) -> dict[str, Any]:
    """Everything, for programmes. `format` changes when a key changes its meaning."""
    return {
        "format": 1,
        "layouts": [
            {
                "layout": m.layout, "oso": m.version, "overstap": m.transfer, "counts": m.counts(),
                "fields": [
                    {
                        "path": path, "answer": cell.answer, "why": [text.text(lang) for text in cell.why],
                        "from": list(cell.fields), "filled_by": cell.filled_by or None,
                    }
                    for path, cell in m.cells.items()
                ],
            }
            for m in made
        ],
        "measured": [
            {
                "layout": fill.profile, "oso": fill.version, "overstap": fill.transfer, "unread": fill.unread,
                "shares": {path: fill.share(path) for path in fill.filled},
            }
            for fill in fills
        ],
        "facts": [{**each.model_dump(exclude={"nl", "en"}), "fact": each.text(lang)} for each in facts()],
    }  # fmt: skip


def write(path: Path, made: Sequence[Matrix], fills: Sequence[Fill], lang: str) -> None:
    """Write one file, of the kind that its name says; UsageError for another kind."""
    if path.suffix not in KINDS:
        raise UsageError("carry-output-kind", known=", ".join(KINDS))
    with atomic_open(path) as file:
        if path.suffix == ".json":
            file.write(json.dumps(document(made, fills, lang), ensure_ascii=False, indent=1).encode())
        elif path.suffix == ".html":
            file.write(as_html(tables(made, fills, lang), lang).encode())
        else:
            as_workbook(file, tables(made, fills, lang))


def as_html(found: Sequence[Table], lang: str) -> str:
    """A page that stands on its own: no scripts, nothing from elsewhere."""
    parts = []
    for number, table in enumerate(found):
        level = "h1" if number == 0 else "h2"
        head = "".join(f'<th scope="col">{escape(name)}</th>' for name in table.columns)
        body = "".join(
            f'<tr><th scope="row">{escape(row[0])}</th>{"".join(f"<td>{escape(text)}</td>" for text in row[1:])}</tr>\n'
            for row in table.rows
        )
        title = escape(table.title)
        parts.append(
            f'<{level} id="t{number}">{title}</{level}>\n<div role="region" aria-labelledby="t{number}" tabindex="0">'
            f"<table><thead><tr>{head}</tr></thead>\n<tbody>{body}</tbody></table></div>"
        )
    return (
        f'<!DOCTYPE html>\n<html lang="{lang}"><head><meta charset="utf-8"><title>{escape(found[0].title)}</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        "<style>body{font:16px/1.5 sans-serif;margin:2rem;color:#1b2128;background:#fff}div{overflow:auto}"
        "table{border-collapse:collapse}th,td{border:1px solid #767676;padding:.2rem .5rem;text-align:left;"
        "vertical-align:top}thead th{background:#eee}tbody th{font-weight:normal}</style></head>\n<body><main>\n"
        + "\n".join(parts)
        + "\n</main></body></html>\n"
    )


def as_workbook(file: Any, found: Sequence[Table]) -> None:
    """A workbook with a sheet per table; everything in it is text or a number, nothing a formula."""
    import xlsxwriter

    with xlsxwriter.Workbook(file, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}) as book:
        bold, wrapped = book.add_format({"bold": True}), book.add_format({"text_wrap": True, "valign": "top"})
        for number, table in enumerate(found, start=1):
            sheet = book.add_worksheet(f"{number}")
            sheet.write_string(0, 0, table.title, bold)
            sheet.write_row(1, 0, table.columns, bold)
            for at, row in enumerate(table.rows, start=2):
                for column, text in enumerate(row):
                    if text.isdecimal():
                        sheet.write_number(at, column, int(text))
                    else:
                        sheet.write_string(at, column, text, wrapped)
            sheet.freeze_panes(2, 1)
            sheet.set_column(0, 1, 40)
