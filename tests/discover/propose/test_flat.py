"""How good drafts of flat layouts are: a row per pupil, with carers, addresses and tests in columns.

What counts. A column is right when the draft binds it to a field that it is, in the item of a list where it belongs,
with its kind of number, its relation, its date style and its sex; when it belongs nowhere and is left open; or when its
codes can mean two opposite things and it is named as a choice for a person. Left open otherwise is not right. Half of
the vocabularies use forms of words that the dictionary knows, half those of a stranger that were never looked at when
words and weights were chosen (strangers.yaml).
"""

from pathlib import Path

import pytest

from dod2oso.discover.propose.columns import families
from dod2oso.discover.propose.draft import make_draft
from dod2oso.discover.propose.draft_text import draft_text
from dod2oso.discover.propose.words import vocabulary
from dod2oso.discover.survey.dates import canonical, dates_of
from dod2oso.discover.survey.tables import survey_tables
from dod2oso.source.bind import BoundProfile
from dod2oso.source.dictionary import load_dictionary
from dod2oso.source.profile import load_profile
from tests.discover.propose.flat import FlatVocabulary, Words
from tests.discover.propose.flat_measure import FlatMeasured, judge, measured, surveyed
from tests.discover.propose.kit import survey
from tests.discover.survey.test_survey import Table

SEEDS = range(15)


@pytest.mark.parametrize("words", ["dictionary", "test"])
def test_a_draft_of_any_flat_vocabulary_is_a_valid_profile(words: Words, tmp_path: Path) -> None:
    draft = make_draft(surveyed(FlatVocabulary(3, words)))
    assert draft is not None
    path = tmp_path / "plat.yaml"
    path.write_text(draft_text(draft, "plat", "nl"), encoding="utf-8")
    profile = load_profile(path)
    BoundProfile(profile, load_dictionary())
    assert profile.model.items


@pytest.mark.parametrize(
    ("names", "markers"),
    [
        (["naam", "moeder_naam", "moeder_tel", "vader_naam", "vader_tel"], [["moeder", "vader"]]),
        (["naam_zq", "tel_zq", "naam_zp", "tel_zp", "gewicht"], [["zq", "zp"]]),
        (["mNaam", "mTel", "mMail", "vNaam", "vTel", "vMail", "mobiel"], [["m", "v"]]),
        (["qqnaam", "qqtel", "qqmail", "pppnaam", "ppptel", "pppmail"], [["qq", "ppp"]]),
        (["straat_1", "pc_1", "straat_2", "pc_2"], [["1", "2"]]),
        (["naam", "tel", "gewicht"], []),
    ],
)
def test_names_that_stand_behind_two_beginnings_are_blocks(names: list[str], markers: list[list[str]]) -> None:
    found = [[block.marker for block in family] for family in families(names, vocabulary())]
    assert found == markers


@pytest.mark.parametrize(
    ("texts", "styles"),
    [
        (["31-12-07", "05-03-08", "17-04-07", "28-11-08", "22-06-08"], ("dd-mm-jj",)),
        (["3 mrt 2007", "31 mei 2008"], ("dd mmm jjjj",)),
        (["12/31/2007", "01/02/2008"], ("mm/dd/jjjj",)),
        (["01/02/2007", "03/04/2008"], ("dd/mm/jjjj", "mm/dd/jjjj")),
        (["2007/12/31"], ("jjjj/mm/dd",)),
        (["31.12.2007 00:00"], ("dd.mm.jjjj",)),
        (["geen", "datum"], ()),
    ],
)
def test_dates_in_any_order(texts: list[str], styles: tuple[str, ...]) -> None:
    found = survey_tables([Table("t", ["d"], *([text] for text in texts))]).root.children["t"].children["d"].text
    assert found.date_styles == styles
    assert all(canonical(style) == style for text in texts for style, _year in dates_of(text))


def _pupils(*columns: tuple[str, str]) -> Table:
    """A table of pupils with these columns more; {n} stands for the number of the pupil."""
    head = ["llnr", "achternaam", "gebdatum", *(name for name, _value in columns)]
    rows = [
        [str(100 + n), f"Naam{n}", f"{n % 12 + 1:02}/{(n + 3) % 12 + 1:02}/{2007 + n % 5}"]
        + [value.format(n=n) for _name, value in columns]
        for n in range(24)
    ]
    return Table("lln", head, *rows)


def test_dates_that_can_be_read_in_two_ways_are_left_to_a_person() -> None:
    draft = make_draft(survey_tables([_pupils()]))
    assert draft is not None
    assert "leerling.geboortedatum" not in {one.field.name for one in draft.record.proposals}
    text = draft_text(draft, "proef", "nl")
    assert "#   leerling.geboortedatum: {at: gebdatum, dates: dd/mm/jjjj}" in text
    assert "#   leerling.geboortedatum: {at: gebdatum, dates: mm/dd/jjjj}" in text


def test_another_date_of_the_export_decides() -> None:
    draft = make_draft(survey_tables([_pupils(("inschrijfdatum", "25/08/2014"))]))
    assert draft is not None
    dates = {one.field.name: one.dates for one in draft.record.proposals if one.dates}
    assert dates == dict.fromkeys(("leerling.geboortedatum", "leerling.datuminschrijving"), "dd/mm/jjjj")


def test_what_fits_nothing_is_described_and_ignored_by_its_whole_path() -> None:
    draft = make_draft(survey_tables([_pupils(("inschrijfdatum", "25/08/2014"), ("qzxwq", "Ab-{n}"))]))
    assert draft is not None
    text = draft_text(draft, "proef", "nl")
    assert "bundel/lln/qzxwq  (ziet eruit als Aa-9" in text
    assert "#   - {at: bundel/lln/qzxwq, reason: techniek}" in text
    assert text.startswith("# yaml-language-server: $schema=")


def test_a_draft_recognises_the_root_it_came_from_and_not_the_commonest_namespace() -> None:
    rows = "".join(
        f"<k:kind><k:gebdat>{n % 28 + 1:02}-03-{2008 + n % 4}</k:gebdat><k:anaam>Naam{n}</k:anaam></k:kind>"
        for n in range(30)
    )
    draft = make_draft(survey(f'<set xmlns="urn:buiten" xmlns:k="urn:binnen">{rows}</set>'))
    assert draft is not None
    assert 'match: {root: set, namespace: "urn:buiten"}' in draft_text(draft, "proef", "nl")


def test_a_hundred_thousand_values_in_a_column_are_no_matter() -> None:
    rows = ([f"{n}", f"Naam{n}", f"{n % 28 + 1:02}-03-{2008 + n % 4}", f"v{n}"] for n in range(100_000))
    found = survey_tables([Table("lln", ["nr", "achternaam", "gebdatum", "zqx"], *rows)])
    values = found.root.children["lln"].children["zqx"].text
    assert values.candidates is None and not values.exact and len(values.shapes) < 100
    draft = make_draft(found)
    assert draft is not None and "verschillende" in draft_text(draft, "proef", "nl")


def test_thirty_flat_vocabularies() -> None:
    total = FlatMeasured()
    for words in ("dictionary", "test"):
        half = FlatMeasured()
        for seed in SEEDS:
            half = half.plus(measured(judge(FlatVocabulary(seed, words))))  # type: ignore[arg-type]
        print(half.said(words))  # noqa: T201  # the measure itself
        assert half.sex_wrong == 0
        assert half.right / half.columns >= 0.83
        total = total.plus(half)
    assert total.right / total.columns >= 0.90
    assert total.wrong_high <= 0.01 * total.high and total.high > 150
