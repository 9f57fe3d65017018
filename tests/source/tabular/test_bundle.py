"""A bundle of tables as records: every cell is given exactly once, rows find their pupil, strays are told."""

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import create_engine, text

from dod2oso.base.errors import ConfigurationError, ExportError
from dod2oso.source.bind import BoundProfile
from dod2oso.source.container.find import find_exports
from dod2oso.source.container.member import FoundExport
from dod2oso.source.dictionary import load_dictionary
from dod2oso.source.export import Export, count_source_values
from dod2oso.source.oddtext import is_blank
from dod2oso.source.opening import OpenExport
from dod2oso.source.profile import LoadedProfile, load_profile
from dod2oso.source.tabular.bundle import BundleRecords, name_tables
from dod2oso.source.tabular.rowstore import RowStore
from dod2oso.source.tabular.table import Row
from tests.corpus.kit import convert, opened, totals, write
from tests.postgres import server
from tests.refusals import refused

pytestmark = pytest.mark.usefixtures("without_report", "without_workbook")

PROFILE = """profile: eigen
describes: voor deze test
format: tables
match: {tables: {leerlingen: [nr, naam]}}
text: {dates: dd-mm-jjjj, decimal: ","}
records: bundel/leerlingen
nested:
  toetsen: {by: nr}
  onderdelen: {in: toetsen, own: toets, parent: id}
shared: {school.brin: bundel/school/brin}
tables: {groep: {at: bundel/groepen, key: code, fields: {naam: omschrijving}}}
fields:
  leerling.achternaam: naam
  leerling.geboortedatum: geboren
  leerling.groep: {at: groep, join: groep}
lists:
  toetsen:
    at: toetsen
    fields: {code: code, afnamedatum: datum}
    lists: {onderdelen: {at: onderdelen, fields: {code: code}}}
ignored: [{at: bundel/logboek, reason: techniek}]
"""
FILES = {
    "leerlingen": "nr;naam;geboren;groep\n1;Berg;01-02-2012;8A\n2;Dam;03-04-2012;8A\n3;Zonder;;\n",
    "toetsen": "nr;id;code;datum;extra\n2;t1;REK;01-02-2020;x\n1;t2;LEZ;02-02-2020;\n2;t3;SPE;;\n9;t4;REK;;\n",
    "onderdelen": "toets;code\nt3;a\nt3;b\nt4;c\nt9;d\n",
    "school": "brin\n99XX\n",
    "groepen": "code;omschrijving\n8A;Groep 8\n",
    "logboek": "tijd;wie\n12:00;x\n",
    "onbekend": "a;b\n1;2\n;3\n",
}


@pytest.fixture(name="profile")
def _profile(tmp_path: Path) -> LoadedProfile:
    return load_profile(write(tmp_path / "eigen.yaml", PROFILE))


def bundle(folder: Path, **files: str) -> Path:
    for name, data in files.items():
        write(folder / f"{name}.csv", data)
    return folder


def surveyed(folder: Path, profile: LoadedProfile) -> Export:
    export = opened(folder).export(BoundProfile(profile, load_dictionary()))
    export.survey()
    return export


def test_rows_find_their_pupil(tmp_path: Path, profile: LoadedProfile) -> None:
    export = surveyed(bundle(tmp_path / "in", **FILES), profile)
    one, two, three = export.dossiers()
    assert [d.root.value("leerling.achternaam") for d in (one, two, three)] == ["Berg", "Dam", "Zonder"]
    assert [t.value("code") for t in two.root.lists["toetsen"]] == ["REK", "SPE"]
    assert [[o.value("code") for o in t.lists.get("onderdelen", [])] for t in two.root.lists["toetsen"]] == [
        [],
        ["a", "b"],
    ]
    assert (one.root.value("groep.naam"), one.root.value("school.brin")) == ("Groep 8", "99XX")
    assert two.unread == {"leerlingen/toetsen/extra": 1}
    outside = export.outside
    assert [(f.code, f.detail) for f in outside.findings] == [
        ("rij-zonder-leerling", "toetsen: 1"), ("rij-zonder-leerling", "onderdelen: 2"),
    ]  # fmt: skip
    assert outside.unread == {"bundel/onbekend/a": 1, "bundel/onbekend/b": 2}
    assert outside.ignored["bundel/logboek", "techniek"] == 2


def test_a_key_of_two_pupils_brings_nothing_to_either(tmp_path: Path, profile: LoadedProfile) -> None:
    pupils = "nr;naam;geboren;groep\n1;Berg;01-02-2012;8A\n2;Dam;03-04-2012;8A\n2;Dubbel;;\n"
    export = surveyed(bundle(tmp_path / "in", **FILES | {"leerlingen": pupils}), profile)
    one, two, again = export.dossiers()
    assert [t.value("code") for t in one.root.lists["toetsen"]] == ["LEZ"]
    assert "toetsen" not in two.root.lists and "toetsen" not in again.root.lists
    told = ("sleutel-dubbel", "bundel/leerlingen/nr", "record 2, 3")
    assert [[(f.code, f.field, f.detail) for f in d.findings] for d in (one, two, again)] == [[], [told], [told]]
    assert ("sleutel-dubbel", "toetsen: 2") in [(f.code, f.detail) for f in export.outside.findings]
    assert export.outside.refused["bundel/toetsen/code", "sleutel-dubbel"] == 2


RESTARTING = {
    "leerlingen": "nr;naam;geboren;groep\n1;Berg;01-02-2012;\n2;Dam;03-04-2012;\n",
    "toetsen": "nr;id;code;datum\n1;1;REK;\n2;1;LEZ;\n2;2;SPE;\n",
    "school": "brin\n99XX\n",
}


def parts(export: Export) -> list[list[list[str | None]]]:
    """Of each pupil, of each test, the codes of its parts."""
    return [
        [[part.value("code") for part in test.lists.get("onderdelen", ())] for test in dossier.root.lists["toetsen"]]
        for dossier in export.dossiers()
    ]


def test_numbers_that_restart_with_every_pupil_are_followed_within_the_pupil(
    tmp_path: Path, profile: LoadedProfile
) -> None:
    rows = "toets;nr;code\n1;2;b\n1;1;a\n2;2;c\n"
    export = surveyed(bundle(tmp_path / "in", **RESTARTING, onderdelen=rows), profile)
    assert parts(export) == [[["a"]], [["b"], ["c"]]]
    assert not export.outside.findings and not export.outside.about


def test_a_link_that_could_be_of_two_pupils_is_refused(tmp_path: Path, profile: LoadedProfile) -> None:
    export = surveyed(bundle(tmp_path / "in", **RESTARTING, onderdelen="toets;code\n1;a\n2;c\n"), profile)
    assert parts(export) == [[[]], [[], ["c"]]]  # only pupil 2 has a test 2
    told = ("sleutel-dubbel", "bundel/onderdelen", "record 1, 2")
    assert [[(f.code, f.field, f.detail) for f in d.findings] for d in export.dossiers()] == [[told], [told]]
    assert [(f.code, f.detail) for f in export.outside.findings] == [("sleutel-dubbel", "onderdelen: 1")]


def test_two_tests_of_one_pupil_with_one_number_get_no_parts(tmp_path: Path, profile: LoadedProfile) -> None:
    tests = "nr;id;code;datum\n1;1;REK;\n1;1;LEZ;\n2;2;SPE;\n"
    files = RESTARTING | {"toetsen": tests, "onderdelen": "toets;nr;code\n1;1;a\n2;2;c\n"}
    export = surveyed(bundle(tmp_path / "in", **files), profile)
    assert parts(export) == [[[], []], [["c"]]]
    assert [[f.code for f in d.findings] for d in export.dossiers()] == [["sleutel-dubbel"], []]


def test_every_cell_is_in_the_balance(tmp_path: Path) -> None:
    profile = write(tmp_path / "eigen.yaml", PROFILE)
    result = convert(tmp_path / "out", bundle(tmp_path / "in", **FILES), source_profile=str(profile))
    (export,) = totals(tmp_path / "out", result)["exports"]
    cells = sum(
        bool(cell.strip()) for data in FILES.values() for line in data.splitlines()[1:] for cell in line.split(";")
    )
    balance = export["balance"]
    assert balance["source_values"] == cells
    assert balance["mapped"] + balance["dropped"] + balance["unmapped"] + balance["refused"] == cells


def test_workers_read_the_same(tmp_path: Path) -> None:
    profile = write(tmp_path / "eigen.yaml", PROFILE)
    folder = bundle(tmp_path / "in", **FILES)
    found = [
        totals(out, convert(out, folder, source_profile=str(profile), workers=workers))["exports"][0]["balance"]
        for workers, out in ((1, tmp_path / "een"), (2, tmp_path / "twee"))
    ]
    assert found[0] == found[1]


def test_tables_are_recognised_by_their_columns(tmp_path: Path, profile: LoadedProfile) -> None:
    folder = bundle(tmp_path / "in", Export2014="naam;nr;geboren\nBerg;1;01-02-2012\n")
    assert opened(folder).recognise((profile,)) is profile
    (dossier,) = surveyed(folder, profile).dossiers()
    assert dossier.root.value("leerling.achternaam") == "Berg"
    with refused(ExportError, "export-onbekend", layout="tabellen: ander") as error:
        opened(bundle(tmp_path / "ander", ander="naam;nummer\nBerg;1\n")).recognise((profile,))
    assert "Berg" not in error.value.text("nl")


def test_two_files_of_one_table_are_read_in_turn(tmp_path: Path, profile: LoadedProfile) -> None:
    folder = bundle(tmp_path / "in", groep7="nr;naam\n1;Berg\n", groep8="naam;nr;geboren\nDam;2;01-02-2012\n")
    assert [d.root.value("leerling.achternaam") for d in surveyed(folder, profile).dossiers()] == ["Berg", "Dam"]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("{by: nr}", "{own: nr}"),
        ("{in: toetsen, own: toets", "{in: later, own: toets"),
        ("match: {tables: {leerlingen: [nr, naam]}}", "match: {root: a}"),
        ("format: tables", "format: fixed"),
    ],
)
def test_a_wrong_profile_is_told(old: str, new: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"eigen\.yaml:[0-9]+"):
        load_profile(write(tmp_path / "eigen.yaml", PROFILE.replace(old, new)))


# --- any tables at all ---

KEYS = st.sampled_from(["", "1", "2", "3", " 3 ", "x"])
TEXT = st.sampled_from(["", " ", "a", "b c", "\u00a0", "é"])


class Made:
    """A table in memory."""

    def __init__(self, name: str, columns: tuple[str, ...], rows: list[Row]) -> None:
        self.name, self.columns, self.titles = name, columns, 0
        self._rows = [row for row in rows if not all(map(is_blank, row))]

    def rows(self) -> Iterator[Row]:
        yield from self._rows


@given(
    st.lists(st.tuples(KEYS, TEXT, TEXT), max_size=5),
    st.lists(st.tuples(KEYS, KEYS, TEXT, TEXT), max_size=6),
    st.lists(st.tuples(KEYS, TEXT, TEXT), max_size=6),
    st.lists(st.tuples(TEXT, TEXT), max_size=3),
)
@settings(max_examples=80)
def test_no_cell_is_lost_or_counted_twice(
    pupils: list[Row], tests: list[Row], parts: list[Row], strange: list[Row]
) -> None:
    from dod2oso.base.models import validate
    from dod2oso.base.yaml import loads
    from dod2oso.source.profile import Profile
    from dod2oso.source.record import LegacyDossier

    file = loads(PROFILE, "eigen.yaml")
    model = validate(Profile, file.data, file)
    tables = [
        Made("leerlingen", ("nr", "naam", "geboren"), pupils),
        Made("toetsen", ("nr", "id", "code", "datum"), tests),
        Made("onderdelen", ("toets", "code"), parts),
        Made("vreemd", ("a", "b"), strange),
    ]
    named = name_tables(tables, model)
    assert named is not None
    records = BundleRecords(named, model)
    for _ in range(2):  # the second pass gives the same
        inside = sum(count_source_values(element) for element in records)
        outside = LegacyDossier(0)
        records.leftovers(outside)  # compares with its own count, and would raise
        total = sum(not is_blank(cell) for made in tables for row in made.rows() for cell in row)
        assert inside + outside.source_values == total


def test_the_store_keeps_rows_until_their_parent_comes() -> None:
    store = RowStore()
    store.fill(0, [("a", ("1", "é")), ("b", ("2", "")), ("a", ("3", "x"))])
    store.fill(1, [("a", ("other",))])
    store.expect(0, [("a", 1)])
    store.expect(1, [("a", 1), ("a", 4), ("c", 5)])
    store.index()
    assert list(store.shared(1)) == [[1, 4]]
    assert [store.is_shared(0, "a"), store.is_shared(1, "a"), store.is_shared(1, "c")] == [False, True, False]
    for _ in range(2):
        store.forget_parents()
        assert list(store.meet(0, "a")) == [("1", "é"), ("3", "x")]
        assert list(store.meet(0, "a")) == []  # once
        assert list(store.orphans(0)) == [(("2", ""), False)]
        assert list(store.orphans(1)) == [(("other",), True)]
    (data,) = store._database.execute("SELECT group_concat(hex(k) || hex(data)) FROM rows").fetchone()
    assert b"other".hex().upper() not in data  # nothing readable is stored


# --- databases ---


def filled(url: str) -> None:
    engine = create_engine(url)
    with engine.begin() as connection:
        for name, data in FILES.items():
            header, *rows = [line.split(";") for line in data.splitlines()]
            connection.execute(text(f"DROP TABLE IF EXISTS {name}"))
            connection.execute(text(f"CREATE TABLE {name} ({', '.join(f'{column} text' for column in header)})"))
            for row in rows:
                values = ", ".join(f"'{cell}'" if cell else "NULL" for cell in row)
                connection.execute(text(f"INSERT INTO {name} VALUES ({values})"))  # noqa: S608  our own words
    engine.dispose()


@pytest.fixture(name="url", params=["sqlite", "postgresql"])
def _url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'bron.sqlite'}"
        return
    name = f"bron_{uuid4().hex}"
    engine = create_engine(server(), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f'DROP DATABASE IF EXISTS "{name}"'))
        connection.execute(text(f'CREATE DATABASE "{name}"'))
    yield engine.url.set(database=name).render_as_string(hide_password=False)
    with engine.connect() as connection:
        connection.execute(text(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'))
    engine.dispose()


def test_a_database_is_read_as_files_are(url: str, tmp_path: Path) -> None:
    filled(url)
    profile = write(tmp_path / "eigen.yaml", PROFILE)
    balances = []
    for out, source in ((tmp_path / "a", url), (tmp_path / "b", bundle(tmp_path / "in", **FILES))):
        result = convert(out, [source], source_profile=str(profile))
        assert result.unreadable == []
        balances.append(totals(out, result)["exports"][0]["balance"])
    assert balances[0] == balances[1]
    again = convert(tmp_path / "a", [url], source_profile=str(profile))  # unchanged, so skipped
    assert totals(tmp_path / "a", again)["exports"][0]["balance"] == balances[0]


def test_a_url_is_never_shown(tmp_path: Path) -> None:
    url = "postgresql+psycopg://piet:geheim@127.0.0.1:1/leerlingen"
    (found,) = find_exports([url]).exports
    assert found == FoundExport("postgresql:leerlingen", "database", url=url)
    assert "geheim" not in repr(found)
    with refused(ExportError, "database-onbereikbaar") as error:
        OpenExport(found)
    assert "geheim" not in f"{error.value.text('nl')} {error.value.text('en')}" and error.value.__suppress_context__
    with refused(ExportError, "database-ontbreekt"):
        OpenExport(FoundExport("x", "database", url=f"sqlite:///{tmp_path / 'nergens.sqlite'}"))
    assert not (tmp_path / "nergens.sqlite").exists()
