"""A run that finds things as they were takes over what it found then; whatever changed, it ends as one that does not.

Two output folders that are alike get the same change: in the one a run may recall what followed from things as they
were, in the other all of that is forgotten first. Afterwards ledgers and files say the same.
"""

import json
import shutil
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from dod2oso.ledger import answers
from dod2oso.ledger.layout import metadata
from dod2oso.ledger.store import Ledger
from dod2oso.run import session
from dod2oso.run.pipeline import Options, run
from dod2oso.run.supplied import FILE
from tests.corpus.kit import CONSENT, DATUM, Quiet, pupil, reference, schools, supplement, tree, write

pytestmark = pytest.mark.usefixtures("without_report")

ROWS = [{"brin": "99XX", "leerlingid": str(n)} | CONSENT for n in (1, 2, 3)]
NOBODY = {"brin": "99XX", "leerlingid": "77", "leerling.roepnaam": "Geen"}
# when something was done, by whom it was numbered, and what is drawn by lot
MOMENTS = {"id", "started", "finished", "seconds", "at", "staged_at", "verzameldatum", "moment"}
PASSING = ("answer:", "aanvulling:")  # what is recalled, and the hash of a workbook with its moment in it
BY_LOT = {"audit_log", "audit_refs"}


class Region:
    """Two exports, a supplement and schools; `given` is what a next run is asked."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.exports = [
            write(folder / "a.xml", reference(pupil(1), pupil(2))),
            write(folder / "b.xml", reference(pupil(3), pupil(4))),
        ]
        self.given: dict[str, Any] = {"datum": DATUM, "schools": schools(folder)}
        self.supplement = supplement(folder, *ROWS, NOBODY)

    def run(self, out: Path) -> Quiet:
        watcher = Quiet()
        run(
            Options(self.exports, "POVO", out_dir=out, supplements=[self.supplement], file_names=True, **self.given),
            watcher,
        )
        return watcher


def forget(out: Path) -> None:
    """Let the next run know nothing of what followed from things as they are."""
    with Ledger.open(out) as ledger:
        answers.forget_all(ledger)
    path = out / FILE
    path.write_text(json.dumps({key: said for key, said in json.loads(path.read_text()).items() if key != "read"}))


def told(out: Path) -> dict[str, Counter[str]]:
    """What the ledger says, row by row, but for moments, numbers of rows and what is recalled."""
    found = {}
    with Ledger.open(out) as ledger, ledger.read() as connection:
        runs = {row.id: f"run {row.number}" for row in connection.execute(select(metadata.tables["runs"]))}
        for name, table in metadata.tables.items():
            if name in BY_LOT:
                continue
            rows: list[str] = []
            for row in connection.execute(select(table)):
                said = {key: runs.get(str(value), value) for key, value in row._mapping.items() if key not in MOMENTS}
                if name != "project" or not said["key"].startswith(PASSING):
                    rows.append(repr(said))
            found[name] = Counter(rows)
    return found


def files(out: Path) -> dict[str, bytes]:
    """The dossiers, and those in the outbox."""
    return {name: data for name, data in tree(out).items() if name.endswith(".xml")}


def first(folder: Path) -> Path:
    return sorted(folder.rglob("*.xml"))[0]


def _nothing(_region: Region, _out: Path) -> None:
    pass


def _another_answer(region: Region, _out: Path) -> None:
    supplement(region.folder, ROWS[0], ROWS[1] | {"inzage/akkoord": "Nee"}, ROWS[2], NOBODY)


def _a_row_less(region: Region, _out: Path) -> None:
    supplement(region.folder, *ROWS[:2])


def _a_row_of_two_pupils(region: Region, _out: Path) -> None:
    who = {"achternaam": "Voorbeeld1", "geboortedatum": "02-05-2007", "leerling.roepnaam": "Twee"}
    supplement(region.folder, *ROWS, who)
    write(region.exports[1], reference(pupil(3), pupil(4, Achternaam="Voorbeeld1", Geboortedatum="02-05-2007")))


def _a_row_about_a_school(region: Region, _out: Path) -> None:
    supplement(
        region.folder,
        *ROWS,
        {"brin": "99XX", "leerling.verzorgersaansprakelijk": "ja"},
        {"brin": "99YY", "school.naam": "X"},
    )


def _a_dossier_deleted(_region: Region, out: Path) -> None:
    first(out / "dossiers").unlink()


def _a_dossier_damaged(_region: Region, out: Path) -> None:
    path = first(out / "dossiers")
    path.write_bytes(path.read_bytes()[:-1] + b" ")


def _the_outbox_damaged(_region: Region, out: Path) -> None:
    path = first(out / "outbox")
    path.write_bytes(path.read_bytes()[:-1] + b" ")


def _one_fetched(_region: Region, out: Path) -> None:
    first(out / "outbox").with_suffix(".json").unlink()


def _another_date(region: Region, _out: Path) -> None:
    region.given["datum"] = "2019-03-09"


def _an_export_more(region: Region, _out: Path) -> None:
    if len(region.exports) == 2:
        region.exports.append(write(region.folder / "c.xml", reference(pupil(2), pupil(5))))


def _an_export_less(region: Region, _out: Path) -> None:
    del region.exports[1:]


def _an_export_changed(region: Region, _out: Path) -> None:
    write(region.exports[0], reference(pupil(1, Achternaam="Anders"), pupil(2)))


def _another_name_of_the_supplement(region: Region, _out: Path) -> None:
    region.supplement = supplement(region.folder, *ROWS, NOBODY, name="ander.csv")


def _other_schools(region: Region, _out: Path) -> None:
    path: Path = region.given["schools"]
    path.write_text(path.read_text().replace("Teststad", "Proefstad"))


CHANGES: list[Callable[[Region, Path], None]] = [
    _nothing, _another_answer, _a_row_less, _a_row_of_two_pupils, _a_row_about_a_school, _a_dossier_deleted,
    _a_dossier_damaged, _the_outbox_damaged, _one_fetched, _another_date, _an_export_more, _an_export_less,
    _an_export_changed, _another_name_of_the_supplement, _other_schools,
]  # fmt: skip


@pytest.fixture(name="region")
def _region(tmp_path: Path) -> Region:
    return Region(tmp_path)


@pytest.fixture(name="outs")
def _outs(region: Region, tmp_path: Path) -> list[Path]:
    """Two folders in which two runs were done, so that the next one recalls what it can; the second recalls nothing."""
    recalls, forgets = tmp_path / "weet", tmp_path / "vergat"
    for _ in range(2):
        region.run(recalls)
    shutil.copytree(recalls, forgets)
    forget(forgets)
    return [recalls, forgets]


@pytest.mark.parametrize("change", CHANGES)
def test_what_is_recalled_is_what_is_found(
    change: Callable[[Region, Path], None], region: Region, outs: list[Path]
) -> None:
    before = told(outs[0])
    for out in outs:
        change(region, out)
    said = [region.run(out).messages for out in outs]
    assert said[0] == said[1]
    recalled, found = (told(out) for out in outs)
    assert recalled == found
    assert recalled["dossiers"] and recalled["run_exports"] != before["run_exports"]
    assert files(outs[0]) == files(outs[1])
    for out in outs:  # and once more, from there
        region.run(out)
    assert told(outs[0]) == told(outs[1])


def test_where_nothing_changed_no_supplement_is_read(
    region: Region, outs: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[object] = []

    def reads(*given: Any) -> Any:
        read.append(given)
        return whole(*given)

    whole = session.read_supplements
    monkeypatch.setattr(session, "read_supplements", reads)
    region.run(outs[0])
    assert not read
    region.run(outs[1])
    assert len(read) == 1
    _another_answer(region, outs[0])
    region.run(outs[0])
    assert len(read) == 2


@pytest.mark.parametrize(
    "said", [{"read": []}, {"read": {"2019.1": 1}}, {"read": {"2019.1": {"POVO": []}}}, {"read": 1}]
)
def test_a_memory_that_makes_no_sense_is_no_memory(said: dict[str, Any], region: Region, outs: list[Path]) -> None:
    path = outs[0] / FILE
    path.write_text(json.dumps(json.loads(path.read_text()) | said))
    for out in outs:
        region.run(out)
    assert told(outs[0]) == told(outs[1])


def test_no_empty_folder_is_left(region: Region, outs: list[Path]) -> None:
    region.run(outs[0])
    _another_answer(region, outs[0])
    region.run(outs[0])
    assert not list(outs[0].rglob(".tmp"))
    assert files(outs[0])


def test_a_supplement_that_changes_while_it_is_read_leaves_nothing_to_recall(
    region: Region, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = session.read_supplements

    def reads(*given: Any) -> Any:
        rows = whole(*given)
        _a_row_less(region, tmp_path)
        return rows

    monkeypatch.setattr(session, "read_supplements", reads)
    out = tmp_path / "out"
    region.run(out)
    assert "read" not in json.loads((out / FILE).read_text()) or not json.loads((out / FILE).read_text())["read"]
    with Ledger.open(out) as ledger, ledger.read() as connection:
        keys = connection.scalars(select(metadata.tables["project"].c.key)).all()
    assert not [key for key in keys if key.startswith("answer:")]
