"""Signatures stand before an independent verifier, and fall when anything signed is changed."""

import re

import dkim as dkimpy
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from sendoff.mail import dkim, headers, quoted

BODY = quoted.encode("Hello  Ana,\n\n.dot\ttab \nbye" + " long" * 40 + "\n")


@pytest.fixture(scope="module")
def key() -> rsa.RSAPrivateKey:
    return dkim.load_rsa_key(dkim.generate_rsa_key()[0])


def _signed(key: rsa.RSAPrivateKey) -> bytes:
    fields = [
        headers.field("From", headers.mailbox("Ana Ölmann", "ana@shop.test")),
        headers.field("To", "ben@mail.test"),
        headers.unstructured("Subject", "A very long subject with ünusual letters " * 4),
        headers.field("X-Unsigned", "1"),
    ]
    signer = dkim.Signer("Shop.test", "s1", dkim.RsaKey(key))
    field = signer.sign(fields, dkim.body_hash(BODY), 1_700_000_000)
    return field + b"".join(header.wire for header in fields) + b"\r\n" + BODY


def _verifies(message: bytes, key: rsa.RSAPrivateKey) -> bool:
    name, value = dkim.txt_record("s1", "shop.test", key.public_key())
    records = {name.encode() + b".": value.encode()}
    return bool(dkimpy.verify(message, dnsfunc=lambda name, timeout=5: records.get(name)))


def test_dkimpy_verifies_the_signature(key: rsa.RSAPrivateKey) -> None:
    message = _signed(key)
    assert _verifies(message, key)
    assert max(map(len, message.split(b"\r\n"))) <= 78


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"ben@mail", b"cy@mail"),
        (b"Hello", b"Hallo"),
        (b"From:", b"Subject: another\r\nFrom:"),
        (b"From:", b"Reply-To: cy@other.test\r\nFrom:"),
        (b"t=1700000000", b"t=1700000001"),
    ],
)
def test_a_change_on_the_way_breaks_it(key: rsa.RSAPrivateKey, old: bytes, new: bytes) -> None:
    message = _signed(key)
    assert old in message
    assert not _verifies(message.replace(old, new, 1), key)


def test_an_unsigned_field_may_change(key: rsa.RSAPrivateKey) -> None:
    assert _verifies(_signed(key).replace(b"X-Unsigned: 1", b"X-Unsigned: 2"), key)


def test_the_record_carries_the_public_key_of_a_new_pair() -> None:
    pem, value = dkim.generate_rsa_key()
    assert dkim.txt_value(dkim.load_rsa_key(pem).public_key()) == value
    assert re.fullmatch(r"v=DKIM1; k=rsa; p=[A-Za-z0-9+/]{390,}={0,2}", value)
