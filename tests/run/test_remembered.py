"""A supplement that was given once counts again, and what falls back is said before it leaves the outbox."""

import os
from pathlib import Path
from typing import Any

import pytest

from dod2oso.base.errors import ConfigurationError
from dod2oso.base.texts import Text
from dod2oso.ledger.store import Ledger
from dod2oso.report.summary import summary
from dod2oso.run.pipeline import Options, run
from dod2oso.run.remembered import FILE
from tests import copied
from tests.corpus.kit import CONSENT, DATUM, Quiet, pupil, reference, schools, supplement, write

pytestmark = pytest.mark.usefixtures("without_report")


class Region:
    """Two pupils and their supplement in an output folder of their own; every run tells what it said and asked."""

    def __init__(self, folder: Path) -> None:
        self.export = write(folder / "a.xml", reference(pupil(1), pupil(2)))
        self.schools = schools(folder)
        self.supplement = supplement(folder, *({"brin": "99XX", "leerlingid": str(n)} | CONSENT for n in (1, 2)))
        self.out = folder / "out"
        self.said: list[str] = []
        self.asked: list[Text] = []

    def run(self, *supplements: Path, answer: bool | None = None, **more: Any) -> dict[str, int]:
        watcher = Quiet()

        def confirm(question: Text) -> bool:
            self.asked.append(question)
            return bool(answer)

        options = Options(
            [self.export], "POVO", out_dir=self.out, datum=DATUM, schools=self.schools, supplements=supplements,
            confirm=None if answer is None else confirm, **more,
        )  # fmt: skip
        result = run(options, watcher)
        self.said = watcher.messages
        with Ledger.open(self.out) as ledger:
            states: dict[str, int] = summary(ledger, result.run_id)["dossiers"]
        return states

    @property
    def staged(self) -> int:
        return len(list((self.out / "outbox").rglob("*.xml")))


@pytest.fixture(name="region")
def _region(tmp_path: Path) -> Region:
    region = Region(tmp_path)
    assert region.run(region.supplement) == {"ready": 2, "held": 0, "rejected": 0}
    assert region.staged == 2 and region.said == []
    return region


def test_a_forgotten_supplement_counts_again(region: Region) -> None:
    assert region.run()["ready"] == 2 and region.staged == 2
    assert any("aanvulling.csv" in line and "--forget-supplements" in line for line in region.said)
    row = {"brin": "99XX", "leerlingid": "2", "leerling.roepnaam": "Nieuw"}
    more = supplement(region.out.parent, row, name="b.csv")
    assert region.run(more)["ready"] == 2
    assert region.run()["ready"] == 2
    assert [line.split(": ")[1].split(" ")[0] for line in region.said if "telt weer" in line] == [
        "aanvulling.csv", "b.csv",
    ]  # fmt: skip
    assert (region.out / FILE).stat().st_mode & 0o077 == 0


def test_what_falls_back_is_said_with_its_cause(region: Region) -> None:
    assert region.run(forget_supplements=True) == {"ready": 0, "held": 2, "rejected": 0}
    assert region.staged == 0
    whole = "\n".join(region.said)
    assert "2 dossiers die klaar waren, wachten nu weer" in whole
    assert "2 × " in whole and "Uit de outbox worden 2 klaargezette dossiers teruggetrokken." in whole
    assert region.run() == {"ready": 0, "held": 2, "rejected": 0}  # forgotten is forgotten
    assert not any("klaar waren" in line for line in region.said)  # and nothing falls back a second time


def test_an_export_that_loses_a_pupil_is_said_too(region: Region) -> None:
    write(region.export, reference(pupil(1)))
    assert region.run()["ready"] == 1
    assert any("1 bestaan niet meer" in line for line in region.said) and region.staged == 1


@pytest.mark.parametrize(("answer", "left"), [(False, 2), (True, 0)])
def test_a_person_decides_whether_the_outbox_is_emptied(region: Region, answer: bool, left: int) -> None:
    assert region.run(forget_supplements=True, answer=answer)["held"] == 2
    assert [question.key for question in region.asked] == ["outbox-take-back-question"]
    assert region.staged == left
    assert any("gelaten zoals hij was" in line for line in region.said) is not answer


def test_a_supplement_that_is_gone_stops_the_run_or_is_asked_about(region: Region) -> None:
    region.supplement.unlink()
    for answer in (None, False):
        with pytest.raises(ConfigurationError) as caught:
            region.run(answer=answer)
        assert caught.value.code == "supplement-gone" and region.staged == 2
    assert region.run(answer=True)["held"] == 2
    assert [question.key for question in region.asked] == [
        "supplement-gone-question", "supplement-gone-question", "outbox-take-back-question",
    ]  # fmt: skip


@pytest.mark.parametrize("content", [b"", b"{}", b"[1]", b"\xff"])
def test_a_damaged_memory_is_told(region: Region, content: bytes) -> None:
    (region.out / FILE).write_bytes(content)
    with pytest.raises(ConfigurationError) as caught:
        region.run()
    assert caught.value.code == "supplements-memory-damaged"


@pytest.mark.skipif(not hasattr(os, "openpty"), reason="needs a pseudo terminal")
def test_the_question_is_asked_on_a_terminal_and_not_with_yes(region: Region) -> None:
    import pty  # not on every system

    command = ["run", region.export, "--overstap", "POVO", "--out", region.out, "--datum", DATUM,
               "--schools", region.schools, "--forget-supplements"]  # fmt: skip

    def on_a_terminal(*more: str, answer: bytes) -> str:
        ours, theirs = pty.openpty()
        os.write(ours, answer)
        with copied.started(*command, *more, stdin=theirs, stdout=theirs, stderr=theirs) as process:
            os.close(theirs)
            said = b""
            try:
                while part := os.read(ours, 4096):
                    said += part
            except OSError:  # the other side is closed
                pass
            process.wait()
        os.close(ours)
        return said.decode()

    assert "2 klaargezette dossiers terugtrekken?" in on_a_terminal(answer=b"n\n")
    assert region.staged == 2
    said = on_a_terminal("--yes", answer=b"")
    assert "terugtrekken?" not in said and "Uit de outbox worden 2" in said
    assert region.staged == 0
