"""TLS for all that leaves or enters: at least 1.2, one pinned CA, host names checked, nothing from the environment.

Promise: whom we trust is what the settings say and nothing else. The contexts are made here from nothing, so neither
the authorities of the machine, nor SSL_CERT_FILE, SSL_CERT_DIR or SSLKEYLOGFILE, play a part; HTTP clients must be
made with `trust_env=False` so that a proxy variable cannot reroute them. A passphrase is asked or read from a file, and
never stands on a command line or in an error.
"""

import secrets
import ssl
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic
from typing import NamedTuple

from dod2oso.base.errors import ConfigurationError
from dod2oso.base.files import write_private
from dod2oso.handover.config import Tls

Ask = Callable[[str], str]  # shows a question (the name of a file), returns what was typed

MINIMUM = ssl.TLSVersion.TLSv1_2


_RESUMED_FOR = 300.0  # seconds after a full handshake; then the certificate of the other side is looked at anew


class _Seen(NamedTuple):
    """A session with another side, and when (monotonic) its certificate was looked at."""

    session: ssl.SSLSession
    at: float


class _Calling(ssl.SSLObject):
    """One connection: what would let the next one resume its session is kept when it is closed in order."""

    def unwrap(self) -> None:
        context = self.context
        if isinstance(context, _Resuming):
            context.keep(self)
        super().unwrap()


class _Resuming(ssl.SSLContext):
    """To call the same side often, each time by a connection of its own, without each time a handshake in full.

    A session is resumed with the host name for which its certificate was found good, and no longer than `_RESUMED_FOR`.
    Only the other side can resume it (it holds the secret), and one that does not want to asks for a full handshake.
    """

    sslobject_class = _Calling

    def __init__(self, _protocol: int) -> None:
        self._seen: dict[str | bytes | None, _Seen] = {}

    def wrap_bio(
        self,
        incoming: ssl.MemoryBIO,
        outgoing: ssl.MemoryBIO,
        server_side: bool = False,
        server_hostname: str | bytes | None = None,
        session: ssl.SSLSession | None = None,
    ) -> ssl.SSLObject:
        seen = self._seen.get(server_hostname)
        if seen is not None and monotonic() - seen.at < _RESUMED_FOR:
            session = session or seen.session
        return super().wrap_bio(incoming, outgoing, server_side, server_hostname, session)

    def keep(self, connection: ssl.SSLObject) -> None:
        """Keep the newest session with this side, with the moment of the full handshake that it goes back to."""
        session = connection.session
        if session is None or not session.has_ticket:
            return
        before = self._seen.get(connection.server_hostname)
        resumed = before is not None and connection.session_reused
        at = before.at if before is not None and resumed else monotonic()
        self._seen[connection.server_hostname] = _Seen(session, at)


class Expiry(NamedTuple):
    """Until when a certificate is valid; `ends` is None when that cannot be told without a passphrase."""

    file: str
    ends: datetime | None


def client_context(tls: Tls, ask: Ask | None = None) -> ssl.SSLContext:
    """To call others: we show our certificate, and trust only who has one from our CA with the right host name.

    Raises ConfigurationError when a file is absent, no certificate, or the passphrase is wrong. `ask` is for a
    passphrase that is in no file.
    """
    context = _Resuming(ssl.PROTOCOL_TLS_CLIENT)  # host name and certificate are checked from here on
    return _fill(context, tls, ask)


def server_context(tls: Tls, ask: Ask | None = None) -> ssl.SSLContext:
    """To be called: who has no client certificate from our CA gets no connection."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.verify_mode = ssl.CERT_REQUIRED
    return _fill(context, tls, ask)


def purposes(tls: Tls) -> frozenset[str]:
    """What our certificate is not for though we need it: "call" and "be-called"; never asks, of a closed file nothing.

    A certificate that names no purpose (no extended key usage) is for everything. One that names others is refused by
    whoever we call or who calls us, in the middle of a handshake, where nobody tells why.
    """
    from cryptography import x509
    from cryptography.x509.oid import ExtendedKeyUsageOID

    if tls.is_pkcs12:
        from cryptography.hazmat.primitives.serialization.pkcs12 import load_key_and_certificates

        if tls.passphrase_file is None:
            return frozenset()
        try:
            certificate = load_key_and_certificates(_read(tls.certificate), _passphrase(tls, None).encode())[1]
        except ValueError:
            raise _unusable(tls.certificate) from None
    else:
        try:
            certificate = x509.load_pem_x509_certificates(_read(tls.certificate))[0]
        except ValueError:
            raise _unusable(tls.certificate) from None
    if certificate is None:
        raise _unusable(tls.certificate)
    try:
        named = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except x509.ExtensionNotFound:
        return frozenset()
    if ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE in named:
        return frozenset()
    needed = {"call": ExtendedKeyUsageOID.CLIENT_AUTH, "be-called": ExtendedKeyUsageOID.SERVER_AUTH}
    return frozenset(word for word, purpose in needed.items() if purpose not in named)


def expiries(tls: Tls) -> list[Expiry]:
    """Until when our certificate and the CA are valid; never asks."""
    found = []
    for path in (tls.certificate, tls.ca):
        data = _read(path)
        if path == tls.certificate and tls.is_pkcs12:
            found.append(Expiry(path.name, _pkcs12_end(tls, data) if tls.passphrase_file else None))
        else:
            found.append(Expiry(path.name, _pem_end(path, data)))
    return found


def _fill(context: ssl.SSLContext, tls: Tls, ask: Ask | None) -> ssl.SSLContext:
    context.minimum_version = MINIMUM
    _read(tls.ca)
    try:
        context.load_verify_locations(cafile=tls.ca)
    except ssl.SSLError:
        raise _unusable(tls.ca) from None
    with _as_pem(tls, ask) as (certificate, key, passphrase):
        try:
            context.load_cert_chain(certificate, key, passphrase)
        except ssl.SSLError as error:
            raise _wrong_key(tls, error) from None
    return context


@contextmanager
def _as_pem(tls: Tls, ask: Ask | None) -> Iterator[tuple[Path, Path | None, Callable[[], str]]]:
    """Our certificate as the ssl module wants it: PEM files, and a function that gives their passphrase."""
    if not tls.is_pkcs12:
        for path in filter(None, (tls.certificate, tls.key)):
            _read(path)
        yield tls.certificate, tls.key, lambda: _passphrase(tls, ask)
        return
    from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, PrivateFormat
    from cryptography.hazmat.primitives.serialization.pkcs12 import load_key_and_certificates

    data = _read(tls.certificate)
    try:
        key, certificate, others = load_key_and_certificates(data, _passphrase(tls, ask).encode())
    except ValueError:
        raise _unusable(tls.certificate) from None
    if key is None or certificate is None:
        raise _unusable(tls.certificate)
    once = secrets.token_hex(32)  # the copy below cannot be read by anybody, also when we are killed before it is gone
    with tempfile.TemporaryDirectory(prefix="dod2oso-") as folder:
        copy = Path(folder) / "client.pem"
        parts = [key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(once.encode()))]
        parts += [each.public_bytes(Encoding.PEM) for each in (certificate, *others)]
        write_private(copy, b"".join(parts))
        yield copy, None, lambda: once


def _passphrase(tls: Tls, ask: Ask | None) -> str:
    if tls.passphrase_file is not None:
        text = _read(tls.passphrase_file).decode(errors="replace")
        return text.split("\n", 1)[0].rstrip("\r")
    if ask is not None:
        return ask(tls.certificate.name)
    raise ConfigurationError("passphrase-needed", file=tls.certificate.name)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        raise ConfigurationError("certificate-unreadable", file=path.name) from None


def _pem_end(path: Path, data: bytes) -> datetime:
    """The end of the first to end: of a chain each one is needed."""
    from cryptography.x509 import load_pem_x509_certificates

    try:
        return min(certificate.not_valid_after_utc for certificate in load_pem_x509_certificates(data))
    except ValueError:
        raise _unusable(path) from None


def _pkcs12_end(tls: Tls, data: bytes) -> datetime:
    from cryptography.hazmat.primitives.serialization.pkcs12 import load_key_and_certificates

    try:
        _, certificate, _ = load_key_and_certificates(data, _passphrase(tls, None).encode())
    except ValueError:
        raise _unusable(tls.certificate) from None
    if certificate is None:
        raise _unusable(tls.certificate)
    return certificate.not_valid_after_utc.astimezone(UTC)


def _unusable(path: Path) -> ConfigurationError:
    """Why a file cannot be used: what kind it is where that can be seen, with the command that makes PEM of it."""
    try:
        kind = _kind(path.read_bytes())
    except OSError:
        kind = ""
    if kind:
        return ConfigurationError(kind, file=path.name, target=f"{path.stem}-pem.pem")
    return ConfigurationError("certificate-unusable", file=path.name)


def _kind(data: bytes) -> str:
    """The key of the error that names what a file is; "" for anything but whole files that are only not PEM."""
    from cryptography import x509
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.serialization import load_der_private_key, pkcs7

    if b"-----BEGIN PKCS7-----" in data or b"-----BEGIN CMS-----" in data:
        return "certificate-p7b"
    if not data.startswith(b"\x30"):
        return ""
    with suppress(ValueError):
        x509.load_der_x509_certificate(data)
        return "certificate-der"
    with suppress(ValueError, UnsupportedAlgorithm):
        return "certificate-p7b-der" if pkcs7.load_der_pkcs7_certificates(data) else ""
    with suppress(ValueError, TypeError, UnsupportedAlgorithm):
        load_der_private_key(data, None)
        return "certificate-key-der"
    return "certificate-p12" if b"\x2a\x86\x48\x86\xf7\x0d\x01\x07\x01" in data[:64] else ""  # the OID of its content


def _wrong_key(tls: Tls, error: ssl.SSLError) -> ConfigurationError:
    if error.reason == "KEY_VALUES_MISMATCH":
        if _chain_is_turned(tls):
            return ConfigurationError("certificate-chain-order", file=tls.certificate.name)
        return ConfigurationError("private-key-mismatch", file=tls.certificate.name)
    if tls.key is not None and _kind(_read(tls.certificate)) == "" and _kind(_read(tls.key)):
        return _unusable(tls.key)
    return _unusable(tls.certificate)


def _chain_is_turned(tls: Tls) -> bool:
    """Whether the key belongs to a later certificate of the file than the first, where it must be."""
    from cryptography import x509
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

    form = Encoding.DER, PublicFormat.SubjectPublicKeyInfo
    phrase = _passphrase(tls, None).encode() if tls.passphrase_file is not None else None
    with suppress(ValueError, TypeError, UnsupportedAlgorithm):
        key = load_pem_private_key(_read(tls.key or tls.certificate), phrase)
        ours = key.public_key().public_bytes(*form)
        chain = x509.load_pem_x509_certificates(_read(tls.certificate))
        return any(each.public_key().public_bytes(*form) == ours for each in chain[1:])
    return False
