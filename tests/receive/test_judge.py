"""Why a dossier is not taken: what makes it invalid is counted, advice is not, and what official files say is told."""

import re

from lxml import etree

from dod2oso.oso.check_files import OfficialResult, validate_bytes
from dod2oso.oso.verdict import Verdict
from dod2oso.receive.gather import Piece
from dod2oso.receive.judge import findings, refusals
from tests.receive.kit import BAD, SMALL


def refused(piece: Piece) -> list[str]:
    return [text.text("nl") for text in refusals(piece, ("2019.1",))]


def official(_root: etree._Element, _version: str, _layer: str, _ours: Verdict) -> OfficialResult:
    return OfficialResult("failed", ["een officiële regel"])


def test_only_what_makes_it_invalid_is_counted() -> None:
    data = re.sub(rb"<contacttelefoon>[^<]*</contacttelefoon>", b"", BAD)
    report = validate_bytes(data, "fout.xml")
    assert report.checked.rules.advised  # else this proves nothing
    assert refused(Piece("fout.xml", data, report))[0].startswith("het dossier is ongeldig: 1 bevinding.")
    assert len(findings(report, "nl")) == 1 + len(report.checked.rules.advised)


def test_what_only_the_official_files_refuse_is_told() -> None:
    report = validate_bytes(SMALL, "goed.xml", official=official)
    assert report.verdict == "invalid" and not report.checked.rules.fired
    assert refused(Piece("goed.xml", SMALL, report))[0].startswith("het dossier is ongeldig: 1 bevinding.")
    assert any("een officiële regel" in line for line in findings(report, "nl"))
