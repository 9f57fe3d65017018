"""Names of columns and tables: what looks like a title is told, what may be of a person becomes a number."""

from pathlib import Path

import pytest

from dod2oso.source.container.discreet import is_title
from dod2oso.source.profile import shipped_profiles
from dod2oso.source.tabular.discreet import told_tables
from dod2oso.source.tabular.table import Row, xml_name
from tests.corpus.kit import convert


@pytest.mark.parametrize(
    "title",
    ["Bijzonderheden", "STAMGR_OMS", "lln nr", "Datum uitschrijving", "cito_2019", "Extra Ondersteuning", "kolom_7",
     "fld12",
     "Naam leerling", "Gem. score", "toelichting bij advies", "Ouder 1", "Van school", "isNieuw"],
)  # fmt: skip
def test_a_title_is_told(title: str) -> None:
    assert is_title(xml_name(title))


@pytest.mark.parametrize(
    "name",
    ["Piet Jansen", "Jansen, Piet", "Zwartkruis Zebedeus", "van der Zwartkruis, Zebedeus", "Emma", "jan@example.org",
     "01-02-2011", "999912345", "Toetsen van Emma", "0612345678", "Sanne de V."],
)  # fmt: skip
def test_a_name_or_a_row_of_data_is_not(name: str) -> None:
    assert not is_title(xml_name(name)) or ("@" in name and not is_title(name))


def test_every_column_that_a_profile_binds_keeps_its_name() -> None:
    class Table:
        name = "Emma"
        titles = 0

        def __init__(self, columns: tuple[str, ...]) -> None:
            self.columns = columns

        def rows(self) -> list[Row]:
            return []

    for profile in shipped_profiles():
        for columns in profile.model.match.tables.values():
            names = tuple(map(xml_name, columns))
            (told,) = told_tables([Table((*names, "Piet_Jansen"))], profile.model)
            assert told.columns[:-1] == names
            assert (told.name, told.columns[-1]) == ("tabel-1", f"kolom_{len(names) + 1}")


def test_a_name_above_a_column_stands_in_no_finding_report_or_ledger(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    source = Path(__file__).parents[3] / "samples" / "formaten" / "csv-bundle"
    assert source.is_dir()
    for path in source.iterdir():
        if path.is_file():
            (folder / path.name).write_bytes(path.read_bytes())
    pupils = folder / "leerlingen.csv"
    head, *rows = pupils.read_text(encoding="utf-8-sig").splitlines()
    pupils.write_text(
        "\n".join([f"{head};Zebedeus Zwartkruis", *(f"{row};x" for row in rows)]) + "\n", encoding="utf-8"
    )
    convert(tmp_path / "out", [folder])
    written = b"".join(path.read_bytes() for path in (tmp_path / "out").rglob("*") if path.is_file())
    assert b"wartkruis" not in written
    column = f"kolom_{head.count(';') + 2}".encode()
    assert (
        column
        in (tmp_path / "out" / "ledger.sqlite").read_bytes() + (tmp_path / "out" / "report" / "gaps.csv").read_bytes()
    )
