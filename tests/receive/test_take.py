"""What comes in is judged as a receiver must, kept privately, shown, and made into tables; nothing is passed over."""

import csv
import io
import json
import stat
import sys
from pathlib import Path

import openpyxl
import pytest
from lxml import etree

from dod2oso.conformance.dossiers import everything_back, full_dossier, minimal_dossier
from dod2oso.ledger.arrived import arrived
from dod2oso.oso.transfers import TRANSFERS, transfer
from dod2oso.receive.tables import Tables, table_name
from dod2oso.receive.take import Taken
from tests.receive.kit import BAD, GOOD, OLD, SMALL, changed, pieces, taken, together


def rows(made: Taken, name: str) -> list[dict[str, str]]:
    (path,) = [path for path in made.files if path.name == f"{name}.csv"]
    return list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8-sig")), delimiter=";"))


def why(made: Taken) -> list[list[str]]:
    return [[text.text("nl") for text in one.refused] for one in made.dossiers]


def test_files_folders_zips_and_documents_with_several(tmp_path: Path) -> None:
    made = taken(
        tmp_path / "uit",
        {
            "een.xml": SMALL,
            "map/twee.xml": changed(SMALL, ("<achternaam>tekst<", "<achternaam>Ander<")),
            "pakket.zip/drie.xml": changed(SMALL, ("<achternaam>tekst<", "<achternaam>Derde<")),
            "veel.xml": together(changed(SMALL, ("<achternaam>tekst<", "<achternaam>Vierde<"))),
            "nog eens.xml": SMALL,
        },
    )
    assert len(made.accepted) == len(made.dossiers) == 4
    assert (made.twice, made.left) == (1, [])
    assert sorted(row["huidigeschool/leerling/achternaam"] for row in rows(made, "dossier")) == [
        *("Ander", "Derde", "Vierde", "tekst"),
    ]
    for one in made.dossiers:
        assert etree.tostring(one.root(), method="c14n")


def test_outdated_and_invalid_are_refused_and_shown(tmp_path: Path) -> None:
    made = taken(tmp_path / "uit", {"oud.xml": OLD, "fout.xml": BAD})
    refused = {one.report.version: texts for one, texts in zip(made.dossiers, why(made), strict=True)}
    assert "geldt niet meer" in refused["2017.1"][0] and len(refused["2017.1"]) == 1
    assert refused["2019.1"] == ["het dossier is ongeldig: 1 bevinding. Vraag de school om een nieuw dossier."]
    assert made.tables is None and made.files == []
    for one in made.dossiers:
        page = (one.folder / "dossier.html").read_text(encoding="utf-8")
        assert "Niet aangenomen" in page and "tekst" in page


def test_an_older_version_may_come_when_somebody_says_so(tmp_path: Path) -> None:
    made = taken(tmp_path / "uit", {"oud.xml": OLD, "nieuw.xml": SMALL}, accept=("2019.1", "2017.1"))
    assert len(made.accepted) == len(rows(made, "dossier")) == 2


def test_a_document_that_cannot_be_judged_is_not_taken(tmp_path: Path) -> None:
    """Of several dossiers with inspection the official validator says nothing; each of them alone would be good."""
    made = taken(
        tmp_path / "uit", {"veel.xml": together(SMALL, changed(SMALL, ("<achternaam>tekst<", "<achternaam>B<")))}
    )
    assert [one.report.verdict for one in made.dossiers] == ["valid", "valid"]
    assert made.accepted == [] and all("geen oordeel" in texts[0] for texts in why(made))


def test_what_is_no_dossier_is_named_with_why(tmp_path: Path) -> None:
    back = everything_back("2019.1")
    made = taken(
        tmp_path / "uit",
        {
            "stuk.xml": SMALL[:500],
            "leeg.xml": b"",
            "terug.xml": back,
            "veel.xml": together(back, SMALL),
            "niets.xml": together(),
            "brief.pdf": b"%PDF-1.4\n",
            "tabel.csv": b"a;b\n1;2\n",
        },
    )
    told = [problem.text("nl") for _name, problem in made.left]
    assert len(made.dossiers) == 1 and len(told) == 7
    assert sum("terugkoppeling" in text for text in told) == 2
    assert any("geen enkel dossier" in text for text in told)
    assert all(text for text in told)


def test_names_of_people_in_names_of_files_are_not_told(tmp_path: Path) -> None:
    made = taken(tmp_path / "uit", {"Sanne de Vries.xml": SMALL, "Daan Bakker.xml": b"<stuk"})
    names = [one.name for one in made.dossiers] + [name for name, _ in made.left]
    assert not any(word in name for name in names for word in ("Sanne", "Vries", "Daan", "Bakker"))
    written = [path.relative_to(tmp_path / "uit").as_posix() for path in (tmp_path / "uit").rglob("*")]
    assert not any("Sanne" in name or "tekst" in name for name in written)


@pytest.mark.skipif(sys.platform == "win32", reason="there the permissions of the folder hold")
def test_only_the_owner_can_read_what_was_received(tmp_path: Path) -> None:
    out = tmp_path / "uit"
    taken(out, {"een.xml": GOOD})
    for path in out.rglob("*"):
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600), path


def test_the_register_holds_nothing_of_a_person(tmp_path: Path) -> None:
    out = tmp_path / "uit"
    made = taken(out, {"een.xml": SMALL})
    (one,) = arrived(out)
    text = (one.folder(out) / "register.json").read_text(encoding="utf-8")
    assert json.loads(text)["taken"] is True and one.id == made.dossiers[0].id
    assert "999900006" not in text and made.dossiers[0].pupil.pgn == "999900006"
    assert one.number and one.pseudonym and one.brin == made.dossiers[0].pupil.brin


def test_attachments_are_unpacked_under_names_of_ours(tmp_path: Path) -> None:
    good = changed(GOOD, ("<bestandsnaam>bijlage.txt<", "<bestandsnaam>../../Rapport Sanne.txt<"))
    made = taken(tmp_path / "uit", {"een.xml": good})
    (one,) = made.dossiers
    files = sorted((one.folder / "bijlagen").iterdir())
    assert one.unpacked == len(files) > 5 and one.packed == ()
    assert files[0].name == "bijlage-001.txt" and files[0].read_text(encoding="utf-8") == "Een verzonnen bijlage.\n"
    assert not list(tmp_path.rglob("Rapport*"))
    (document, *_) = rows(made, table_name("huidigeschool/leerling/overigdocumentlijst/document"))
    assert document["bestandsinhoud"].startswith(f"../{one.id}/bijlagen/bijlage-")
    assert document["bestandsnaam"] == "../../Rapport Sanne.txt"


@pytest.mark.parametrize(("name", "inside"), [("virus.exe", "allowed"), ("bijlage.pdf", "iets anders")])
def test_an_attachment_that_may_not_be_is_left_in_the_dossier(tmp_path: Path, name: str, inside: str) -> None:
    made = taken(tmp_path / "uit", {"een.xml": changed(GOOD, ("<bestandsnaam>bijlage.txt<", f"<bestandsnaam>{name}<"))})
    (one,) = made.dossiers
    assert one.unpacked == 0 and len(one.packed) > 5 and all(text.text("nl") for text in one.packed), inside
    assert not (one.folder / "bijlagen").exists()
    assert "niet uitgepakt" in (one.folder / "dossier.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("overstap", TRANSFERS)
def test_every_value_of_a_full_dossier_is_in_the_tables(overstap: str) -> None:
    """Counted apart: as many cells as there are fields, and every row leads back to the dossier."""
    for version in transfer(overstap).versions:
        root = etree.fromstring(full_dossier(version, overstap, copies=2))
        tables = Tables("nl")
        tables.add("d", root, version, {})
        fields = [each for each in root.iter("{*}*") if len(each) == 0]
        own = {"dossier", "nr", "hoort_bij", "hoort_bij_nr"}
        cells = [
            column for each in tables.rows.values() for row in each for column in row
            if column not in own and not column.endswith(" (betekenis)") and "@" not in column
        ]  # fmt: skip
        assert len(cells) == len(fields), version
        for path, each in tables.rows.items():
            for row in each:
                if path:
                    above = tables.rows[row["hoort_bij"]][int(row["hoort_bij_nr"]) - 1]
                    assert path.startswith(row["hoort_bij"].rpartition("/")[0]) and above["dossier"] == "d"


def test_rows_of_a_group_that_repeats_stay_together() -> None:
    """naam, onderdeel*, score+ and again: each score belongs to the name before it."""
    root = etree.fromstring(full_dossier("2019.1", "VOVO"))
    (group,) = root.iter("{*}cijferlijstTypelijst")
    group[:] = []
    prefix = f"{{{etree.QName(group).namespace}}}"
    for name, text in (("naam", "Nederlands"), ("score", "7"), ("score", "8"), ("naam", "Engels"), ("score", "6")):
        etree.SubElement(group, prefix + name).text = text
    tables = Tables("nl")
    tables.add("d", root, "2019.1", {})
    base = "huidigeschool/leerling/cijferlijstlijst/cijferlijst/cijferlijstTypelijst"
    names = {row["nr"]: row["naam"] for row in tables.rows[f"{base}/naam"]}
    scores = [(names[row["hoort_bij_nr"]], row["score"]) for row in tables.rows[f"{base}/score"]]
    assert scores == [("Nederlands", "7"), ("Nederlands", "8"), ("Engels", "6")]


def test_no_cell_is_a_formula_and_the_workbook_has_the_text_itself(tmp_path: Path) -> None:
    evil = "=HYPERLINK(&quot;http://x&quot;)"
    data = changed(SMALL, ("<achternaam>tekst<", f"<achternaam>{evil}<"), ("<voornaam>tekst<", "<voornaam>+31 6<"))
    made = taken(tmp_path / "uit", {"een.xml": data})
    (row,) = rows(made, "dossier")
    assert row["huidigeschool/leerling/achternaam"] == '\'=HYPERLINK("http://x")'
    assert made.tables is not None and made.tables.changed >= 2
    (book,) = [path for path in made.files if path.suffix == ".xlsx"]
    sheet = openpyxl.load_workbook(book)["dossier"]
    head = {cell.value: cell.column for cell in sheet[1]}
    cell = sheet.cell(2, head["huidigeschool/leerling/achternaam"])
    assert (cell.value, cell.data_type) == ('=HYPERLINK("http://x")', "s")
    bsn = sheet.cell(2, head["huidigeschool/leerling/bsn"])
    assert (bsn.value, bsn.data_type, bsn.number_format) == ("999900006", "s", "@")


def test_tables_are_called_the_same_however_little_came(tmp_path: Path) -> None:
    small, full = taken(tmp_path / "a" / "uit", {"een.xml": SMALL}), taken(tmp_path / "b" / "uit", {"een.xml": GOOD})
    assert {path.name for path in small.files} < {path.name for path in full.files}
    legend = {(row["tabel"], row["kolom"]) for row in rows(full, "velden")}
    for path in full.files:
        if path.suffix == ".csv" and path.stem != "velden":
            columns = csv.DictReader(io.StringIO(path.read_text(encoding="utf-8-sig")), delimiter=";").fieldnames or ()
            assert {(path.stem, column) for column in columns} <= legend
            assert len(path.stem) <= 31


def test_codes_have_their_meaning_beside_them(tmp_path: Path) -> None:
    made = taken(tmp_path / "uit", {"een.xml": SMALL})
    row = rows(made, "dossier")[0]
    coded = {column: text for column, text in row.items() if column.endswith(" (betekenis)") and text}
    assert coded and all(row[column.removesuffix(" (betekenis)")] for column in coded)


def test_receiving_the_same_again_changes_nothing_but_the_moment(tmp_path: Path) -> None:
    out = tmp_path / "uit"
    first = taken(out, {"een.xml": SMALL})
    again = taken(out, {"een.xml": SMALL})
    assert [one.id for one in first.dossiers] == [one.id for one in again.dossiers]
    assert len(list(arrived(out))) == 1


def test_a_dossier_for_a_samenwerkingsverband_is_read_too(tmp_path: Path) -> None:
    made = taken(tmp_path / "uit", {"swv.xml": minimal_dossier("2019.1", "POSWV")})
    assert [one.transfer for one in made.accepted] == ["POSWV"] and made.dossiers[0].pupil.pgn == ""


def test_pieces_say_where_they_came_from(tmp_path: Path) -> None:
    (tmp_path / "dossiers.xml").write_bytes(together(SMALL, SMALL))
    names = [piece.name for piece in pieces(tmp_path / "dossiers.xml")]
    assert names == ["dossiers.xml (1/2)", "dossiers.xml (2/2)"]
