"""OSO dossiers that were received: DIR/binnengekomen/<id>/, with beside each who sent it and about whom it is, as HMAC.

There is no row of them in the ledger: what stands in the folder is all there is, and when that is gone nothing is left.
"""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from dod2oso.base import atrest
from dod2oso.base.files import make_private_dir
from dod2oso.ledger import places

REGISTER, DOSSIER = "register.json", "dossier.xml"
TABLES, COMPARISONS = "tabellen", "vergelijkingen"  # beside the folders of dossiers: they are about several


@dataclass(frozen=True, slots=True)
class Arrived:
    """One that was received. id, pseudonym, number: HMAC under the key of the project; at: UTC, ISO 8601.

    `taken`: whether a receiving system may take it.
    """

    id: str
    sha256: str
    at: str
    brin: str
    oso: str
    pseudonym: str
    number: str
    taken: bool

    def folder(self, out_dir: Path) -> Path:
        """Where its files stand."""
        return out_dir / places.ARRIVED / self.id


def keep(out_dir: Path, one: Arrived, data: bytes) -> Path:
    """Write down that it was received, with the bytes as they came; the folder in which all of it stands."""
    folder = make_private_dir(one.folder(out_dir))
    register = json.dumps(asdict(one), indent=1).encode()
    atrest.atomic_write(out_dir, folder / REGISTER, register)  # first: a purge must find the dossier
    atrest.atomic_write(out_dir, folder / DOSSIER, data)
    return folder


def arrived(out_dir: Path) -> Iterator[Arrived]:
    """All that were received and are still here, in a fixed order.

    Of one whose register is damaged, gone, or that of another, only the id (trust/arrivals.py finds out the rest).
    """
    for folder in sorted((out_dir / places.ARRIVED).glob("*")):
        if folder.name in (TABLES, COMPARISONS) or not folder.is_dir() or folder.is_symlink():
            continue
        nothing = Arrived(folder.name, "", "", "", "", "", "", taken=False)
        try:
            one = Arrived(**json.loads(atrest.read(folder / REGISTER, out_dir)))
        except (OSError, ValueError, TypeError, atrest.NotAsWritten):
            one = nothing
        yield one if one.id == folder.name else nothing
