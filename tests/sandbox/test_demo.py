"""The demonstration, on a small region."""

import logging
from pathlib import Path

import pytest

from dod2oso.generate.region import write_region
from dod2oso.sandbox import demo as demonstration
from dod2oso.sandbox.demo import Exports
from tests.cli.kit import dod2oso
from tests.handover.personal import left_in, outside_dossiers, said_of_people


def region(folder: Path) -> Exports:
    exports = write_region(folder, "dod-referentie", 6, schools=2, seed=3)
    return Exports(exports, folder / "scholen.csv", folder / "aanvulling.csv")


def test_everything_arrives_also_when_receivers_break_off_and_nobody_is_named(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    monkeypatch.setattr(demonstration, "samples", lambda folder: region(folder / "regio"))
    place = tmp_path / "bewaard"
    ended = dod2oso(capsys, monkeypatch, "sandbox", "demo", "--folder", place, "--fault", "cut-receiver", "--all")
    assert ended.code == 0
    assert "Alles is aangekomen." in ended.out
    sums = {line[:34].strip(): line[34:].strip() for line in ended.out.splitlines()}
    assert sums["klaargezet"] == sums["opgehaald"] == sums["byte voor byte gelijk"] == sums["sessies geslaagd afgemeld"]
    assert int(sums["klaargezet"]) > 4
    assert int(sums["terugkoppelingen bewaard"]) == 2
    assert int(sums["opzettelijke fouten"]) > 0
    assert (place / "pki" / "sandbox-ca.pem").exists()
    values = said_of_people(place)
    assert len(values) > 30
    assert left_in(values, (ended.out + ended.err + caplog.text).encode()) == []
    files = dict(outside_dossiers(place, "regio"))  # the exports, of which everything comes
    assert {"dod2oso-out/ledger.sqlite", "pki/sandbox-ca.pem"} <= files.keys()
    assert any("/terugkoppeling/" in name for name in files)
    for name, data in files.items():
        assert left_in(values, name.encode() + data) == [], name


def test_without_the_samples_of_a_checkout_new_ones_are_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demonstration, "__file__", str(tmp_path / "a" / "b" / "demo.py"))
    made = demonstration.samples(tmp_path)
    assert all(path.exists() for path in (*made.exports, made.schools, made.supplement))
