"""HTML, XLSX, CSV and JSON say the same: states, balance, findings by code, and the numbers of each school."""

import csv
import io
import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

from lxml import html as lxml_html
from python_calamine import CalamineWorkbook

from dod2oso.ledger.store import Ledger
from dod2oso.report.write import DEFAULT_FORMATS, write
from tests.report.test_report import _run

__all__ = ["_run"]
STATES = ("ready", "held", "rejected")
HEADINGS = ("Klaar", "Wacht", "Kan niet")
KINDS = ("source_values", "mapped", "lossy", "withheld", "left_out", "unmapped", "refused")

Numbers = dict[str, Any]


def number(element: Any) -> int:
    return int(re.sub(r"\D", "", element.text_content()))


def of_html(path: Path) -> Numbers:
    page = lxml_html.fromstring(path.read_bytes().decode())
    rows = {name: number(page.get_element_by_id(f"b-{name}").xpath("td[1]")[0])
            for name in ("total", "mapped", "legal", "dropped", "unmapped", "refused")}  # fmt: skip
    lossy = sum(map(number, page.xpath("//*[@id='n-lossy']")))
    findings: Counter[str] = Counter()
    for row in page.xpath("//section[@id='bevindingen']//tbody/tr"):
        findings[row.xpath(".//code/text()")[0].split()[0]] += number(row.xpath("td[2]")[0])
    return {
        "states": tuple(number(page.get_element_by_id(f"n-{state}")) for state in STATES),
        "balance": (rows["total"], rows["mapped"], lossy, rows["legal"], rows["dropped"],
                    rows["unmapped"], rows["refused"]),
        "findings": findings,
        "schools": [
            tuple(number(row.xpath(f"td[@data-label='{name}']")[0]) for name in HEADINGS)
            for row in page.xpath("//section[@id='scholen']//tbody/tr")
        ],
        "waiting": page.xpath("//section[@id='wachtend']//tbody/tr/th/span/text()"),
        "exports": list(map(number, page.xpath("//*[@id='exporttabel']/tbody/tr/td[@data-label='Gegevens']"))),
    }  # fmt: skip


def of_xlsx(path: Path) -> Numbers:
    book = CalamineWorkbook.from_path(str(path))
    sheets = {name: book.get_sheet_by_name(name).to_python() for name in book.sheet_names}
    rows = {name: [dict(zip(found[0], row, strict=True)) for row in found[1:]] for name, found in sheets.items()}
    front = {row[0]: row[1] for row in sheets["Voorblad"]}
    findings: Counter[str] = Counter()
    for row in rows["Bevindingen"]:
        findings[row["Code"]] += int(row["Keer"])
    names = ("Alle gegevens in de exports", "Overgenomen", "waarvan met verlies", "Achtergehouden (wet of overstap)",
             "Weggelaten om andere reden", "Niet gelezen", "Niet bruikbaar")  # fmt: skip
    return {
        "states": tuple(int(front[name]) for name in HEADINGS),
        "balance": tuple(int(front[name]) for name in names),
        "findings": findings,
        "schools": [tuple(int(row[name]) for name in HEADINGS) for row in rows["Scholen"]],
        "waiting": [row[0] for row in sheets["Wachtende dossiers"][1:]],
        "exports": [int(row["Gegevens"]) for row in rows["Exports"]],
    }


def of_json(path: Path) -> Numbers:
    data = json.loads(path.read_bytes())
    findings: Counter[str] = Counter()
    for part in data["findings"]:
        findings[part["key"]["code"]] += part["count"]
    return {
        "states": tuple(data["dossiers"][state] for state in STATES),
        "balance": tuple({**data["balance"], **data}[kind] for kind in KINDS),
        "findings": findings,
        "schools": [tuple(part["dossiers"][state] for state in STATES) for part in data["schools"]],
        "waiting": [item["dossier_id"] for item in data["waiting"]],
        "exports": [part["balance"]["source_values"] for part in data["exports"]],
    }


def of_csv(path: Path) -> Numbers:
    """Of findings alone: how often each code, and which dossiers wait for something."""
    rows = list(csv.DictReader(io.StringIO(path.read_bytes().decode("utf-8-sig"), newline=""), delimiter=";"))
    findings: Counter[str] = Counter()
    for row in rows:
        findings[row["code"]] += int(row["count"])
    waiting = {(row["brin"], row["vestiging"], row["state"], row["dossier"]) for row in rows
               if row["state"] in ("held", "rejected")}  # fmt: skip
    schools = Counter((brin, vestiging, state) for brin, vestiging, state, _ in waiting)
    return {"findings": findings, "waiting": {dossier for *_, dossier in waiting}, "schools": schools}


def test_every_rendering_tells_the_same_numbers(ledger: Ledger, out: Path, run: str) -> None:
    page, book, table, document = write(ledger, run, out, DEFAULT_FORMATS)
    shown, sheets, data, lines = of_html(page), of_xlsx(book), of_json(document), of_csv(table)
    assert shown == data
    assert sheets == data
    assert data["states"] == (2, 5, 1)
    assert lines["findings"] == data["findings"]
    assert lines["waiting"] == set(data["waiting"])
    named = json.loads(document.read_bytes())["schools"]
    waiting = {
        (part["brin"], part["vestiging"], state): part["dossiers"][state]
        for part in named
        for state in ("held", "rejected")
    }
    assert {key: count for key, count in waiting.items() if count} == lines["schools"]
