"""The same exports in six versions: what has a place where, counted."""

from pathlib import Path

import pytest

from dod2oso.findings.outcome import FieldCount
from dod2oso.ledger.store import Ledger
from dod2oso.mapping.compile import shipped_plan
from dod2oso.oso.versions import VERSIONS
from dod2oso.report.extras import Versions
from dod2oso.report.make_extras import make_extras
from dod2oso.report.texts import Lexicon
from tests.ledger.kit import begin, convert, outcome

FIELDS = {
    FieldCount("leerling.roepnaam", "mapped", ""): 5,
    FieldCount("leerling.nationaliteiten[].code", "dropped", "wet"): 4,
    FieldCount("zorg.wsnsnummer", "dropped", "geen-plaats"): 3,
    FieldCount("advies.aandachtspunten", "mapped", ""): 2,
    FieldCount("advies.aandachtspunten", "refused", "tekst-te-lang"): 1,
    FieldCount("Dossier/Kind/Kleur", "unmapped", ""): 9,
}


@pytest.fixture(name="versions")
def _versions(tmp_path: Path) -> Versions:
    out = tmp_path / "out"
    with Ledger.open(out / "ledger.sqlite", out) as ledger:
        run = begin(ledger)
        convert(ledger, out, run, [outcome(1, fields=FIELDS)])
        with ledger.read() as connection:
            words = Lexicon("nl", "2019.1", "POVO")
            assert make_extras(connection, run, words).versions is None
            found = make_extras(connection, run, words, versions=True).versions
    assert found is not None
    return found


def test_fields_stand_where_the_mapping_has_a_place(versions: Versions) -> None:
    assert versions.columns == VERSIONS
    assert [field.field for field in versions.fields] == ["advies.aandachtspunten", "zorg.wsnsnummer"]
    assert [field.values for field in versions.fields] == [3, 3]
    assert versions.alike == 2  # in every version the nickname goes along and the nationality stays home
    for field in versions.fields:
        for part in field.versions:
            plan = shipped_plan(part.version, "POVO")
            assert part.paths == tuple(plan.readers.get(field.field, ()))
            assert bool(part.paths) != bool(part.reason)
    points, wsns = versions.fields
    assert [bool(part.paths) for part in points.versions] == [False] * 5 + [True]
    assert [bool(part.paths) for part in wsns.versions] == [True] * 5 + [False]
    assert points.versions[0].reason == "geen-plaats" and points.versions[0].text


def test_a_version_gains_and_loses_against_that_of_the_run(versions: Versions) -> None:
    parts = {part.version: part for part in versions.versions}
    assert list(parts) == list(VERSIONS)
    here, other = parts["2019.1"], parts["2018.1"]
    assert here.is_run and (here.gained, here.lost, here.gains, here.loses) == (0, 0, (), ())
    assert (other.gains, other.gained) == (("zorg.wsnsnummer",), 3)
    assert (other.loses, other.lost) == (("advies.aandachtspunten",), 3)
    for part in parts.values():
        assert part.with_place + part.without_place == 15  # unknown paths are no field of any version
        assert part.without_place_legal == 4


def test_a_transfer_that_a_version_does_not_know(tmp_path: Path) -> None:
    out = tmp_path / "out"
    with Ledger.open(out / "ledger.sqlite", out) as ledger:
        run = ledger.begin_run("2019.1", "POSWV", "2019-03-02")
        with ledger.read() as connection:
            found = make_extras(connection, run, Lexicon("nl", "2019.1", "POSWV"), versions=True).versions
    assert found is not None
    assert found.columns == ("2017.1", "2018.1", "2019.1")
    assert [part.available for part in found.versions] == [False] * 3 + [True] * 3
