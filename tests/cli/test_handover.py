"""`dod2oso handover` and `dod2oso doctor` as a user meets them."""

import json
from pathlib import Path

import pytest

from dod2oso.ledger.store import Ledger
from tests.cli.kit import dod2oso
from tests.handover.certificates import Pki
from tests.handover.gateway import Gateway
from tests.ledger.kit import CONSENT, begin, convert, outcome

pytestmark = pytest.mark.usefixtures("without_report")


@pytest.fixture(name="out")
def _out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    out = tmp_path / "dod2oso-out"
    with Ledger.open(out) as ledger:
        run = begin(ledger)
        convert(
            ledger, out, run, [outcome(1, pupil="a"), outcome(2, pupil="b"), outcome(3, "held", findings=[CONSENT])]
        )
        ledger.finish_run(run, "done", 0)
    return out


def settings(folder: Path, pki: Pki, url: str, **tls: bool) -> None:
    ours = pki.party("us", **tls)  # type: ignore[arg-type]
    (folder / "dod2oso.toml").write_text(
        f'[handover]\nsender = "http"\n[handover.http]\nurl = "{url}"\nattempts = 1\n'
        f'[handover.tls]\nca = "{ours.ca}"\ncertificate = "{ours.certificate}"\nkey = "{ours.key}"\n'
    )


def test_from_ready_to_the_gateway_and_back(
    out: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    pki = Pki(tmp_path / "pki")
    with Gateway(tmp_path / "in", pki.party("gateway"), ["500"]) as gateway:
        settings(tmp_path, pki, gateway.url)
        partly = dod2oso(capsys, monkeypatch, "handover", "send", "--to", "12AB", "--account", "janneke", "--json")
        assert partly.code == 7
        said = json.loads(partly.out)
        assert {key: said[key] for key in ("sender", "staged", "acknowledged", "unknown", "changed")} == {
            "sender": "http", "staged": 2, "acknowledged": 1, "unknown": 1, "changed": 0,
        }  # fmt: skip
        listed = dod2oso(capsys, monkeypatch, "handover", "status", "--state", "sent-unknown", "--json")
        [doubt] = json.loads(listed.out)["handovers"]
        assert dod2oso(capsys, monkeypatch, "handover", "retry", doubt["dossier_id"]).code == 7
        assert dod2oso(capsys, monkeypatch, "handover", "confirm", doubt["dossier_id"]).code == 0
    later = dod2oso(capsys, monkeypatch, "handover", "send")
    assert (later.code, "0 klaargezet" in later.out) == (0, True)  # nothing to send, so nobody to be absent
    told = dod2oso(capsys, monkeypatch, "handover", "status", doubt["dossier_id"])
    assert "janneke" in told.out and "12AB" in told.out and "bevestigd-door-mens" in told.out
    totals = dod2oso(capsys, monkeypatch, "handover", "status", "--lang", "en")
    assert totals.out.strip() == "2  acknowledged: acknowledged"


def test_an_absent_gateway_is_try_later(
    out: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    settings(tmp_path, Pki(tmp_path / "pki"), "https://localhost:9/x")
    ended = dod2oso(capsys, monkeypatch, "handover", "send")
    assert (ended.code, "niet bereikbaar" in ended.out, "2 nog niet verstuurd" in ended.out) == (75, True, True)


def test_the_outbox_is_the_default_and_can_be_withdrawn_from(
    out: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert dod2oso(capsys, monkeypatch, "handover", "send").code == 0
    names = sorted(path.stem for path in (out / "outbox").glob("*.json"))
    assert len(names) == 2
    assert dod2oso(capsys, monkeypatch, "handover", "withdraw", names[0]).out.startswith("1 teruggetrokken")
    assert [path.stem for path in (out / "outbox").glob("*.json")] == names[1:]
    wrong = dod2oso(capsys, monkeypatch, "handover", "withdraw", "Jansen")
    assert wrong.code == 2 and "Jansen" not in wrong.err


@pytest.mark.parametrize("lang", ["nl", "en"])
def test_a_dossier_that_is_not_there_stops_the_whole_order(
    out: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, lang: str
) -> None:
    good = next(out.glob("dossiers/ready/*/*.xml")).name
    wrong = dod2oso(capsys, monkeypatch, "handover", "send", good, "Jansen", "--lang", lang)
    assert (wrong.code, wrong.out) == (2, "")
    assert "Dossier 2" in wrong.err and "Jansen" not in wrong.err
    assert not list(out.glob("outbox/*.json"))
    assert dod2oso(capsys, monkeypatch, "handover", "send", good).out.startswith("1 klaargezet")


def test_doctor_warns_of_what_will_break(
    out: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def levels() -> dict[str, str]:
        ended = dod2oso(capsys, monkeypatch, "doctor", "--json")
        found = {check["name"]: check["level"] for check in json.loads(ended.out)["checks"]}
        assert ended.code == (5 if "error" in found.values() else 0)
        return found

    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    found = levels()
    assert (found["ledger"], found["environment"], found["versions"]) == ("ok", "note", "ok")
    pki = Pki(tmp_path / "pki")
    settings(tmp_path, pki, "https://localhost:9/x")
    assert levels()["certificate us.pem"] == "ok"
    settings(tmp_path, pki, "https://localhost:9/x", expired=True)
    assert levels()["certificate us.pem"] == "error"
    (tmp_path / "dod2oso.toml").write_text("[handover]\nverzender = 1\n")
    assert levels()["settings"] == "error"
    (tmp_path / "dod2oso.toml").unlink()
    (out / "ledger.sqlite").write_bytes(b"geen database, maar iets anders van voldoende lengte")
    for extra in ("-wal", "-shm"):
        (out / f"ledger.sqlite{extra}").unlink(missing_ok=True)
    assert levels()["ledger"] == "error"
