"""OSO dossiers that were received: DIR/binnengekomen/<id>/, with beside each who sent it and about whom it is, as HMAC.

There is no row of them in the ledger: what stands in the folder is all there is, and when that is gone nothing is left.
"""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from dod2oso.base.files import atomic_write, make_private_dir
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
    atomic_write(folder / REGISTER, json.dumps(asdict(one), indent=1).encode())  # first: a purge must find the dossier
    atomic_write(folder / DOSSIER, data)
    return folder


def arrived(out_dir: Path) -> Iterator[Arrived]:
    """All that were received and are still here, in a fixed order; of one whose register is damaged only the id."""
    for path in sorted((out_dir / places.ARRIVED).glob(f"*/{REGISTER}")):
        try:
            yield Arrived(**json.loads(path.read_bytes()))
        except (OSError, ValueError, TypeError):
            yield Arrived(path.parent.name, "", "", "", "", "", "", taken=False)
