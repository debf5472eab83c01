"""TLSA records are read and matched as RFC 6698 and 7672 say."""

from hashlib import sha256, sha512

import pytest
import trustme
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from sendoff.smtp import dane

AUTHORITY = trustme.CA()
LEAF = AUTHORITY.issue_cert("mx.shop.test")
NAMES = ("mx.shop.test", "shop.test")


def der(pem: trustme.Blob) -> bytes:
    return x509.load_pem_x509_certificate(pem.bytes()).public_bytes(Encoding.DER)


def spki(pem: trustme.Blob) -> bytes:
    key = x509.load_pem_x509_certificate(pem.bytes()).public_key()
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


OWN, ANCHOR = LEAF.cert_chain_pems[0], AUTHORITY.cert_pem
CHAIN = [der(OWN), der(ANCHOR)]


@pytest.mark.parametrize(
    "record",
    [
        f"3 0 0 {der(OWN).hex()}",
        f"3 0 1 {sha256(der(OWN)).hexdigest()}",
        f"3 1 0 {spki(OWN).hex()}",
        f"3 1 1 {sha256(spki(OWN)).hexdigest().upper()}",
        f"3 1 2 {sha512(spki(OWN)).hexdigest()}",
        f"2 0 1 {sha256(der(ANCHOR)).hexdigest()}",
        f"2 1 1 {sha256(spki(ANCHOR)).hexdigest()}",
    ],
    ids=("3 0 0", "3 0 1", "3 1 0", "3 1 1", "3 1 2", "2 0 1", "2 1 1"),
)
def test_each_usable_kind_of_record_matches(record: str) -> None:
    other = f"3 1 1 {'00' * 32}"
    assert dane.why_not(CHAIN, dane.usable([other, record]), NAMES) == ""
    assert "matches no TLSA" in dane.why_not(CHAIN, dane.usable([other]), NAMES)


def test_an_anchor_that_stands_whole_in_its_record_need_not_be_shown() -> None:
    records = dane.usable([f"2 0 0 {der(ANCHOR).hex()}"])
    assert dane.why_not(CHAIN[:1], records, NAMES) == ""


def test_under_an_anchor_the_name_of_host_or_domain_counts() -> None:
    records = dane.usable([f"2 0 1 {sha256(der(ANCHOR)).hexdigest()}"])
    assert dane.why_not(CHAIN, records, ("elsewhere.test", "mx.shop.test")) == ""
    assert "does not name" in dane.why_not(CHAIN, records, ("elsewhere.test",))


def test_an_anchor_does_not_vouch_for_what_it_did_not_sign() -> None:
    stranger = trustme.CA().issue_cert("mx.shop.test").cert_chain_pems[0]
    records = dane.usable([f"2 0 1 {sha256(der(ANCHOR)).hexdigest()}"])
    assert dane.why_not([der(stranger), der(ANCHOR)], records, NAMES)


@pytest.mark.parametrize(
    "record",
    [
        "",
        "3 1",
        "3 1 1 zz",
        "3 1 1 00",  # no SHA-256
        f"0 0 1 {'00' * 32}",  # RFC 7672 3.1.3: the usages of the web
        f"1 1 1 {'00' * 32}",
        f"3 2 1 {'00' * 32}",
        f"3 1 9 {'00' * 32}",
        "3 1 0",
    ],
)
def test_what_can_not_be_used_is_left_out(record: str) -> None:
    assert dane.usable([record]) == ()


@pytest.mark.parametrize("chain", [[], [b"no certificate"]])
def test_a_chain_that_is_none_proves_nothing(chain: list[bytes]) -> None:
    records = dane.usable([f"3 1 1 {'00' * 32}", "2 0 0 00"])
    assert "could not be checked" in dane.why_not(chain, records, NAMES)
