"""Files of an unknown version that are wrong in some way: what is wrong is said, and what still works works."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from dod2oso.base.caches import versions_changed
from dod2oso.cli.app import app
from dod2oso.oso import added
from dod2oso.oso.bundles.add import Added
from dod2oso.oso.check_files import validate_bytes
from dod2oso.oso.versions import known_versions, version
from tests.oso import standins
from tests.oso.dossiers import minimal_dossier

pytestmark = pytest.mark.usefixtures("own_folder")

V, SCHEMA, SHEET = "2031.1", "OV/OSO_gegevensset_2031.1.xsd", "OV/include/ValideerOSOgegevensset_2031.1.xsl"


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


def element(inner: str) -> bytes:
    return f'<xs:element name="doorstroomtoets" minOccurs="0">{inner}</xs:element>'.encode()


def simple(inner: str) -> bytes:
    return element(f"<xs:simpleType>{inner}</xs:simpleType>")


ADDED = b'<xs:element name="doorstroomtoets" type="xs:string" minOccurs="0"/>'


@pytest.mark.parametrize(
    ("construct", "what", "good", "bad"),
    [
        (ADDED.replace(b"xs:string", b"xs:gYear"), "xs:gYear", "2030", "x"),
        (simple('<xs:list itemType="xs:date"/>'), "list", "2030-01-01 2030-01-02", "x"),
        (simple('<xs:union memberTypes="xs:date xs:int"/>'), "union", "12", "x"),
        (
            simple('<xs:restriction base="xs:string"><xs:pattern value="[A-Z-[Q]]+"/></xs:restriction>'),
            "pattern",
            "A",
            "Q",
        ),
        (
            element(
                '<xs:complexType mixed="true"><xs:all><xs:element name="a" minOccurs="0"/></xs:all></xs:complexType>'
            ),
            "mixed",
            "tekst",
            "<b/>",
        ),
    ],
)
def test_a_construct_that_the_catalogue_cannot_hold_leaves_validate_usable(
    tmp_path: Path, construct: bytes, what: str, good: str, bad: str
) -> None:
    found = taken(tmp_path, changed(ADDED, construct))
    assert found.taken_in is not None
    assert what in [problem.what for problem in found.taken_in.problems]
    text = minimal_dossier("2019.1", "POVO").replace(b"/2019/", b"/2031/").replace(b"2019.1", b"2031.1")
    for value, state in ((good, "passed"), (bad, "failed")):
        made = f"<doorstroomtoets>{value}</doorstroomtoets></overstapadvies>".encode()
        report = validate_bytes(text.replace(b"</overstapadvies>", made), "a.xml")
        assert report.checked.schema.state == state


def test_a_stylesheet_that_stops_on_every_trial_dossier_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dod2oso.oso.bundles.add.judge_for", lambda _: lambda _root, _layer: None)
    found = taken(tmp_path, standins.made_up(V))
    assert found.taken_in is not None
    assert "judge-silent" in [problem.code for problem in found.taken_in.problems]
    facts = added.added()[V]
    assert (facts.judged, [code for code, _, _ in facts.unheld if code == "judge-silent"]) == (False, ["judge-silent"])


@pytest.mark.parametrize("state", ["does-not-compile", "stops", "no-end", "other-output"])
def test_with_a_stylesheet_that_does_not_work_nothing_is_valid(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, state: str
) -> None:
    monkeypatch.setattr("dod2oso.oso.bundles.add.try_sheet", lambda *_: state)
    standins.write(tmp_path / "bundel", standins.made_up(V))
    said = CliRunner().invoke(app, ["bundle", "add", str(tmp_path / "bundel")], catch_exceptions=False)
    assert said.exit_code == 0
    assert said.output.count("De stylesheet ov") == said.output.count("De stylesheet swv") == 1
    versions_changed()
    text = minimal_dossier("2019.1", "POVO").replace(b"/2019/", b"/2031/").replace(b"2019.1", b"2031.1")
    report = validate_bytes(text, "a.xml")
    assert (report.checked.schema.state, report.verdict) == ("passed", "not-checked")


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
    assert codes(found)[1:] == ["bundle-not-derived"]
    assert V not in known_versions()


def test_codes_in_another_form_are_named(tmp_path: Path) -> None:
    found = taken(tmp_path, changed(b"not(text()='app') and", b"string-length(.) gt 0 and", part=".xsl"))
    assert found.taken_in is not None
    assert "codes-not-understood" in [problem.code for problem in found.taken_in.problems]
    assert any(code == "codes-not-understood" for code, _, _ in added.added()[V].unheld)
