"""Official files in every form in which users have them: each gives the same bundle."""

from collections.abc import Callable
from pathlib import Path

import pytest

from dod2oso.base.caches import versions_changed
from dod2oso.base.errors import UsageError
from dod2oso.oso.bundles import gather, store
from dod2oso.oso.bundles import trial as trials
from dod2oso.oso.bundles.add import Added
from dod2oso.oso.bundles.store import Bundle, installed
from dod2oso.oso.versions import VERSIONS
from tests.oso import standins
from tests.oso.standins import add

V = "2019.1"
SHEETS = {"ov": "ov/ValideerOverstapprofielen.xsl", "swv": "swv/ValideerSwvPaO-profielen.xsl"}


@pytest.fixture(autouse=True)
def _own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOD2OSO_DATA", str(tmp_path / "data"))
    monkeypatch.setattr("dod2oso.oso.bundles.add.try_sheet", lambda *_: "works")  # a process each; see test_trial
    monkeypatch.setattr("dod2oso.oso.bundles.add.judge_for", lambda _: None)  # see tests/oso/derive
    versions_changed()


def _one(source: Path) -> Added:
    (found,), problems = add(source)
    assert problems == []
    return found


def _save(path: Path, data: bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def _zip(tmp: Path) -> list[Path]:
    return [_save(tmp / "alles.zip", standins.zipped(standins.files(V)))]


def _two_zips(tmp: Path) -> list[Path]:
    return [_save(tmp / f"{name}.zip", standins.zipped(standins.part(V, name))) for name in ("OV", "PaO")]


def _two_zips_turned(tmp: Path) -> list[Path]:
    return _two_zips(tmp)[::-1]


def _folder_of_two_zips(tmp: Path) -> list[Path]:
    _two_zips(tmp / "map")
    return [tmp / "map"]


def _folder(tmp: Path) -> list[Path]:
    standins.write(tmp / "map", standins.files(V))
    return [tmp / "map"]


def _folder_above(tmp: Path) -> list[Path]:
    standins.write(tmp / "boven" / "onder" / "map", standins.files(V))
    return [tmp / "boven"]


def _checkout(tmp: Path) -> list[Path]:
    standins.write(tmp / "map", *standins.checkout(V))
    return [tmp / "map"]


def _checkout_on_windows(tmp: Path) -> list[Path]:
    standins.write(tmp / "map", *standins.checkout(V), text=True)
    return [tmp / "map"]


def _zip_with_links(tmp: Path) -> list[Path]:
    return [_save(tmp / "archief.zip", standins.zipped(*standins.checkout(V)))]


def _zip_with_text_links(tmp: Path) -> list[Path]:
    members, links = standins.checkout(V)
    return [_save(tmp / "archief.zip", standins.zipped(members | {k: v.encode() for k, v in links.items()}))]


def _zip_in_a_zip(tmp: Path) -> list[Path]:
    inner = {f"{name}.zip": standins.zipped(standins.part(V, name)) for name in ("OV", "PaO")}
    return [_save(tmp / "alles.zip", standins.zipped(inner))]


FORMS: list[Callable[[Path], list[Path]]] = [
    _zip, _two_zips, _two_zips_turned, _folder_of_two_zips, _folder, _folder_above,
    _checkout, _checkout_on_windows, _zip_with_links, _zip_with_text_links, _zip_in_a_zip,
]  # fmt: skip


@pytest.mark.parametrize("form", FORMS)
def test_every_form_gives_the_same_bundle(tmp_path: Path, form: Callable[[Path], list[Path]]) -> None:
    added = [_one(source) for source in form(tmp_path)][-1]
    assert added.bundle is not None
    assert added.problems == []
    assert (added.version, added.known, added.missing, added.replaced) == (V, True, [], [])
    bundle = installed()[V]
    assert bundle == added.bundle
    assert bundle.sheets == SHEETS
    module = f"include/{standins.MODULE}_{V}.xsl"
    every = {*SHEETS.values(), f"ov/{module}", f"swv/{module}", bundle.schema_path}
    assert set(bundle.hashes) == every
    for name in every:
        assert (bundle.folder / name).read_bytes() in standins.files(V).values()


@pytest.mark.parametrize("version", VERSIONS)
def test_every_version_is_known_by_its_files(tmp_path: Path, version: str) -> None:
    standins.write(tmp_path / "map", standins.files(version))
    added = _one(tmp_path / "map")
    assert (added.version, added.known, added.missing) == (version, True, [])


def test_the_first_zip_says_what_is_still_missing(tmp_path: Path) -> None:
    first, second = _two_zips(tmp_path)
    assert _one(first).missing == ["swv"]
    assert installed()[V].stylesheet("swv") is None
    assert _one(second).missing == []
    assert installed()[V].stylesheet("ov") is not None


def test_several_versions_in_one_archive_are_each_added(tmp_path: Path) -> None:
    every = {f"{version}/{name}": data for version in VERSIONS for name, data in standins.files(version).items()}
    found, problems = add(_save(tmp_path / "alles.zip", standins.zipped(every)))
    assert problems == []
    assert [one.version for one in found] == list(VERSIONS)
    assert list(installed()) == list(VERSIONS)


def test_extra_files_are_kept_and_listed(tmp_path: Path) -> None:
    extra = {"release notes.txt": b"nieuw", "codelijsten.xlsx": b"PK", "examples/a.xml": b"<dossier/>"}
    added = _one(_save(tmp_path / "a.zip", standins.zipped({**standins.files(V), **extra})))
    assert added.bundle is not None
    assert added.bundle.extra == tuple(sorted(extra))
    assert (added.bundle.folder / "extra" / "codelijsten.xlsx").read_bytes() == b"PK"


def test_extra_files_that_are_too_large_are_told_and_not_called_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gather, "MOST_EXTRA", 3)
    extra = {"klein.txt": b"ja", "notes.txt": b"nieuw"}
    (found,), problems = add(_save(tmp_path / "a.zip", standins.zipped({**standins.files(V), **extra})))
    assert found.bundle is not None
    assert found.bundle.extra == ("klein.txt",)
    assert [text.key for text in problems] == ["bundle-extra-too-large"]
    assert "notes.txt" in problems[0].text("nl")


def test_another_stylesheet_takes_the_place_and_that_is_said(tmp_path: Path) -> None:
    _one(_zip(tmp_path)[0])
    name = "OV/ValideerOverstapprofielen.xsl"
    changed = {**standins.files(V), name: standins.files(V)[name].replace(b"<type>Fout", b"<type>fout")}
    before = installed()[V].digest
    assert _one(_save(tmp_path / "b.zip", standins.zipped(changed))).replaced == ["ov"]
    assert installed()[V].digest != before


def test_a_version_that_nobody_built_in_is_kept_under_its_own_name(tmp_path: Path) -> None:
    files = {
        name.replace(V, "2031.1"): data.replace(b"/2019/", b"/2031/").replace(b"2019.1", b"2031.1")
        for name, data in standins.files(V).items()
    }
    added = _one(_save(tmp_path / "nieuw.zip", standins.zipped(files)))
    assert (added.version, added.known, added.missing) == ("2031.1", False, [])
    assert list(installed()) == ["2031.1"]


def test_an_older_bundle_is_forgotten_when_asked(tmp_path: Path) -> None:
    _one(_zip(tmp_path)[0])
    store.remove(V)
    assert installed() == {}
    with pytest.raises(UsageError) as raised:
        store.remove(V)
    assert raised.value.code == "bundle-absent"


# --- what is wrong ---


def _changed(tmp: Path, **changes: bytes | None) -> Path:
    files = dict(standins.files(V))
    for name, data in changes.items():
        path = next((one for one in files if name in one), name)
        files.pop(path, None)
        if data is not None:
            files[path] = data
    return _save(tmp / "fout.zip", standins.zipped(files))


def _codes(source: Path) -> tuple[list[str], Bundle | None]:
    (found,), problems = add(source)
    return [text.key for text in (*found.problems, *problems)], found.bundle


OV = "ValideerOverstap"
SHEET = standins.files(V)["OV/ValideerOverstapprofielen.xsl"]


def test_half_a_bundle_says_what_still_works(tmp_path: Path) -> None:
    files = {name: data for name, data in standins.files(V).items() if not name.endswith(".xsd")}
    codes, bundle = _codes(_save(tmp_path / "half.zip", standins.zipped(files)))
    assert codes == ["bundle-half"]
    assert bundle is not None
    assert bundle.schema() is None
    assert bundle.sheets == SHEETS


def test_contradicting_schemas_are_named_and_the_first_is_used(tmp_path: Path) -> None:
    files = dict(standins.files(V))
    name = f"PaO/OSO_gegevensset_{V}.xsd"
    files[name] = files[name].replace(b'name="pakketnaam"', b'name="pakketnaam" id="anders"', 1)
    codes, bundle = _codes(_save(tmp_path / "twee.zip", standins.zipped(files)))
    assert codes == ["bundle-schemas-contradict"]
    assert bundle is not None
    assert b"anders" not in bundle.schema().read_bytes()  # type: ignore[union-attr]


def test_schemas_that_are_only_written_differently_do_not_contradict(tmp_path: Path) -> None:
    files = dict(standins.files(V))
    name = f"PaO/OSO_gegevensset_{V}.xsd"
    files[name] = files[name].replace(b"><", b">\r\n  <").replace(b'"', b"'")
    assert _codes(_save(tmp_path / "twee.zip", standins.zipped(files)))[0] == []


def test_two_versions_with_one_namespace(tmp_path: Path) -> None:
    _one(_zip(tmp_path)[0])
    before = installed()[V]
    files = {
        name: data.replace(b'name="pakketnaam"', b'name="pakketnaam" id="anders"', 1)
        for name, data in standins.files(V).items()
    }
    codes, bundle = _codes(_save(tmp_path / "anders.zip", standins.zipped(files)))
    assert (codes, bundle) == (["bundle-contradicts-kept"], None)
    assert installed()[V] == before


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"<xsl:stylesheet", "bundle-no-xml"),
        (SHEET.replace(b"include/", b"weg/"), "bundle-include-missing"),
        (SHEET.replace(b'name="tekst"/>', b'name="tekst" select="doc(\'geheim.xml\')"/>', 1), "bundle-reaches-out"),
        (SHEET.replace(b'<xsl:value-of select="$tekst"/>', b'<xsl:result-document href="x"/>'), "bundle-reaches-out"),
        (SHEET.replace(b'select="$tekst"', b"select=\"unparsed-text('/etc/passwd')\""), "bundle-reaches-out"),
        (SHEET.replace(b"xmlns:xs=", b'xmlns:j="java:java.lang.Runtime" xmlns:xs=', 1), "bundle-reaches-out"),
    ],
)
def test_a_stylesheet_that_is_not_kept_leaves_the_rest(tmp_path: Path, data: bytes, code: str) -> None:
    codes, bundle = _codes(_changed(tmp_path, **{OV: data}))
    assert codes == [code]
    assert bundle is not None
    assert list(bundle.sheets) == ["swv"]


def test_an_xsd_that_includes_something_outside(tmp_path: Path) -> None:
    xsd = standins.files(V)[f"OV/OSO_gegevensset_{V}.xsd"]
    at = xsd.index(b">", xsd.index(b"schema")) + 1
    out = xsd[:at] + b'<xs:include xmlns:xs="http://www.w3.org/2001/XMLSchema" schemaLocation="../x.xsd"/>' + xsd[at:]
    files = {name: out if name.endswith(".xsd") else data for name, data in standins.files(V).items()}
    codes, bundle = _codes(_save(tmp_path / "uit.zip", standins.zipped(files)))
    assert set(codes) == {"bundle-schema-outside", "bundle-half"}
    assert bundle is not None
    assert bundle.schema_path == ""


def test_a_link_to_nothing_and_a_link_to_itself(tmp_path: Path) -> None:
    standins.write(tmp_path / "map", standins.files(V), {"OV/los.xsl": "../weg.xsl", "rond.xsl": "rond.xsl"})
    codes, bundle = _codes(tmp_path / "map")
    assert codes == ["bundle-link-dangling", "bundle-link-dangling"]
    assert bundle is not None


def test_a_link_out_of_the_folder_is_not_followed(tmp_path: Path) -> None:
    _save(tmp_path / "geheim.xsd", standins.files(V)[f"OV/OSO_gegevensset_{V}.xsd"])
    standins.write(tmp_path / "map", {}, {"a.xsd": "../geheim.xsd"})
    with pytest.raises(UsageError) as raised:
        add(tmp_path / "map")
    assert raised.value.code == "bundle-no-schema"


@pytest.mark.parametrize("name", ["../../kwaad.xsl", "/etc/kwaad.xsl", "C:/kwaad.xsl", "..\\kwaad.xsl"])
def test_names_that_point_outside_the_zip(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError) as raised:
        add(_save(tmp_path / "kwaad.zip", standins.zipped({**standins.files(V), name: b"<x/>"})))
    assert raised.value.code == "bundle-name-outside"
    assert installed() == {}
    assert not list(tmp_path.rglob("kwaad.xsl"))


def _damaged() -> bytes:
    """A ZIP of which the list is whole and the content is not."""
    data = bytearray(standins.zipped(standins.files(V)))
    data[200:260] = b"\xff" * 60
    return bytes(data)


@pytest.mark.parametrize("data", [b"PK niet echt", b"", None, _damaged()])
def test_what_is_no_zip(tmp_path: Path, data: bytes | None) -> None:
    if data is not None:
        _save(tmp_path / "geen.zip", data)
    with pytest.raises(UsageError) as raised:
        add(tmp_path / "geen.zip")
    assert raised.value.code == "bundle-unreadable"


def test_limits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (path,) = _zip(tmp_path)
    for limit, value in (("MAX_BYTES", 1000), ("MAX_FILES", 3)):
        with monkeypatch.context() as patch, pytest.raises(UsageError) as raised:
            patch.setattr(gather, limit, value)
            add(path)
        assert raised.value.code == "bundle-too-large"


def test_a_damaged_store_is_no_bundle(tmp_path: Path) -> None:
    _one(_zip(tmp_path)[0])
    (installed()[V].folder / store.MANIFEST).write_text("{", encoding="utf-8")
    assert installed() == {}


def test_nothing_is_half_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _one(_zip(tmp_path)[0])
    before = installed()[V]

    def full(*_: object, **__: object) -> int:
        raise OSError(28, "vol")

    with monkeypatch.context() as patch, pytest.raises(OSError, match="vol"):
        patch.setattr(Path, "write_bytes", full)
        add(tmp_path / "alles.zip")
    assert installed()[V] == before
    assert sorted(path.name for path in store.data_folder().iterdir()) == [V]


# --- trying ---

LOOP = SHEET.replace(
    b'<xsl:template match="/">',
    b'<xsl:template name="rond"><xsl:param name="n"/><xsl:call-template name="rond"><xsl:with-param name="n" '
    b'select="$n + 1"/></xsl:call-template></xsl:template><xsl:template match="/"><xsl:call-template name="rond">'
    b'<xsl:with-param name="n" select="1"/></xsl:call-template>',
)


@pytest.mark.parametrize(
    ("data", "state"),
    [
        (SHEET, {"works"}),
        (SHEET.replace(b"<type>", b"<xsl:bestaat-niet/><type>"), {"does-not-compile"}),
        (SHEET.replace(b"<meldingen ", b"<xsl:sequence select=\"xs:date('x')\"/><meldingen "), {"stops"}),
        (SHEET.replace(b"meldingen", b"antwoorden"), {"other-output"}),
        (LOOP, {"no-end", "stops"}),
    ],
)
def test_trial(tmp_path: Path, data: bytes, state: set[str]) -> None:
    pytest.importorskip("saxonche", reason="the extra `official` (saxonche) is not installed")
    standins.write(tmp_path, {**standins.part(V, "OV"), "ValideerOverstapprofielen.xsl": data})
    space = "http://www.edustandaard.nl/oso_gegevensset/2019/dossier"
    seconds = 4 if data is LOOP else 120
    assert trials.try_sheet(tmp_path / "ValideerOverstapprofielen.xsl", space, "ov", seconds) in state


def test_without_saxonche_nothing_is_tried(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "saxonche", None)
    assert trials.try_sheet(tmp_path, "", "ov") == "not-tried"
    assert not list(tmp_path.iterdir())
