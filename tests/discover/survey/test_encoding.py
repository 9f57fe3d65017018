"""Text that was written in another encoding than it says, or than the source profile says, is seen by its bytes."""

from pathlib import Path

import pytest

from dod2oso.discover.survey.encoding import Encoding, encoding_of
from dod2oso.source.container.find import find_exports
from tests.corpus.kit import write

NAMES = "Zoë Brûlé, René, Agnès, Chloé, Müller, Naïma, Désirée, André. "


def told(folder: Path, data: bytes, own: str | None = None) -> Encoding:
    return encoding_of(find_exports([write(folder / "a.xml", data)]).exports[0].members, own)


def xml(declared: str, written: str, text: str = NAMES) -> bytes:
    return f'<?xml version="1.0" encoding="{declared}"?>\n<R>{text}</R>'.encode(written)


@pytest.mark.parametrize("encoding", ["UTF-8", "ISO-8859-1", "windows-1252", "cp850", "utf-8-sig", "utf-16"])
def test_what_is_right_stays_right(encoding: str, tmp_path: Path) -> None:
    assert told(tmp_path, xml(encoding.removesuffix("-sig"), encoding)).decodes


@pytest.mark.parametrize(
    ("declared", "written", "probably"),
    [
        ("utf-8", "cp1252", "windows-1252"),
        ("utf-8", "cp850", "cp850"),
        ("windows-1252", "utf-8", "utf-8"),
        ("iso-8859-1", "utf-8", "utf-8"),
        ("cp850", "utf-8", "utf-8"),
        ("cp850", "cp1252", "windows-1252"),
        ("windows-1252", "cp850", "cp850"),
        ("iso-8859-1", "cp850", "cp850"),
    ],
)
@pytest.mark.parametrize("by_profile", [True, False])
def test_another_encoding_is_proposed(
    declared: str, written: str, probably: str, by_profile: bool, tmp_path: Path
) -> None:
    if by_profile:
        found = told(tmp_path, f"<R>{NAMES}</R>".encode(written), declared)
        assert found == Encoding(None, False, probably)
    else:
        assert told(tmp_path, xml(declared, written)) == Encoding(declared, False, probably)


def test_signs_of_windows_under_latin_1(tmp_path: Path) -> None:
    assert told(tmp_path, xml("iso-8859-1", "cp1252", NAMES + "D\u2013Arcy")) == Encoding(
        "iso-8859-1", False, "windows-1252"
    )


def test_one_file_of_several_is_enough(tmp_path: Path) -> None:
    write(tmp_path / "m" / "leerlingen.csv", "nr;naam\n1;Zoë\n")
    write(tmp_path / "m" / "school.csv", "naam\nSchool\n")
    members = [member for export in find_exports([tmp_path / "m"]).exports for member in export.members]
    assert encoding_of(members, "windows-1252") == Encoding(None, False, "utf-8")
