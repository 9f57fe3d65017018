"""Runs to compare: alone, in parts, on a cluster."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from dod2oso.ledger.store import Ledger
from dod2oso.run.session import Options
from dod2oso.run.workers import Workers
from tests.corpus.kit import DATUM

KEY = "ab" * 32


def options_for(out: Path, exports: Path, **more: object) -> Options:
    """Options of a run in a folder that has this project key."""
    out.mkdir()
    (out / "project.key").write_text(KEY)
    return replace(Options([exports], "POVO", "2018.1", out, datum=DATUM), **more)


@contextmanager
def converting_nothing() -> Iterator[None]:
    """While the block runs this process takes what parts made; where it would convert by itself the test fails."""

    def convert(*_any: object) -> None:
        raise AssertionError("a part is not used")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Workers, "outcomes", convert)
        yield


def left_behind(out: Path) -> dict[str, str]:
    """Everything that a run leaves behind for people and receivers, without moments and ids of the run itself."""
    found = {}
    for path in sorted(out.rglob("*")):
        name = path.relative_to(out).as_posix()
        if path.is_file() and name.startswith(("dossiers/", "outbox/", "report/gaps.json", "report/gaps.csv")):
            text = path.read_text(encoding="utf-8")
            text = re.sub(r"\d{8}T\d{6}Z-[0-9a-f]{6}", "RUN", text)
            text = re.sub(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", "MOMENT", text)
            found[name] = re.sub(r'"seconds": [0-9.]+', '"seconds": 0', text)
    return found


def rows(out: Path) -> list[tuple[object, ...]]:
    """What the ledger says of every dossier and finding."""
    with Ledger.open(out, create=False) as ledger, ledger.read() as connection:
        ask = connection.exec_driver_sql
        dossiers = ask("select e.name, d.* from dossiers d join exports e on e.id = d.export_id order by d.id").all()
        findings = ask("select * from findings order by id").all()
        history = ask("select dossier_id, brin, state, causes from history order by 1").all()
        counts = ask("select * from field_counts order by 1, 2, 3, 4, 5").all()
    return [tuple(row) for row in (*dossiers, *findings, *history, *counts)]
