"""A test PKI in a folder: one CA for the sandbox, a certificate per party, and a stranger under a CA of its own.

The Subject holds `serialNumber` with 20 digits, as a test certificate of OSO does; keys are elliptic because a sandbox
must start fast. Good for the sandbox only: the keys stand there without a passphrase, and end after a week.
"""

from dataclasses import dataclass
from datetime import timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from dod2oso.base.clock import now
from dod2oso.base.files import make_private_dir, write_private
from dod2oso.handover.config import Tls

_DAYS = 7
Key = ec.EllipticCurvePrivateKey


@dataclass(frozen=True, slots=True)
class Authority:
    """A CA: its certificate (also as a file) and its key, which is in no file: of one that was kept it is gone."""

    file: Path
    certificate: x509.Certificate
    key: Key | None

    @classmethod
    def make(cls, folder: Path, name: str) -> "Authority":
        key, subject = ec.generate_private_key(ec.SECP256R1()), _name(name)
        certificate = (
            unsigned(subject, subject, key, _DAYS)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
            .sign(key, hashes.SHA256())
        )
        file = make_private_dir(folder) / f"{name}.pem"
        write_private(file, certificate.public_bytes(Encoding.PEM))
        return cls(file, certificate, key)

    @classmethod
    def kept(cls, folder: Path, name: str) -> "Authority | None":
        """The CA that `make` left here, when it still holds for a day; it cannot issue any more."""
        file = folder / f"{name}.pem"
        try:
            certificate = x509.load_pem_x509_certificate(file.read_bytes())
        except (OSError, ValueError):
            return None
        good = certificate.not_valid_after_utc > now() + timedelta(days=1)
        return cls(file, certificate, None) if good else None

    def issued(self, name: str) -> Tls | None:
        """The certificate that was issued under this name; None when its files are gone."""
        files = self.file.parent / f"{name}.crt.pem", self.file.parent / f"{name}.key.pem"
        return Tls(ca=self.file, certificate=files[0], key=files[1]) if all(f.is_file() for f in files) else None

    def issue(self, name: str, serial: str) -> Tls:
        """A certificate for a party on this machine, with this serialNumber; both its files stand beside the CA's."""
        assert self.key is not None  # noqa: S101 - nobody issues for an authority that was kept
        key = ec.generate_private_key(ec.SECP256R1())
        here = [x509.DNSName("localhost"), x509.IPAddress(ip_address("127.0.0.1"))]
        usage = [ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.SERVER_AUTH]
        issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key())
        certificate = (
            unsigned(_name(name, serial), self.certificate.subject, key, _DAYS)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(x509.SubjectAlternativeName(here), critical=False)
            .add_extension(x509.ExtendedKeyUsage(usage), critical=False)
            .add_extension(issuer, critical=False)
            .sign(self.key, hashes.SHA256())
        )
        files = self.file.parent / f"{name}.crt.pem", self.file.parent / f"{name}.key.pem"
        write_private(files[0], certificate.public_bytes(Encoding.PEM))
        write_private(files[1], key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        return Tls(ca=self.file, certificate=files[0], key=files[1])


def _name(name: str, serial: str = "") -> x509.Name:
    parts = [
        x509.NameAttribute(NameOID.COUNTRY_NAME, "NL"),
        x509.NameAttribute(NameOID.ORGANIZATION_NAME, "dod2oso sandbox"),
        x509.NameAttribute(NameOID.COMMON_NAME, name),
    ]
    if serial:
        parts.append(x509.NameAttribute(NameOID.SERIAL_NUMBER, serial))
    return x509.Name(parts)


def unsigned(subject: x509.Name, issuer: x509.Name, key: Key, days: int) -> x509.CertificateBuilder:
    """What every certificate of ours begins with: good from an hour ago, for a clock that is behind."""
    moment = now()
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(moment - timedelta(hours=1))
        .not_valid_after(moment + timedelta(days=days))
    )
