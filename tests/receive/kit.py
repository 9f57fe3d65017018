"""Dossiers to receive: made-up ones, changed by hand."""

import zipfile
from collections.abc import Mapping
from pathlib import Path

from dod2oso.conformance.dossiers import full_dossier, minimal_dossier
from dod2oso.receive.gather import Piece, gather
from dod2oso.receive.take import Taken, take
from dod2oso.report.style import PLAIN
from dod2oso.source.container.discreet import NameList
from dod2oso.source.container.pins import Pins

GOOD = full_dossier("2019.1", "POVO")
SMALL = minimal_dossier("2019.1", "POVO")
OLD = minimal_dossier("2017.1", "POVO")
BAD = SMALL.replace(b"<voornaam>tekst</voornaam>", b"")
NAMESPACE = "http://www.edustandaard.nl/oso_gegevensset/2019/dossier"


def changed(data: bytes, *changes: tuple[str, str]) -> bytes:
    """The dossier with each first text replaced by the second; a text that is not there is a mistake."""
    for before, after in changes:
        assert before.encode() in data, before
        data = data.replace(before.encode(), after.encode())
    return data


def together(*dossiers: bytes) -> bytes:
    """One document with these dossiers."""
    inside = b"".join(data.partition(b"?>")[2] for data in dossiers)
    return b'<dossiers xmlns="' + NAMESPACE.encode() + b'">' + inside + b"</dossiers>"


def pieces(*paths: Path) -> list[Piece]:
    return list(gather(paths, Pins(), NameList(None).discreet))


def taken(out: Path, files: Mapping[str, bytes], *, accept: tuple[str, ...] = ("2019.1",), lang: str = "nl") -> Taken:
    """Take these files in, out of a folder; each name may be that of a zip in which they lie: a.zip/b.xml."""
    folder = out.parent / "in"
    for name, data in files.items():
        archive, _, inside = name.rpartition(".zip/")
        path = folder / (f"{archive}.zip" if archive else name)
        path.parent.mkdir(parents=True, exist_ok=True)
        if archive:
            with zipfile.ZipFile(path, "a") as packed:
                packed.writestr(inside, data)
        else:
            path.write_bytes(data)
    return take(out, pieces(folder), accept, ("csv", "xlsx"), PLAIN, lang)
