"""A chain of ARC sets holds or does not, as RFC 8617 says; the sets are made by dkimpy."""

import asyncio
import base64
import re

import dkim as dkimpy
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from sendoff.mail.auth import arc, message
from sendoff.mail.auth.zone import Zone

BASE = (
    b"Authentication-Results: fwd.test; spf=pass smtp.mailfrom=shop.test\r\n"
    b"From: Ana <ana@shop.test>\r\nTo: ben@post.test\r\nSubject: hello\r\n"
    b"Date: Fri, 11 Jul 2003 21:00:37 -0700\r\nMessage-ID: <1@shop.test>\r\n\r\nHi.\r\n"
)


def pem(key: rsa.RSAPrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.TraditionalOpenSSL,
        serialization.NoEncryption(),
    )


def forwarded(key: rsa.RSAPrivateKey, times: int) -> bytes:
    data = BASE
    for n in range(times):
        results = b"Authentication-Results: fwd.test; arc=%b\r\n" % (b"pass" if n else b"none")
        data = results + re.sub(rb"(?m)^Authentication-Results", b"X-Old", data)
        sealed = dkimpy.arc_sign(data, b"s1", b"fwd.test", pem(key), b"fwd.test")
        data = b"".join(sealed) + data
    return data


def public(key: rsa.RSAPrivateKey) -> str:
    der = key.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return base64.b64encode(der).decode()


def validated(data: bytes, key: rsa.RSAPrivateKey, record: str = "v=DKIM1; p={}") -> arc.Verdict:
    zone = {"s1._domainkey.fwd.test": [{"type": "TXT", "value": record.format(public(key))}]}
    return asyncio.run(arc.validate(message.parse(data), Zone(zone)))


@pytest.mark.parametrize("times", [1, 2, 3])
def test_a_whole_chain_passes(times, rsa_key):
    verdict = validated(forwarded(rsa_key, times), rsa_key)
    assert (verdict.result, verdict.sets, verdict.why) == ("pass", times, "")


def test_a_message_without_sets_has_no_chain(rsa_key):
    assert validated(BASE, rsa_key).result == "none"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (rb"Subject: hello", b"Subject: bye"),
        (rb"Hi\.", b"Ho."),
        (rb"(ARC-Authentication-Results: i=1;[^;]*;)", rb"\1 dkim=pass;"),
        (rb"(?s)ARC-Authentication-Results: i=1;.*?\r\n(?! )", b""),
        (rb"(?s)ARC-Seal: i=1;.*?\r\n(?! )", b""),
        (rb"(?s)ARC-Message-Signature: i=1;.*?\r\n(?! )", b""),
        (rb"(ARC-Seal: i=)1", rb"\g<1>3"),
        (rb"(ARC-Seal: i=)1", rb"\g<1>0"),
        (rb"(ARC-Seal: i=)1", rb"\g<1>x"),
        (rb"cv=none", b"cv=pass"),
        (rb"cv=pass", b"cv=none"),
        (rb"cv=pass", b"cv=fail"),
        (rb"cv=pass", b"cv="),
        (rb"(ARC-Seal: i=1; )", rb"\1h=from; "),
        (rb"(ARC-Seal: i=1; )", rb"\1s=s1; "),
        (rb"(ARC-Seal: i=1; cv=none; )a=rsa-sha256", rb"\1a=rsa-sha1"),
        (rb"(ARC-Message-Signature: i=2; )a=rsa-sha256", rb"\1a=rsa-sha1"),
    ],
)
def test_whatever_breaks_one_link_breaks_the_chain(old, new, rsa_key):
    data = forwarded(rsa_key, 2)
    broken, count = re.subn(old, new, data, count=1)
    assert count == 1
    verdict = validated(broken, rsa_key)
    assert verdict.result == "fail"
    assert verdict.why.endswith(".")


def test_a_set_that_comes_twice_breaks_the_chain(rsa_key):
    data = forwarded(rsa_key, 1)
    field = data[: data.index(b"\r\nARC-Message") + 2]
    assert validated(field + data, rsa_key).result == "fail"


@pytest.mark.parametrize("record", ["v=DKIM1; p=", "TIMEOUT", "NXDOMAIN", "v=DKIM1; h=sha1; p={}"])
def test_without_a_key_there_is_no_pass(record, rsa_key):
    assert validated(forwarded(rsa_key, 1), rsa_key, record).result == "fail"


def test_more_than_fifty_sets_are_not_looked_at(rsa_key):
    data = forwarded(rsa_key, 1)
    high = data.replace(b"i=1;", b"i=51;")
    assert "50" in validated(high, rsa_key).why
