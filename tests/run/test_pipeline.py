"""The pipeline as a whole: states, repeatability, interruption, several processes, a full disk."""

import errno
import multiprocessing
import os
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from lxml import etree
from sqlalchemy import select

from dod2oso.base import atrest
from dod2oso.base.errors import BalanceError, ConfigurationError, TryLaterError, UsageError
from dod2oso.findings.outcome import Outcome
from dod2oso.handover.senders import outbox
from dod2oso.ledger import tables
from dod2oso.ledger.store import Ledger
from dod2oso.run import export as one_export
from dod2oso.run import workers as parallel
from dod2oso.run.convert import IDENTITY_FIELDS, Converter
from dod2oso.source.opening import OpenExport
from dod2oso.source.record import LegacyDossier
from tests.corpus.kit import (
    CONSENT,
    PAIRS,
    SCHOOL,
    bsn,
    convert,
    dossiers,
    edex,
    pupil,
    reference,
    schools,
    supplement,
    totals,
    tree,
    write,
)  # fmt: skip
from tests.refusals import refused

pytestmark = pytest.mark.usefixtures("without_report", "without_workbook")

KEY = b"0123456789abcdef" * 4 + b"\n"


def consent(*numbers: int, **more: str) -> list[dict[str, str]]:
    return [{"brin": "99XX", "leerlingid": str(number), **CONSENT, **more} for number in numbers]


def prepared(folder: Path, *numbers: int, **more: str) -> dict[str, Any]:
    """Register and supplement with which the pupils of the kit become ready."""
    return {"schools": schools(folder), "supplements": [supplement(folder, *consent(*numbers, **more))]}


# --- states ---


@pytest.mark.parametrize(("version", "transfer"), [pair for pair in PAIRS if pair[1] in ("POVO", "VOVO", "POPO")])
def test_a_complete_pupil_is_ready_and_an_incomplete_one_is_held(version: str, transfer: str, tmp_path: Path) -> None:
    export = write(tmp_path / "a.xml", reference(pupil(1), pupil(2)))
    more = {"inzage/toestemming": "Ja"} if transfer == "VOVO" else {}
    result = convert(tmp_path / "out", export, transfer, version=version, **prepared(tmp_path, 1, **more))
    found = totals(tmp_path / "out", result)
    assert found["dossiers"] == {"ready": 1, "held": 1, "rejected": 0}
    assert result.staged == 1
    states = sorted(name.split("/")[0] for name in dossiers(tmp_path / "out"))
    assert states == ["held", "ready"]


@pytest.mark.parametrize(
    ("record", "school", "code"),
    [
        (pupil(1, Achternaam=""), SCHOOL, "leerling-zonder-naam"),
        (pupil(1, Achternaam="x" * 300), SCHOOL, None),
        (pupil(1), "<School><Naam>Zonder nummer</Naam></School>", "school-onbekend"),
        (pupil(1), SCHOOL.replace("99xx", "niet een brin"), "school-onbekend"),
    ],
)
def test_no_dossier_without_a_school_or_a_surname(record: str, school: str, code: str | None, tmp_path: Path) -> None:
    export = write(tmp_path / "a.xml", reference(record, school=school))
    found = totals(tmp_path / "out", convert(tmp_path / "out", export, **prepared(tmp_path, 1)))
    if code is None:
        assert found["dossiers"]["rejected"] == 0
        return
    assert found["dossiers"] == {"ready": 0, "held": 0, "rejected": 1}
    assert found["findings"]["by_code"][code] == 1
    (balance,) = [export["balance"] for export in found["exports"]]
    assert balance["mapped"] <= 4  # nothing of the pupil; a school without pupils may still have its own
    assert balance["refused"] > 15
    ((name, stub),) = dossiers(tmp_path / "out").items()
    assert name.startswith("rejected/")  # no dossier: only whom it is about
    assert {etree.QName(element).localname for element in etree.fromstring(stub).iter()} <= IDENTITY_FIELDS | {
        "dossier", "huidigeschool", "leerling",
    }  # fmt: skip


def test_a_refusal_is_stronger_than_consent(tmp_path: Path) -> None:
    """A plain Nee stops a dossier in every version, also where OSO has no field for it."""
    for number, version in enumerate(("1.1.1", "1.2.2", "2019.1")):
        export = write(tmp_path / "a.xml", reference(pupil(1)))
        ready = prepared(tmp_path, 1, **{"inzage/toestemming": "nee"})
        out = tmp_path / str(number)
        found = totals(out, convert(out, export, "POVO", version=version, **ready))
        assert found["dossiers"] == {"ready": 0, "held": 1, "rejected": 0}, version
        assert found["findings"]["by_code"]["toestemming-geweigerd"] == 1, version


def test_an_old_export_never_gives_consent(tmp_path: Path) -> None:
    old = (
        "<Inzage><Gegeven>ja</Gegeven><Datum>01-01-2012</Datum><Akkoord>Ja</Akkoord>"
        "<Toestemming>Ja</Toestemming></Inzage>"
    )
    export = write(tmp_path / "a.xml", reference(pupil(1, old)))
    result = convert(tmp_path / "out", export, "VOVO", schools=schools(tmp_path))
    assert totals(tmp_path / "out", result)["dossiers"]["held"] == 1
    (xml,) = dossiers(tmp_path / "out").values()
    assert b"<inzage" not in xml


def test_the_same_pupil_twice_is_held_twice(tmp_path: Path) -> None:
    exports = [write(tmp_path / f"{name}.xml", reference(pupil(1))) for name in "ab"]
    found = totals(tmp_path / "out", convert(tmp_path / "out", exports, **prepared(tmp_path, 1)))
    assert found["dossiers"] == {"ready": 0, "held": 2, "rejected": 0}
    assert found["findings"]["by_code"]["leerling-dubbel"] == 2


def test_an_unreadable_export_does_not_stop_the_others(tmp_path: Path) -> None:
    exports = [
        write(tmp_path / "a.xml", "<DodReferentie versie='1'><Leerlingen>"),
        write(tmp_path / "b.xml", reference(pupil(1))),
        write(tmp_path / "c.xml", "<Iets/>"),
    ]
    result = convert(tmp_path / "out", exports, **prepared(tmp_path, 1))
    found = totals(tmp_path / "out", result)
    assert result.unreadable == ["a.xml", "c.xml"]
    assert found["dossiers"] == {"ready": 1, "held": 0, "rejected": 0}
    assert found["findings"]["by_code"] == {"export-onleesbaar": 1, "export-niet-herkend": 1, "waarde-verlies": 1}
    assert [export["dossiers"] for export in found["exports"]] == [0, 1, 0]


@pytest.mark.parametrize("error", [PermissionError(13, "Permission denied"), OSError(5, "Input/output error")])
def test_a_file_that_cannot_be_opened_does_not_stop_the_others(
    error: OSError, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    exports = [write(tmp_path / f"{name}.xml", reference(pupil(n))) for n, name in enumerate("ab", start=1)]
    recognise = OpenExport.recognise

    def refuse(opened: OpenExport, profiles: Any) -> Any:
        if opened.found.name == "a.xml":
            raise error
        return recognise(opened, profiles)

    monkeypatch.setattr(OpenExport, "recognise", refuse)
    result = convert(tmp_path / "out", exports)
    assert result.unreadable == ["a.xml"]
    assert totals(tmp_path / "out", result)["dossiers"]["held"] == 1


# --- what one pupil gets is not another's ---


def test_what_is_supplied_for_one_pupil_does_not_leak_to_the_next(tmp_path: Path) -> None:
    """The school's address is shared by all its pupils; a row about one of them changes it for that one only."""
    address = (
        "<Adressen><Adres><Soort>bezoek</Soort><Straat>Oudestraat</Straat><Huisnummer>1</Huisnummer>"
        "<Postcode>1111AA</Postcode><Plaats>P</Plaats></Adres></Adressen></School>"
    )
    export = write(
        tmp_path / "a.xml", reference(pupil(1), pupil(2), pupil(3), school=SCHOOL.replace("</School>", address))
    )
    given = supplement(tmp_path, {"brin": "99XX", "leerlingid": "1", "school.adressen[1].straat": "Nieuwestraat"})
    convert(tmp_path / "out", export, supplements=[given])
    found = [xml for xml in dossiers(tmp_path / "out").values() if b"Nieuwestraat" in xml]
    assert len(found) == 1
    assert b"<leerlingid>1<" in found[0]
    assert sum(b"Oudestraat" in xml for xml in dossiers(tmp_path / "out").values()) == 2


def test_secrecy_that_cannot_be_read_counts_as_secret(tmp_path: Path) -> None:
    """`AdresGeheim` says something, but not yes or no: when in doubt an address or a number stays home."""
    carer = (
        "<Verzorgers><Verzorger><Achternaam>Ander</Achternaam><AdresGeheim>wellicht</AdresGeheim>"
        "<WettelijkVertegenwoordiger>ja</WettelijkVertegenwoordiger><Adressen><Adres><Straat>Geheimestraat</Straat>"
        "<Huisnummer>1</Huisnummer><Postcode>1111AA</Postcode><Plaats>P</Plaats></Adres></Adressen>"
        '<Contactgegevens><Contact soort="telefoon" geheim="wellicht">0101234567</Contact></Contactgegevens>'
        "</Verzorger></Verzorgers>"
    )
    for version in ("1.2.2", "2019.1"):
        export = write(tmp_path / f"{version}.xml", reference(pupil(1, carer), pupil(2, AdresGeheim="wellicht")))
        out = tmp_path / version
        convert(out, export, version=version)
        made = dossiers(out).values()
        assert not any(b"Geheimestraat" in xml or b"0101234567" in xml for xml in made)
        assert sum(b"Teststraat" in xml for xml in made) == 1  # the other pupil's, who said nee


# --- the supplement as a whole ---


def test_rows_that_find_nobody_are_told(tmp_path: Path) -> None:
    export = write(tmp_path / "a.xml", reference(pupil(1), pupil(2)))
    path = tmp_path / "aanvulling.csv"
    path.write_text(
        "brin;leerlingid;achternaam;geboortedatum;leerling.tehuis\n"
        "99XX;1;;;ja\n"
        "99XX;9;;;ja\n"  # 3: no such pupil
        "99YY;1;;;ja\n"  # 4: a pupil of another school
        ";2;;;ja\n"
        "99XX;;Voorbeeld1;02-05-2007;ja\n"
        "99YY;;Voorbeeld1;02-05-2007;ja\n"  # 7: the same name and day, at another school
        ";;Voorbeeld2;03-05-2007;ja\n"
        ";;Niemand;03-05-2007;ja\n"  # 9
        "99XX;;;;ja\n"
        "99ZZ;;;;ja\n"  # 11: no such school
    )
    result = convert(tmp_path / "out", export, supplements=[path])
    findings = tables.findings
    with Ledger.open(tmp_path / "out") as ledger, ledger.read() as connection:
        rows = connection.scalars(select(findings.c.place).where(findings.c.code == "aanvulling-onbekende-leerling"))
        assert sorted(int(re.findall(r"[0-9]+", place)[-1]) for place in rows) == [3, 4, 7, 9, 11]
    found = totals(tmp_path / "out", result)
    assert [export["name"] for export in found["exports"]] == ["a.xml"]  # the supplement is no export
    assert all(b"<tehuis>true<" in xml for xml in dossiers(tmp_path / "out").values())


def test_a_wrong_file_is_told_before_anything_is_written(tmp_path: Path) -> None:
    export = write(tmp_path / "a.xml", reference(pupil(1)))
    for name, wrong in {
        "supplements": [write(tmp_path / "fout.csv", "brin;leerling.achternam\n99XX;x\n")],
        "schools": write(tmp_path / "scholen.csv", "brin;naam\n99XX;a\n99XX;b\n"),
        "mapping": write(tmp_path / "eigen.yaml", "language: 1\n"),
    }.items():
        with pytest.raises(ConfigurationError, match=r"\.(csv|yaml)"):
            convert(tmp_path / "out", export, **{name: wrong})
        assert not (tmp_path / "out" / "ledger.sqlite").exists()


@pytest.mark.parametrize(
    ("options", "word"),
    [
        ({"version": "1.1.1", "transfer": "POSWV"}, "2017.1"),
        ({"workers": 0}, "workers"),
        ({"datum": "gisteren"}, "datum"),
        ({"version": "3000.1"}, "3000.1"),
        ({"transfer": "XXXX"}, "POVO"),
    ],
)
def test_options_that_cannot_mean_anything(options: dict[str, Any], word: str, tmp_path: Path) -> None:
    export = write(tmp_path / "a.xml", reference(pupil(1)))
    with pytest.raises(UsageError, match=word):
        convert(tmp_path / "out", export, **options)
    assert not (tmp_path / "out").exists()


def test_the_output_folder_is_no_file(tmp_path: Path) -> None:
    export = write(tmp_path / "a.xml", reference(pupil(1)))
    for out in (export, export / "dieper"):
        with refused(UsageError, "out-is-file", file="a.xml"):
            convert(out, export)


def test_another_key_is_not_accepted(tmp_path: Path) -> None:
    export = write(tmp_path / "a.xml", reference(pupil(1)))
    convert(tmp_path / "out", export)
    (tmp_path / "out" / "project.key").write_bytes(KEY)
    with refused(ConfigurationError, "project-key-mismatch"):
        convert(tmp_path / "out", export)


# --- the same again ---


def files_with_times(out: Path) -> dict[str, tuple[bytes, int]]:
    return {
        f"{name}/{path}": (data, (out / name / path).stat().st_mtime_ns)
        for name in ("dossiers", "outbox")
        for path, data in tree(out / name).items()
    }


def test_an_unchanged_run_changes_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    export = write(tmp_path / "a.xml", reference(pupil(1), pupil(2), pupil(3, Achternaam="")))
    options = prepared(tmp_path, 1, 2)
    before_totals = totals(tmp_path / "out", convert(tmp_path / "out", export, **options))
    before = files_with_times(tmp_path / "out")
    assert len(before) == 3 + 2 * 2  # two dossiers, each staged with its manifest, and whom the third is about
    monkeypatch.setattr(Converter, "convert_all", lambda *_args: pytest.fail("converted again"))
    result = convert(tmp_path / "out", export, **options)
    assert files_with_times(tmp_path / "out") == before
    assert result.staged == 0
    after = totals(tmp_path / "out", result)
    for key in ("exports", "dossiers", "findings"):
        assert after[key] == before_totals[key]


@pytest.mark.parametrize("change", ["export", "supplement", "schools", "profile", "base of the profile"])
def test_whatever_decides_the_outcome_makes_it_convert_again(change: str, tmp_path: Path) -> None:
    from dod2oso.base.resources import mappings_dir

    export = write(tmp_path / "a.xml", reference(pupil(1, "<Bijnaam>Nieuw</Bijnaam>")))
    base = write(tmp_path / "basis.yaml", (mappings_dir() / "sources" / "dod-referentie.yaml").read_bytes())
    own = write(tmp_path / "eigen.yaml", "profile: eigen\nextends: basis\n")
    options = prepared(tmp_path, 1) | {"source_profile": str(own)}
    convert(tmp_path / "out", export, **options)
    before = dossiers(tmp_path / "out")
    if change == "export":
        write(export, reference(pupil(1, Roepnaam="Nieuw")))
    elif change == "supplement":
        supplement(tmp_path, *consent(1, **{"leerling.roepnaam": "Nieuw"}))
    elif change == "schools":
        write(tmp_path / "scholen.csv", (tmp_path / "scholen.csv").read_text().replace("Schoolstraat", "Nieuwstraat"))
    elif change == "profile":
        write(own, "profile: eigen\nextends: basis\nfields: {leerling.roepnaam: Bijnaam}\n")
    else:
        write(base, base.read_text().replace("leerling.roepnaam: Roepnaam", "leerling.roepnaam: Bijnaam"))
    convert(tmp_path / "out", export, **options)
    assert list(dossiers(tmp_path / "out")) == list(before)
    assert dossiers(tmp_path / "out") != before


def test_the_same_key_gives_the_same_bytes_elsewhere(tmp_path: Path) -> None:
    export = write(tmp_path / "a.xml", reference(*(pupil(number) for number in range(1, 8))))
    made = []
    for name in ("een", "twee"):
        write(tmp_path / name / "project.key", KEY)
        convert(tmp_path / name, export, **prepared(tmp_path, 1, 2, 3))
        made.append(dossiers(tmp_path / name))
    assert made[0] == made[1]
    assert len(made[0]) == 7


def test_a_pupil_keeps_its_name_over_exports_versions_and_runs(tmp_path: Path) -> None:
    for number, (version, transfer) in enumerate([("2019.1", "POVO"), ("2018.1", "POVO"), ("2019.1", "POPO")]):
        export = write(tmp_path / f"{number}.xml", reference(*([pupil(5)] * (number == 1)), pupil(1)))
        convert(tmp_path / "out", export, transfer, version=version)
    ones = {name.rpartition("/")[2].partition("-")[0] for name, xml in dossiers(tmp_path / "out").items()
            if b"<leerlingid>1<" in xml}  # fmt: skip
    assert len(ones) == 1


# --- several processes ---


def ledger_rows(out: Path) -> list[tuple[Any, ...]]:
    """Which record of which export became which dossier."""
    columns = (
        tables.dossiers.c.export_id,
        tables.dossiers.c.record,
        tables.dossiers.c.dossier_id,
        tables.dossiers.c.state,
    )
    with Ledger.open(out) as ledger, ledger.read() as connection:
        return [tuple(row) for row in connection.execute(select(*columns).order_by(*columns[:2]))]


def test_two_processes_make_the_same_bytes_as_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two exports with the same head, a refused value in it, and enough pupils for several tasks per process."""
    monkeypatch.setattr(parallel, "_BATCH", 4)
    head = SCHOOL.replace("</School>", "<Website>https://example.org</Website><Soort>XYZ</Soort></School>")
    exports = [
        write(tmp_path / "a.xml", reference(*(pupil(number) for number in range(1, 30)), school=head)),
        write(tmp_path / "b.xml", reference(*(pupil(number, Achternaam="") for number in range(31, 40)), school=head)),
    ]
    results = []
    for name, workers in (("een", 1), ("twee", 2)):
        write(tmp_path / name / "project.key", KEY)
        result = convert(tmp_path / name, exports, workers=workers, **prepared(tmp_path, 1, 2, 3))
        found = totals(tmp_path / name, result)
        numbered = ledger_rows(tmp_path / name)
        results.append((dossiers(tmp_path / name), found["exports"], found["dossiers"], found["findings"], numbered))
    assert results[0] == results[1]
    assert results[0][2] == {"ready": 3, "held": 26, "rejected": 9}


@pytest.mark.skipif(multiprocessing.get_start_method() != "fork", reason="the error is put in by this process")
def test_an_error_in_a_worker_is_the_same_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def wrong(self: Converter, records: Iterable[LegacyDossier]) -> list[Outcome]:
        raise BalanceError("balance-wrong", name="x", values=3, accounted=2)

    monkeypatch.setattr(Converter, "convert_all", wrong)
    export = write(tmp_path / "a.xml", reference(pupil(1)))
    result = convert(tmp_path / "out", export, workers=2)
    assert (result.unreadable, result.faulty) == (["a.xml"], True)
    assert dossiers(tmp_path / "out") == {}


# --- broken off ---


def stop_after(monkeypatch: pytest.MonkeyPatch, records: int, error: BaseException) -> None:
    """Let converting break off after so many records."""
    whole = Converter.convert_all
    left = iter(range(records))

    def convert_some(self: Converter, batch: Iterable[LegacyDossier]) -> list[Outcome]:
        if next(left, None) is None:
            raise error
        return whole(self, batch)

    monkeypatch.setattr(parallel, "_BATCH", 1)
    monkeypatch.setattr(Converter, "convert_all", convert_some)


class Whole(NamedTuple):
    """A run that nothing disturbed: what it was given and what it came to. For reading only."""

    exports: list[Path]
    options: dict[str, Any]
    totals: dict[str, Any]
    dossiers: dict[str, bytes]
    outbox: list[str]


def undisturbed(folder: Path, exports: list[Path], *consenting: int) -> Whole:
    options = prepared(folder, *consenting)
    out = folder / "heel"
    write(out / "project.key", KEY)
    found = totals(out, convert(out, exports, **options))
    return Whole(exports, options, found, dossiers(out), sorted(tree(out / "outbox")))


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Whole:
    """Of two exports, with what is unknown, what is refused and pupils without a name."""
    folder = tmp_path_factory.mktemp("heel")
    head = SCHOOL.replace("</School>", "<Website>https://example.org</Website><Soort>XYZ</Soort></School>")
    extra = "<Onbekend>iets</Onbekend>"
    exports = [
        write(folder / "a.xml", reference(*(pupil(n, extra) for n in range(1, 15)), school=head)),
        write(
            folder / "b.xml",
            reference(*(pupil(n, Achternaam="" if n % 3 else "X") for n in range(15, 27)), school=head),
        ),
    ]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(one_export, "BATCH", 5)
        return undisturbed(folder, exports, 1, 2, 3, 20)


@pytest.mark.usefixtures("with_report")
@pytest.mark.parametrize("records", [0, 1, 7, 12, 25])
def test_a_run_that_was_broken_off_goes_on_to_the_same_end(
    records: int, whole: Whole, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(one_export, "BATCH", 5)
    exports, options = whole.exports, whole.options
    write(tmp_path / "gebroken" / "project.key", KEY)
    with monkeypatch.context() as patch:
        stop_after(patch, records, KeyboardInterrupt())
        with pytest.raises(KeyboardInterrupt):
            convert(tmp_path / "gebroken", exports, **options)
    half = dossiers(tmp_path / "gebroken")
    assert set(half.items()) <= set(whole.dossiers.items())
    assert tree(tmp_path / "gebroken" / "outbox") == {} if (tmp_path / "gebroken" / "outbox").exists() else True
    seen: list[int] = []
    original = Converter.convert_all

    def count(self: Converter, batch: Iterable[LegacyDossier]) -> list[Outcome]:
        outcomes = original(self, batch)
        seen.extend(1 for _ in outcomes)
        return outcomes

    monkeypatch.setattr(Converter, "convert_all", count)
    found = totals(tmp_path / "gebroken", convert(tmp_path / "gebroken", exports, datum="2019-03-02", **options))
    assert dossiers(tmp_path / "gebroken") == whole.dossiers
    assert sorted(tree(tmp_path / "gebroken" / "outbox")) == whole.outbox
    for key in ("exports", "dossiers", "findings"):
        assert found[key] == whole.totals[key]
    assert len(seen) <= 26 - records // 5 * 5 + 5  # what was safely placed is not converted again


def test_a_day_later_the_rest_gets_the_date_of_the_first_part(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(one_export, "BATCH", 2)
    export = write(tmp_path / "a.xml", reference(*(pupil(n) for n in range(1, 7))))
    with monkeypatch.context() as patch:
        patch.setenv("SOURCE_DATE_EPOCH", "1551484800")  # 2 March 2019
        stop_after(patch, 4, KeyboardInterrupt())
        with pytest.raises(KeyboardInterrupt):
            convert(tmp_path / "out", export, datum=None)
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1551571200")  # the next day
    convert(tmp_path / "out", export, datum=None)
    dates = {xml.partition(b"<datum>")[2][:10] for xml in dossiers(tmp_path / "out").values()}
    assert dates == {b"2019-03-02"}
    assert len(dossiers(tmp_path / "out")) == 6


@pytest.mark.usefixtures("with_report")
def test_a_balance_that_does_not_add_up_stops_everything(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from dod2oso.source import export as reading

    monkeypatch.setattr(reading, "count_source_values", lambda _element, **_how: 7)
    export = write(tmp_path / "a.xml", reference(pupil(1)))
    assert convert(tmp_path / "out", export, **prepared(tmp_path, 1)).faulty
    assert not (tmp_path / "out" / "outbox").exists() or tree(tmp_path / "out" / "outbox") == {}


# --- a disk that is full ---


@pytest.fixture(scope="module")
def five(tmp_path_factory: pytest.TempPathFactory) -> Whole:
    """Of five pupils who are all ready."""
    folder = tmp_path_factory.mktemp("vijf")
    export = write(folder / "a.xml", reference(*(pupil(number) for number in range(1, 6))))
    return undisturbed(folder, [export], 1, 2, 3, 4, 5)


@pytest.mark.usefixtures("with_report")
@pytest.mark.parametrize("module", [atrest, outbox], ids=["dossiers", "outbox"])
@pytest.mark.parametrize("after", [0, 1, 3])
def test_a_full_disk_leaves_nothing_half(
    module: Any, after: int, five: Whole, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    export, options = five.exports, five.options
    write(tmp_path / "out" / "project.key", KEY)
    write_private = module.write_private
    left = iter(range(after))

    def full(path: Path | str, data: bytes) -> None:
        if next(left, None) is None:
            Path(path).write_bytes(data[: len(data) // 2])
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        write_private(path, data)

    with monkeypatch.context() as patch:
        patch.setattr(module, "write_private", full)
        with refused(TryLaterError, "disk-full"):
            convert(tmp_path / "out", export, **options)
    for name, data in dossiers(tmp_path / "out").items():
        assert five.dossiers.get(name) == data or name.startswith(".tmp/"), name
    visible = {
        name: data for name, data in tree(tmp_path / "out").items() if name.startswith("outbox/") and "/." not in name
    }
    assert visible == {}
    convert(tmp_path / "out", export, **options)
    assert dossiers(tmp_path / "out") == five.dossiers
    assert sorted(tree(tmp_path / "out" / "outbox")) == five.outbox


# --- odds and ends of the layouts ---


def test_edexml_of_every_version(tmp_path: Path) -> None:
    child = (
        "<leerling key='k1'><achternaam>Voorbeeld</achternaam><geboortedatum>2007-05-01</geboortedatum>"
        "<geslacht>1</geslacht></leerling>"
    )
    for version, profile in {
        "1.03": "edexml-1.0.3",
        "2.0": "edexml-2.0",
        "2.1": "edexml-2.1",
        "": "edexml-2.1",
    }.items():
        export = write(tmp_path / f"{profile}{version}.xml", edex(child, version=version))
        out = tmp_path / f"uit{version}"
        found = totals(out, convert(out, export))
        assert [one["profile"] for one in found["exports"]] == [profile]
        (xml,) = dossiers(out).values()
        assert b"<geslacht>2</geslacht>" in xml  # 1 is a boy there, 2 is one here
        assert found["exports"][0]["balance"]["unmapped"] == 0


@pytest.mark.parametrize(("key", "found"), [("k1", True), ("#1", False)])
def test_an_edexml_pupil_is_found_by_the_key_that_oso_calls_leerlingid(key: str, found: bool, tmp_path: Path) -> None:
    child = f"<leerling key='{key}'><achternaam>Voorbeeld</achternaam></leerling>"
    export = write(tmp_path / "a.xml", edex(child))
    given = supplement(tmp_path, {"brin": "99XX", "leerlingid": key, "leerling.roepnaam": "Test"})
    result = convert(tmp_path / "out", export, supplements=[given])
    (xml,) = dossiers(tmp_path / "out").values()
    assert f"<leerlingid>{key}</leerlingid>".encode() in xml
    assert (b"<roepnaam>Test<" in xml) == found  # a key with # is another pupil's next time
    told = totals(tmp_path / "out", result)["findings"]["by_code"].get("aanvulling-onbekende-leerling", 0)
    assert told == (0 if found else 1)


def test_a_file_that_is_one_pupil(tmp_path: Path) -> None:
    """A profile may say that the root element is the record: one pupil per file."""
    profile = write(
        tmp_path / "los.yaml",
        "profile: los\ndescribes: een leerling per bestand\nmatch: {root: P}\nrecords: P\n"
        'fields: {leerling.achternaam: Naam, school.brin: "@brin", leerling.bsn: Bsn}\n',
    )
    exports = [
        write(tmp_path / f"{n}.xml", f"<P brin='99XX'><Naam>N{n}</Naam><Bsn>{bsn(n)}</Bsn><X>y</X></P>") for n in (1, 2)
    ]
    result = convert(tmp_path / "out", exports, source_profile=str(profile))
    found = totals(tmp_path / "out", result)
    assert found["dossiers"] == {"ready": 0, "held": 2, "rejected": 0}
    for export in found["exports"]:
        assert export["balance"]["source_values"] == 4
        assert export["balance"]["unmapped"] == 1
