"""Attachments beside the data: each to its own pupil, and what fits nobody is told."""

import base64
import io
import unicodedata
import zipfile
from pathlib import Path

import pytest

from dod2oso.base.errors import ConfigurationError
from dod2oso.oso import attachments
from dod2oso.source.bind import BoundProfile
from dod2oso.source.dictionary import load_dictionary
from dod2oso.source.export import Export
from dod2oso.source.profile import load_profile
from dod2oso.source.recordstore import RecordStore
from tests.corpus.kit import opened, write
from tests.refusals import refused

PROFILE = """profile: eigen
describes: voor deze test
match: {root: R}
records: R/P
fields: {leerling.leerlingid: Nr, leerling.achternaam: Naam}
lists: {documenten: {at: Bijlage, fields: {bestandsnaam: naam, inhoud: inhoud}}}
attachments: [%s]
"""
BY_NAME = '{by: Nr, name: "{}_*.pdf", at: Bijlage}'
BY_REFERENCE = '{at: Bijlage, file: "@bestand"}'
PDF = b"%PDF-1.4 voorbeeld"


def surveyed(folder: Path, rule: str, records: str, **files: bytes) -> Export:
    profile = load_profile(write(folder / "eigen.yaml", PROFILE % rule))
    write(folder / "in" / "a.xml", f"<R>{records}</R>")
    for name, data in files.items():
        write(folder / "in" / name.replace("__", "/"), data)
    export = opened(folder / "in").export(BoundProfile(profile, load_dictionary()))
    export.survey()
    return export


def documents(export: Export) -> list[list[tuple[str | None, str | None]]]:
    return [
        [(item.value("bestandsnaam"), item.value("inhoud")) for item in dossier.root.lists.get("documenten", [])]
        for dossier in export.dossiers()
    ]


def test_files_named_after_a_pupil(tmp_path: Path) -> None:
    files = {"12_okr.pdf": PDF, "12_34_x.pdf": PDF, "7_okr.PDF": PDF, "map__12_brief.pdf": PDF, "123_okr.pdf": PDF}
    export = surveyed(tmp_path, BY_NAME, "<P><Nr>12</Nr></P><P><Nr>7</Nr></P><P><Naam>x</Naam></P>", **files)
    content = base64.b64encode(PDF).decode()
    assert documents(export) == [
        [("12_34_x.pdf", content), ("12_okr.pdf", content), ("12_brief.pdf", content)], [("7_okr.PDF", content)], [],
    ]  # fmt: skip
    assert [(f.code, f.detail) for f in export.outside.findings] == [("bijlage-zonder-leerling", "1")]
    assert export.outside.unread == {"(losse bijlagen)": 1}
    assert export.outside.source_values == 1


def test_a_number_within_a_number_is_another_pupil(tmp_path: Path) -> None:
    """`{}` is letters and digits, so a file of pupil 12_34 never goes to a pupil whose key is 12_34 by half."""
    export = surveyed(tmp_path, '{by: Nr, name: "{}-*.pdf", at: Bijlage}', "<P><Nr>12</Nr></P>", **{"12_34-x.pdf": PDF})
    assert documents(export) == [[]]


def test_files_that_the_data_name(tmp_path: Path) -> None:
    records = (
        "<P><Bijlage bestand='okr\\een.pdf'><naam>een.pdf</naam></Bijlage><Bijlage bestand='twee.pdf'/></P>"
        "<P><Bijlage bestand='weg.pdf'/><Bijlage/></P>"
    )
    export = surveyed(tmp_path, BY_REFERENCE, records, **{"okr__een.pdf": PDF, "x__twee.pdf": b"2", "drie.pdf": b"3"})
    found = documents(export)
    assert [[content for _name, content in items] for items in found] == [
        [base64.b64encode(PDF).decode(), base64.b64encode(b"2").decode()], [None, None],
    ]  # fmt: skip
    _one, two = export.dossiers()
    assert [(f.code, f.detail) for f in two.findings] == [("bijlage-ontbreekt", "Bijlage")]
    assert export.outside.unread == {"(losse bijlagen)": 1}


NAME = "Verslag Zoë Brûlé.pdf"


@pytest.mark.parametrize("reference", [NAME, unicodedata.normalize("NFD", NAME), f"bijlagen\\{NAME}", NAME.upper()])
@pytest.mark.parametrize("written", ["utf-8-flag", "utf-8", "cp850", "cp437", "cp1252", "nfd-flag", "nfd"])
def test_a_name_is_the_same_however_its_letters_are_written(reference: str, written: str, tmp_path: Path) -> None:
    """As zips hold names: in UTF-8 that says so or not, in code pages, with letters and accents apart."""
    name = unicodedata.normalize("NFD", NAME) if written.startswith("nfd") else NAME
    raw = name.encode("utf-8" if written.startswith(("utf-8", "nfd")) else written)
    placeholder = "x" * len(raw)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("a.xml", f'<R><P><Bijlage bestand="{reference}"><naam>n.pdf</naam></Bijlage></P></R>')
        archive.writestr(f"bijlagen/{name if written.endswith('flag') else placeholder}", PDF)
    path = write(tmp_path / "e.zip", out.getvalue().replace(placeholder.encode(), raw))
    profile = load_profile(write(tmp_path / "eigen.yaml", PROFILE % BY_REFERENCE))
    export = opened(path).export(BoundProfile(profile, load_dictionary()))
    export.survey()
    assert documents(export) == [[("n.pdf", base64.b64encode(PDF).decode())]]
    assert export.outside.findings == []


@pytest.mark.parametrize("written", ["utf-8", "nfd"])
def test_a_file_named_after_a_pupil_gets_its_real_name(written: str, tmp_path: Path) -> None:
    name = "12_okr Zoë.pdf" if written == "utf-8" else unicodedata.normalize("NFD", "12_okr Zoë.pdf")
    raw = name.encode()
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("a.xml", "<R><P><Nr>12</Nr></P></R>")
        archive.writestr("x" * len(raw), PDF)
    path = write(tmp_path / "e.zip", out.getvalue().replace(b"x" * len(raw), raw))
    profile = load_profile(write(tmp_path / "eigen.yaml", PROFILE % BY_NAME))
    export = opened(path).export(BoundProfile(profile, load_dictionary()))
    export.survey()
    assert documents(export) == [[("12_okr Zoë.pdf", base64.b64encode(PDF).decode())]]


@pytest.mark.parametrize(
    ("reference", "found"),
    [
        ("C:\\Export\\2025\\bijlagen\\een.pdf", True),
        ("/home/admin/export/bijlagen/een.pdf", True),
        ("\\\\server\\deel\\een.pdf", True),
        ("D:\\een.pdf", True),
        ("elders/een.pdf", False),  # a folder of this export that is not there: perhaps another file
        ("C:\\Export\\twee.pdf", False),
    ],
)
def test_an_absolute_path_is_looked_for_by_its_end(reference: str, found: bool, tmp_path: Path) -> None:
    records = f"<P><Bijlage bestand='{reference}'><naam>n</naam></Bijlage></P>"
    export = surveyed(tmp_path, BY_REFERENCE, records, **{"bijlagen__een.pdf": PDF})
    ((_name, content),) = documents(export)[0]
    assert (content is not None) == found


def test_a_name_that_two_files_have_is_nobodys(tmp_path: Path) -> None:
    records = "<P><Bijlage bestand='een.pdf'/></P>"
    export = surveyed(tmp_path, BY_REFERENCE, records, **{"x__een.pdf": b"1", "y__een.pdf": b"2"})
    assert documents(export) == [[(None, None)]]


def test_a_file_that_is_too_large_is_not_read_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from dod2oso.source import loosefiles

    assert loosefiles.MAX_FILE == attachments.MAX_FILE
    monkeypatch.setattr(loosefiles, "MAX_FILE", 10)
    export = surveyed(tmp_path, BY_REFERENCE, "<P><Bijlage bestand='een.pdf'/></P>", **{"een.pdf": b"x" * 1000})
    ((_name, content),) = documents(export)[0]
    assert content is not None and len(base64.b64decode(content)) == 13


@pytest.mark.parametrize(
    "rule", ["{at: B}", '{at: B, by: Nr, name: "vast.pdf"}', '{at: B, file: a, by: b, name: "{}"}']
)
def test_a_rule_that_means_nothing(rule: str, tmp_path: Path) -> None:
    with refused(ConfigurationError, "profile-attachments", place="eigen.yaml:7"):
        load_profile(write(tmp_path / "eigen.yaml", PROFILE % rule))


@pytest.mark.parametrize(
    ("rule", "records", "files"),
    [
        (BY_NAME, "<P><Nr>12</Nr></P><P><Nr>12</Nr></P><P><Nr>7</Nr></P>", {"12_okr.pdf": PDF, "7_okr.pdf": PDF}),
        (
            BY_REFERENCE,
            '<P><Bijlage bestand="x.pdf"/></P><P><Bijlage bestand="map/x.pdf"/></P><P><Bijlage bestand="y.pdf"/></P>',
            {"map__x.pdf": PDF, "y.pdf": PDF},
        ),
    ],
)
@pytest.mark.parametrize("kept", [False, True])
def test_a_file_that_two_records_would_get_goes_to_neither(
    tmp_path: Path, rule: str, records: str, files: dict[str, bytes], kept: bool
) -> None:
    export = surveyed(tmp_path, rule, records, **files)
    if kept:  # read from what the first pass kept, as a run that merges does
        export = opened(tmp_path / "in").export(export.profile)
        export.survey(RecordStore())
    content = base64.b64encode(PDF).decode()
    assert [[text for _name, text in each if text] for each in documents(export)] == [[], [], [content]]
    told = [[f.place for f in dossier.findings if f.code == "sleutel-dubbel"] for dossier in export.dossiers()]
    assert told == [["record 1, 2"], ["record 1, 2"], []]
    assert export.outside.unread == {"(losse bijlagen)": 1}
