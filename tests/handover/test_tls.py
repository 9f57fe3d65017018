"""TLS: whom we trust is what the settings say, whatever the environment holds; every file can be wrong in its way."""

import shutil
import ssl
import subprocess
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.hazmat.primitives.serialization.pkcs7 import serialize_certificates
from cryptography.hazmat.primitives.serialization.pkcs12 import serialize_key_and_certificates
from cryptography.x509 import load_pem_x509_certificate

from dod2oso.base.errors import ConfigurationError
from dod2oso.handover import tls as tls_module
from dod2oso.handover.bron.server import _PURPOSE
from dod2oso.handover.config import Http, Tls
from dod2oso.handover.senders.gateway import Gateway as Client
from dod2oso.handover.senders.gateway import Verdict
from dod2oso.handover.tls import client_context, expiries, purposes, server_context
from dod2oso.ledger.handovers import Handover
from tests.handover.certificates import LONG_AGO, Pki
from tests.handover.gateway import Gateway
from tests.refusals import refused

SECRET = "een goed bewaard wachtwoord"  # noqa: S105


@pytest.fixture(name="pki", scope="module")
def _pki(tmp_path_factory: pytest.TempPathFactory) -> Pki:
    return Pki(tmp_path_factory.mktemp("pki"))


def ask(url: str, context: ssl.SSLContext) -> Verdict:
    handover = Handover(**dict.fromkeys(Handover._fields, "x"))  # type: ignore[arg-type]
    with Client(Http(url=url, timeout_seconds=120), context) as client:
        return client.ask(handover).verdict


def pkcs12(tls: Tls, file: Path, passphrase: str = SECRET) -> Path:
    certificate = load_pem_x509_certificate(tls.certificate.read_bytes())
    assert tls.key is not None
    key: Any = load_pem_private_key(tls.key.read_bytes(), None)
    encryption = BestAvailableEncryption(passphrase.encode())
    file.write_bytes(serialize_key_and_certificates(b"us", key, certificate, None, encryption))
    return file


def test_the_environment_cannot_replace_the_ca_or_the_route(
    tmp_path: Path, pki: Pki, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = tmp_path / "keys.log"
    for name, value in {
        "SSL_CERT_FILE": str(pki.ca("stranger")),
        "SSL_CERT_DIR": str(tmp_path),
        "REQUESTS_CA_BUNDLE": str(pki.ca("stranger")),
        "SSLKEYLOGFILE": str(keys),
        **dict.fromkeys(("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"), "http://127.0.0.1:9"),
    }.items():
        monkeypatch.setenv(name, value)
    with Gateway(tmp_path / "in", pki.party("gateway")) as good:
        assert ask(good.url, client_context(pki.party("us"))) is Verdict.ABSENT  # straight to it, and trusted
    with Gateway(tmp_path / "in", pki.party("gateway", by="stranger")) as strange:
        assert ask(strange.url, client_context(pki.party("us"))) is Verdict.UNREACHABLE
        assert strange.requests == []
    assert not keys.exists()


def test_only_tls_1_2_and_later_with_checks_on(pki: Pki) -> None:
    client, server = client_context(pki.party("us")), server_context(pki.party("us"))
    assert client.minimum_version == server.minimum_version == ssl.TLSVersion.TLSv1_2
    assert client.check_hostname and client.verify_mode == server.verify_mode == ssl.CERT_REQUIRED
    assert len(client.get_ca_certs()) == 1


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # to make an old server one must ask for old things
def test_an_older_tls_is_refused(tmp_path: Path, pki: Pki) -> None:
    old = server_context(pki.party("gateway"))
    old.minimum_version = ssl.TLSVersion.TLSv1
    old.maximum_version = ssl.TLSVersion.TLSv1_1
    old.set_ciphers("DEFAULT@SECLEVEL=0")
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    us = client_context(pki.party("us")).wrap_bio(outgoing, incoming, server_hostname="localhost")
    them = old.wrap_bio(incoming, outgoing, server_side=True)
    with pytest.raises(ssl.SSLError):
        for _ in range(4):
            for side in (us, them):
                try:
                    side.do_handshake()
                except ssl.SSLWantReadError:
                    pass


def test_pkcs12_and_pem_with_their_passphrase_from_a_file_or_asked(tmp_path: Path, pki: Pki) -> None:
    plain = pki.party("us")
    assert plain.key is not None
    key: Any = load_pem_private_key(plain.key.read_bytes(), None)
    locked = tmp_path / "locked.key"
    from cryptography.hazmat.primitives.serialization import Encoding, PrivateFormat

    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(SECRET.encode()))
    locked.write_bytes(pem)
    passphrase = tmp_path / "passphrase.txt"
    passphrase.write_text(f"{SECRET}\r\n")
    bundle = pkcs12(plain, tmp_path / "us.p12")
    for tls in (
        Tls(ca=pki.ca(), certificate=bundle, passphrase_file=passphrase),
        Tls(ca=pki.ca(), certificate=plain.certificate, key=locked, passphrase_file=passphrase),
    ):
        with Gateway(tmp_path / "in", pki.party("gateway")) as gateway:
            assert ask(gateway.url, client_context(tls)) is Verdict.ABSENT
        without = tls.model_copy(update={"passphrase_file": None})
        client_context(without, {tls.certificate.name: SECRET}.__getitem__)
        with refused(ConfigurationError, "passphrase-needed"):
            client_context(without)
        with pytest.raises(ConfigurationError) as wrong:
            client_context(without, lambda _name: "fout wachtwoord")
        assert "fout wachtwoord" not in wrong.value.text("nl") + wrong.value.text("en")


def test_what_can_be_wrong_with_the_files(tmp_path: Path, pki: Pki) -> None:
    good, other = pki.party("us"), pki.party("other")
    nonsense = tmp_path / "nonsense.pem"
    nonsense.write_text("geen certificaat")
    broken = tmp_path / "broken.p12"
    broken.write_bytes(b"\x30\x82")
    for change, expected in (
        ({"ca": tmp_path / "absent.pem"}, "absent.pem"),
        ({"ca": nonsense}, "nonsense.pem"),
        ({"certificate": nonsense}, "nonsense.pem"),
        ({"key": other.key}, "hoort niet bij"),
        ({"certificate": broken, "key": None}, "broken.p12"),
    ):
        with pytest.raises(ConfigurationError, match=expected):
            client_context(good.model_copy(update=change), lambda _name: SECRET)


def test_expiry_is_told_without_asking(tmp_path: Path, pki: Pki) -> None:
    old = pki.party("old", expired=True)
    found = {each.file: each.ends for each in expiries(old)}
    assert found["old.pem"] == LONG_AGO.replace(year=2002) and found["trusted-ca.pem"] is not None
    bundle = pkcs12(pki.party("us"), tmp_path / "us.p12")
    assert expiries(Tls(ca=pki.ca(), certificate=bundle))[0].ends is None
    (tmp_path / "pass").write_text(SECRET)
    assert expiries(Tls(ca=pki.ca(), certificate=bundle, passphrase_file=tmp_path / "pass"))[0].ends is not None


def for_purposes(pki: Pki, *named: str) -> Tls:
    """A certificate of the trusted authority that names these purposes, or none."""
    tls = pki.party("named")
    old = load_pem_x509_certificate(tls.certificate.read_bytes())
    authority = load_pem_x509_certificate(pki.authorities["trusted"].cert_pem.bytes())
    key: Any = load_pem_private_key(pki.authorities["trusted"].private_key_pem.bytes(), None)
    builder = x509.CertificateBuilder(authority.subject, old.subject, old.public_key(), old.serial_number,
                                      old.not_valid_before_utc, old.not_valid_after_utc)  # fmt: skip
    builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
    builder = builder.add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.public_key()), False)
    if named:
        oids = [getattr(x509.oid.ExtendedKeyUsageOID, name) for name in named]
        builder = builder.add_extension(x509.ExtendedKeyUsage(oids), critical=False)
    made = builder.sign(key, hashes.SHA256())
    tls.certificate.write_bytes(made.public_bytes(Encoding.PEM))
    return tls


@pytest.mark.parametrize(
    ("named", "lacking"),
    [
        ((), set()),
        (("CLIENT_AUTH", "SERVER_AUTH"), set()),
        (("SERVER_AUTH",), {"call"}),
        (("CLIENT_AUTH",), {"be-called"}),
        (("ANY_EXTENDED_KEY_USAGE",), set()),
        (("EMAIL_PROTECTION",), {"call", "be-called"}),
    ],
)
def test_a_certificate_that_is_not_for_what_we_need_is_seen_before_a_handshake(
    named: tuple[str, ...], lacking: set[str], pki: Pki
) -> None:
    tls = for_purposes(pki, *named)
    assert purposes(tls) == lacking
    assert purposes(tls.model_copy(update={"certificate": pkcs12(tls, pki.folder / "named.p12"), "key": None})) == set()


@pytest.mark.parametrize(("named", "gets_in"), [((), True), (("CLIENT_AUTH",), True), (("SERVER_AUTH",), False)])
def test_a_client_whose_certificate_is_not_for_calling_does_not_get_in(
    named: tuple[str, ...], gets_in: bool, pki: Pki
) -> None:
    client, server = client_context(for_purposes(pki, *named)), server_context(pki.party("server"))
    ends = (ssl.MemoryBIO(), ssl.MemoryBIO()), (ssl.MemoryBIO(), ssl.MemoryBIO())
    calling = client.wrap_bio(*ends[0], server_hostname="localhost")
    called = server.wrap_bio(*ends[1], server_side=True)
    done: set[Any] = set()
    seen = None
    for _ in range(10):
        for end, own, other in ((calling, ends[0], ends[1]), (called, ends[1], ends[0])):
            if end in done:
                continue
            try:
                end.do_handshake()
                done.add(end)
            except ssl.SSLWantReadError:
                pass
            except ssl.SSLCertVerificationError as error:
                seen = error.verify_code
            other[0].write(own[1].read())
        if seen is not None:
            break
    assert (called in done) == gets_in
    assert seen == (None if gets_in else _PURPOSE)


def _called(client: ssl.SSLContext, server: ssl.SSLContext, name: str = "localhost") -> tuple[bool, Any]:
    """One connection that ends in order: whether its session was resumed, and of whom the server says it is."""
    ours, theirs = (ssl.MemoryBIO(), ssl.MemoryBIO()), (ssl.MemoryBIO(), ssl.MemoryBIO())
    calling = client.wrap_bio(*ours, server_hostname=name)
    called = server.wrap_bio(*theirs, server_side=True)

    def turn(*steps: Callable[[], Any]) -> None:
        for step in steps:
            with suppress(ssl.SSLWantReadError):
                step()
            theirs[0].write(ours[1].read())
            ours[0].write(theirs[1].read())

    turn(*(calling.do_handshake, called.do_handshake) * 3)
    turn(lambda: called.write(b"."), lambda: calling.read(1), calling.unwrap)
    assert calling.session_reused == called.session_reused
    return bool(called.session_reused), called.getpeercert()


def test_a_session_is_resumed_with_the_same_side_for_a_while(pki: Pki, monkeypatch: pytest.MonkeyPatch) -> None:
    moment = 1000.0
    monkeypatch.setattr(tls_module, "monotonic", lambda: moment)
    client, server = client_context(pki.party("us")), server_context(pki.party("server"))
    first, us = _called(client, server)
    assert not first and us
    assert [_called(client, server) for _ in range(3)] == [(True, us)] * 3
    moment += tls_module._RESUMED_FOR / 2
    assert _called(client, server) == (True, us)
    moment += tls_module._RESUMED_FOR / 2  # since the certificate was looked at, however often it was resumed since
    assert [_called(client, server) for _ in range(2)] == [(False, us), (True, us)]


def test_a_session_is_not_resumed_with_another_side(pki: Pki) -> None:
    client, server = client_context(pki.party("us")), server_context(pki.party("server"))
    _called(client, server)
    assert _called(client, server_context(pki.party("server")))[0] is False  # another process, with a secret of its own
    with pytest.raises(ssl.SSLCertVerificationError):
        _called(client, server_context(pki.party("server", by="stranger")))
    with pytest.raises(ssl.SSLCertVerificationError):  # a name for which the certificate was never found good
        _called(client, server, "elders.example")


def _kinds(pki: Pki, folder: Path) -> dict[str, Tls]:
    """Files of the kinds that people get from an authority, in the place of PEM."""
    tls = pki.party("kinds")
    certificate = load_pem_x509_certificate(tls.certificate.read_bytes())
    assert tls.key is not None
    key: Any = load_pem_private_key(tls.key.read_bytes(), None)
    ca = load_pem_x509_certificate(tls.ca.read_bytes())
    files = {
        "a.cer": certificate.public_bytes(Encoding.DER),
        "a.p7b": serialize_certificates([certificate], Encoding.PEM),
        "b.p7b": serialize_certificates([certificate], Encoding.DER),
        "a.key": key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()),
        "a.pem": serialize_key_and_certificates(b"us", key, certificate, None, NoEncryption()),
        "turned.pem": ca.public_bytes(Encoding.PEM) + tls.certificate.read_bytes(),
        "ca.cer": ca.public_bytes(Encoding.DER),
    }
    for name, data in files.items():
        (folder / name).write_bytes(data)
    return {
        "certificate-der": tls.model_copy(update={"certificate": folder / "a.cer"}),
        "certificate-p7b": tls.model_copy(update={"certificate": folder / "a.p7b"}),
        "certificate-p7b-der": tls.model_copy(update={"certificate": folder / "b.p7b"}),
        "certificate-key-der": tls.model_copy(update={"key": folder / "a.key"}),
        "certificate-p12": tls.model_copy(update={"certificate": folder / "a.pem"}),
        "certificate-chain-order": tls.model_copy(update={"certificate": folder / "turned.pem"}),
        "certificate-der ca": tls.model_copy(update={"ca": folder / "ca.cer"}),
    }


def test_a_certificate_of_another_kind_is_named_with_the_command_that_converts_it(pki: Pki, tmp_path: Path) -> None:
    for code, tls in _kinds(pki, tmp_path).items():
        for make in (client_context, server_context):
            with pytest.raises(ConfigurationError) as raised:
                make(tls)
            assert raised.value.code == code.partition(" ")[0]
            assert "openssl" in raised.value.text("nl") or code == "certificate-chain-order"
            assert str(tmp_path) not in raised.value.text("en")


def test_the_command_converts_it(pki: Pki, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("needs openssl")
    monkeypatch.chdir(tmp_path)
    kinds = _kinds(pki, tmp_path)
    for code, field in (("der", "certificate"), ("p7b", "certificate"), ("p7b-der", "certificate"), ("key-der", "key")):
        tls = kinds[f"certificate-{code}"]
        with pytest.raises(ConfigurationError) as raised:
            client_context(tls)
        command = raised.value.text("en").partition("with: openssl ")[2].split()
        subprocess.run([openssl, *command], check=True, capture_output=True)
        client_context(tls.model_copy(update={field: tmp_path / command[-1]}))
