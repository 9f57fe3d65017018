"""Dossiers that were received are personal data as all others: counted, shown to whom they are about, destroyed."""

import json
from pathlib import Path

import pytest

from dod2oso.base.clock import run_date
from dod2oso.base.errors import UsageError
from dod2oso.ledger.arrived import arrived
from dod2oso.ledger.safety import ledger_to_write_in
from dod2oso.ledger.store import Ledger
from dod2oso.receive.take import compared, take, write_comparison
from dod2oso.report.style import PLAIN
from dod2oso.trust.destroy import Destroyed, destroy, prepare
from dod2oso.trust.holdings import holdings
from dod2oso.trust.subject import gather
from tests.receive.kit import SMALL, changed, pieces

# Two dossiers of one pupil, and one of another at another school.
FILES = {
    "1.xml": SMALL,
    "2.xml": SMALL.replace(b"<achternaam>tekst<", b"<achternaam>Ander<", 1),
    "3.xml": changed(
        SMALL, ("<bsn>999900006<", "<bsn>999900018<"), ("<leerlingid>tekst<", "<leerlingid>8<"),
        ("<brincode>99ZZ<", "<brincode>99YY<"),
    ),
}  # fmt: skip


@pytest.fixture(name="out")
def _out(tmp_path: Path) -> Path:
    for name, data in FILES.items():
        (tmp_path / name).write_bytes(data)
    out = tmp_path / "uit"
    with ledger_to_write_in(out, out, "receive", create=True):
        made = take(out, pieces(*(tmp_path / name for name in FILES)), ("2019.1",), ("csv", "xlsx"), PLAIN, "nl")
        assert len(made.accepted) == 3
        write_comparison(out, compared(*made.dossiers[:2]), PLAIN, "nl")
    return out


def gone(out: Path, kind: str, which: str) -> Destroyed:
    with Ledger.open(out, create=False) as ledger:
        plan = prepare(ledger, kind, which, account="beheerder", why="doel-bereikt")
    return destroy(out, plan)


def ids(out: Path) -> dict[str, str]:
    """By school the ids, one of them: 99ZZ has two of one pupil."""
    return {one.brin: one.id for one in arrived(out)}


def test_both_dossiers_of_a_pupil_go_and_that_of_another_stays(out: Path) -> None:
    done = gone(out, "pupil", ids(out)["99ZZ"])
    assert done.plan.counts["arrived"] == 2 and ids(out).keys() == {"99YY"}
    left = [path.name for path in (out / "binnengekomen").iterdir()]
    assert left == [ids(out)["99YY"]]  # tables and comparisons are about several
    every = b"".join(path.read_bytes() for path in out.rglob("*") if path.is_file())
    assert b"999900006" not in every and b"999900018" in every
    assert "2 ontvangen OSO-dossiers" in done.proof.read_text(encoding="utf-8")
    with pytest.raises(UsageError):
        gone(out, "pupil", "bestaatniet")


@pytest.mark.parametrize(
    ("kind", "which", "left"),
    [("school", "99YY", {"99ZZ"}), ("until", "2099-01-01", set()), ("until", "2000-01-01", {"99ZZ", "99YY"})],
)
def test_a_school_and_all_until_a_day(out: Path, kind: str, which: str, left: set[str]) -> None:
    if left == {"99ZZ", "99YY"}:
        with pytest.raises(UsageError):
            gone(out, kind, which)
    else:
        gone(out, kind, which)
    assert ids(out).keys() == left


def test_of_the_whole_project_nothing_is_left(out: Path) -> None:
    gone(out, "project", "-")
    assert not (out / "binnengekomen").exists()


def test_one_whose_register_is_damaged_is_told(out: Path) -> None:
    (out / "binnengekomen" / ids(out)["99YY"] / "register.json").write_bytes(b"{")
    done = gone(out, "pupil", ids(out)["99ZZ"])
    assert any("niet meer te lezen" in text.text("nl") for text in done.left)


def test_they_are_counted_as_holdings(out: Path) -> None:
    with Ledger.open(out, create=False) as ledger:
        found = {each.what: each for each in holdings(ledger, out, run_date("2099-01-01"), 90)}
    held = found["binnengekomen"]
    assert held.count == held.over == sum(path.is_file() for path in (out / "binnengekomen").glob("*/*"))


def test_a_pupil_gets_all_of_them(out: Path, tmp_path: Path) -> None:
    with Ledger.open(out, create=False) as ledger:
        assert gather(ledger, out, ids(out)["99ZZ"], tmp_path / "inzage", "nl") == 2
    data = json.loads((tmp_path / "inzage" / "alles.json").read_text(encoding="utf-8"))
    assert len(data["arrived"]) == len(list((tmp_path / "inzage").glob("binnengekomen-*.xml"))) == 2
    assert "Ander" in (tmp_path / "inzage" / "inzage.html").read_text(encoding="utf-8")
