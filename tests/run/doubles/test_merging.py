"""The same pupil in several exports, through the whole pipeline: named, merged only by a rule, and accounted for."""

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from dod2oso.base.texts import shown
from dod2oso.base.xml import parse_bytes
from dod2oso.findings.model import detail_of
from dod2oso.ledger import tables
from dod2oso.ledger.store import Ledger
from dod2oso.run.pipeline import Options, Result, run
from tests.corpus.kit import (
    CONSENT,
    DATUM,
    Quiet,
    convert,
    digest,
    dossiers,
    pupil,
    reference,
    schools,
    supplement,
    totals,
    write,
)

pytestmark = pytest.mark.usefixtures("without_report", "without_workbook")

OLD_TEST = '<Toetsen><Toets code="OUD"><Datum>15-01-2018</Datum><Vaardigheid>70</Vaardigheid></Toets></Toetsen>'
TEST = '<Toetsen><Toets code="NIEUW"><Datum>15-01-2019</Datum><Vaardigheid>80</Vaardigheid></Toets></Toetsen>'
CONSENTED = [{"brin": "99XX", "leerlingid": str(number)} | CONSENT for number in range(1, 9)]
CARE = "<Zorg><MedicijnGebruik>ja</MedicijnGebruik></Zorg>"


def export(folder: Path, name: str, date: str, *pupils: str) -> Path:
    head = f"<Kop><Aanmaakdatum>{date}</Aanmaakdatum></Kop>" if date else ""
    return write(folder / name, reference(*pupils, before=head))


def person(number: int, tests: str, **fields: str) -> str:
    """Pupil `number` with just these tests; the kit's own test is left out."""
    text = pupil(number, **fields)
    start, end = text.index("<Toetsen>"), text.index("</Toetsen>") + len("</Toetsen>")
    return text[:start] + tests + text[end:]


@pytest.fixture
def exports(tmp_path: Path) -> list[Path]:
    """Pupil 1 in both; the older export alone knows how pupil 1's career went and has two others."""
    folder = tmp_path / "in"
    return [
        export(
            folder, "a-oud.xml", "01-10-2018", person(2, TEST), person(1, OLD_TEST, Roepnaam="Oud"), person(3, TEST)
        ),
        export(folder, "b-nieuw.xml", "2019-01-10", person(1, "", Roepnaam="Nieuw"), person(4, TEST)),
    ]


def go(tmp_path: Path, exports: list[Path], merge: str | None = "newest", out: str = "out", **more: Any) -> Result:
    rows = [*CONSENTED, *more.pop("rows", ())]
    return convert(
        tmp_path / out,
        exports,
        schools=schools(tmp_path),
        supplements=[supplement(tmp_path, *rows)],
        merge=merge,
        **more,
    )


def records(out: Path) -> dict[tuple[str, int], tuple[str, list[tuple[str, str, str]]]]:
    """(export, record) -> its state and its findings about doubles, as (code, field, detail)."""
    d, e, f = tables.dossiers, tables.exports, tables.findings
    codes = ("leerling-dubbel", "leerling-samengevoegd", "blok-uit-export")
    with Ledger.open(out) as ledger, ledger.read() as connection:
        rows = connection.execute(
            select(d.c.id, e.c.name, d.c.record, d.c.state)
            .join(e, e.c.id == d.c.export_id)
            .order_by(e.c.name, d.c.record)
        ).all()
        return {
            (row.name, row.record): (
                row.state,
                sorted(
                    (code, field, shown(detail_of(note, place), "nl"))
                    for code, field, note, place in connection.execute(
                        select(f.c.code, f.c.field, f.c.note, f.c.place).where(
                            f.c.dossier == row.id, f.c.code.in_(codes)
                        )
                    )
                ),
            )
            for row in rows
        }


def of_pupil_1(out: Path, state: str = "ready") -> Any:
    (data,) = [data for place, data in dossiers(out).items() if place.startswith(state) and b">Voorbeeld1<" in data]
    return parse_bytes(data)


def test_without_a_rule_each_is_held_and_named_with_the_other(tmp_path: Path, exports: list[Path]) -> None:
    result = go(tmp_path, exports, merge=None)
    found = records(tmp_path / "out")
    assert found["a-oud.xml", 2] == ("held", [("leerling-dubbel", "", "b-nieuw.xml, record 1 (nummer)")])
    assert found["b-nieuw.xml", 1] == ("held", [("leerling-dubbel", "", "a-oud.xml, record 2 (nummer)")])
    assert {state for place, (state, _f) in found.items() if place[1] not in (1, 2)} == {"ready"}
    assert totals(tmp_path / "out", result)["dossiers"] == {"ready": 3, "held": 2, "rejected": 0}


def test_the_newest_wins_per_block_and_every_block_is_told(tmp_path: Path, exports: list[Path]) -> None:
    result = go(tmp_path, exports)
    found = records(tmp_path / "out")
    state, told = found["b-nieuw.xml", 1]
    assert state == "ready"
    blocks = {field: detail for code, field, detail in told if code == "blok-uit-export"}
    assert blocks["leerling"] == blocks["verzorgers"] == "b-nieuw.xml"
    assert blocks["toetsen"] == "a-oud.xml"
    assert found["a-oud.xml", 2] == (
        "merged", [("leerling-samengevoegd", "", "b-nieuw.xml, record 1")],
    )  # fmt: skip
    dossier = of_pupil_1(tmp_path / "out")
    assert dossier.findtext(".//{*}leerling/{*}roepnaam") == "Nieuw"
    assert [element.text for element in dossier.iter("{*}eldtoetscode")] == ["OUD"]
    assert totals(tmp_path / "out", result)["dossiers"] == {"ready": 4, "held": 0, "rejected": 0}
    assert not list((tmp_path / "out" / "dossiers" / "held").rglob("*.xml"))


def test_each_export_keeps_its_own_balance(tmp_path: Path, exports: list[Path]) -> None:
    apart, merged = go(tmp_path, exports, merge=None, out="los"), go(tmp_path, exports)
    with Ledger.open(tmp_path / "los") as ledger:
        before = {path.name: ledger.export(path.name, "2019.1", "POVO") for path in exports}
    counts = tables.field_counts
    with Ledger.open(tmp_path / "out") as ledger, ledger.read() as connection:
        for path in exports:
            row, old = ledger.export(path.name, "2019.1", "POVO"), before[path.name]
            assert row is not None and old is not None
            assert row.balance["source_values"] == old.balance["source_values"]
            kinds = ("mapped", "dropped", "unmapped", "refused")
            assert sum(row.balance[kind] for kind in kinds) == row.balance["source_values"]
        old_export = ledger.export("a-oud.xml", "2019.1", "POVO")
        assert old_export is not None
        ends = {
            (field, outcome): n
            for field, outcome, n in connection.execute(
                select(counts.c.field, counts.c.outcome, counts.c.count).where(
                    counts.c.export_id == old_export.id, counts.c.reason.in_(("andere-bron", ""))
                )
            )
        }
    assert ends["leerling.roepnaam", "dropped"] == 1  # pupil 1: the other export's name counts
    assert ends["toetsen[].code", "mapped"] == 3  # two of their own, and the one that was taken along
    assert apart.run_id != merged.run_id


@pytest.mark.parametrize("dates", [("", "2019-01-10"), ("2019-01-10", "10-01-2019"), ("gisteren", "2019-01-10")])
def test_without_two_different_dates_nothing_is_merged(dates: tuple[str, str], tmp_path: Path) -> None:
    pair = [
        export(tmp_path / "in", f"{name}.xml", date, person(1, tests))
        for name, date, tests in zip("ab", dates, (OLD_TEST, TEST), strict=True)
    ]
    go(tmp_path, pair)
    assert [state for state, _told in records(tmp_path / "out").values()] == ["held", "held"]


def test_a_person_says_which_export_counts(tmp_path: Path, exports: list[Path]) -> None:
    row = {"brin": "99XX", "leerlingid": "1", "dubbel.gebruik": "a-oud.xml", "dubbel.gebruik.verzorgers": "b-nieuw.xml"}
    go(tmp_path, exports, merge=None, rows=[row])
    found = records(tmp_path / "out")
    blocks = {field: detail for code, field, detail in found["a-oud.xml", 2][1] if code == "blok-uit-export"}
    assert found["a-oud.xml", 2][0] == "ready"
    assert found["b-nieuw.xml", 1][0] == "merged"
    assert blocks.pop("verzorgers") == "b-nieuw.xml"
    assert set(blocks.values()) == {"a-oud.xml"}
    assert of_pupil_1(tmp_path / "out").findtext(".//{*}leerling/{*}roepnaam") == "Oud"


def test_an_export_that_is_not_one_of_them_decides_nothing(tmp_path: Path, exports: list[Path]) -> None:
    go(tmp_path, exports, merge=None, rows=[{"brin": "99XX", "leerlingid": "1", "dubbel.gebruik": "c.xml"}])
    assert records(tmp_path / "out")["a-oud.xml", 2][0] == "held"


def test_workers_and_batches_change_nothing(tmp_path: Path, exports: list[Path]) -> None:
    go(tmp_path, exports, out="een")
    go(tmp_path, exports, out="twee", workers=2)
    one, two = dossiers(tmp_path / "een"), dossiers(tmp_path / "twee")
    assert sorted(one.values()) == sorted(two.values())
    assert records(tmp_path / "een") == records(tmp_path / "twee")


def test_a_second_run_changes_nothing_and_a_changed_partner_is_looked_at_again(
    tmp_path: Path, exports: list[Path]
) -> None:
    go(tmp_path, exports)
    first = digest(dossiers(tmp_path / "out"))
    go(tmp_path, exports)
    assert digest(dossiers(tmp_path / "out")) == first
    # The pupil leaves the newer export: the older one, itself unchanged, gives the dossier again.
    export(tmp_path / "in", "b-nieuw.xml", "2019-01-10", person(4, TEST))
    go(tmp_path, exports)
    found = records(tmp_path / "out")
    assert found["a-oud.xml", 2] == ("ready", [])
    assert of_pupil_1(tmp_path / "out").findtext(".//{*}leerling/{*}roepnaam") == "Oud"
    # And comes back, with tests of its own now.
    export(tmp_path / "in", "b-nieuw.xml", "2019-01-10", person(1, TEST, Roepnaam="Nieuw"), person(4, TEST))
    go(tmp_path, exports)
    assert records(tmp_path / "out")["a-oud.xml", 2][0] == "merged"
    assert [element.text for element in of_pupil_1(tmp_path / "out").iter("{*}eldtoetscode")] == ["NIEUW"]


def test_a_run_that_stopped_half_way_goes_on_as_if_it_had_not(tmp_path: Path, exports: list[Path]) -> None:
    class Stops(Quiet):
        def export(self, name: str, number: int, total: int, records: int) -> None:
            if number == 2:
                raise KeyboardInterrupt

    given = {"schools": schools(tmp_path), "supplements": [supplement(tmp_path, *CONSENTED)]}
    options = Options(exports, "POVO", out_dir=tmp_path / "out", datum=DATUM, merge="newest", **given)  # type: ignore[arg-type]
    with pytest.raises(KeyboardInterrupt):
        run(options, Stops())
    assert set(records(tmp_path / "out")) == {("a-oud.xml", n) for n in (1, 2, 3)}
    go(tmp_path, exports)
    go(tmp_path, exports, out="in-een-keer")
    assert records(tmp_path / "out") == records(tmp_path / "in-een-keer")
    assert sorted(dossiers(tmp_path / "out").values()) == sorted(dossiers(tmp_path / "in-een-keer").values())


def test_without_the_rule_a_next_run_takes_them_apart_again(tmp_path: Path, exports: list[Path]) -> None:
    go(tmp_path, exports)
    go(tmp_path, exports, merge=None)
    found = records(tmp_path / "out")
    assert (found["a-oud.xml", 2][0], found["b-nieuw.xml", 1][0]) == ("held", "held")


@pytest.mark.parametrize(
    ("first", "second", "merged"),
    [
        ({}, {}, True),
        ({"Bsn": ""}, {}, True),  # one has no number: the full name decides
        ({"Bsn": ""}, {"Bsn": "", "Voornamen": "Test  PROEF"}, True),
        ({"Bsn": ""}, {"Bsn": "", "Voornamen": "Ander"}, False),  # a twin
        ({"Bsn": ""}, {"Voornamen": ""}, False),  # no first name to compare
        ({"Bsn": ""}, {"Bsn": "", "Voorvoegsel": "de"}, False),
    ],
)
def test_who_is_the_same(first: dict[str, str], second: dict[str, str], merged: bool, tmp_path: Path) -> None:
    pair = [
        export(tmp_path / "in", "a.xml", "2018-10-01", person(1, TEST, **first)),
        export(tmp_path / "in", "b.xml", "2019-01-10", person(1, TEST, **second)),
    ]
    go(tmp_path, pair)
    found = list(records(tmp_path / "out").values())
    assert found[0][0] == ("merged" if merged else "held")
    assert any(code == "leerling-dubbel" for _state, told in found for code, *_rest in told) == (not merged)


def test_twins_with_their_own_numbers_are_no_doubles(tmp_path: Path) -> None:
    one = person(1, TEST)
    two = person(2, TEST, Achternaam="Voorbeeld1", Geboortedatum="02-05-2007", Voornamen="Ander")
    go(tmp_path, [export(tmp_path / "in", "a.xml", "2019-01-10", one, two)])
    assert [state for state, _told in records(tmp_path / "out").values()] == ["ready", "ready"]


def test_a_secret_address_and_an_unreadable_one_stay_secret(tmp_path: Path) -> None:
    for said in ("ja", "misschien"):
        pair = [
            export(tmp_path / "in", "a.xml", "2018-10-01", person(1, TEST, AdresGeheim=said)),
            export(tmp_path / "in", "b.xml", "2019-01-10", person(1, TEST, AdresGeheim="")),
        ]
        go(tmp_path, pair, out=said)
        assert records(tmp_path / said)["a.xml", 1][0] == "merged"
        (data,) = dossiers(tmp_path / said).values()
        assert b"Teststraat" not in data


@pytest.mark.parametrize(("old", "new"), [("ja", "nee"), ("nee", "ja"), ("misschien", "nee")])
def test_an_address_that_one_of_them_keeps_secret_is_secret(old: str, new: str, tmp_path: Path) -> None:
    pair = [
        export(tmp_path / "in", "a.xml", "2018-10-01", person(1, TEST, AdresGeheim=old)),
        export(tmp_path / "in", "b.xml", "2019-01-10", person(1, TEST, AdresGeheim=new)),
    ]
    go(tmp_path, pair)
    (data,) = dossiers(tmp_path / "out").values()
    assert b"Teststraat" not in data
    assert b"<adresgeheim>false" not in data


@pytest.mark.usefixtures("with_report")
def test_no_personal_data_in_what_is_told(tmp_path: Path, exports: list[Path]) -> None:
    go(tmp_path, exports)
    told = repr(records(tmp_path / "out")) + (tmp_path / "out" / "report" / "gaps.html").read_text()
    for secret in ("Voorbeeld1", "Nieuw<", "Proef", "05-2007", "2007-05"):
        assert secret not in told


def test_a_made_up_number_that_many_share_is_no_pupil(tmp_path: Path) -> None:
    many = [export(tmp_path / "in", f"{n:02}.xml", f"2019-01-{n + 1:02}", person(1, TEST)) for n in range(21)]
    go(tmp_path, many)
    found = records(tmp_path / "out")
    assert {state for state, _told in found.values()} == {"held"}
    (code, _field, detail) = found["20.xml", 1][1][0]
    assert code == "leerling-dubbel" and detail.endswith("; …") and detail.count(";") == 5


def test_a_merged_record_counts_nowhere_but_in_its_balance(tmp_path: Path, exports: list[Path]) -> None:
    from dod2oso.report.model import build

    result = go(tmp_path, exports)
    with Ledger.open(tmp_path / "out") as ledger:
        report = build(ledger, result.run_id)
        with ledger.read() as connection:
            stated = connection.execute(
                select(tables.run_states.c.state, tables.run_states.c.count).where(
                    tables.run_states.c.run_id == result.run_id
                )
            ).all()
            lines = list(connection.scalars(select(tables.history.c.state)))
    assert (report.dossiers.total, report.dossiers.waiting) == (4, 0)
    assert not report.waiting
    assert report.extras.simulation.total == 4 and not report.extras.simulation.stuck
    assert [tuple(row) for row in stated] == [("ready", 4)]
    assert lines == ["ready"] * 4
    assert sum(part.dossiers.total for part in report.exports) == 4
    assert not (tmp_path / "out" / "dossiers" / "rejected").exists() or not list(
        (tmp_path / "out" / "dossiers" / "rejected").rglob("*.xml")
    )
