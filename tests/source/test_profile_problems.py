"""A profile that is wrong says everything at once, with lines, and what may have been meant."""

from pathlib import Path

import pytest

from dod2oso.base.errors import ConfigurationError
from dod2oso.base.resources import mappings_dir
from dod2oso.base.texts import Text
from dod2oso.source.profile import load_profile, profile_problems
from tests.corpus.kit import write

GOOD = """profile: proef
describes: een proef
match: {root: Set}
records: Set/Leerling
fields:
  leerling.achternaam: Naam
  leerling.geboortedatum: Gebdat
  leerling.geslacht: {at: Sexe, codes: geslacht-bron}
lists:
  toetsen:
    at: Toets
    fields: {code: Code, naam: Naam}
    lists: {onderdelen: {at: Deel, fields: {code: Code}}}
items:
  verzorgers:
    - {from: {achternaam: MNaam}, constants: {relatie: moeder}}
"""


def said(path: Path, text: str, lang: str = "nl") -> list[str]:
    return [problem.text(lang) for problem in profile_problems(write(path / "proef.yaml", text))]


def test_a_good_one_has_none(tmp_path: Path) -> None:
    assert said(tmp_path, GOOD) == []


def test_everything_at_once_with_lines_and_suggestions(tmp_path: Path) -> None:
    text = (
        GOOD.replace("leerling.achternaam", "leerling.achtrnaam")
        .replace("geslacht-bron", "geslacht-bronn")
        .replace("describes:", "describs:")
        .replace("codes:", "code:", 0)
        .replace("{code: Code, naam: Naam}", "{kode: Code, naam: {att: Naam}}")
        .replace("relatie: moeder", "relaatie: moeder")
    )
    found = said(tmp_path, text)
    for place, words in (
        ("proef.yaml:1:", "dit ontbreekt"),
        ("proef.yaml:2:", "Bedoelt u: describes"),
        ("proef.yaml:6:", "Bedoelt u: leerling.achternaam"),
        ("proef.yaml:8:", "Bedoelt u: geslacht-bron"),
        ("proef.yaml:12:", "Bedoelt u: "),
        ("proef.yaml:12:", "toetsen[].kode"),
        ("proef.yaml:16:", "verzorgers[].relatie"),
    ):
        assert any(one.startswith(place) and words in one for one in found), (place, words, found)
    english = said(tmp_path, text, "en")
    assert len(english) == len(found) and any("Did you mean: leerling.achternaam" in one for one in english)


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        ("leerling.geboortedatum: Gebdat", "leerling.geboortedatum: {at: Gebdat, dates: dd-mm}", 7, "een patroon van"),
        ("match:", "format: xlm\nmatch:", 3, "tables"),
        ("match: {root: Set}", "match: {root: 1}", 3, "tussen aanhalingstekens"),
        ("records: Set/Leerling\n", "", 1, "dit ontbreekt"),
        ("at: Sexe, ", "at: Sexe, join: groep, ", 8, "geen tabel"),
        ("records:", "records", 5, "YAML"),
        ("profile: proef", "profile: proef\nextends: bestaat-niet", 2, "bestaat-niet"),
        ("describes:", "profile:", 2, "profile"),
    ],
)
def test_each_kind_of_error(tmp_path: Path, old: str, new: str, line: int, words: str) -> None:
    found = said(tmp_path, GOOD.replace(old, new, 1))
    assert any(words in one and f"proef.yaml:{line}" in one for one in found), found
    with pytest.raises(ConfigurationError) as raised:  # and the first of it stops whoever uses the profile
        load_profile(tmp_path / "proef.yaml")
    assert raised.value.text("nl") in found


@pytest.mark.parametrize("path", sorted((mappings_dir() / "sources").glob("*.yaml")), ids=lambda path: path.stem)
def test_shipped_profiles_have_none(path: Path) -> None:
    assert profile_problems(path) == []


def test_what_is_wrong_is_a_text_in_both_languages(tmp_path: Path) -> None:
    [problem] = profile_problems(write(tmp_path / "proef.yaml", GOOD.replace("{root: Set}", "{root: 1}")))
    assert problem.message.values["problem"] == Text("value-no-text")
