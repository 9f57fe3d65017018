"""A worker that is killed (too little memory) is no bug of ours: try again with fewer."""

import multiprocessing
import os
from collections.abc import Iterable
from pathlib import Path

import pytest

from dod2oso.base.errors import TryLaterError
from dod2oso.findings.outcome import Outcome
from dod2oso.run.convert import Converter
from dod2oso.source.record import LegacyDossier
from tests.corpus.kit import convert, pupil, reference, write


@pytest.mark.skipif(multiprocessing.get_start_method() != "fork", reason="the end is put in by this process")
def test_a_killed_worker_means_try_later(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    here = os.getpid()

    def die(self: Converter, records: Iterable[LegacyDossier]) -> list[Outcome]:
        assert os.getpid() != here
        os._exit(9)

    monkeypatch.setattr(Converter, "convert_all", die)
    export = write(tmp_path / "a.xml", reference(pupil(1)))
    with pytest.raises(TryLaterError, match="--workers"):
        convert(tmp_path / "out", export, workers=2)
