"""What the tests of authentication share: keys, and a signer that shares no code with ours.

It canonicalises with dkimpy and signs any tag list literally, wrong ones too.
"""

import base64
import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, padding, rsa
from dkim.canonicalization import CanonicalizationPolicy

HEADERS = (
    b"From: Ana <ana@shop.test>\r\n",
    b"To: Ben <ben@post.test>\r\n",
    b"Subject: Is  dinner\r\n ready?\r\n",
    b"Date: Fri, 11 Jul 2003 21:00:37 -0700\r\n",
)
BODY = b"Hi.\r\n\r\nWe lost  the game. \r\nAna.\r\n\r\n\r\n"


@dataclass(frozen=True)
class Case:
    """What a test signs; `tags` is the literal start of the field, up to and with `b=`."""

    tags: str
    key: Any
    headers: tuple[bytes, ...] = HEADERS
    body: bytes = BODY
    form: str = "relaxed/relaxed"
    names: tuple[str, ...] = ("from", "to", "subject", "date")
    length: int | None = None
    after: str = ""
    field: str = "DKIM-Signature"


def _signature(key: Any, data: bytes, sha1: bool) -> bytes:
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return key.sign(hashlib.sha256(data).digest())
    algorithm = hashes.SHA1() if sha1 else hashes.SHA256()
    return bytes(key.sign(data, padding.PKCS1v15(), algorithm))


def sign(case: Case) -> bytes:
    """The message with the signature on top. %BH% in the tags is the body's hash."""
    policy = CanonicalizationPolicy.from_c_value(case.form.encode())
    body = policy.canonicalize_body(case.body)[: case.length]
    sha1 = "a=rsa-sha1" in case.tags
    digest = (hashlib.sha1 if sha1 else hashlib.sha256)(body).digest()
    tags = case.tags.replace("%BH%", base64.b64encode(digest).decode())
    pairs = [tuple(h.split(b":", 1)) for h in case.headers]
    canonical = policy.canonicalize_headers(pairs)
    left = [(n.lower().strip(), n + b":" + v) for n, v in canonical]
    hashed = b""
    for name in case.names:
        found = [at for at, (n, _) in enumerate(left) if n == name.encode()]
        if found:
            hashed += left.pop(found[-1])[1]
    own = [(case.field.encode(), f" {tags}{case.after}\r\n".encode())]
    name, value = policy.canonicalize_headers(own)[0]
    hashed += (name + b":" + value).removesuffix(b"\r\n")
    signed = base64.b64encode(_signature(case.key, hashed, sha1)).decode()
    lines = "\r\n ".join(signed[at : at + 70] for at in range(0, len(signed), 70))
    field = f"{case.field}: {tags}{lines}{case.after}\r\n".encode()
    return field + b"".join(case.headers) + b"\r\n" + case.body


@pytest.fixture(scope="session")
def signed() -> Callable[..., bytes]:
    """Signs what a `Case` of these words says."""
    return lambda *args, **words: sign(Case(*args, **words))


@pytest.fixture(scope="session")
def rsa_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 2048)


@pytest.fixture(scope="session")
def ed_key() -> ed25519.Ed25519PrivateKey:
    return ed25519.Ed25519PrivateKey.generate()


def base64_of(key: Any, form: str = "spki") -> str:
    """The p= of a key: SubjectPublicKeyInfo, bare RSAPublicKey (pkcs1), or raw Ed25519."""
    public = key.public_key()
    if isinstance(public, ed25519.Ed25519PublicKey) and form == "spki":
        return base64.b64encode(public.public_bytes_raw()).decode()
    wanted = (
        serialization.PublicFormat.PKCS1
        if form == "pkcs1"
        else serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return base64.b64encode(public.public_bytes(serialization.Encoding.DER, wanted)).decode()


@pytest.fixture(scope="session")
def published() -> Callable[..., str]:
    """The p= of a key."""
    return base64_of
