"""Files of an unknown version that are wrong in some way: what is wrong is said, and what still works works."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from dod2oso.base.caches import versions_changed
from dod2oso.oso import added
from dod2oso.oso.bundles.add import Added
from dod2oso.oso.check_files import validate_bytes
from dod2oso.oso.versions import known_versions, version
from tests.oso import standins
from tests.oso.dossiers import minimal_dossier

V, SCHEMA, SHEET = "2031.1", "OV/OSO_gegevensset_2031.1.xsd", "OV/include/ValideerOSOgegevensset_2031.1.xsl"


@pytest.fixture(autouse=True)
def _own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("DOD2OSO_DATA", str(tmp_path / "data"))
    monkeypatch.setattr("dod2oso.oso.bundles.add.try_sheet", lambda *_: "works")
    monkeypatch.setattr("dod2oso.oso.bundles.add.judge_for", lambda _: None)
    versions_changed()
    yield
    monkeypatch.undo()
    versions_changed()


def taken(tmp_path: Path, files: dict[str, bytes]) -> Added:
    standins.write(tmp_path / "bundel", files)
    (found,), _ = standins.add(tmp_path / "bundel")
    return found


def changed(old: bytes, new: bytes, *, part: str = ".xsd") -> dict[str, bytes]:
    made = standins.made_up(V)
    assert any(old in data for name, data in made.items() if name.endswith(part))
    return {name: data.replace(old, new) if name.endswith(part) else data for name, data in made.items()}


def codes(found: Added) -> list[str]:
    return [problem.key for problem in found.problems]


def test_without_the_judge_no_rule_is_promoted(tmp_path: Path) -> None:
    found = taken(tmp_path, standins.made_up(V))
    assert codes(found) == []
    facts = added.added()[V]
    assert (facts.judged, facts.promoted) == (False, {})
    assert version(V).layers == ("gegevensset", "ov", "swv")


def test_a_construct_that_the_catalogue_cannot_hold_leaves_validate_usable(tmp_path: Path) -> None:
    found = taken(
        tmp_path, changed(b'name="doorstroomtoets" type="xs:string"', b'name="doorstroomtoets" type="xs:gYear"')
    )
    assert found.taken_in is not None
    assert "xs:gYear" in [problem.what for problem in found.taken_in.problems]
    text = minimal_dossier("2019.1", "POVO").replace(b"/2019/", b"/2031/").replace(b"2019.1", b"2031.1")
    assert validate_bytes(text, "a.xml").checked.schema.state == "passed"
    wrong = text.replace(b"</overstapadvies>", b"<doorstroomtoets>x</doorstroomtoets></overstapadvies>")
    assert validate_bytes(wrong, "a.xml").checked.schema.state == "failed"


def test_nothing_is_valid_without_the_judge(tmp_path: Path) -> None:
    taken(tmp_path, {name: data for name, data in standins.made_up(V).items() if not name.startswith("PaO")})
    text = minimal_dossier("2019.1", "POSWV").replace(b"/2019/", b"/2031/").replace(b"2019.1", b"2031.1")
    assert validate_bytes(text, "a.xml", "ov").verdict in ("not-checked", "invalid", "failed")


def test_half_a_bundle_has_half_the_transfers(tmp_path: Path) -> None:
    found = taken(tmp_path, {name: data for name, data in standins.made_up(V).items() if not name.startswith("PaO")})
    assert found.missing == ["swv"]
    assert version(V).layers == ("gegevensset", "ov")


def test_the_second_half_completes_it(tmp_path: Path) -> None:
    made = standins.made_up(V)
    for part in ("PaO", "OV"):
        folder = tmp_path / part
        standins.write(folder, {name: data for name, data in made.items() if name.startswith(part)})
        standins.add(folder)
        versions_changed()
    assert version(V).layers == ("gegevensset", "ov", "swv")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"<xs:sequence>", b'<xs:sequence><xs:element ref="bestaat-niet"/>'),
        (b'type="xs:string"', b'type="xs:bestaatniet"'),
    ],
)
def test_an_xsd_from_which_nothing_follows_is_told_and_the_version_stays_unknown(
    tmp_path: Path, old: bytes, new: bytes
) -> None:
    found = taken(tmp_path, changed(old, new))
    assert codes(found)
    assert V not in known_versions()


def test_codes_in_another_form_are_named(tmp_path: Path) -> None:
    found = taken(tmp_path, changed(b"not(text()='app') and", b"string-length(.) gt 0 and", part=".xsl"))
    assert found.taken_in is not None
    assert "codes-not-understood" in [problem.code for problem in found.taken_in.problems]
    assert any(code == "codes-not-understood" for code, _, _ in added.added()[V].unheld)
