"""A project folder as a user makes and fills it, and the commands typed in it."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.kit import Ended, dod2oso
from tests.corpus.kit import CONSENT, DATUM, pupil, reference, supplement, write

SCHOOLS = """brin;vestiging;naam;aanleverpunt;soort;type;straat;nummer;postcode;plaats;telefoon;email;verwacht
99XX;00;De Verzonnen School;0099XX01;BO;BO;Schoolstraat;1;1234AB;Teststad;0100000000;school@example.org;2
99XY;00;De Stille School;0099XY01;BO;BO;Schoolstraat;2;1234AB;Teststad;0100000000;stil@example.org;3
"""


class Work:
    """A project in `folder`; `do` types a command in it."""

    def __init__(
        self, folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, *options: str
    ) -> None:
        self.folder = folder / "project"
        self._capsys, self._monkeypatch = capsys, monkeypatch
        made = dod2oso(capsys, monkeypatch, "init", self.folder, *options)
        assert made.code == 0, made.err
        write(self.folder / "scholen.csv", SCHOOLS)
        self._monkeypatch.chdir(self.folder)

    def do(self, *words: str | Path) -> Ended:
        return dod2oso(self._capsys, self._monkeypatch, *words)

    def run(self, *words: str) -> Ended:
        """A run with the date of the kit, for its pupils are of that time."""
        return self.do("run", "--datum", DATUM, *words)

    def export(self, name: str, *numbers: int) -> Path:
        return write(self.folder / "exports" / name, reference(*map(pupil, numbers)))

    def supplement(self, name: str, *numbers: int, folder: str = "aanvullingen") -> Path:
        rows = ({"brin": "99XX", "leerlingid": str(number)} | CONSENT for number in numbers)
        return supplement(self.folder / folder, *rows, name=name)

    def filled(self, template: Path, fill: Callable[["Work"], None]) -> "Work":
        """This project after `fill`, which is done once: afterwards it is copied from `template`."""
        if template.exists():
            shutil.copytree(template, self.folder, dirs_exist_ok=True)
        else:
            fill(self)
            shutil.copytree(self.folder, template)
        return self

    def ready(self, transfer: str = "POVO") -> int:
        return len(list((self.folder / "dod2oso-out" / transfer / "dossiers/ready").rglob("*.xml")))
