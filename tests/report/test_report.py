"""The gap report: the same numbers in every rendering, nothing that can hurt, and words people understand."""

import base64
import csv
import hashlib
import io
import json
import re
import stat
import sys
from pathlib import Path
from typing import Any

import pytest
from lxml import html as lxml_html
from sqlalchemy import event

from dod2oso.base.errors import UsageError
from dod2oso.findings.balance import Balance
from dod2oso.findings.catalogue import entries
from dod2oso.findings.model import Finding
from dod2oso.findings.outcome import FieldCount
from dod2oso.handover.send import publish
from dod2oso.ledger.duplicates import hold_duplicates
from dod2oso.ledger.exports import SUPPLEMENT_PROFILE
from dod2oso.ledger.recorder import Recorder
from dod2oso.ledger.store import Ledger
from dod2oso.report import actions, queries
from dod2oso.report.cells import neutralise
from dod2oso.report.html import render
from dod2oso.report.model import build
from dod2oso.report.numbers import date, number, share
from dod2oso.report.status import ledger_status
from dod2oso.report.summary import summary
from dod2oso.report.texts import CauseKey, Lexicon
from dod2oso.report.views.dossiers import LINE_KEYS
from dod2oso.report.write import DEFAULT_FORMATS, write
from tests.ledger.kit import (
    ADVICE,
    CONSENT,
    HOMELESS,
    MAPPED,
    NO_SCHOOL,
    OSO,
    OVERSTAP,
    REFUSED,
    UNKNOWN,
    UNREAD,
    begin,
    convert,
    outcome,
    start,
)
from tests.refusals import refused

NO_DATE = Finding("oso-schema", target="huidigeschool/leerling", note="datuminschrijving ontbreekt.")
HEADER = FieldCount("export.auteur", "dropped", "techniek")


@pytest.fixture(name="run")
def _run(ledger: Ledger, out: Path) -> str:
    """Two schools, one export that cannot be read, one double, something of every outcome."""
    run = begin(ledger)
    convert(
        ledger,
        out,
        run,
        [
            outcome(1),
            outcome(2, "held", findings=[CONSENT, ADVICE, UNKNOWN, UNKNOWN], fields={MAPPED: 4, REFUSED: 1, UNREAD: 2}),
            outcome(3, "held", findings=[CONSENT]),
            outcome(4, "held", vestiging="01", findings=[NO_DATE], lossy=2),
            outcome(5, "rejected", findings=[NO_SCHOOL]),
        ],
        "noord.xml",
    )
    row = start(ledger, run, "zuid.zip", position=1, profile="xml-with-pin")
    with Recorder(ledger, out, row) as recorder:
        recorder.record([outcome(1, brin="99BB", pgn="9", fields={MAPPED: 2, HOMELESS: 3})])
        recorder.record([outcome(2, brin="99BB", pgn="9"), outcome(3, brin="99BB")])
        recorder.count_outside({HEADER: 1}, Balance(1, 0, 1, 0, 0, 0))
    ledger.finish_export(row.id, recorder.balance, [UNKNOWN])
    ledger.fail_export(run, 2, "kapot.dod", OSO, OVERSTAP, Finding("export-onleesbaar"))
    assert hold_duplicates(ledger, run, out) == 2
    assert publish(ledger, run, out).staged == 2
    ledger.finish_run(run, "done", 12.3456)
    return run


def written(ledger: Ledger, run: str, out: Path, lang: str = "nl") -> tuple[Any, list[dict[str, str]], dict[str, Any]]:
    """The page, the rows of the table and the document."""
    page, _, table, document = write(ledger, run, out, DEFAULT_FORMATS, lang)
    text = table.read_bytes().decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text, newline=""), delimiter=";"))
    return lxml_html.fromstring(page.read_bytes().decode()), rows, json.loads(document.read_bytes())


def numbers(element: Any, path: str) -> list[int]:
    return [int(re.sub(r"\D", "", found.text_content())) for found in element.xpath(path)]


def test_the_summary_has_the_shape_of_run_json(ledger: Ledger, run: str) -> None:
    assert summary(ledger, run) == {
        "format": 1,
        "run": run,
        "oso": "2019.1",
        "overstap": "POVO",
        "exports": [
            {
                "name": "noord.xml",
                "profile": "dod-referentie",
                "dossiers": 5,
                "balance": {
                    "source_values": 23,
                    "mapped": 16,
                    "dropped": 4,
                    "unmapped": 2,
                    "refused": 1,
                    "lossy": 2,
                },
            },
            {
                "name": "zuid.zip",
                "profile": "xml-with-pin",
                "dossiers": 3,
                "balance": {
                    "source_values": 14,
                    "mapped": 8,
                    "dropped": 6,
                    "unmapped": 0,
                    "refused": 0,
                    "lossy": 0,
                },
            },
            {
                "name": "kapot.dod",
                "profile": "",
                "dossiers": 0,
                "balance": dict.fromkeys(("source_values", "mapped", "dropped", "unmapped", "refused", "lossy"), 0),
            },
        ],
        "dossiers": {"ready": 2, "held": 5, "rejected": 1},
        "findings": {
            "error": 8,
            "warning": 3,
            "info": 0,
            "by_code": {
                "advies-vervallen-2014": 1,
                "export-onleesbaar": 1,
                "leerling-dubbel": 2,
                "oso-regel": 2,
                "oso-schema": 1,
                "school-onbekend": 1,
                "veld-onbekend": 3,
            },
            "pages": {
                "advies-vervallen-2014": "bevinding/advies-vervallen-2014.html",
                "export-onleesbaar": "bevinding/export-onleesbaar.html",
                "leerling-dubbel": "bevinding/leerling-dubbel.html",
                "oso-regel": "bevinding/oso-regel.html",
                "oso-schema": "bevinding/oso-schema.html",
                "school-onbekend": "bevinding/school-onbekend.html",
                "veld-onbekend": "bevinding/veld-onbekend.html",
            },
        },
        "seconds": 12.346,
    }


def test_the_supplement_is_no_export_in_the_summary(ledger: Ledger, out: Path, run: str) -> None:
    row = start(ledger, run, "aanvulling.csv", position=9, profile=SUPPLEMENT_PROFILE)
    ledger.finish_export(row.id, Balance(), [Finding("aanvulling-onbekende-leerling", place="regel 3")])
    assert [export["name"] for export in summary(ledger, run)["exports"]] == ["noord.xml", "zuid.zip", "kapot.dod"]
    assert summary(ledger, run)["findings"]["by_code"]["aanvulling-onbekende-leerling"] == 1
    page, rows, _ = written(ledger, run, out)
    assert "aanvulling.csv" in page.get_element_by_id("exports").text_content()
    assert [row["detail"] for row in rows if row["export"] == "aanvulling.csv"] == ["regel 3"]


def test_what_blocks_most_comes_first(ledger: Ledger, run: str) -> None:
    first = build(ledger, run).first
    assert [(cause.key, cause.dossiers, cause.only) for cause in first] == [
        (CauseKey("leerling-dubbel"), 2, 2),
        (CauseKey("oso-regel", "inzage-blok-verplicht"), 2, 1),
        (CauseKey("oso-schema", "", NO_DATE.target, NO_DATE.detail), 1, 1),
        (CauseKey("school-onbekend"), 1, 1),
        (CauseKey("advies-vervallen-2014"), 1, 0),
    ]
    assert first[1].text == "Er staat niet in het dossier of de ouders inzage hebben gehad."
    assert first[2].text.endswith("volgens het schema. Datuminschrijving ontbreekt.")


def test_schools_fields_targets_and_withheld(ledger: Ledger, run: str) -> None:
    report = build(ledger, run)
    assert [
        (s.brin, s.vestiging, s.dossiers.ready, s.dossiers.held, s.dossiers.rejected, len(s.causes))
        for s in report.schools
    ] == [("99AA", "00", 1, 2, 0, 2), ("99BB", "00", 1, 2, 0, 1), ("99AA", "01", 0, 1, 0, 1), ("", "", 0, 0, 1, 1)]
    fields = {part.name: (part.mapped, part.dropped, part.unmapped, part.refused, part.legal) for part in report.fields}
    assert fields == {
        "leerling.roepnaam": (24, 0, 0, 0, 0),
        "leerling.nationaliteiten[].code": (0, 6, 0, 0, 6),
        "zorg.wsnsnummer": (0, 3, 0, 0, 0),
        "export.auteur": (0, 1, 0, 0, 0),
        "advies.code": (0, 0, 0, 1, 0),
        "Dossier/Kind/Kleur": (0, 0, 2, 0, 0),
    }
    assert report.withheld == 6
    assert [(part.path, part.dossiers) for part in report.targets if part.dossiers] == [
        ("metadata/datum", 7),
        ("huidigeschool/leerling/achternaam", 7),
    ]
    unknown = next(part for part in report.findings if part.key.code == "veld-onbekend")
    assert (unknown.count, unknown.dossiers, unknown.schools) == (3, 1, 1)
    rejected = next(part for part in report.findings if part.key.code == "school-onbekend")
    assert (rejected.dossiers, rejected.schools) == (1, 0)


def test_the_three_renderings_show_the_same_numbers(ledger: Ledger, out: Path, run: str) -> None:
    page, rows, document = written(ledger, run, out)
    totals = summary(ledger, run)
    states = ("ready", "held", "rejected")
    assert [numbers(page, f"//*[@id='n-{state}']")[0] for state in states] == list(totals["dossiers"].values())
    assert document["dossiers"] == totals["dossiers"]

    balance = {key: sum(export["balance"][key] for export in totals["exports"]) for key in document["balance"]}
    assert document["balance"] == balance
    shown = {key: numbers(page, f"//tr[@id='b-{key}']/td[1]")[0] for key in ("mapped", "unmapped", "refused", "total")}
    legal, other = (numbers(page, f"//tr[@id='b-{key}']/td[1]")[0] for key in ("legal", "dropped"))
    assert shown == {**{key: balance[key] for key in ("mapped", "unmapped", "refused")}, "total": 37}
    assert (legal, legal + other) == (document["withheld"], balance["dropped"])
    assert numbers(page, "//*[@id='n-withheld']") == [legal]

    by_code: dict[str, int] = {}
    for row in rows:
        by_code[row["code"]] = by_code.get(row["code"], 0) + int(row["count"])
    assert by_code == totals["findings"]["by_code"]
    assert sum(numbers(page, "//section[@id='bevindingen']//tbody/tr/td[2]")) == sum(by_code.values())
    assert sum(part["count"] for part in document["findings"]) == sum(by_code.values())

    assert {row["text"] for row in rows} == {part["text"] for part in document["findings"]}

    held = {row["dossier"] for row in rows if row["state"] in ("held", "rejected") and row["severity"] == "error"}
    assert held == {item["dossier_id"] for item in document["waiting"]}
    assert held == set(page.xpath("//section[@id='wachtend']//tbody//th//text()[normalize-space()]"))
    for place, column, total in (
        ("scholen", "Klaar", 2), ("scholen", "Wacht", 5), ("scholen", "Kan niet", 1),
        ("exporttabel", "Gegevens", 37), ("exporttabel", "Klaar", 2), ("exporttabel", "Wacht", 5),
        ("exporttabel", "Kan niet", 1), ("profielen", "Exports", 2), ("profielen", "Klaar", 2),
    ):  # fmt: skip
        cells = numbers(page, f"//*[@id='{place}']//tbody/tr/td[@data-label='{column}']")
        assert cells and sum(cells) == total, (place, column)
    assert numbers(page, "//*[@id='exporttabel']//tbody/tr/td[@data-label='Gegevens']")[-1] == 0
    behind = numbers(page, "//section[@id='bron']//table//tbody/tr/td[2]")
    assert sum(behind) == balance["dropped"] + balance["unmapped"] + balance["refused"]


def test_english(ledger: Ledger, out: Path, run: str) -> None:
    page, rows, document = written(ledger, run, out, "en")
    text = page.text_content()
    assert page.get("lang") == "en" and document["lang"] == "en"
    assert "What to do first" in text and "Wat u eerst" not in text
    assert rows[0].keys() == set(LINE_KEYS)
    assert {row["text"] for row in rows if row["code"] == "school-onbekend"} == {entries()["school-onbekend"].en}
    assert "from primary to secondary school" in text


def test_the_page_itself_holds_no_words() -> None:
    """They stand in texts.yaml, in both languages; what stands here is the same in both."""
    source = (Path(actions.__file__).parent / "templates" / "gaps.html.j2").read_text(encoding="utf-8")
    left = re.sub(r"{%.*?%}|{{.*?}}|<[^>]*>", " ", source, flags=re.DOTALL)
    assert set(re.findall(r"[A-Za-z]{2,}", left)) <= {"Exports", "OSO"}


@pytest.mark.skipif(sys.platform == "win32", reason="file modes mean little on Windows")
def test_the_files_are_private(ledger: Ledger, out: Path, run: str) -> None:
    for path in write(ledger, run, out, DEFAULT_FORMATS):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert sorted(path.name for path in (out / "report").iterdir()) == [
        "gaps.csv",
        "gaps.html",
        "gaps.json",
        "gaps.xlsx",
    ]


def test_the_same_ledger_gives_the_same_bytes(ledger: Ledger, out: Path, run: str) -> None:
    first = [path.read_bytes() for path in write(ledger, run, out, DEFAULT_FORMATS)]
    assert [path.read_bytes() for path in write(ledger, run, out, DEFAULT_FORMATS)] == first


def test_the_page_needs_nothing_from_outside(ledger: Ledger, run: str) -> None:
    text = render(build(ledger, run))
    page = lxml_html.fromstring(text)
    assert len(page.xpath("//script[not(@src)]")) == len(page.xpath("//script")) == 1
    assert not page.xpath("//link | //img | //iframe | //object | //form | //@onclick | //@onload")
    assert all(target.startswith("#") for target in page.xpath("//@href"))
    assert {target[1:] for target in page.xpath("//@href")} <= set(page.xpath("//@id"))
    assert "url(" not in text and "@import" not in text and "http" not in text.replace("http-equiv", "")
    ids = page.xpath("//@id")
    assert len(ids) == len(set(ids))
    (policy,) = page.xpath("//meta[@http-equiv='Content-Security-Policy']/@content")
    assert re.fullmatch(
        r"default-src 'none'; style-src 'sha256-[^' ]+'; script-src 'sha256-[^' ]+'; img-src data:", policy
    )
    for element, directive in (("style", "style-src"), ("script", "script-src")):
        (inside,) = page.xpath(f"//{element}/text()")
        digest = base64.b64encode(hashlib.sha256(inside.encode()).digest()).decode()
        assert f"{directive} 'sha256-{digest}'" in policy
    assert not page.xpath("//@style")


EVIL = "<img src=x onerror=alert(1)>\"'&</style><script>alert(2)</script>"


def test_a_hostile_name_stays_text(ledger: Ledger, out: Path) -> None:
    run = begin(ledger)
    path = FieldCount(EVIL, "unmapped", "")
    evil = outcome(1, "held", brin="<b>", vestiging="<i>", findings=[CONSENT], fields={path: 1})
    convert(ledger, out, run, [evil], f"{EVIL}.xml", profile=EVIL, findings=[UNKNOWN])
    text = render(build(ledger, run))
    assert "<img" not in text and text.count("<script") == 1 and "<b>99" not in text and text.count("</style>") == 1
    page = lxml_html.fromstring(text)
    assert not page.xpath("//img")
    assert EVIL in page.text_content()


@pytest.mark.parametrize(
    "cell", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "  =cmd|'/c calc'!A0", "＝1", "－1"]
)
def test_a_formula_becomes_text(cell: str) -> None:
    assert neutralise(cell) == f"'{cell}"


@pytest.mark.parametrize("cell", ["", "leerling.roepnaam", "1", "a=b", "'=1", "99AA", "toetsen[].code"])
def test_an_ordinary_cell_stays_as_it_is(cell: str) -> None:
    assert neutralise(cell) == cell


def test_formulas_in_the_csv_and_quotes_and_semicolons(ledger: Ledger, out: Path) -> None:
    run = begin(ledger)
    found = Finding("veld-onbekend", field='=HYPERLINK("x")', target="a;b", note='say "ja"\nnee')
    convert(ledger, out, run, [outcome(1, findings=[found])], "=export.xml")
    _, rows, _ = written(ledger, run, out)
    assert [(row["export"], row["field"], row["target"], row["detail"]) for row in rows] == [
        ("'=export.xml", '\'=HYPERLINK("x")', "a;b", 'say "ja"\nnee')
    ]
    raw = (out / "report" / "gaps.csv").read_bytes()
    assert raw.startswith(b"\xef\xbb\xbfexport;brin;") and raw.endswith(b"\r\n")


def test_the_list_is_capped_on_the_page_and_complete_in_json(
    ledger: Ledger, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(actions, "LISTED", 3)
    monkeypatch.setattr(actions, "LISTED_PER_ACTION", 3)
    run = begin(ledger)
    convert(ledger, out, run, [outcome(n, "held", findings=[CONSENT, ADVICE]) for n in range(1, 8)], batch=7)
    page, _, document = written(ledger, run, out)
    section = page.get_element_by_id("wachtend")
    assert len(section.xpath(".//tbody/tr")) == 3
    assert "De eerste 3 van 7" in section.text_content()
    assert len(document["waiting"]) == 7
    assert all(len(item["causes"]) == 2 for item in document["waiting"])


def test_a_held_dossier_without_an_error_is_still_listed(ledger: Ledger, out: Path) -> None:
    run = begin(ledger)
    convert(ledger, out, run, [outcome(1, "held", findings=[UNKNOWN])])
    page, _, document = written(ledger, run, out)
    assert [item["causes"] for item in document["waiting"]] == [[]]
    assert len(page.xpath("//section[@id='wachtend']//tbody/tr")) == 1


def test_an_empty_run_and_an_interrupted_one(ledger: Ledger, out: Path) -> None:
    run = begin(ledger)
    page, rows, document = written(ledger, run, out)
    assert "Er is nog geen enkel dossier gemaakt" in page.text_content()
    assert "niet afgemaakt" in page.text_content()
    assert rows == [] and document["waiting"] == []
    with Recorder(ledger, out, start(ledger, run)) as recorder:
        recorder.record([outcome(1)])
    ledger.finish_run(run, "interrupted", 1.0)
    page, _, document = written(ledger, run, out)
    assert "niet afgemaakt" in page.text_content() and "nog niet klaar" in page.text_content()
    assert document["dossiers"]["ready"] == 1


def test_all_ready(ledger: Ledger, out: Path) -> None:
    run = begin(ledger)
    convert(ledger, out, run, [outcome(1), outcome(2)])
    ledger.finish_run(run, "done", 1.0)
    text = " ".join(render(build(ledger, run)).split())
    assert "Alle <strong>2</strong> dossiers kunnen worden overgedragen." in text
    assert 'id="eerst"' not in text and 'id="wachtend"' not in text and 'id="letop"' not in text


def test_an_unknown_format_or_run(ledger: Ledger, out: Path, run: str) -> None:
    with refused(UsageError, "report-format-unknown", known="html, xlsx, csv, json, pdf"):
        write(ledger, run, out, ["docx"])
    with refused(UsageError, "run-absent"):
        build(ledger, "nope")
    assert not (out / "report").exists()


def test_a_failure_keeps_the_old_report(ledger: Ledger, out: Path, run: str, monkeypatch: pytest.MonkeyPatch) -> None:
    (old,) = write(ledger, run, out, ["csv"])
    content = old.read_bytes()

    def broken(*_: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(queries, "finding_lines", broken)
    with pytest.raises(RuntimeError):
        write(ledger, run, out, ["csv"])
    assert old.read_bytes() == content
    assert [path.name for path in old.parent.iterdir()] == ["gaps.csv"]


def test_building_asks_a_fixed_number_of_questions(ledger: Ledger, out: Path) -> None:
    """The database counts; neither questions nor rows grow with the number of dossiers."""
    asked: list[int] = []

    def fetched(*_: object) -> None:
        asked.append(1)

    event.listen(ledger.engine, "before_cursor_execute", fetched)
    sizes = []
    for n in (2, 60):
        run = begin(ledger)
        outcomes = [outcome(k, "held", pupil=f"{n}-{k}", findings=[CONSENT, ADVICE]) for k in range(1, n + 1)]
        convert(ledger, out, run, outcomes, f"{n}.xml", batch=60)
        asked.clear()
        report = build(ledger, run)
        sizes.append((len(asked), len(report.first), len(report.schools), len(report.fields), len(report.findings)))
    assert sizes[0] == sizes[1]


def test_status(ledger: Ledger, out: Path, run: str) -> None:
    state = ledger_status(ledger)
    assert state["run"]["id"] == run and state["run"]["status"] == "done"
    assert [(export["status"], export["dossiers"]) for export in state["exports"]] == [
        ("done", 5),
        ("done", 3),
        ("unreadable", 0),
    ]
    assert (state["dossiers"], state["handovers"]) == ({"ready": 2, "held": 5, "rejected": 1}, {"staged": 2})


def test_status_without_a_run(ledger: Ledger) -> None:
    assert ledger_status(ledger)["run"] is None


@pytest.mark.parametrize("lang", ["nl", "en"])
def test_every_finding_has_words(lang: str) -> None:
    words = Lexicon(lang, OSO, OVERSTAP)
    for code in entries():
        said = words.cause(CauseKey(code))
        assert said.text.endswith(".") and said.remedy.endswith(".")
    ruled = words.cause(CauseKey("oso-regel", "inzage-blok-verplicht"))
    assert ruled != words.cause(CauseKey("oso-regel"))
    assert words.cause(CauseKey("oso-schema", "", "metadata/datum")) != words.cause(CauseKey("oso-schema"))
    assert words.cause(CauseKey("oso-regel", "een-regel-van-later")) == words.cause(CauseKey("oso-regel"))


def test_words_for_what_this_version_does_not_know() -> None:
    words = Lexicon("nl", "1999.9", "XXXX")
    assert words.transfer() == "XXXX"
    assert words.target("huidigeschool") == ""
    assert words.cause(CauseKey("oso-regel", "inzage-blok-verplicht")).text == entries()["oso-regel"].nl


def test_figures() -> None:
    assert [number(n, "nl") for n in (0, 999, 1234567)] == ["0", "999", "1.234.567"]
    assert number(1234567, "en") == "1,234,567"
    shares = [(0, 0), (0, 5), (1, 1000), (5, 10), (999, 1000), (1000, 1000), (2, 3)]
    assert [share(*pair) for pair in shares] == ["0%", "0%", "<1%", "50%", ">99%", "100%", "67%"]
    assert date("2016-06-01", "nl") == "1 juni 2016"
    assert date("2026-11-23T22:30:00Z", "en") == "23 November 2026"
    assert [date(text, "nl") for text in ("", "2016-13-01", "soon")] == ["", "2016-13-01", "soon"]
