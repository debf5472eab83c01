"""The short form of the rotation drill: 2,000 messages, from RSA to RSA and Ed25519 in mid-send."""

import base64
import sqlite3
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from drills.rotation import Drill, judged
from journeys.installation import Installation
from sendoff.lib import vault
from sendoff.mail import dkim

MESSAGES = 2_000


@pytest.mark.timeout(280)
def test_keys_that_change_in_mid_send_leave_every_message_verifying(tmp_path):
    with Installation(tmp_path) as house:
        result = Drill(house).run(MESSAGES)
        secrets = private_halves(house)
    assert result.wrong == []
    assert (result.lost, result.doubled) == (0, 0)
    assert (result.accepted, result.verified) == (MESSAGES, MESSAGES)
    assert set(result.selectors) == {"s1", "s2 s3"}
    assert min(result.selectors.values()) >= MESSAGES // 20
    assert len(secrets) == 3
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert {"sendoff.sqlite3", "clerk.log"} <= {path.name for path in files}
    for path in files:
        data = path.read_bytes()
        assert not any(secret in data for each in secrets for secret in each), path


def private_halves(house: Installation) -> list[tuple[bytes, ...]]:
    """Each private key as it might be written somewhere, opened with the installation's ring."""
    ring = vault.Vault([base64.b64decode(house.env["SENDOFF_KEYS"])])
    with sqlite3.connect(house.data / "sendoff.sqlite3") as database:
        rows = database.execute("SELECT selector, sealed_key FROM senders_signingkey").fetchall()
    database.close()
    return [
        forms(ring.open(sealed, f"senders.key:1:shop.test:{selector}")) for selector, sealed in rows
    ]


def forms(pem: bytes) -> tuple[bytes, ...]:
    """A line of the PEM file, and the secret number itself."""
    key = dkim.load_key(pem)
    if isinstance(key, rsa.RSAPrivateKey):
        secret = key.private_numbers().p.to_bytes(128, "big")
    else:
        secret = key.private_bytes_raw()
    return (
        max(pem.splitlines()[-4:-1], key=len),
        secret,
        secret.hex().encode(),
        base64.b64encode(secret),
    )


def test_the_drill_sees_a_signature_that_fails_and_one_that_is_not_there(tmp_path):
    pem, record = dkim.generate_rsa_key()
    signer = dkim.signer("shop.test", [("s1", dkim.signing_key(dkim.load_key(pem)))])
    body = b"Hello Ben\r\n"
    head = b"From: ana@shop.test\r\nMessage-ID: <1@shop.test>\r\n"
    fields = [dkim.headers.field("From", "ana@shop.test"),
              dkim.headers.field("Message-ID", "<1@shop.test>")]  # fmt: skip
    signature = signer.sign(fields, dkim.body_hash(body), 1_700_000_000)
    records = {"s1._domainkey.shop.test": record}

    def found(data: bytes, records: dict[str, str] = records) -> tuple[str, str, str]:
        mail = Path(tmp_path / "mail")
        mail.write_bytes(b"Return-Path: <>\r\nDelivered-To: x\r\nX-Received-Verdict: y\r\n" + data)
        ((message_id, selectors, problem),) = judged([mail], records)
        return message_id, selectors, problem

    assert found(signature + head + b"\r\n" + body) == ("<1@shop.test>", "s1", "")
    changed = found(signature + head + b"\r\n" + b"Hello Cy\r\n")[2]
    assert "The body was changed" in changed
    assert "dkimpy does not take it" in changed
    assert "There is no key" in found(signature + head + b"\r\n" + body, {})[2]
    assert found(head + b"\r\n" + body)[2] == "it bears no signature"
