"""The outbox: every ready dossier appears once, whole, manifest last; through crashes and a sender that is faster."""

import errno
import json
import os
import stat
import sys
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from dod2oso.base.errors import TryLaterError
from dod2oso.findings.model import Finding
from dod2oso.findings.outcome import Outcome
from dod2oso.handover.send import CODE_CHANGED, publish
from dod2oso.handover.senders import outbox
from dod2oso.handover.senders.outbox import Outbox, indented
from dod2oso.ledger import handover_tables, tables
from dod2oso.ledger.duplicates import hold_duplicates
from dod2oso.ledger.layout import handover_id
from dod2oso.ledger.store import Ledger
from tests.ledger.crashes import Stopped, in_child, raise_stopped, stop_at, vanish
from tests.ledger.kit import CONSENT, OSO, OVERSTAP, begin, convert, outcome
from tests.refusals import refused
from tests.sweeps import pairs


class Sender:
    """Takes what lies in the outbox, as a real one would: only by manifest, and the manifest first."""

    def __init__(self, out: Path) -> None:
        self.box = out / "outbox"
        self.taken: list[tuple[str, str]] = []  # dossier id, hash of the bytes

    def waiting(self) -> list[str]:
        return sorted(path.stem for path in self.box.glob("*.json"))

    def take(self) -> None:
        for name in self.waiting():
            manifest = json.loads((self.box / f"{name}.json").read_bytes())
            data = (self.box / f"{name}.xml").read_bytes()
            assert manifest["sha256"] == sha256(data).hexdigest() and manifest["size"] == len(data)
            (self.box / f"{name}.json").unlink()
            (self.box / f"{name}.xml").unlink()
            self.taken.append((name, manifest["sha256"]))


@pytest.fixture(name="sender")
def _sender(out: Path) -> Sender:
    return Sender(out)


def run_with(ledger: Ledger, out: Path, outcomes: Sequence[Outcome], fingerprint: str = "f1") -> tuple[str, int]:
    """One whole run over one export, unchanged when it can be."""
    run = begin(ledger)
    known = ledger.unchanged("a.xml", OSO, OVERSTAP, fingerprint, "c1")
    if known:
        ledger.link_export(run, 0, known.id)
    else:
        convert(ledger, out, run, outcomes, fingerprint=fingerprint)
    hold_duplicates(ledger, run, out)
    return run, publish(ledger, run, out).staged


def handovers(ledger: Ledger) -> list[str]:
    with ledger.read() as connection:
        return sorted(connection.scalars(select(handover_tables.handovers.c.state)))


def hidden(out: Path) -> list[str]:
    return [path.name for name in (".tmp", ".withdrawn") for path in (out / "outbox" / name).glob("*")]


ONE = outcome(1, pupil="a")
TWO = outcome(2, pupil="b", vestiging="01")
HELD = outcome(3, "held", pupil="c", findings=[CONSENT])


def test_ready_dossiers_are_staged_with_their_manifest(ledger: Ledger, out: Path) -> None:
    _, n = run_with(ledger, out, [ONE, TWO, HELD, outcome(4, "rejected")])
    assert n == 2
    names = {f"{one.pseudonym}-20191-povo": one for one in (ONE, TWO)}
    assert {p.name for p in (out / "outbox").iterdir() if p.is_file()} == {
        f"{name}.{kind}" for name in names for kind in ("xml", "json")
    }
    for name, one in names.items():
        manifest = json.loads((out / "outbox" / f"{name}.json").read_bytes())
        assert manifest.pop("staged_at")
        assert "2019-2020" in manifest.pop("notice")["nl"]  # the school year of that version is over
        assert manifest.pop("handover_id") == handover_id(name, manifest["sha256"])
        assert (out / "outbox" / f"{name}.xml").read_bytes() == one.xml
        assert manifest == {
            "format": 1,
            "dossier_id": name,
            "sha256": sha256(one.xml or b"").hexdigest(),
            "size": len(one.xml or b""),
            "oso": "2019.1",
            "overstap": "POVO",
            "brin": "99AA",
            "vestiging": one.vestiging,
            "receivers": [],
        }


@pytest.mark.skipif(sys.platform == "win32", reason="file modes mean little on Windows")
def test_the_outbox_is_private(ledger: Ledger, out: Path) -> None:
    run_with(ledger, out, [ONE])
    for path in (out / "outbox", *(out / "outbox").rglob("*")):
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600)


def test_what_the_sender_took_never_comes_back(ledger: Ledger, out: Path, sender: Sender) -> None:
    assert run_with(ledger, out, [ONE, TWO])[1] == 2
    sender.take()
    for fingerprint in ("f1", "f2", "f1"):  # skipped, converted again with the same bytes, and once more
        assert run_with(ledger, out, [ONE, TWO], fingerprint)[1] == 0
        assert sender.waiting() == []
    assert handovers(ledger) == ["fetched", "fetched"]


def test_waiting_dossiers_are_not_staged_twice(ledger: Ledger, out: Path, sender: Sender) -> None:
    run_with(ledger, out, [ONE, TWO])
    assert run_with(ledger, out, [ONE, TWO], "f2")[1] == 0
    sender.take()
    assert len(sender.taken) == 2


def test_other_bytes_replace_what_still_waits(ledger: Ledger, out: Path, sender: Sender) -> None:
    run_with(ledger, out, [ONE])
    changed = outcome(1, pupil="a", content="x")
    assert run_with(ledger, out, [changed], "f2")[1] == 1
    sender.take()
    assert [digest for _, digest in sender.taken] == [sha256(changed.xml or b"").hexdigest()]
    assert handovers(ledger) == ["staged", "withdrawn"]
    assert hidden(out) == []


def test_other_bytes_after_taking_are_a_new_handover(ledger: Ledger, out: Path, sender: Sender) -> None:
    run_with(ledger, out, [ONE])
    sender.take()
    assert run_with(ledger, out, [outcome(1, pupil="a", content="x")], "f2")[1] == 1
    assert handovers(ledger) == ["fetched", "staged"]


def test_no_longer_ready_is_withdrawn_and_may_return(ledger: Ledger, out: Path, sender: Sender) -> None:
    run_with(ledger, out, [ONE, TWO])
    assert run_with(ledger, out, [outcome(1, "held", pupil="a", findings=[CONSENT]), TWO], "f2")[1] == 0
    assert sender.waiting() == [f"{TWO.pseudonym}-20191-povo"]
    assert handovers(ledger) == ["staged", "withdrawn"]
    assert run_with(ledger, out, [ONE, TWO], "f3")[1] == 1  # nobody had taken it
    sender.take()
    assert len(sender.taken) == 2 and hidden(out) == []


def test_a_dossier_that_disappeared_is_withdrawn(ledger: Ledger, out: Path, sender: Sender) -> None:
    run_with(ledger, out, [ONE, TWO])
    run_with(ledger, out, [TWO], "f2")
    assert sender.waiting() == [f"{TWO.pseudonym}-20191-povo"]


def test_taken_but_no_longer_ready_is_recalled(ledger: Ledger, out: Path, sender: Sender) -> None:
    run_with(ledger, out, [ONE])
    sender.take()
    run_with(ledger, out, [outcome(1, "held", pupil="a", findings=[CONSENT])], "f2")
    assert handovers(ledger) == ["recall"]
    assert run_with(ledger, out, [ONE], "f3")[1] == 0
    assert handovers(ledger) == ["fetched"] and sender.waiting() == []


def test_a_state_of_the_sender_is_left_alone(ledger: Ledger, out: Path) -> None:
    run_with(ledger, out, [ONE])
    with ledger.write() as connection:
        connection.execute(update(handover_tables.handovers).values(state="delivered"))
    for path in (out / "outbox").glob("*.*"):
        path.unlink() if path.is_file() else None
    assert run_with(ledger, out, [ONE], "f2")[1] == 0
    assert handovers(ledger) == ["delivered"]


@pytest.mark.parametrize("damage", [b"<dossier>b </dossier>\n", b"", None], ids=["other", "empty", "gone"])
def test_a_changed_file_is_not_handed_over(ledger: Ledger, out: Path, damage: bytes | None) -> None:
    run = begin(ledger)
    convert(ledger, out, run, [ONE, TWO])
    path = out / "dossiers/ready/99AA" / f"{ONE.pseudonym}-20191-povo.xml"
    good = path.read_bytes()
    path.unlink() if damage is None else path.write_bytes(damage)
    f = tables.findings
    for n in (1, 0, 0):
        assert publish(ledger, run, out).staged == n
        with ledger.read() as connection:
            rows = connection.execute(select(f.c.dossier, f.c.code, f.c.severity, f.c.note)).all()
        assert [tuple(row) for row in rows] == [(None, CODE_CHANGED, "error", path.stem)]
    path.write_bytes(good)
    assert publish(ledger, run, out).staged == 1
    with ledger.read() as connection:
        assert connection.execute(select(f.c.id)).all() == []


def test_a_copy_that_a_power_cut_emptied_is_staged_again(ledger: Ledger, out: Path, sender: Sender) -> None:
    run_with(ledger, out, [ONE, TWO])
    (out / "outbox" / f"{ONE.pseudonym}-20191-povo.xml").write_bytes(b"")
    (out / "outbox" / f"{TWO.pseudonym}-20191-povo.json").write_bytes(b"")
    assert run_with(ledger, out, [ONE, TWO])[1] == 2
    sender.take()
    assert len(sender.taken) == 2


def test_an_unfinished_export_is_not_handed_over(ledger: Ledger, out: Path) -> None:
    run = begin(ledger)
    convert(ledger, out, run, [ONE])
    with ledger.write() as connection:
        connection.execute(update(tables.exports).values(status="reading"))
    assert publish(ledger, run, out).staged == 0


def test_a_full_disk(ledger: Ledger, out: Path, sender: Sender, monkeypatch: pytest.MonkeyPatch) -> None:
    run = begin(ledger)
    convert(ledger, out, run, [ONE, TWO])
    real, calls = outbox.write_private, iter(range(1, 100))

    def full(path: Path | str, data: bytes) -> None:
        if next(calls) == 2:
            Path(path).write_bytes(data[:4])
            raise OSError(errno.ENOSPC, "No space left on device")
        real(path, data)

    with monkeypatch.context() as patch, refused(TryLaterError, "disk-full"):
        patch.setattr(outbox, "write_private", full)
        publish(ledger, run, out)
    assert sender.waiting() == []
    assert publish(ledger, run, out).staged == 2
    sender.take()
    assert len(sender.taken) == 2 and hidden(out) == []


@pytest.mark.parametrize("kind", ["xml", "json"])
def test_what_was_changed_in_the_outbox_is_put_right_and_the_dossier_itself_is_safe(
    ledger: Ledger, out: Path, sender: Sender, kind: str
) -> None:
    """Changed in place, with the same size: through a hard link the dossier itself would change along."""
    run_with(ledger, out, [ONE, TWO])
    staged = out / "outbox" / f"{ONE.pseudonym}-20191-povo.{kind}"
    good = staged.read_bytes()
    with staged.open("r+b") as file:
        file.write(good.replace(b"dossier", b"DOSSIER"))
    assert staged.read_bytes() != good
    assert (out / "dossiers/ready/99AA" / f"{ONE.pseudonym}-20191-povo.xml").stat().st_nlink == 1
    assert run_with(ledger, out, [ONE, TWO])[1] == 1
    if kind == "xml":
        assert staged.read_bytes() == good
    sender.take()
    assert len(sender.taken) == 2


def test_a_dossier_gone_with_its_manifest_left_was_not_fetched(ledger: Ledger, out: Path, sender: Sender) -> None:
    run_with(ledger, out, [ONE, TWO])
    (out / "outbox" / f"{ONE.pseudonym}-20191-povo.xml").unlink()
    assert run_with(ledger, out, [ONE, TWO])[1] == 1
    assert handovers(ledger) == ["staged", "staged"]
    sender.take()
    assert len(sender.taken) == 2


def test_delivered_stays_delivered_while_its_export_cannot_be_read(ledger: Ledger, out: Path, sender: Sender) -> None:
    run_with(ledger, out, [ONE])
    sender.take()
    for _twice in range(2):
        run = begin(ledger)
        ledger.fail_export(run, 0, "a.xml", OSO, OVERSTAP, Finding("export-onleesbaar", cause="export-beschadigd"))
        publish(ledger, run, out)
        assert handovers(ledger) == ["fetched"]
    assert run_with(ledger, out, [ONE], "f2")[1] == 0  # the same bytes do not go again
    assert handovers(ledger) == ["fetched"]
    run_with(ledger, out, [TWO], "f3")  # read, and no longer in it: now it is known
    assert handovers(ledger) == ["recall", "staged"]


MOMENTS: list[tuple[Any, str, str, int]] = [
    *((Outbox, "_prepare", when, n) for when in ("before", "after") for n in (1, 2)),
    *((Outbox, "_publish_prepared", when, 1) for when in ("before", "after")),
    *((os, "replace", when, n) for when in ("before", "after") for n in (1, 2, 3, 4)),
    *((outbox, "_mark", when, n) for when in ("before", "after") for n in (1, 2)),
]
WITHDRAWING: list[tuple[Any, str, str, int]] = [
    *((os, "replace", when, 1) for when in ("before", "after")),
    *((outbox, "_mark", when, n) for when in ("before", "after") for n in (1, 2)),
    *((Outbox, "_discard", when, 1) for when in ("before", "after")),
]


def _crash_name(value: object) -> str:
    """Part of the name of a test: the database, the moment, and yes or no for what else is chosen."""
    return f"{value[2]} {value[1]} {value[3]}" if isinstance(value, tuple) else str(value)


@pytest.mark.parametrize(
    ("target", "moment", "killed", "taken_at_once"),
    pairs(["sqlite", "postgresql"], MOMENTS, [False, True], [False, True]),
    indirect=["target"],
    ids=_crash_name,
)
def test_a_crash_while_staging_sends_everything_once(
    target: str | Path,
    out: Path,
    sender: Sender,
    monkeypatch: pytest.MonkeyPatch,
    moment: tuple[Any, str, str, int],
    killed: bool,
    taken_at_once: bool,
) -> None:
    owner, name, when, number = moment
    if killed and not hasattr(os, "fork"):
        pytest.skip("needs fork to be killed without cleanup")
    with Ledger.open(target, out) as ledger:
        run = begin(ledger)
        convert(ledger, out, run, [ONE, TWO])

    def work() -> None:
        with Ledger.open(target, out) as ledger:
            publish(ledger, run, out)

    with monkeypatch.context() as patch:
        stop_at(patch, owner, name, when, number, vanish if killed else raise_stopped)
        if killed:
            assert in_child(work) in (0, 9)  # 0: the moment did not come
        else:
            try:
                work()
            except Stopped:
                pass
    if taken_at_once:
        sender.take()
    for _ in range(2):
        work()
        sender.take()
    assert len(sender.taken) == len(set(sender.taken)) == 2
    assert hidden(out) == []


@pytest.mark.parametrize(
    ("target", "moment", "taken_at_once"),
    pairs(["sqlite", "postgresql"], WITHDRAWING, [False, True]),
    indirect=["target"],
    ids=_crash_name,
)
def test_a_crash_while_withdrawing_never_sends_it_after_all(
    ledger: Ledger,
    out: Path,
    sender: Sender,
    monkeypatch: pytest.MonkeyPatch,
    moment: tuple[Any, str, str, int],
    taken_at_once: bool,
) -> None:
    owner, name, when, number = moment
    run_with(ledger, out, [ONE])
    run = begin(ledger)
    convert(ledger, out, run, [outcome(1, "held", pupil="a", findings=[CONSENT])], fingerprint="f2")
    with monkeypatch.context() as patch:
        stop_at(patch, owner, name, when, number, raise_stopped)
        try:
            publish(ledger, run, out)
        except Stopped:
            pass
    if taken_at_once:
        sender.take()
    publish(ledger, run, out)
    sender.take()
    expected = ["recall"] if sender.taken else ["withdrawn"]
    assert handovers(ledger) == expected
    assert hidden(out) == [] and not list((out / "outbox").glob("*.*ml"))
    run_with(ledger, out, [ONE], "f3")
    sender.take()
    assert len(sender.taken) == 1  # sent once in all, whoever was first


@pytest.mark.parametrize(
    "said",
    [
        {"format": 1, "brin": "99XX", "size": 20, "receivers": []},
        {"receivers": ["99XX", "99YY"], "notice": {"nl": 'een "regel"\nen nog een', "en": "é"}},
        {"enveloped": {"file": "a", "deep": {"er": [1, {"x": None}]}}, "empty": {}, "said": "", "none": None},
    ],
)
def test_a_manifest_looks_as_json_writes_it(said: dict[str, Any]) -> None:
    assert indented(said) == json.dumps(said, indent=2).encode() + b"\n"
