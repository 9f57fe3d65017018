"""From an OSO field back to line or cell, and from a place in the export to where its values went."""

from pathlib import Path

import pytest

from dod2oso.base.errors import UsageError
from dod2oso.ledger.store import Ledger
from dod2oso.run.explaining import Where, explain, of_dossier
from dod2oso.run.session import Options
from dod2oso.source.container.find import find_exports
from dod2oso.source.decisions import write_decisions
from tests.corpus.kit import CONSENT, DATUM, bsn, convert, dossiers, pupil, reference, schools, supplement, write
from tests.decide.kit import test_of, with_tests
from tests.source.test_decisions import test as decided_test
from tests.source.test_decisions import value as decided_value

pytestmark = pytest.mark.usefixtures("without_report", "without_workbook")

test_of.__test__ = False  # type: ignore[attr-defined]
SEX = "huidigeschool/leerling/geslacht"
TEST = "huidigeschool/leerling/toetslijst/toets/toetsidentificatie/eldtoetscode"


def answer(folder: Path, export: Path, asked: str, where: Where | None = None, **more: object) -> list[str]:
    options = Options((), "POVO", version="2019.1", out_dir=folder / "geen", datum=DATUM, **more)  # type: ignore[arg-type]
    told = [text.text("nl") for text in explain(options, find_exports([export]).exports, asked, where)]
    assert not (folder / "geen").exists()  # looking leaves nothing behind
    return told


def lines(*pupils: str) -> str:
    """A line per element."""
    return reference(*pupils).replace("><", ">\n<")


def test_back_to_the_line_of_a_document(tmp_path: Path) -> None:
    path = write(tmp_path / "a.xml", lines(pupil(1), pupil(2, Geslacht="M")))
    told = answer(tmp_path, path, SEX, Where(None, 2))
    text = path.read_text().splitlines()
    line = [n for n, one in enumerate(text, 1) if "<Geslacht>" in one][1]
    assert told[0] == f"{SEX}: 1 waarde in het dossier, vorm: 9"
    assert told[1] == "  ← leerling.geslacht: gaat mee"
    assert f"a.xml, regel {line}: Leerling/Geslacht (vorm A)" in told[2]
    assert "dod-referentie.yaml:" in told[3] and "codes: geslacht-bron" in told[3]
    assert told[4].endswith("codetabel geslacht-bron: M → man")
    assert "dod-oso.yaml:" in told[5] and told[6].endswith("codetabel geslacht-naar-oso: man → 2")


def test_the_mapping_line_is_the_line(tmp_path: Path) -> None:
    from dod2oso.base.resources import mappings_dir
    from dod2oso.mapping.lines import MappingLines

    found = MappingLines().of(SEX)
    text = (mappings_dir() / "dod-oso.yaml").read_text().splitlines()[int(found.rpartition(":")[2]) - 1]
    assert text.strip().startswith("geslacht:")
    own = write(
        tmp_path / "eigen.yaml",
        "extends: dod-oso\ndossier:\n  huidigeschool:\n    leerling:\n      geslacht: {from: leerling.geslacht}\n",
    )
    assert MappingLines(own).of(SEX) == "eigen.yaml:5"
    assert MappingLines(own).of(TEST).startswith("dod-oso.yaml:")


def test_the_second_of_several_tests(tmp_path: Path) -> None:
    path = write(tmp_path / "a.xml", lines(with_tests(1, test_of("A", code="T1"), test_of("B", code="T2"))))
    told = answer(tmp_path, path, TEST, Where("a.xml", 1))
    text = path.read_text().splitlines()
    places = [n for n, one in enumerate(text, 1) if "<Toets " in one]
    assert [one.split("regel ")[1].split(":")[0] for one in told if "regel" in one] == [str(n) for n in places]
    assert all("Toets/@code" in one for one in told if "regel" in one)


def test_a_decision_is_shown_with_who_and_why(tmp_path: Path) -> None:
    row, test = decided_value("K", "vrouw"), decided_test("Rekenen", "R1")
    write_decisions(tmp_path / "b.yaml", [row, test], None)
    path = write(tmp_path / "a.xml", lines(with_tests(1, test_of("Rekenen"), Geslacht="K")))
    told = answer(tmp_path, path, SEX, Where(None, 1), decisions=[tmp_path / "b.yaml"])
    [shown] = [one for one in told if "beslissing b-" in one]
    assert "W. Beheerder, 2026-11-28: gevraagd aan de leverancier (b.yaml:" in shown
    told = answer(tmp_path, path, TEST, Where(None, 1), decisions=[tmp_path / "b.yaml"])
    assert any("beslissing b-" in one for one in told) and any("Toets/Naam" in one for one in told)
    told = answer(tmp_path, path, "leerling.geslacht", decisions=[tmp_path / "b.yaml"])
    assert any("waarvan 1 door een beslissing" in one for one in told)


def test_why_a_field_is_empty(tmp_path: Path) -> None:
    path = write(tmp_path / "a.xml", lines(pupil(1, Geslacht="K"), pupil(2, Geslacht="")))
    told = answer(tmp_path, path, SEX, Where(None, 1))
    assert "0 waarden" in told[0] and "geweigerd: Een code heeft geen vertaling" in told[1] and "regel" in told[2]
    told = answer(tmp_path, path, SEX, Where(None, 2))
    assert told[-1].endswith("leerling.geslacht")


def test_what_a_supplement_gave(tmp_path: Path) -> None:
    path = write(tmp_path / "a.xml", lines(pupil(1)))
    given = supplement(tmp_path, {"brin": "99XX", "leerlingid": "1", "leerling.roepnaam": "Nieuw"} | CONSENT)
    told = answer(tmp_path, path, "huidigeschool/leerling/roepnaam", Where(None, 1), supplements=[given])
    assert any("aanvulling.csv" in one for one in told) and "Nieuw" not in " ".join(told)
    told = answer(tmp_path, path, "inzage/akkoord", Where(None, 1), supplements=[given])
    assert "  ← de aanvulling" in told


def bundle(folder: Path) -> Path:
    """Two pupils in CSV files, a blank line among them, the second with two tests."""
    write(folder / "csv/school.csv", "layoutversie;brin;vestiging\n1;99XX;00\n")
    pupils = "leerlingid;achternaam;geboortedatum;geslacht\n1;Een;01-05-2007;M\n\n2;Twee;02-05-2007;V\n"
    write(folder / "csv/leerlingen.csv", pupils)
    tests = "leerlingid;toetsen_nr;code;afnamedatum\n1;1;T1;15-01-2019\n2;2;T2;15-01-2019\n2;3;T3;15-01-2019\n"
    write(folder / "csv/toetsen.csv", tests)
    return folder / "csv"


def test_back_to_the_cell_of_a_table(tmp_path: Path) -> None:
    told = answer(tmp_path, bundle(tmp_path), SEX, Where(None, 2))
    assert any("tabel leerlingen, rij 4, kolom geslacht" in one for one in told), told
    told = answer(tmp_path, tmp_path / "csv", TEST, Where(None, 2))
    assert [one.split("rij ")[1] for one in told if "tabel toetsen" in one] == [
        "3, kolom code (vorm A9)", "4, kolom code (vorm A9)",
    ]  # fmt: skip


SPLIT = """profile: eigen
describes: BRIN en vestiging in een kolom, twee tabellen die elk hun regel hebben
format: tables
match: {tables: {leerlingen: [nr, naam, bv]}}
records: bundel/leerlingen
text: {dates: dd-mm-jjjj}
codes: {mv: {entries: {Y: man, X: vrouw}}}
fields:
  leerling.leerlingid: nr
  leerling.achternaam: naam
  leerling.geboortedatum: geb
  leerling.geslacht: {at: mv, codes: mv}
splits: [{at: bv, by: brin-vestiging, into: {brin: school.brin, vestiging: school.vestiging}}]
"""


def test_every_link_of_the_way_of_a_value_both_ways(tmp_path: Path) -> None:
    """File, row, column, splitter, row of a code table, decision, line of the mapping; and back again."""
    rows = "nr;naam;geb;bv;mv\n7;Een;01-05-2007;99XX01;X\n8;Twee;02-05-2007;99XX02;Q\n"
    path, own = write(tmp_path / "in" / "lln.csv", rows), write(tmp_path / "eigen.yaml", SPLIT)
    decided = tmp_path / "beslissingen.yaml"
    write_decisions(decided, [decided_value("Q", "man").model_copy(update={"profile": "eigen"})], None)
    more = {"source_profile": str(own), "decisions": (decided,)}
    told = "\n".join(answer(tmp_path, path, "huidigeschool/vestigingscode", Where(None, 2), **more))
    assert "lln.csv, tabel leerlingen, rij 3, kolom bv (vorm 99AA99)" in told
    assert f"eigen.yaml:{SPLIT.splitlines().index(next(x for x in SPLIT.splitlines() if 'splits' in x)) + 1}" in told
    assert "split: brin-vestiging: vestiging" in told and "mapping: dod-oso.yaml:" in told
    first = "\n".join(answer(tmp_path, path, SEX, Where(None, 1), **more))
    assert "codetabel mv: X → vrouw" in first and "rij 2, kolom mv" in first
    second = "\n".join(answer(tmp_path, path, SEX, Where(None, 2), **more))
    assert "beslissing b-" in second and "beslissingen.yaml:" in second and "rij 3, kolom mv" in second
    onward = "\n".join(answer(tmp_path, path, "leerlingen/mv", **more))
    assert f"2 × gaat mee → {SEX}" in onward and "1 door een beslissing" in onward and "eigen.yaml:" in onward
    both = "\n".join(answer(tmp_path, path, "leerlingen/bv", **more))
    assert "→ school.brin" in both and "→ school.vestiging" in both and "split: brin-vestiging: brin" in both


def test_a_value_of_several_cells_names_each(tmp_path: Path) -> None:
    text = SPLIT.replace("leerling.geboortedatum: geb", 'leerling.geboortedatum: {at: [d, m, j], together: "-"}')
    own = write(tmp_path / "eigen.yaml", text)
    path = write(tmp_path / "in" / "lln.csv", "nr;naam;d;m;j;bv;mv\n7;Een;01;05;2007;99XX01;X\n")
    told = answer(tmp_path, path, "huidigeschool/leerling/geboortedatum", Where(None, 1), source_profile=str(own))
    said = "\n".join(told)
    assert all(f"rij 2, kolom {column} (vorm" in said for column in "dmj") and "together: -" in said
    onward = answer(tmp_path, path, "leerlingen/m", source_profile=str(own))
    assert "1 × gaat mee → huidigeschool/leerling/geboortedatum" in "\n".join(onward)


def test_onward_from_a_column(tmp_path: Path) -> None:
    for asked in ("bundel/leerlingen/geslacht", "leerlingen/geslacht"):
        told = answer(tmp_path, bundle(tmp_path), asked)
        assert "leerlingen/geslacht → leerling.geslacht" in told[0] and "csv-bundle.yaml:" in told[0]
    told = answer(tmp_path, tmp_path / "csv", "bundel/toetsen/code")
    assert "toetsen[].code" in told[0] and sum(int(one.split("×")[0]) for one in told[1:]) == 3


def test_onward_from_a_place_counts_every_value(tmp_path: Path) -> None:
    path = write(
        tmp_path / "a.xml", reference(pupil(1), pupil(2), pupil(3, Geslacht="K"), pupil(4, "<Kleur>x</Kleur>"))
    )
    told = answer(tmp_path, path, "DodReferentie/Leerlingen/Leerling/Geslacht")
    assert told[0].startswith("Leerling/Geslacht → leerling.geslacht (bronprofiel dod-referentie.yaml:")
    assert told[1].startswith(f"  3 × gaat mee → {SEX} (mapping dod-oso.yaml:")
    assert told[2].startswith("  1 × geweigerd: Een code heeft geen vertaling")
    assert answer(tmp_path, path, "Leerling/Kleur") == ["Leerling/Kleur → -", "  1 × staat niet in het bronprofiel"]
    with pytest.raises(UsageError) as raised:
        answer(tmp_path, path, "Leerling/Bestaat/Niet")
    assert raised.value.code == "source-place-unknown"


def test_nothing_of_a_person_is_said(tmp_path: Path) -> None:
    path = write(tmp_path / "a.xml", lines(pupil(1)))
    for asked in ("achternaam", "burgerservicenummer", "geboortedatum", "voornamen"):
        try:
            told = " ".join(answer(tmp_path, path, f"huidigeschool/leerling/{asked}", Where(None, 1)))
        except UsageError:
            continue
        assert "Voorbeeld1" not in told and bsn(1) not in told and "05-2007" not in told and "Proef" not in told


def test_a_dossier_is_found_by_what_the_report_calls_it(tmp_path: Path) -> None:
    path, out = write(tmp_path / "a.xml", reference(pupil(1), pupil(2))), tmp_path / "out"
    convert(out, path, schools=schools(tmp_path))
    names = [Path(name).stem for name in dossiers(out)]
    with Ledger.open(out) as ledger:
        assert {of_dossier(ledger, name) for name in names} == {Where("a.xml", 1), Where("a.xml", 2)}
        with pytest.raises(UsageError):
            of_dossier(ledger, "bestaat-niet")


@pytest.mark.parametrize(
    ("asked", "where", "code"),
    [("huidigeschool/kleur", Where(None, 1), "field-unknown"), (SEX, Where(None, 9), "record-absent"),
     (SEX, Where("b.xml", 1), "exports-several")],
)  # fmt: skip
def test_what_cannot_be_answered(tmp_path: Path, asked: str, where: Where, code: str) -> None:
    with pytest.raises(UsageError) as raised:
        answer(tmp_path, write(tmp_path / "a.xml", reference(pupil(1))), asked, where)
    assert raised.value.code == code
