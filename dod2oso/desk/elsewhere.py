"""The desk for another computer: only over TLS and behind a passphrase, of which nothing but a scrypt hash is kept."""

import hashlib
import hmac
import re
import secrets
import socket
import ssl
import tempfile
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path

from dod2oso.base.clock import stopwatch
from dod2oso.base.errors import ConfigurationError, UsageError
from dod2oso.base.extras import needs
from dod2oso.base.files import write_private
from dod2oso.base.wipe import wipe

_COST = 1 << 15  # of scrypt: 32 MiB, about a tenth of a second
_FREE = 3  # wrong passphrases before each next one has to wait
_MOST = 60.0  # seconds
_DAYS = 31  # a certificate of our own is made for one time
_NAME = re.compile(r"[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?\Z")


@dataclass(slots=True)
class Keeper:
    """Lets in who knows the passphrase; after a few wrong ones each next one has to wait, longer every time."""

    passphrase: str = field(repr=False)
    _salt: bytes = field(default_factory=lambda: secrets.token_bytes(16), repr=False)
    _hash: bytes = field(default=b"", repr=False)
    _wrong: int = 0
    _until: float = 0.0

    def __post_init__(self) -> None:
        self._hash, self.passphrase = self._of(self.passphrase), ""

    def lets_in(self, word: str) -> bool:
        """Whether this is the passphrase, and nobody has to wait."""
        if stopwatch() < self._until:
            return False
        good = hmac.compare_digest(self._of(word), self._hash)
        self._wrong = 0 if good else self._wrong + 1
        if self._wrong >= _FREE:
            self._until = stopwatch() + min(_MOST, 2.0 ** (self._wrong - _FREE))
        return good

    @property
    def waits(self) -> bool:
        """Whether even the right one has to wait now."""
        return stopwatch() < self._until

    def _of(self, word: str) -> bytes:
        return hashlib.scrypt(
            word.encode("utf-8", "surrogatepass"), salt=self._salt, n=_COST, r=8, p=1, maxmem=_COST * 2048
        )


@dataclass(frozen=True, slots=True)
class Outside:
    """An address of this machine on which others may ask. `fingerprint`: of a certificate of our own, else ""."""

    host: str
    context: ssl.SSLContext = field(repr=False)
    keeper: Keeper = field(repr=False)
    fingerprint: str = ""


def outside(host: str, passphrase: str, certificate: Path | None, key: Path | None) -> Outside:
    """All that is needed to be asked by others; UsageError or ConfigurationError when it is not safe to."""
    name = checked_host(host)
    if certificate is None:
        context, fingerprint = _own(name)
    else:
        context, fingerprint = _given(certificate, key), ""
    return Outside(name, context, Keeper(passphrase), fingerprint)


def checked_host(host: str) -> str:
    """One address or name of this machine. UsageError for another, and for all addresses at once: a browser must say
    which one it asks.
    """
    name = host.strip().lower().strip("[]")
    try:
        address = ip_address(name)
    except ValueError:
        if not _NAME.match(name):
            raise UsageError("desk-host-wrong") from None
    else:
        if address.is_unspecified or address.is_multicast:
            raise UsageError("desk-host-wrong")
    try:
        socket.getaddrinfo(name, 0)
    except OSError:
        raise UsageError("desk-host-not-here") from None
    return name


def _empty() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def _given(certificate: Path, key: Path | None) -> ssl.SSLContext:
    context = _empty()
    try:
        context.load_cert_chain(certificate, key, password=lambda: "")  # one that asks for a word is refused
    except (OSError, ValueError, ssl.SSLError):
        raise ConfigurationError("desk-certificate-wrong", file=certificate.name) from None
    return context


def _own(host: str) -> tuple[ssl.SSLContext, str]:
    """A certificate made for this one time, and its fingerprint to compare in the browser."""
    needs("cryptography", extra="open")
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
    from cryptography.x509.oid import NameOID

    from dod2oso.sandbox.pki import unsigned

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "dod2oso")])
    try:
        here: x509.GeneralName = x509.IPAddress(ip_address(host))
    except ValueError:
        here = x509.DNSName(host)
    certificate = (
        unsigned(name, name, key, _DAYS)
        .add_extension(x509.SubjectAlternativeName([here]), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    context = _empty()
    with tempfile.TemporaryDirectory(prefix="dod2oso-") as folder:  # the standard library reads files only
        file = Path(folder) / "desk.pem"
        private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        write_private(file, certificate.public_bytes(Encoding.PEM) + private)
        context.load_cert_chain(file)
        wipe(file)
    digest = certificate.fingerprint(hashes.SHA256())
    return context, ":".join(f"{byte:02X}" for byte in digest)
