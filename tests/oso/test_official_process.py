"""Official stylesheets run apart: what never ends, stops or takes its process with it is bounded, and told as such."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from lxml import etree

from dod2oso.base.texts import Sentences, Text
from dod2oso.oso import official_process
from dod2oso.oso.official import official_checker
from dod2oso.oso.official_process import EndlessError, StoppedError, Stylesheets
from dod2oso.oso.verdict import check
from tests.oso import standins
from tests.oso.dossiers import minimal_dossier
from tests.waiting import HANG

pytest.importorskip("saxonche", reason="the extra `official` (saxonche) is not installed")

_SHEET = """<xsl:stylesheet version="2.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform">
<xsl:template match="/"><meldingen>
  <xsl:if test="//*[local-name()='achternaam']"><xsl:call-template name="again"/></xsl:if>
  <xsl:if test="//*[local-name()='stop']"><xsl:value-of select="error()"/></xsl:if>
</meldingen></xsl:template>
<xsl:template name="again"><xsl:param name="n" select="1"/>
  <xsl:choose>
    <xsl:when test="$n lt 0"/>
    <xsl:otherwise>
      <xsl:call-template name="again"><xsl:with-param name="n" select="$n + 1"/></xsl:call-template>
    </xsl:otherwise>
  </xsl:choose>
</xsl:template>
</xsl:stylesheet>"""
_SMALL, _FULL, _STOPS = "<dossier/>", "<dossier><achternaam>Test</achternaam></dossier>", "<dossier><stop/></dossier>"

ENOUGH = 3.0  # seconds: for what is small on a busy machine too; each that hangs takes so long


@pytest.fixture
def sheet(tmp_path: Path) -> Path:
    path = tmp_path / "a.xsl"
    path.write_text(_SHEET)
    return path


def test_a_stylesheet_that_hangs_only_on_full_dossiers_is_bounded(sheet: Path) -> None:
    stylesheets = Stylesheets(seconds=ENOUGH)
    assert "meldingen" in stylesheets.transform(sheet, _SMALL)
    for _strike in range(2):
        with pytest.raises(EndlessError):
            stylesheets.transform(sheet, _FULL)
    with pytest.raises(EndlessError):  # and then it is not asked any more: a run has thousands of dossiers
        stylesheets.transform(sheet, _SMALL)
    other = sheet.with_name("b.xsl")
    other.write_text(_SHEET)
    assert "meldingen" in stylesheets.transform(other, _SMALL)
    stylesheets.close()


def test_a_stop_is_an_answer_and_the_process_goes_on(sheet: Path) -> None:
    stylesheets = Stylesheets()
    for _again in range(3):
        with pytest.raises(StoppedError) as caught:
            stylesheets.transform(sheet, _STOPS)
        assert not isinstance(caught.value, EndlessError)
    first = stylesheets._process
    assert "meldingen" in stylesheets.transform(sheet, _SMALL)
    assert stylesheets._process is first
    stylesheets.close()


@pytest.mark.parametrize(
    "asked",
    [
        "doc('geheim.xml')",
        "let $f := doc#1 return $f('geheim.xml')",
        "function-lookup(QName('http://www.w3.org/2005/xpath-functions', 'do' || 'c'), 1)('geheim.xml')",
        "unparsed-text('geheim.xml')",
        "collection('.')",
    ],
)
def test_nothing_is_read_while_a_stylesheet_judges(sheet: Path, asked: str) -> None:
    """Also by one that got past the look at its text."""
    sheet.with_name("geheim.xml").write_text("<geheim>Verzinsel</geheim>")
    sheet.write_text(_SHEET.replace('version="2.0"', 'version="3.0"').replace("error()", asked))
    stylesheets = Stylesheets()
    with pytest.raises(StoppedError):
        stylesheets.transform(sheet, _STOPS)
    assert "meldingen" in stylesheets.transform(sheet, _SMALL)
    stylesheets.close()


def test_a_process_that_is_gone_is_replaced(sheet: Path) -> None:
    stylesheets = Stylesheets()
    stylesheets.transform(sheet, _SMALL)
    assert stylesheets._process is not None
    stylesheets._process.kill()
    stylesheets._process.wait()
    with pytest.raises(EndlessError):
        stylesheets.transform(sheet, _SMALL)
    assert "meldingen" in stylesheets.transform(sheet, _SMALL)
    stylesheets.close()


@pytest.mark.skipif(sys.platform != "linux", reason="memory is kept from others so on Linux")
def test_its_memory_is_private() -> None:
    """Dossiers pass through it."""
    program = (
        "import ctypes, runpy, sys; sys.argv = ['x', '1'];"
        f"runpy.run_module({official_process.__name__!r}, run_name='__main__');"
        "print(ctypes.CDLL(None).prctl(3, 0, 0, 0, 0))"  # PR_GET_DUMPABLE
    )
    done = subprocess.run([sys.executable, "-c", program], input="", capture_output=True, text=True, check=True)
    assert done.stdout == "0\n"


def test_it_ends_with_its_caller(sheet: Path) -> None:
    stylesheets = Stylesheets()
    stylesheets.transform(sheet, _SMALL)
    process = stylesheets._process
    assert process is not None and process.stdin is not None
    process.stdin.close()  # what the end of the caller does
    assert process.wait(timeout=HANG) == 0
    assert os.getpid() == stylesheets._owner


def test_the_verdict_says_that_it_did_not_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOD2OSO_DATA", str(tmp_path / "data"))
    official_checker.cache_clear()
    standins.write(tmp_path / "files", standins.files("2019.1"))
    standins.add(tmp_path / "files")
    (kept,) = (path for path in (tmp_path / "data").rglob("*.xsl") if "Overstap" in path.name)
    kept.write_text(_SHEET)
    checker = official_checker()
    monkeypatch.setattr(checker, "_stylesheets", Stylesheets(seconds=ENOUGH))
    root = etree.fromstring(minimal_dossier("2019.1", "POVO"))
    result = checker(root, "2019.1", "ov", check(root, "2019.1", "ov"))
    official_checker.cache_clear()
    assert result.state == "crashed" and result.difference is not None
    assert result.difference.key == "official-differs"
    parts = result.difference.values["parts"]
    assert isinstance(parts, Sentences) and Text("official-endless") in parts.parts


def test_the_bound_is_generous() -> None:
    assert official_process.SECONDS >= 10
