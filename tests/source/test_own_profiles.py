"""Profiles of a project: tried beside those that came with dod2oso; a broken one is told and stops no other."""

from pathlib import Path

import pytest

from dod2oso.base.errors import ConfigurationError
from dod2oso.base.texts import Text
from dod2oso.source.own_profiles import known_profiles, profile_files
from dod2oso.source.profile import shipped_profiles

OWN = """profile: {name}
describes: een eigen indeling
match: {{root: Uitvoer}}
records: Uitvoer/Leerling
fields: {{leerling.achternaam: Naam}}
"""


def own(folder: Path, file: str, text: str) -> None:
    (folder / file).write_text(text, encoding="utf-8")


def names(folder: Path, told: list[Text] | None = None) -> set[str]:
    tell = told.append if told is not None else None
    shipped = {one.name for one in shipped_profiles()}
    known = [one.name for one in known_profiles(None, profile_files(folder), tell)]
    assert len(known) == len(set(known))
    return set(known) ^ shipped


def test_they_stand_beside_the_shipped_ones(tmp_path: Path) -> None:
    assert names(tmp_path / "nergens") == set()
    own(tmp_path, "a.yaml", OWN.format(name="school"))
    own(tmp_path, ".b.yaml", OWN.format(name="verborgen"))
    (tmp_path / "c.txt").write_text("geen profiel")
    assert names(tmp_path) == {"school"}
    assert [one.name for one in known_profiles("edexml-2.1", profile_files(tmp_path))] == ["edexml-2.1"]


def test_a_broken_one_is_told_and_the_others_go_on(tmp_path: Path) -> None:
    own(tmp_path, "a.yaml", "profile: [")
    own(tmp_path, "b.yaml", OWN.format(name="school"))
    own(tmp_path, "c.yaml", OWN.format(name="school"))
    own(tmp_path, "d.yaml", OWN.format(name="mis").replace("leerling.achternaam", "leerling.achternam"))
    told: list[Text] = []
    assert names(tmp_path, told) == {"school"}
    assert [text.values["file"] for text in told] == ["a.yaml", "c.yaml", "d.yaml"]
    with pytest.raises(ConfigurationError):
        known_profiles(None, profile_files(tmp_path))


def test_one_that_adapts_another_takes_its_place(tmp_path: Path) -> None:
    own(tmp_path, "voorstel.yaml", OWN.format(name="voorstel"))
    own(tmp_path, "b.yaml", "profile: school\ndescribes: nagekeken\nextends: voorstel\n")
    assert names(tmp_path) == {"school"}
    own(tmp_path, "c.yaml", "profile: pakket\ndescribes: anders\nextends: edexml-2.1\n")
    assert names(tmp_path) == {"school", "pakket", "edexml-2.1"}
    own(tmp_path, "b.yaml", OWN.format(name="school").replace("root: Uitvoer", "root: Anders"))
    assert names(tmp_path) == {"voorstel", "school", "pakket", "edexml-2.1"}
