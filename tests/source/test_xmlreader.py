"""Documents that other programs write: what stands around the text does not matter, and their true cause is told."""

from pathlib import Path

import pytest

from dod2oso.base.errors import ExportError
from dod2oso.discover.survey.scan import scan_export
from dod2oso.source.bind import BoundProfile
from dod2oso.source.container.find import find_exports
from dod2oso.source.container.pins import Pins
from dod2oso.source.dictionary import load_dictionary
from dod2oso.source.profile import load_profile
from tests.corpus.kit import read_export, write

PROFILE = load_profile(Path(__file__).parents[1] / "corpus" / "kleine-indeling.yaml")
BOUND = BoundProfile(PROFILE, load_dictionary())
BODY = "<R><Lijst><P><Naam>Zoë</Naam></P></Lijst></R>"
DECLARED = f'<?xml version="1.0" encoding="utf-8"?>\n{BODY}'


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"\r\n" + DECLARED.encode(), id="newline-before-declaration"),
        pytest.param(b" \t" + DECLARED.encode(), id="space-before-declaration"),
        pytest.param(b"\xef\xbb\xbf" * 2 + DECLARED.encode(), id="double-bom"),
        pytest.param(b"\xef\xbb\xbf\r\n" + DECLARED.encode(), id="bom-and-newline"),
        pytest.param(DECLARED.encode() + b"\0", id="trailing-nul"),
        pytest.param(DECLARED.encode() + b"\r\n" + b"\0" * 70_000, id="many-trailing-nuls"),
        pytest.param(b"\n" + DECLARED.encode() + b"\0\0", id="both"),
        pytest.param(("\ufeff" + DECLARED).encode("utf-16"), id="utf-16-double-bom"),
        pytest.param(DECLARED.encode("utf-16") + b"\0\0", id="utf-16-trailing-nul"),
        pytest.param(DECLARED.encode("utf-16-le"), id="utf-16-without-bom"),
        pytest.param(
            DECLARED.replace("utf-8", "windows-1252").encode("cp1252").join((b"\n", b"\0")), id="windows-1252"
        ),
    ],
)
def test_what_stands_around_a_document_does_not_matter(data: bytes, tmp_path: Path) -> None:
    path = write(tmp_path / "e.xml", data)
    export = read_export(path, BOUND)
    export.survey()
    (dossier,) = export.dossiers()
    assert dossier.root.value("leerling.achternaam") == "Zoë"
    scanned = scan_export(find_exports([path], Pins()).exports[0], [PROFILE])
    assert scanned.problem is None and scanned.records == 1


@pytest.mark.parametrize("data", [DECLARED.encode() + b"\0x", DECLARED.encode()[:-4] + b"\0" * 9, b"\n\0\0"])
def test_what_is_damaged_stays_damaged(data: bytes, tmp_path: Path) -> None:
    with pytest.raises(ExportError):
        read_export(write(tmp_path / "e.xml", data), BOUND).survey()


def test_references_across_chunks_and_records(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dod2oso.source.xmlreader._CHUNK", 7)
    body = "".join(f"<P><Naam>a&#{number};b</Naam></P>" for number in (146, 150, 145))
    export = read_export(write(tmp_path / "e.xml", f"<R><Lijst>{body}</Lijst></R>"), BOUND)
    export.survey()
    found = [dossier.root.value("leerling.achternaam") for dossier in export.dossiers()]
    assert found == ["a\u2019b", "a\u2013b", "a\u2018b"]
