"""Every code can be looked up: on the command line, on the page of the report, and by the links in JSON and CSV."""

import csv
import json
import re
from pathlib import Path

import pytest

import dod2oso
from dod2oso.base.errors import UsageError
from dod2oso.findings.pages import KINDS, page_of, page_of_cause
from dod2oso.report.explained import all_codes, explain_code
from tests.cli.kit import dod2oso as command


@pytest.mark.parametrize("lang", ["nl", "en"])
def test_every_code_says_what_it_means(lang: str) -> None:
    for code in all_codes():
        one = explain_code(code, lang)
        assert one.code == code and one.text and (one.remedy or one.kind == "reason")
        lines = list(one.lines(lang))
        assert all(lines) and lines[-1].endswith(one.page)


def test_no_code_means_two_things() -> None:
    codes = all_codes()
    assert len(codes) == len(set(codes)) == sum(len(all_codes(kind)) for kind in KINDS)


def test_a_rule_says_in_which_versions_and_layers_it_holds() -> None:
    [wording] = explain_code("swv-vir-verboden").wordings
    assert wording.layers == ("swv",) and "2019.1" in wording.versions
    within = explain_code("codelijst-2-advies", "nl", ("2019.1", "ov")).wordings
    assert [each.versions for each in within] == [("2019.1",)]


def test_a_code_that_nobody_knows_is_told_the_nearest() -> None:
    with pytest.raises(UsageError) as raised:
        explain_code("veld-dubel")
    assert "veld-dubbel" in raised.value.text("nl")


def test_a_finding_about_a_rule_leads_to_the_page_of_the_rule() -> None:
    assert page_of_cause("oso-regel", "x") == "regel/x.html" == page_of("x", "rule")
    assert page_of_cause("export-onleesbaar", "export-leeg") == "bevinding/export-onleesbaar.html"


def test_the_command_explains_in_text_and_json(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    said = command(capsys, monkeypatch, "explain", "veld-dubbel", all_codes("reason")[0])
    assert said.code == 0 and said.out.startswith("veld-dubbel (bevinding, waarschuwing)")
    listed = command(capsys, monkeypatch, "explain").out.split()
    assert set(all_codes()) <= set(listed)
    document = json.loads(command(capsys, monkeypatch, "explain", "swv-vir-verboden", "--json", "--lang", "en").out)
    assert document["format"] == 1 and document["codes"][0]["page"] == "regel/swv-vir-verboden.html"
    assert command(capsys, monkeypatch, "explain", "no-such-code", "--json").code == 2


def test_every_line_of_a_report_leads_to_what_its_code_means(tmp_path: Path) -> None:
    samples = Path(__file__).resolve().parents[2] / "samples"
    ended = dod2oso.run_exports(samples / "formaten" / "edexml-2.1.xml", transfer="POVO", out=tmp_path / "out")
    page = (ended.out / "report" / "gaps.html").read_text(encoding="utf-8")
    asked, there = set(re.findall(r'href="#(uitleg-[^"]+)"', page)), set(re.findall(r'id="(uitleg-[^"]+)"', page))
    assert asked == there and len(there) > 3
    report = json.loads((ended.out / "report" / "gaps.json").read_text(encoding="utf-8"))
    pages = {page_of(code) for code in all_codes("finding")} | {page_of(code, "rule") for code in all_codes("rule")}
    keys = [part["key"] for part in (*report["first"], *report["findings"])]
    keys += [cause for dossier in report["waiting"] for cause in dossier["causes"]]
    assert keys and {key["page"] for key in keys} <= pages
    with (ended.out / "report" / "gaps.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file, delimiter=";"))
    assert rows and {row["page"] for row in rows} <= pages
