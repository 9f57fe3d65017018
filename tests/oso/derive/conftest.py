"""A folder of its own for what is taken in, with stylesheets that work and nobody who judges."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from dod2oso.base.caches import versions_changed


@pytest.fixture(name="own_folder")
def _own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("DOD2OSO_DATA", str(tmp_path / "data"))
    monkeypatch.setattr("dod2oso.oso.bundles.add.try_sheet", lambda *_: "works")
    monkeypatch.setattr("dod2oso.oso.bundles.add.judge_for", lambda _: None)
    versions_changed()
    yield
    monkeypatch.undo()
    versions_changed()
