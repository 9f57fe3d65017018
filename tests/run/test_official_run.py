"""`run --official`: the official files judge along, and a difference holds the dossier."""

from pathlib import Path

import pytest

from dod2oso.base.errors import CheckerError
from dod2oso.base.texts import Text
from dod2oso.generate.region import write_region
from dod2oso.ledger.store import Ledger
from dod2oso.oso.official import official_checker
from dod2oso.report.summary import summary
from dod2oso.run.pipeline import run
from dod2oso.run.session import Options
from tests.oso import standins
from tests.oso.standins import add
from tests.refusals import refused


class Quiet:
    def export(self, name: str, number: int, total: int, records: int) -> None: ...
    def dossiers(self, done: int) -> None: ...
    def message(self, text: Text) -> None: ...


START = b'<xsl:template name="ov">'
# an official rule that fires where ours does not
ALWAYS = (
    START + b'<xsl:call-template name="melding"><xsl:with-param name="tekst">x</xsl:with-param></xsl:call-template>'
)


@pytest.fixture
def region(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DOD2OSO_DATA", str(tmp_path / "data"))
    monkeypatch.setattr("dod2oso.oso.bundles.add.try_sheet", lambda *_: "works")
    official_checker.cache_clear()
    write_region(tmp_path / "regio", "dod-referentie", 3, 1, 1)
    return tmp_path / "regio"


def _bundle(tmp_path: Path, instead: bytes = START) -> None:
    members = {name: data.replace(START, instead) for name, data in standins.files("2019.1").items()}
    (tmp_path / "b.zip").write_bytes(standins.zipped(members))
    add(tmp_path / "b.zip")
    official_checker.cache_clear()


def _run(region: Path, out: Path, version: str = "2019.1") -> dict[str, dict[str, int]]:
    pytest.importorskip("saxonche", reason="the extra `official` (saxonche) is not installed")
    options = Options(
        sorted((region / "exports").iterdir()), "POVO", version, out, schools=region / "scholen.csv",
        supplements=(region / "aanvulling.csv",), datum="2025-06-15", official=True,
    )  # fmt: skip
    result = run(options, Quiet())
    with Ledger.open(out / "ledger.sqlite", out) as ledger:
        totals: dict[str, dict[str, int]] = summary(ledger, result.run_id)
    return totals


def test_agreement_leaves_dossiers_ready(region: Path, tmp_path: Path) -> None:
    _bundle(tmp_path)
    totals = _run(region, tmp_path / "out")
    assert totals["dossiers"] == {"ready": 3, "held": 0, "rejected": 0}
    assert "officieel-verschil" not in totals["findings"]["by_code"]  # type: ignore[operator]


def test_a_difference_holds_the_dossier(region: Path, tmp_path: Path) -> None:
    _bundle(tmp_path, ALWAYS)
    totals = _run(region, tmp_path / "out")
    assert totals["dossiers"] == {"ready": 0, "held": 3, "rejected": 0}
    assert totals["findings"]["by_code"] == {"officieel-verschil": 3, "waarde-verlies": 9}


def test_another_bundle_means_converting_again(region: Path, tmp_path: Path) -> None:
    _bundle(tmp_path)
    assert _run(region, tmp_path / "out")["dossiers"]["ready"] == 3
    _bundle(tmp_path, ALWAYS)
    assert _run(region, tmp_path / "out")["dossiers"]["held"] == 3


def test_a_version_without_official_files_is_no_approval(region: Path, tmp_path: Path) -> None:
    _bundle(tmp_path)
    with refused(CheckerError, "official-files-missing", version="2018.1"):
        _run(region, tmp_path / "out", "2018.1")
    assert not (tmp_path / "out" / "ledger.sqlite").exists()
