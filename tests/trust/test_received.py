"""Dossiers that were received are personal data as all others: counted, shown to whom they are about, destroyed."""

import json
from collections.abc import Iterator
from pathlib import Path

import openpyxl
import pytest

from dod2oso.base import atrest, projectkey
from dod2oso.base.clock import run_date
from dod2oso.base.errors import UsageError
from dod2oso.ledger.arrived import arrived
from dod2oso.ledger.safety import ledger_to_write_in
from dod2oso.ledger.store import Ledger
from dod2oso.receive.take import compared, take, write_comparison
from dod2oso.report.style import PLAIN
from dod2oso.trust.destroy import Destroyed, destroy, prepare
from dod2oso.trust.encrypting import rekey, show_folder
from dod2oso.trust.holdings import holdings
from dod2oso.trust.subject import gather
from tests.receive.kit import SMALL, changed, pieces
from tests.trust.killing import CHEAP, WORD, encrypted

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
    return filled(tmp_path / "uit")


@pytest.fixture(name="sealed")
def _sealed(tmp_path: Path) -> Iterator[Path]:
    """The same in an encrypted project."""
    yield filled(encrypted(tmp_path / "uit"))
    projectkey.forget()


def filled(out: Path) -> Path:
    tmp_path = out.parent
    for name, data in FILES.items():
        (tmp_path / name).write_bytes(data)
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


def folder(out: Path, brin: str) -> Path:
    return out / "binnengekomen" / ids(out)[brin]


@pytest.mark.parametrize("how", ["damaged", "gone", "of another"])
@pytest.mark.parametrize("kind", ["pupil", "school"])
def test_one_whose_register_does_not_tell_is_found_by_what_it_says(kind: str, how: str, out: Path) -> None:
    named = {"pupil": ids(out)["99ZZ"], "school": "99ZZ"}[kind]
    both = [one for one in arrived(out) if one.brin == "99ZZ"]
    other = next(one for one in both if one.id != named)
    register = other.folder(out) / "register.json"
    if how == "gone":
        register.unlink()
    else:
        register.write_bytes(b"{" if how == "damaged" else (folder(out, "99YY") / register.name).read_bytes())
    done = gone(out, kind, named)
    assert done.plan.counts["arrived"] == 2 and ids(out).keys() == {"99YY"}
    assert not any("niet meer te lezen" in text.text("nl") for text in done.left)


def test_one_that_cannot_be_read_at_all_is_told(out: Path) -> None:
    (folder(out, "99YY") / "register.json").write_bytes(b"{")
    (damaged,) = (one for one in arrived(out) if not one.sha256)
    (damaged.folder(out) / "dossier.xml").write_bytes(b"<stuk")
    done = gone(out, "pupil", ids(out)["99ZZ"])
    assert any("niet meer te lezen" in text.text("nl") for text in done.left)
    with Ledger.open(out, create=False) as ledger:
        gather(ledger, out, damaged.id, out.parent / "inzage", "nl")
    data = json.loads((out.parent / "inzage" / "alles.json").read_text(encoding="utf-8"))
    assert data["unreadable"] == [f"{damaged.id}/dossier.xml"]


def test_in_an_encrypted_project_every_file_of_them_is_sealed_and_all_of_it_works(sealed: Path, tmp_path: Path) -> None:
    there = [path for path in (sealed / "binnengekomen").rglob("*") if path.is_file()]
    assert {path.name for path in there} >= {
        "register.json",
        "dossier.xml",
        "dossier.html",
        "dossiers.xlsx",
        "dossier.csv",
    }
    assert all(path.read_bytes().startswith(atrest.MAGIC) for path in there)
    assert show_folder(sealed, sealed / "binnengekomen", tmp_path / "leesbaar", "beheerder") == len(there)
    book = openpyxl.load_workbook(tmp_path / "leesbaar" / "tabellen" / "dossiers.xlsx")
    assert "Ander" in [cell for row in book["dossier"].values for cell in row]
    assert b"Ander" in b"".join(path.read_bytes() for path in (tmp_path / "leesbaar").glob("vergelijkingen/*.html"))
    with Ledger.open(sealed, create=False) as ledger:
        assert gather(ledger, sealed, ids(sealed)["99ZZ"], tmp_path / "inzage", "nl") == 2
    assert "Ander" in (tmp_path / "inzage" / "inzage.html").read_text(encoding="utf-8")
    rekey(sealed, WORD, "beheerder", cost=CHEAP)
    (folder(sealed, "99YY") / "register.json").write_bytes(b"{}")
    done = gone(sealed, "pupil", ids(sealed)["99ZZ"])
    assert done.plan.counts["arrived"] == 2 and len(list(arrived(sealed))) == 1
    gone(sealed, "school", "99YY")
    assert list(arrived(sealed)) == []


def test_they_are_sealed_when_a_project_in_use_is_encrypted(out: Path) -> None:
    encrypted(out)
    there = [path for path in (out / "binnengekomen").rglob("*") if path.is_file()]
    assert there and all(path.read_bytes().startswith(atrest.MAGIC) for path in there)
    projectkey.forget()


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
