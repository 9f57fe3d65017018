"""Dossiers that were received, each with about whom it is: by its register, or else by what the dossier says."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

from lxml import etree

from dod2oso.base import atrest
from dod2oso.base.atrest import NotAsWritten
from dod2oso.base.pseudonym import Pseudonyms, load_key
from dod2oso.base.xml import parse_bytes
from dod2oso.ledger.arrived import DOSSIER, Arrived, arrived
from dod2oso.ledger.rows import timestamp
from dod2oso.oso.versions import version_of_namespace
from dod2oso.supplement.pupil import pgn_key
from dod2oso.supplement.who import pupil_of


def received(out_dir: Path) -> Iterator[Arrived]:
    """As `arrived`; one without a register that can be read is read itself. Without `sha256`: that cannot be either."""
    for one in arrived(out_dir):
        yield one if one.sha256 else _by_itself(out_dir, one)


def _by_itself(out_dir: Path, one: Arrived) -> Arrived:
    path = one.folder(out_dir) / DOSSIER
    try:
        data = atrest.read(path, out_dir)
        root = parse_bytes(data)
        day = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    except (OSError, NotAsWritten, etree.XMLSyntaxError):
        return one
    known = version_of_namespace(etree.QName(root).namespace or "")
    if known is None:
        return one
    pupil, pseudonyms = pupil_of(root, known.name), Pseudonyms(load_key(out_dir))
    return replace(
        one, sha256=sha256(data).hexdigest(), at=timestamp(day), brin=pupil.brin, oso=known.name,
        pseudonym=pupil.keys(pseudonyms, 0).pseudonym, number=pgn_key(pseudonyms, pupil.pgn),
    )  # fmt: skip
