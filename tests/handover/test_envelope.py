"""An outbox for one reader: only the key of the certificate opens it; for another one everything is staged anew."""

import json
import shutil
import subprocess
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization.pkcs7 import pkcs7_decrypt_der
from cryptography.x509.oid import NameOID

from dod2oso.base.errors import ConfigurationError
from dod2oso.handover.envelope import recipient, set_recipient
from dod2oso.ledger.store import Ledger
from tests.handover.senders.test_outbox import Sender, handovers, run_with
from tests.ledger.kit import outcome

NOW = datetime.now(UTC)


def made(folder: Path, name: str, key: Any = None, days: int = 30) -> Path:
    """A certificate of its own key, as somebody else would make it."""
    key = key or rsa.generate_private_key(65537, 2048)
    who = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    certificate = (
        x509.CertificateBuilder().subject_name(who).issuer_name(who).public_key(key.public_key())
        .serial_number(x509.random_serial_number()).not_valid_before(NOW - timedelta(days=60))
        .not_valid_after(NOW + timedelta(days=days)).sign(key, hashes.SHA256())
    )  # fmt: skip
    path = folder / f"{name}.pem"
    path.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    path.with_suffix(".der").write_bytes(certificate.public_bytes(serialization.Encoding.DER))
    form = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path.with_suffix(".key").write_bytes(key.private_bytes(*form))
    return path


@pytest.fixture(name="las", scope="module")
def _las(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made(tmp_path_factory.mktemp("las"), "las")


def manifests(out: Path) -> dict[str, Any]:
    return {path.stem: json.loads(path.read_bytes()) for path in (out / "outbox").glob("*.json")}


def test_only_its_key_opens_what_is_staged_and_the_manifest_says_so(ledger: Ledger, out: Path, las: Path) -> None:
    set_recipient(ledger, las.with_suffix(".der"), "beheerder")
    assert run_with(ledger, out, [outcome(1), outcome(2)])[1] == 2
    assert len(manifests(out)) == 2 and list((out / "outbox").glob("*.xml")) == []
    key = serialization.load_pem_private_key(las.with_suffix(".key").read_bytes(), None)
    certificate = x509.load_pem_x509_certificate(las.read_bytes())
    for name, manifest in manifests(out).items():
        told = manifest["enveloped"]
        data = (out / "outbox" / told["file"]).read_bytes()
        assert told["file"] == f"{name}.xml.p7m" and told["sha256"] == sha256(data).hexdigest() and b"<?xml" not in data
        assert told["recipient"] == certificate.fingerprint(hashes.SHA256()).hex()
        opened = pkcs7_decrypt_der(data, certificate, key, [])  # type: ignore[arg-type]
        assert sha256(opened).hexdigest() == manifest["sha256"] and len(opened) == manifest["size"]


@pytest.mark.skipif(shutil.which("openssl") is None, reason="needs openssl")
def test_openssl_opens_it(ledger: Ledger, out: Path, las: Path, tmp_path: Path) -> None:
    set_recipient(ledger, las, "beheerder")
    run_with(ledger, out, [outcome(1)])
    name, manifest = next(iter(manifests(out).items()))
    files = {"-in": out / "outbox" / f"{name}.xml.p7m", "-recip": las, "-inkey": las.with_suffix(".key")}
    given = [str(word) for pair in (files | {"-out": tmp_path / "open.xml"}).items() for word in pair]
    subprocess.run(["openssl", "cms", "-decrypt", "-inform", "DER", *given], check=True, capture_output=True)
    assert sha256((tmp_path / "open.xml").read_bytes()).hexdigest() == manifest["sha256"]


def test_for_another_reader_or_for_none_everything_that_lies_there_is_staged_anew(
    ledger: Ledger, out: Path, las: Path, tmp_path: Path
) -> None:
    sender, others = Sender(out), made(tmp_path, "other")
    run_with(ledger, out, [outcome(1), outcome(2)])
    for path in (las, others):
        found = set_recipient(ledger, path, "beheerder")
        assert found is not None and run_with(ledger, out, [outcome(1), outcome(2)])[1] == 2
        assert {each["enveloped"]["recipient"] for each in manifests(out).values()} == {found.fingerprint}
        assert list((out / "outbox").glob("*.xml")) == []
        assert run_with(ledger, out, [outcome(1), outcome(2)])[1] == 0
    set_recipient(ledger, None, "beheerder")
    with ledger.read() as connection:
        assert recipient(connection) is None
    assert run_with(ledger, out, [outcome(1), outcome(2)])[1] == 2 and list((out / "outbox").glob("*.p7m")) == []
    sender.take()
    assert len(sender.taken) == 2
    assert run_with(ledger, out, [outcome(1), outcome(2)])[1] == 0
    assert set(handovers(ledger)) == {"fetched"}


def test_a_damaged_envelope_is_put_right(ledger: Ledger, out: Path, las: Path) -> None:
    set_recipient(ledger, las, "beheerder")
    run_with(ledger, out, [outcome(1)])
    path = next((out / "outbox").glob("*.p7m"))
    path.write_bytes(path.read_bytes()[:-1])
    assert run_with(ledger, out, [outcome(1)])[1] == 1
    manifest = next(iter(manifests(out).values()))
    assert sha256(path.read_bytes()).hexdigest() == manifest["enveloped"]["sha256"]


def test_what_cannot_be_encrypted_for_is_refused_and_nothing_changes(
    ledger: Ledger, out: Path, las: Path, tmp_path: Path
) -> None:
    found = set_recipient(ledger, las, "beheerder")
    wrong = [
        made(tmp_path, "curve", ec.generate_private_key(ec.SECP256R1())),
        made(tmp_path, "over", days=-1),
        las.with_suffix(".key"),
        tmp_path / "absent.pem",
    ]
    for path in wrong:
        with pytest.raises(ConfigurationError):
            set_recipient(ledger, path, "beheerder")
    with ledger.read() as connection:
        assert recipient(connection) == found
