"""Official technical files: recognised by content, kept apart per version, and refused when something is wrong."""

from pathlib import Path

import pytest

from dod2oso.base.errors import UsageError
from dod2oso.oso import bundles
from tests.oso.bundle_files import MODULE, files, sheet, zipped


@pytest.fixture(autouse=True)
def _own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOD2OSO_DATA", str(tmp_path / "data"))


def _zip(tmp_path: Path, members: dict[str, bytes]) -> Path:
    path = tmp_path / "download.zip"
    path.write_bytes(zipped(members))
    return path


def test_a_zip_is_kept_by_version_with_the_role_of_each_file(tmp_path: Path) -> None:
    bundle = bundles.add(_zip(tmp_path, files()))
    assert bundle.version == "2019.1"
    assert bundle.roles == {
        "OSO/xsd/OSO_gegevensset.xsd": "schema",
        "OSO/xslt/Gegevensset.xsl": "gegevensset",
        "OSO/gedeeld/basis.xsl": "module",
        "OSO/xslt/Overstap.xslt": "ov",
        "OSO/xslt/PaO.xsl": "swv",
    }
    assert [p.name for p in bundle.stylesheets("ov")] == ["Gegevensset.xsl", "Overstap.xslt"]
    assert [p.name for p in bundle.stylesheets("swv")] == ["Gegevensset.xsl", "PaO.xsl"]
    assert bundles.installed() == {"2019.1": bundle}
    assert bundle.folder.is_relative_to(tmp_path / "data")
    assert not (bundle.folder / "OSO" / "leesmij.txt").exists()


def test_a_folder_does_as_well_and_replaces_what_was_there(tmp_path: Path) -> None:
    bundles.add(_zip(tmp_path, files()))
    folder = tmp_path / "map"
    for name, data in {k: v for k, v in files().items() if "PaO" not in k}.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    bundle = bundles.add(folder)
    assert bundle.stylesheets("swv") == []
    assert list(bundles.installed()) == ["2019.1"]
    assert sorted(p.name for p in bundles.data_folder().iterdir()) == ["2019.1"]


def test_a_sheet_with_numbers_of_both_layers_judges_both(tmp_path: Path) -> None:
    members = files() | {"OSO/xslt/alles.xsl": sheet("2019.1", "<!-- OVa.LL01 PaO.LL01 -->")}
    bundle = bundles.add(_zip(tmp_path, members))
    assert {p.name for p in bundle.stylesheets("ov")} & {p.name for p in bundle.stylesheets("swv")} == {
        "alles.xsl",
        "Gegevensset.xsl",
    }


def test_several_versions_stand_beside_each_other(tmp_path: Path) -> None:
    for name in ("2019.1", "2016.1"):
        bundles.add(_zip(tmp_path, files(name)))
    assert list(bundles.installed()) == ["2016.1", "2019.1"]
    bundles.remove("2016.1")
    assert list(bundles.installed()) == ["2019.1"]
    with pytest.raises(UsageError):
        bundles.remove("2016.1")


WRONG = {
    "geen XSD van OSO": {k: v for k, v in files().items() if not k.endswith(".xsd")},
    "geen XSLT-stylesheets": {k: v for k, v in files().items() if k.endswith(".xsd")},
    "meer dan een versie": files() | {"oud/OSO_gegevensset.xsd": files("2018.1")["OSO/xsd/OSO_gegevensset.xsd"]},
    "geen geldige XML": files() | {"OSO/xslt/stuk.xsl": b"<xsl:stylesheet"},
    "buiten de ZIP": files() | {"../../kwaad.xsl": MODULE.encode()},
    "buiten de ZIP ": files() | {"/etc/kwaad.xsl": MODULE.encode()},
    "buiten de ZIP  ": files() | {"C:/kwaad.xsl": MODULE.encode()},
}


@pytest.mark.parametrize("reason", WRONG)
def test_wrong_bundles_are_refused_and_leave_nothing(tmp_path: Path, reason: str) -> None:
    with pytest.raises(UsageError, match=reason.strip()):
        bundles.add(_zip(tmp_path, WRONG[reason]))
    assert bundles.installed() == {}
    assert not list(tmp_path.rglob("kwaad.xsl"))


def test_limits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bundles, "MAX_BYTES", 1000)
    with pytest.raises(UsageError, match="te veel"):
        bundles.add(_zip(tmp_path, files()))
    monkeypatch.setattr(bundles, "MAX_BYTES", 50_000_000)
    monkeypatch.setattr(bundles, "MAX_FILES", 3)
    with pytest.raises(UsageError, match="te veel"):
        bundles.add(_zip(tmp_path, files()))


@pytest.mark.parametrize("name", ["geen.zip", "weg.zip"])
def test_what_is_no_zip(tmp_path: Path, name: str) -> None:
    if name == "geen.zip":
        (tmp_path / name).write_bytes(b"PK niet echt")
    with pytest.raises(UsageError, match="geen leesbare ZIP of map"):
        bundles.add(tmp_path / name)


def test_a_damaged_store_is_no_bundle(tmp_path: Path) -> None:
    bundle = bundles.add(_zip(tmp_path, files()))
    (bundle.folder / "bundle.json").write_text("{", encoding="utf-8")
    assert bundles.installed() == {}
