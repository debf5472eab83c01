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


def test_a_message_bears_both_signatures_and_each_stands_alone(key: rsa.RSAPrivateKey) -> None:
    pem, record = dkim.generate_ed25519_key()
    both = dkim.signer(
        "shop.test", [("s1", dkim.RsaKey(key)), ("e1", dkim.signing_key(dkim.load_key(pem)))]
    )
    fields = [headers.field("From", "ana@shop.test"), headers.field("To", "ben@mail.test")]
    signed = both.sign(fields, dkim.body_hash(BODY), 1_700_000_000)
    message = signed + b"".join(header.wire for header in fields) + b"\r\n" + BODY
    known = {b"s1": dkim.txt_value(key.public_key()), b"e1": record}

    def look_up(name: bytes, timeout: int = 5) -> bytes:
        return known[name.partition(b".")[0]].encode()

    assert [dkimpy.DKIM(message).verify(idx=n, dnsfunc=look_up) for n in (0, 1)] == [True, True]
    assert re.findall(rb"a=([a-z0-9-]+)", signed) == [b"rsa-sha256", b"ed25519-sha256"]
    assert max(map(len, message.split(b"\r\n"))) <= 78


def test_one_key_is_one_signature_and_a_foreign_key_is_none(key: rsa.RSAPrivateKey) -> None:
    assert isinstance(dkim.signer("shop.test", [("s1", dkim.RsaKey(key))]), dkim.Signer)
    pem, record = dkim.generate_ed25519_key()
    assert re.fullmatch(r"v=DKIM1; k=ed25519; p=[A-Za-z0-9+/]{43}=", record)
    with pytest.raises(ValueError, match="not an RSA key"):
        dkim.load_rsa_key(pem)
