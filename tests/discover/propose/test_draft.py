"""A draft as a file: a valid profile, honest about what it does not know."""

from pathlib import Path

import openpyxl
import pytest

from dod2oso.base.yaml import loads
from dod2oso.discover.propose.draft import make_draft
from dod2oso.discover.propose.draft_text import counts, draft_text, quoted
from dod2oso.discover.propose.together import survey_to_draft
from dod2oso.discover.survey.facts import Survey
from dod2oso.discover.survey.scan import survey_export
from dod2oso.discover.survey.tables import survey_tables
from dod2oso.source.bind import BoundProfile
from dod2oso.source.dictionary import load_dictionary
from dod2oso.source.profile import LoadedProfile, load_profile
from tests.corpus.kit import bsn, opened, write
from tests.discover.propose.kit import export, reference, survey
from tests.discover.propose.vocabularies import Vocabulary, renamed
from tests.discover.survey.test_survey import Table


def drafted(found: Survey, tmp_path: Path, encoding: str | None = None) -> tuple[LoadedProfile, str]:
    draft = make_draft(found)
    assert draft is not None
    text = draft_text(draft, "proef", "nl", encoding=encoding)
    path = tmp_path / "proef.yaml"
    path.write_text(text, encoding="utf-8")
    profile = load_profile(path)
    BoundProfile(profile, load_dictionary())
    return profile, text


def people(*extra: str, sex: str = "12", date: str = "{d:02}-03-{y}", more: str = "") -> str:
    return "<set>" + more + "".join(
        f"<kind nr='{n}'><gebdat>{date.format(d=n % 28 + 1, y=2008 + n % 4)}</gebdat><anaam>Naam{n}</anaam>"
        f"<sexe>{sex[n % len(sex)]}</sexe>{extra[n % len(extra)] if extra else ''}</kind>"
        for n in range(30)
    ) + "</set>"  # fmt: skip


@pytest.mark.parametrize("seed", [3, 7, 12])
def test_a_draft_of_any_vocabulary_is_a_valid_profile(seed: int, tmp_path: Path) -> None:
    found = survey(export(renamed(reference(), Vocabulary(seed))))
    profile, text = drafted(found, tmp_path)
    assert profile.model.text.dates == "dd-mm-jjjj" and profile.model.text.decimal == ","
    assert (profile.model.text.true, profile.model.text.false) == (("ja",), ("nee",))
    assert max(map(len, text.splitlines())) < 300


def test_what_is_commented_out_is_ready_to_be_uncommented(tmp_path: Path) -> None:
    _profile, text = drafted(survey(people()), tmp_path)
    lines = [line.removeprefix("# ") for line in text.splitlines() if line.startswith("#   leerling.geslacht")]
    assert [loads(line, "x").data["leerling.geslacht"]["codes"] for line in lines] == ["geslacht-edex", "geslacht-oso"]


def test_a_sex_that_can_mean_both_is_left_to_a_person(tmp_path: Path) -> None:
    profile, text = drafted(survey(people(sex="12")), tmp_path)
    assert "leerling.geslacht" not in profile.model.fields
    assert "Kies zelf" in text
    profile, _text = drafted(survey(people(sex="MV")), tmp_path)
    assert profile.model.fields["leerling.geslacht"].codes == "geslacht-bron"
    for both in (
        "M",
        "m",
        "MO",
        "12X",
    ):  # all boys, or all girls; an odd value beside 1 and 2 tells nothing
        profile, text = drafted(survey(people(sex=both)), tmp_path)
        assert "leerling.geslacht" not in profile.model.fields, both
    for sex, table in (("jm", "geslacht-jm"), ("JM", "geslacht-jm"), ("mv", "geslacht-mv")):
        profile, _text = drafted(survey(people(sex=sex)), tmp_path)
        assert profile.model.fields["leerling.geslacht"].codes == table
    profile, _text = drafted(survey(people(sex="129")), tmp_path)  # 9 only exists in EDEXML
    assert profile.model.fields["leerling.geslacht"].codes == "geslacht-edex"


@pytest.mark.parametrize(
    ("form", "style"),
    [
        ("{d:02}-03-{y}", "dd-mm-jjjj"),
        ("{y}03{d:02}", "jjjjmmdd"),
        ("{y}-03-{d:02}", "jjjj-mm-dd"),
        ("{d}/3/{y}", "dd/mm/jjjj"),
    ],
)  # fmt: skip
def test_dates_are_read_as_they_are_written(form: str, style: str, tmp_path: Path) -> None:
    profile, _text = drafted(survey(people(date=form)), tmp_path)
    assert profile.model.text.dates == style
    assert profile.model.fields["leerling.geboortedatum"].at == ("gebdat",)


def test_values_tell_what_names_do_not(tmp_path: Path) -> None:
    rows = [f"<x1>{bsn(n)}</x1><x2>{1000 + n}AB</x2><x3>p{n}@voorbeeld.nl</x3>" for n in range(30)]
    profile, _text = drafted(survey(people(*rows)), tmp_path)
    fields = {name: binding.at for name, binding in profile.model.fields.items()}
    assert fields["leerling.bsn"] == ("x1",) or fields["leerling.pgn"] == ("x1",)
    assert fields["leerling.postcode"] == ("x2",)
    (mail,) = profile.model.items["leerling.communicatie"]
    assert (mail.from_["nummer"].at, mail.constants) == (("x3",), {"soort": "e-mail"})


def test_a_version_and_a_namespace_go_into_the_match(tmp_path: Path) -> None:
    text = people().replace("<set>", '<set xmlns="urn:proef" versie="2.1">')
    profile, _text = drafted(survey(text), tmp_path)
    match = profile.model.match
    assert (match.root, match.namespace, match.values) == ("set", "urn:proef", {"set/@versie": ("2.1",)})


def test_tables_find_their_parents(tmp_path: Path) -> None:
    pupils = [[str(100 + n), f"Naam{n}", f"{n % 28 + 1}-03-{2008 + n % 4}", f"g{n % 2}"] for n in range(20)]
    tests = [[str(100 + n % 20), str(n), f"{n % 28 + 1}-05-2019", f"{n},5"] for n in range(60)]
    norms = [[str(n % 60), "DLE", str(n % 30)] for n in range(80)]
    found = survey_tables(
        [
            Table("lln", ["lln_nr", "achternaam", "gebdatum", "groep"], *pupils),
            Table("toets", ["lln_nr", "toets_id", "toetsdatum", "vaardigheidsscore"], *tests),
            Table("norm", ["toets_id", "soortscore", "waarde"], *norms),
            Table("groep", ["code", "naam", "jaargroep"], ["g0", "Groep nul", "7"], ["g1", "Groep een", "8"]),
        ]
    )
    profile, _text = drafted(found, tmp_path)
    model = profile.model
    assert (model.format, model.records) == ("tables", "bundel/lln")
    assert model.match.tables["lln"][0] == "lln_nr"
    assert {name: (nested.columns, nested.in_) for name, nested in model.nested.items()} == {
        "toets": ((("lln_nr",), ("lln_nr",)), None),
        "norm": ((("toets_id",), ("toets_id",)), "toets"),
    }
    assert model.lists["toetsen"].at == "toets" and model.lists["toetsen"].lists["referentiescores"].at == "norm"
    assert model.tables["groep"].at == "bundel/groep" and model.fields["leerling.groep"].join == "groep"


def test_a_layout_without_pupils_gives_no_draft() -> None:
    assert make_draft(survey("<r><a>1</a><a>2</a></r>")) is None
    assert make_draft(survey_tables([Table("t", ["a", "b"], ["1", "2"])])) is None


def test_the_counts_add_up() -> None:
    draft = make_draft(survey(people()))
    assert draft is not None
    found = counts(draft)
    assert found["bound"] == found["sure"] + found["likely"] + found["guess"]


@pytest.mark.parametrize("text", ["a", "a/b", "@c", "1", "true", "a b", "é", 'x"y', ".", "no", "~"])
def test_quoted_text_stays_text(text: str) -> None:
    assert loads(f"k: {quoted(text)}", "x").data == {"k": text}


def test_a_wrong_encoding_is_written_down(tmp_path: Path) -> None:
    profile, _text = drafted(survey(people()), tmp_path, encoding="windows-1252")
    assert profile.model.text.encoding == "windows-1252"


@pytest.mark.parametrize("around", ['<Printer naam="p1"/><Printer naam="p2"/>', '<Printer naam="p1"/>'])
def test_the_name_of_a_thing_is_that_of_no_school_and_is_told_of(around: str) -> None:
    rows = "".join(f'<Lln nr="{n}" anaam="Proef{n}" gebdat="{n + 1:02}-03-2007"/>' for n in range(20))
    draft = make_draft(survey(f"<Uitvoer>{rows}{around}</Uitvoer>"))
    assert draft is not None
    assert [one.field.name for one in draft.outside.proposals] == []
    text = draft_text(draft, "proef", "nl")
    assert "#   Uitvoer/Printer/@naam  (ziet eruit als a9" in text
    assert '#   - {at: "Uitvoer/Printer/@naam", reason: techniek}' in text


def test_a_block_on_its_own_is_of_no_list_but_that_of_its_word() -> None:
    head = ["llnr", "achternaam", "gebdatum", "straat", "postcode", "tel thuis"]
    rows = ([f"{n}", f"Proef{n}", f"{n + 1:02}-03-2007", "Laan", "1234AB", f"06100000{n:02}"] for n in range(20))
    draft = make_draft(survey_tables([Table("lln", head, *rows)]))
    assert draft is not None
    lists = {group.section.key for group in draft.record.walk() for one in group.proposals if "tel" in one.path}
    assert lists == {"leerling.communicatie"}


def test_sheets_of_one_shape_are_the_pupils_together(tmp_path: Path) -> None:
    """A sheet per group, with a title above the columns, and a sheet of something else."""
    book = openpyxl.Workbook()
    for group in (7, 8):
        sheet = book.create_sheet(f"Groep {group}")
        sheet.append(["Leerlingen van de school"])
        sheet.append([])
        sheet.append(["Lnr", "Achternm", "Geb.datum", "Gesl"])
        for n in range(12):
            row = [str(100 * group + n), f"Proef{'abcdefghijkl'[n]}", f"{n + 11}-03-{2015 - group}", "MV"[n % 2]]
            sheet.append(row)
    book.active.append(["Code", "Betekenis"])
    book.active.append(["A", "B"])
    book.save(tmp_path / "lln.xlsx")
    with opened(tmp_path / "lln.xlsx") as export:
        draft = make_draft(survey_to_draft(export))
        assert draft is not None and draft.layout.record.count == 24
        profile = load_profile(write(tmp_path / "p.yaml", draft_text(draft, "proef", "nl")))
        assert profile.model.sheet_names == {"leerlingen": "blad"} and export.fitting()(profile)
        export_ = export.export(BoundProfile(profile, load_dictionary()))
        export_.survey()
        assert export_.records == 24
        survey = survey_export(export, profile)  # a scan with the profile sees what it reads
    assert survey.root.children["leerlingen"].children["blad"].text.count == 24
