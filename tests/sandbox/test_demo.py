"""The demonstration on a small region: everything arrives, also when things go wrong, and nobody is named."""

from pathlib import Path

import pytest
from lxml import etree

from dod2oso.cli.sandbox_text import as_text
from dod2oso.generate.region import write_region
from dod2oso.sandbox import demo as demonstration
from dod2oso.sandbox.demo import Exports, demo
from dod2oso.sandbox.faultkind import FaultKind
from tests.cli.kit import dod2oso


def region(folder: Path) -> Exports:
    exports = write_region(folder, "dod-referentie", 6, schools=2, seed=3)
    return Exports(exports, folder / "scholen.csv", folder / "aanvulling.csv")


@pytest.mark.parametrize("fault", [FaultKind.cut_receiver], ids=str)
def test_everything_arrives(tmp_path: Path, fault: FaultKind) -> None:
    lines: list[str] = []
    shown = demo(
        tmp_path / "demo", region(tmp_path / "regio"), fault, lambda nl, _: lines.append(nl),
        lambda line: lines.append(line.text()),
    )  # fmt: skip
    assert shown.complete
    assert shown.staged == shown.signed_off == shown.valid > 4
    assert shown.feedback == 2
    assert shown.faults
    said = "\n".join(lines) + as_text(shown, "nl")
    values = {
        element.text
        for path in (tmp_path / "demo").rglob("dossiers/ready/*/*.xml")
        for element in etree.fromstring(path.read_bytes()).iter("{*}achternaam", "{*}roepnaam", "{*}bsn")
        if element.text and len(element.text) > 4
    }
    assert values and not any(value in said for value in values)


def test_the_command_shows_the_chain_and_says_how_it_ended(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(demonstration, "samples", lambda folder: region(folder / "regio"))
    ended = dod2oso(capsys, monkeypatch, "sandbox", "demo", "--map", tmp_path / "bewaard")
    assert ended.code == 0
    assert "Alles is aangekomen." in ended.out
    assert (tmp_path / "bewaard" / "pki" / "sandbox-ca.pem").exists()
    assert (tmp_path / "bewaard" / "dod2oso-out" / "ledger.sqlite").exists()


def test_without_the_samples_of_a_checkout_new_ones_are_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demonstration, "__file__", str(tmp_path / "a" / "b" / "demo.py"))
    made = demonstration.samples(tmp_path)
    assert all(path.exists() for path in (*made.exports, made.schools, made.supplement))
