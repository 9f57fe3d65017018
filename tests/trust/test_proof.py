"""Proofs: the totals are those of the report, a dossier shows no other, and no change of one goes unseen."""

import json
import random
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from dod2oso.base.errors import ConfigurationError, UsageError
from dod2oso.ledger import audit_file, tables
from dod2oso.ledger.store import Ledger
from dod2oso.report.summary import summary
from dod2oso.trust import merkle
from dod2oso.trust.destroy import destroy, prepare
from dod2oso.trust.merkle import Node
from dod2oso.trust.proof import DOSSIER, Wrong, prove_dossier, prove_run, verify, verify_file
from tests.cli.kit import dod2oso
from tests.trust.kit import changed, convert, copy_of


@pytest.fixture(name="proved", scope="module")
def _proved(region: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with the proof of its run; never written in."""
    out = copy_of(region, tmp_path_factory.mktemp("proved") / "out")
    with Ledger.open(out, create=False) as ledger:
        prove_run(ledger, out, "auditor")
    return out


def whole(out: Path) -> Path:
    return next((out / "proof").glob("*.json"))


def one(out: Path, name: str = "") -> bytes:
    with Ledger.open(out, create=False) as ledger:
        return prove_dossier(ledger, out, name or next((out / "outbox").glob("*.json")).stem)


# --- the tree ---

NODES = st.lists(st.builds(Node, st.text("0123456789abcdef", min_size=4, max_size=4),
                           st.tuples(st.integers(0, 9), st.integers(0, 9))), min_size=1, max_size=20)  # fmt: skip


@given(NODES)
def test_every_leaf_leads_to_the_root_and_the_sums_add_up(nodes: list[Node]) -> None:
    root = merkle.root(nodes)
    assert root.sums == tuple(map(sum, zip(*(node.sums for node in nodes), strict=True)))
    for place, node in enumerate(nodes):
        assert merkle.climb(node, merkle.path(nodes, place)) == root


@given(NODES, st.data())
def test_another_leaf_leads_elsewhere(nodes: list[Node], data: Any) -> None:
    place = data.draw(st.integers(0, len(nodes) - 1))
    other = nodes[place]._replace(sums=(nodes[place].sums[0] + 1, nodes[place].sums[1]))
    assert merkle.climb(other, merkle.path(nodes, place)) != merkle.root(nodes)


@given(st.lists(st.text(), min_size=1), st.lists(st.text(), min_size=1))
def test_no_two_ways_of_cutting_are_alike(one_way: list[str], other_way: list[str]) -> None:
    assert (merkle.digest("x", *one_way) == merkle.digest("x", *other_way)) == (one_way == other_way)


# --- a run ---


def test_the_totals_are_those_of_the_report(proved: Path) -> None:
    found = verify_file(whole(proved))
    with Ledger.open(proved, create=False) as ledger:
        told = summary(ledger, found.run)
    for name in ("mapped", "dropped", "unmapped", "refused"):
        assert found.totals[name] == sum(export["balance"][name] for export in told["exports"])
    assert found.totals["ready"] == told["dossiers"]["ready"]
    last = json.loads((proved / audit_file.FILE).read_text().splitlines()[-1])
    assert (last["what"], last["about"]["seal"]) == ("proof-made", found.seal)


def test_the_proof_of_a_run_shows_no_field_and_no_pupil(proved: Path) -> None:
    text = whole(proved).read_text()
    with Ledger.open(proved, create=False) as ledger, ledger.read() as connection:
        for row in connection.execute(select(tables.dossiers)):
            assert not any(word and word in text for word in (row.dossier_id, row.pseudonym, row.sha256, row.match_pgn))
    assert "leerling" not in text


def test_every_dossier_has_its_proof_within_that_of_the_run(proved: Path) -> None:
    run = verify_file(whole(proved))
    with Ledger.open(proved, create=False) as ledger:
        with ledger.read() as connection:
            rows = connection.execute(select(tables.dossiers)).all()
        for row in rows:
            found = verify(prove_dossier(ledger, proved, row.dossier_id))
            assert (found.kind, found.seal, found.state, found.sha256) == (DOSSIER, run.seal, row.state, row.sha256)
            assert sum(found.counts) == row.source_values


def test_a_proof_of_a_dossier_shows_no_other(proved: Path) -> None:
    name = next((proved / "outbox").glob("*.json")).stem
    text = one(proved, name).decode()
    with Ledger.open(proved, create=False) as ledger, ledger.read() as connection:
        others = connection.execute(select(tables.dossiers).where(tables.dossiers.c.dossier_id != name)).all()
    assert not any(row.sha256 in text or row.dossier_id in text for row in others if row.sha256)


@pytest.mark.parametrize("seed", range(3))
def test_every_random_change_is_found(seed: int, proved: Path) -> None:
    chance = random.Random(seed)
    for data in (whole(proved).read_bytes(), one(proved)):
        for _ in range(150):
            with pytest.raises(Wrong):
                verify(changed(data, chance))


def test_totals_that_were_made_to_fit_are_found_by_the_seal(proved: Path) -> None:
    document = json.loads(whole(proved).read_bytes())
    del document["nodes"][0]
    with pytest.raises(Wrong):
        verify(json.dumps(document, sort_keys=True, separators=(",", ":")).encode() + b"\n")


def test_after_a_school_was_destroyed_the_proofs_still_hold(proved: Path, tmp_path: Path) -> None:
    out = copy_of(proved, tmp_path / "out")
    before = verify_file(whole(out))
    with Ledger.open(out, create=False) as ledger:
        with ledger.read() as connection:
            rows = connection.execute(select(tables.dossiers.c.dossier_id, tables.dossiers.c.brin)).all()
        plan = prepare(ledger, "school", "99XB", account="", why="doel-bereikt")
    destroy(out, plan)
    assert verify_file(whole(out)) == before
    kept = next(row.dossier_id for row in rows if row.brin == "99XA")
    assert verify(one(out, kept)).seal == before.seal
    with pytest.raises(UsageError):
        one(out, next(row.dossier_id for row in rows if row.brin == "99XB"))


def test_a_dossier_that_was_converted_again_wants_a_new_proof(proved: Path, tmp_path: Path) -> None:
    out = copy_of(proved, tmp_path / "out")
    convert(out, report=False, datum="2025-06-16")
    with pytest.raises(UsageError) as raised:
        one(out)
    assert raised.value.code == "proof-of-run-first"


# --- the commands ---


def test_the_commands_make_and_check_without_a_project(
    proved: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    out, mine = copy_of(proved, tmp_path / "out"), tmp_path / "mine.json"
    assert dod2oso(capsys, monkeypatch, "proof", "run", "--out", out).code == 0
    name = next((out / "outbox").glob("*.json")).stem
    made = dod2oso(capsys, monkeypatch, "proof", "dossier", name, mine, "--out", out)
    assert made.code == 0 and "leerling.achternaam: 1 mapped" in made.out
    monkeypatch.chdir(tmp_path)
    moved = Path(whole(out).rename(tmp_path / "run.json"))
    xml = Path((out / "outbox" / f"{name}.xml").rename(tmp_path / "a.xml"))
    ended = dod2oso(capsys, monkeypatch, "proof", "verify", moved, mine, "--dossier", xml)
    assert ended.code == 0 and ended.out.count("Klopt") == 2
    xml.write_bytes(xml.read_bytes() + b" ")
    assert dod2oso(capsys, monkeypatch, "proof", "verify", mine, "--dossier", xml).code == 5
    moved.write_bytes(moved.read_bytes().replace(b'"ready":', b'"ready":1', 1))
    assert dod2oso(capsys, monkeypatch, "proof", "verify", moved).code == 5
    with pytest.raises(ConfigurationError):
        verify_file(tmp_path / "absent.json")
