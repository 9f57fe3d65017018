"""The parts of the sandbox by themselves: the zoeksleutel, the PKI, the words of the faults."""

import ssl
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography import x509
from hypothesis import given
from hypothesis import strategies as st

from dod2oso.handover.tls import expiries
from dod2oso.handover.wire.load import shipped
from dod2oso.sandbox.chain import SERIALS, Parties, point_of
from dod2oso.sandbox.faultkind import AT_RECEIVER, FaultKind
from dod2oso.sandbox.faults import Faults
from dod2oso.sandbox.searchkey import SandboxKeys, make_key, search_keys

KEYS = SandboxKeys(bytes(32))


@given(st.from_regex(r"[0-9]{9}", fullmatch=True))
def test_a_zoeksleutel_leads_back_to_its_pgn_and_is_as_long_as_the_published_one(pgn: str) -> None:
    key, fragment = KEYS.make(pgn)
    assert len(key) == 172
    assert KEYS.resolve(key, fragment) == pgn
    assert KEYS.resolve("\n".join((key[:76], key[76:152], key[152:])), "") == pgn  # lines of 76, as may be
    assert KEYS.make(pgn)[0] != key
    assert SandboxKeys(bytes(31) + b"x").resolve(key, fragment) is None
    assert KEYS.resolve(key, f"{(int(fragment) + 1) % 10000:04d}") is None


@given(st.text(max_size=200))
def test_no_text_makes_a_zoeksleutel_fail_other_than_by_none(text: str) -> None:
    assert KEYS.resolve(text, "") is None


def test_the_key_of_a_sandbox_is_kept_in_a_private_file(tmp_path: Path) -> None:
    made = make_key(tmp_path / "key")
    assert (tmp_path / "key").stat().st_mode & 0o777 == 0o600
    assert search_keys(tmp_path / "key").resolve(*made.make("999900001")) == "999900001"
    with pytest.raises(ValueError):
        search_keys(None)


def test_the_pki_has_a_certificate_for_everybody_and_a_stranger(tmp_path: Path) -> None:
    parties = Parties.make(tmp_path)
    for name, serial in SERIALS.items():
        certificate = x509.load_pem_x509_certificate(parties.certificates[name].certificate.read_bytes())
        found = certificate.subject.get_attributes_for_oid(x509.NameOID.SERIAL_NUMBER)
        assert [each.value for each in found] == [serial] and len(serial) == 20
        certificate.verify_directly_issued_by(parties.authority.certificate)
    stranger = x509.load_pem_x509_certificate(parties.stranger.certificate.read_bytes())
    with pytest.raises(ValueError):
        stranger.verify_directly_issued_by(parties.authority.certificate)
    ends = [each.ends for each in expiries(parties.certificates["bron"])]
    assert all(end is not None and 0 < (end - datetime.now(UTC)).days < 8 for end in ends)
    assert all(path.stat().st_mode & 0o777 == 0o600 for path in tmp_path.rglob("*.pem"))


def test_an_aanleverpunt_is_a_kenmerk_of_20_characters_from_oso_21_and_an_index_before() -> None:
    assert point_of("00YY", 931, shipped("22")) == "0000000700000YY00931"  # as in the published example
    assert point_of("00YY", 2, shipped("18")) == "2"


def test_every_third_exchange_is_hit_at_the_place_of_the_fault() -> None:
    for kind in FaultKind:
        faults = Faults(kind)
        here = kind in AT_RECEIVER
        assert [faults.hit(receiver=here) is kind for _ in range(7)] == [True, False, False, True, False, False, True]
        assert faults.hit(receiver=not here) is None
        assert faults.hits == 3
    assert Faults().hit(receiver=True) is None


def test_tls_below_1_2_is_not_spoken(tmp_path: Path) -> None:
    from dod2oso.handover.tls import server_context

    context = server_context(Parties.make(tmp_path).certificates["bron"])
    assert context.minimum_version is ssl.TLSVersion.TLSv1_2
    assert context.verify_mode is ssl.CERT_REQUIRED
