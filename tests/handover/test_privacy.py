"""Handing over says nothing of a pupil: not in the ledger, manifests, file names, logs or on the terminal."""

import logging
from collections.abc import Callable
from pathlib import Path

import pytest

from dod2oso.generate.region import write_region
from dod2oso.source.user_tables import read_tables
from tests.cli.kit import Ended, dod2oso
from tests.handover.personal import left_in, outside_dossiers, said_of_people

Call = Callable[..., Ended]


@pytest.fixture(name="call")
def _call(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Call:
    return lambda *arguments: dod2oso(capsys, monkeypatch, "handover", *arguments)


def pupils_to(folder: Path, values: set[str], brin: str) -> Path:
    """A list as a school makes one: the pupils by name and day of birth, as its own export of the region has them."""
    rows = ["brin;achternaam;geboortedatum;naar"]
    rows += [f"99XA;{value};2012-10-04;{brin}" for value in sorted(values) if value.isalpha()]
    path = folder / "ontvangers.csv"
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    return path


@pytest.mark.parametrize("sender", ["outbox", "bron"])
def test_orders_and_their_traces_name_nobody(
    sender: str,
    call: Call,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.chdir(tmp_path)
    caplog.set_level(logging.DEBUG)
    exports = write_region(tmp_path / "regio", "dod-referentie", 5, schools=2, seed=3)
    (tmp_path / "dod2oso.toml").write_text(f'[handover]\nsender = "{sender}"\n')
    converted = dod2oso(
        capsys, monkeypatch, "run", *exports, "--overstap", "POVO", "--schools", tmp_path / "regio" / "scholen.csv",
        "--supplement", tmp_path / "regio" / "aanvulling.csv", "--datum", "2025-06-15",
    )  # fmt: skip
    out = tmp_path / "dod2oso-out"
    values = said_of_people(out)
    assert len(values) > 30 and any(" " in value for value in values) and any(value.isdigit() for value in values)
    names = [path.stem for path in out.glob("dossiers/ready/*/*.xml")]
    pupil_ids = [row.cells for table in read_tables(tmp_path / "regio" / "aanvulling.csv") for row in table.rows][:1]
    good = tmp_path / "goed.csv"
    good.write_text("brin;leerlingid;naar\n" + "".join(f"{r['brin']};{r['leerlingid']};99ZZ\n" for r in pupil_ids))
    said = [
        converted,
        call("send", "--receivers", good),
        call("send", "--receivers", pupils_to(tmp_path, values, "99ZZ")),
        call("send", "--receivers", pupils_to(tmp_path, values, "Zilverdorp"), "--lang", "en"),
        call("send", "--to", "99ZZ", "--json"),
        call("send", "--to", next(iter(values))),
        call("send", next(iter(values))),
        call("status"),
        call("status", "--list"),
        call("status", "--list", "--json"),
        call("status", *names[:2]),
        call("status", names[0], "--json", "--lang", "en"),
        call("status", next(iter(values))),
        call("withdraw", names[0]),
        call("retry", names[0]),
        call("confirm", next(iter(values))),
        call("send"),
    ]
    assert [each.code for each in said[1:]] == [0, 5, 5, 0, 2, 2, 0, 0, 0, 0, 0, 2, 0, 0, 2, 0]
    for each in said:
        assert left_in(values, (each.out + each.err).encode()) == []
    assert left_in(values, caplog.text.encode()) == []
    files = dict(outside_dossiers(out))
    assert "ledger.sqlite" in files
    assert any(name.startswith("outbox/") for name in files) == (sender == "outbox")
    for name, data in files.items():
        assert left_in(values, name.encode() + data) == [], name
