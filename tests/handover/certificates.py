"""Certificates to test with, made on the spot: a CA that is trusted, a stranger, and certificates that are wrong."""

from datetime import UTC, datetime
from pathlib import Path

import trustme

from dod2oso.handover.config import Tls

LONG_AGO = datetime(2001, 1, 1, tzinfo=UTC)


class Pki:
    """Two authorities in a folder; `party` makes the settings of somebody."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(exist_ok=True)
        self.folder = folder
        self.authorities = {"trusted": trustme.CA(), "stranger": trustme.CA()}
        for name, authority in self.authorities.items():
            authority.cert_pem.write_to_path(folder / f"{name}-ca.pem")

    def ca(self, name: str = "trusted") -> Path:
        return self.folder / f"{name}-ca.pem"

    def party(
        self, name: str, *, by: str = "trusted", trusts: str = "trusted", host: str = "localhost", expired: bool = False
    ) -> Tls:
        made = self.authorities[by].issue_cert(
            host, not_before=LONG_AGO if expired else None, not_after=LONG_AGO.replace(year=2002) if expired else None
        )
        certificate, key = self.folder / f"{name}.pem", self.folder / f"{name}.key"
        certificate.write_bytes(b"".join(blob.bytes() for blob in made.cert_chain_pems))
        made.private_key_pem.write_to_path(key)
        return Tls(ca=self.ca(trusts), certificate=certificate, key=key)
