"""The outbox for one reader: dossiers enveloped (CMS, PKCS #7) for the certificate of whoever fetches them.

The certificate is kept in the ledger, so everything that stages uses the same one. Without one dossiers are readable.
"""

import base64
from collections.abc import Callable
from datetime import UTC
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import Connection, delete, insert, select

from dod2oso.base.clock import now
from dod2oso.base.errors import ConfigurationError
from dod2oso.base.extras import needs
from dod2oso.ledger import audit
from dod2oso.ledger.store import Ledger
from dod2oso.ledger.tables import project

SUFFIX = ".p7m"  # behind the name of a dossier in the outbox
FORMAT = "CMS EnvelopedData, AES-256-CBC, DER"  # as the manifest says it
_KEY = "outbox-recipient"
_LEAST_BITS = 2048


class Recipient(NamedTuple):
    """Who can read the outbox: a certificate (DER), and its SHA-256 as people compare it."""

    certificate: bytes
    fingerprint: str


def recipient(connection: Connection) -> Recipient | None:
    """The certificate for which the outbox is enveloped; None when dossiers lie there readable."""
    said = connection.scalar(select(project.c.value).where(project.c.key == _KEY))
    if said is None:
        return None
    fingerprint, _, certificate = said.partition(" ")
    return Recipient(base64.b64decode(certificate), fingerprint)


def set_recipient(ledger: Ledger, path: Path | None, account: str) -> Recipient | None:
    """Envelope the outbox for this certificate (PEM or DER) from now on; `None`: leave it readable again.

    What is staged already is staged anew at the next command that hands over. ConfigurationError when the file is no
    certificate that can be used: of another kind than RSA, too short, or over its date.
    """
    found = None if path is None else _read(path)
    about = {"recipient": found.fingerprint if found else ""}
    with ledger.write() as connection:
        connection.execute(delete(project).where(project.c.key == _KEY))
        if found is not None:
            value = f"{found.fingerprint} {base64.b64encode(found.certificate).decode()}"
            connection.execute(insert(project).values(key=_KEY, value=value))
        audit.append(connection, "outbox-recipient", account, about)
    return found


def enveloper(reader: Recipient) -> Callable[[bytes], bytes]:
    """What makes of the bytes of a dossier those that only this reader opens."""
    needs("cryptography", extra="encrypt")
    from cryptography import x509
    from cryptography.hazmat.primitives.ciphers.algorithms import AES256
    from cryptography.hazmat.primitives.serialization import Encoding
    from cryptography.hazmat.primitives.serialization.pkcs7 import PKCS7EnvelopeBuilder, PKCS7Options

    certificate = x509.load_der_x509_certificate(reader.certificate)

    def envelop(data: bytes) -> bytes:
        made = PKCS7EnvelopeBuilder().set_data(data).add_recipient(certificate)
        return made.set_content_encryption_algorithm(AES256).encrypt(Encoding.DER, [PKCS7Options.Binary])

    return envelop


def _read(path: Path) -> Recipient:
    needs("cryptography", extra="encrypt")
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.serialization import Encoding

    certificate = _certificate(path)
    key = certificate.public_key()
    usable = isinstance(key, RSAPublicKey) and key.key_size >= _LEAST_BITS
    if not usable or certificate.not_valid_after_utc < now().astimezone(UTC):
        raise ConfigurationError("recipient-unusable", file=path.name, least=_LEAST_BITS)
    return Recipient(certificate.public_bytes(Encoding.DER), certificate.fingerprint(SHA256()).hex())


def _certificate(path: Path) -> Any:
    from cryptography import x509

    try:
        data = path.read_bytes()
    except OSError:
        raise ConfigurationError("file-absent", file=path.name) from None
    for load in (x509.load_pem_x509_certificate, x509.load_der_x509_certificate):
        try:
            return load(data)
        except ValueError:
            continue
    raise ConfigurationError("recipient-unusable", file=path.name, least=_LEAST_BITS)
