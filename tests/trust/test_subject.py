"""Access of a pupil: everything of one, nothing of another."""

import html
import json
from datetime import date
from pathlib import Path

import pytest
from lxml import etree
from sqlalchemy import select

from dod2oso.ledger import audit_file, tables
from dod2oso.ledger.store import Ledger
from dod2oso.trust.holdings import holdings
from dod2oso.trust.subject import gather
from tests.cli.kit import dod2oso
from tests.trust.kit import copy_of


def test_everything_of_one_pupil_and_nothing_of_another(
    region: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    out, target = copy_of(region, tmp_path / "out"), tmp_path / "inzage"
    name = next((out / "outbox").glob("*.json")).stem
    ended = dod2oso(capsys, monkeypatch, "subject-access", name, target, "--out", out, "--account", "fg")
    assert (ended.code, ended.out) == (0, "") and "VERTROUWELIJK" in ended.err
    with Ledger.open(out, create=False) as ledger, ledger.read() as connection:
        rows = connection.execute(select(tables.dossiers)).all()
    mine = next(row for row in rows if row.dossier_id == name)
    page = (target / "inzage.html").read_text(encoding="utf-8")
    dossier = etree.parse(out / "dossiers" / "ready" / mine.brin / f"{name}.xml")
    for element in dossier.getroot().iter():
        text = (element.text or "").strip() if isinstance(element.tag, str) else ""
        assert len(text) > 1000 or html.escape(text) in page
    data = json.loads((target / "alles.json").read_text(encoding="utf-8"))
    assert {row["dossier_id"] for row in data["dossiers"]} == {name}
    assert (
        data["handovers"][0]["state"] == "staged" and data["log"] and data["history"] and data["dossiers"][0]["counts"]
    )
    everything = "".join(path.read_text(encoding="utf-8") for path in target.iterdir())
    assert not any(row.pseudonym in everything for row in rows if row.pseudonym != mine.pseudonym)
    assert all(path.stat().st_mode & 0o777 == 0o600 for path in target.iterdir())
    last = json.loads((out / audit_file.FILE).read_text().splitlines()[-1])
    assert (last["what"], last["account"], last["about"]) == ("subject-access", "fg", {"dossiers": 1})
    assert dod2oso(capsys, monkeypatch, "subject-access", name, target, "--out", out).code == 2
    assert dod2oso(capsys, monkeypatch, "subject-access", "niemand", tmp_path / "x", "--out", out).code == 2
    assert not (tmp_path / "x").exists()


def test_what_was_supplied_about_the_pupil_is_in_it_and_of_nobody_else(region: Path, tmp_path: Path) -> None:
    """Both what came back as a file and what was typed on a page; what cannot be read is named."""
    out = copy_of(region, tmp_path / "out")
    (out / "ontvangen" / "x").mkdir(parents=True)
    (out / "ontvangen" / "x" / "stuk.xlsx").write_bytes(b"PK")
    with Ledger.open(out, create=False) as ledger:
        with ledger.read() as connection:
            rows = connection.execute(select(tables.dossiers).order_by(tables.dossiers.c.id)).all()
        mine, other = rows[:2]
        typed = tmp_path / "ingevuld-POVO.csv"
        typed.write_text(
            "brin;vestiging;dossier;opmerking\n"
            f"{mine.brin};{mine.vestiging};{mine.pseudonym};van hem\n"
            f"{other.brin};{other.vestiging};{other.pseudonym};van een ander\n",
            encoding="utf-8",
        )
        gather(ledger, out, mine.dossier_id, tmp_path / "inzage", "nl", [typed])
        found = {each.what: each.count for each in holdings(ledger, out, date(2026, 7, 1), 90, [typed])}
    data = json.loads((tmp_path / "inzage" / "alles.json").read_text(encoding="utf-8"))
    assert [row["values"]["opmerking"] for row in data["supplied"]] == ["van hem"]
    assert data["unreadable"] == ["stuk.xlsx"] and found["ingevuld"] == 1
    page = (tmp_path / "inzage" / "inzage.html").read_text(encoding="utf-8")
    assert "van hem" in page and "van een ander" not in page and "stuk.xlsx" in page
