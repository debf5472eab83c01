"""Public keys of DKIM in DNS: read one record, judge it, verify with it. RFC 6376 3.6, 8301, 8463.

It asks the resolver for the record and decides nothing about the message.
"""

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, padding, rsa

from sendoff.mail.auth import names, tags
from sendoff.mail.auth.names import Resolver, Status

MIN_RSA_BITS = 1024  # RFC 8301 3.2: a verifier must not take less
MAX_RSA_BITS = 8192  # more costs a receiver too much; RFC 8301 asks for 4096
MAX_RECORDS = 5  # of one name that are tried; there must be one
ED25519_BYTES = 32
ALGORITHMS = {"rsa-sha256": "rsa", "ed25519-sha256": "ed25519"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """A key as published. `flags`: of t=; `bits`: of RSA, else 256."""

    public: rsa.RSAPublicKey | ed25519.Ed25519PublicKey
    flags: tuple[str, ...] = ()
    hashes: tuple[str, ...] = ()
    services: tuple[str, ...] = ("*",)

    @property
    def type(self) -> str:
        """`rsa` or `ed25519`, as k= says it."""
        return "rsa" if isinstance(self.public, rsa.RSAPublicKey) else "ed25519"

    @property
    def bits(self) -> int:
        """How long the key is."""
        return self.public.key_size if isinstance(self.public, rsa.RSAPublicKey) else 256

    def verifies(self, signature: bytes, data: bytes) -> bool:
        """Whether it signed the data. Ed25519 signs the SHA-256 of it (RFC 8463 3)."""
        try:
            if isinstance(self.public, rsa.RSAPublicKey):
                self.public.verify(signature, data, padding.PKCS1v15(), hashes.SHA256())
            else:
                self.public.verify(signature, hashlib.sha256(data).digest())
        except InvalidSignature:
            return False
        return True


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What came of looking keys up: keys, or why there is none, for now or for good."""

    keys: tuple[Key, ...] = ()
    why: str = ""
    for_now: bool = False


class KeyProblem(ValueError):
    """A record holds no key that may be used; the message is a sentence."""


async def find(selector: str, domain: str, algorithm: str, resolver: Resolver) -> Found:
    """The keys at `selector._domainkey.domain` that fit the algorithm and serve e-mail."""
    name = f"{selector}._domainkey.{domain}"
    if not names.can_exist(name):
        return Found(why=f"{name[:80]} is no name that DNS could hold.")
    answer = await resolver.ask(name, "TXT")
    if answer.status is Status.FAILED:
        return Found(why=f"The key at {name} could not be asked for: {answer.said}.", for_now=True)
    if answer.status is not Status.FOUND:
        return Found(why=f"There is no key at {name} ({answer.said}).")
    good, problems = [], []
    for record in answer.values[:MAX_RECORDS]:
        try:
            good.append(usable(parse(record), algorithm))
        except KeyProblem as problem:
            problems.append(str(problem))
    return Found(keys=tuple(good), why="" if good else f"{name}: {problems[0]}")


def parse(record: str) -> Key:
    """A key from its TXT value, one character a byte. KeyProblem says why it is none."""
    try:
        told = tags.read(record.encode("latin-1", "replace"))
    except tags.TagError as error:
        raise KeyProblem(f"The key record {error}.") from None
    if "v" in told and (next(iter(told)) != "v" or told["v"] != b"DKIM1"):
        raise KeyProblem("The key record must begin with v=DKIM1 where it has v=.")
    if "p" not in told:
        raise KeyProblem("The record has no p=, so it is no DKIM key.")
    kind = told.get("k", b"rsa").decode("latin-1").lower()
    data = tags.without_blanks(told["p"])
    if not data:
        raise KeyProblem("The key was revoked: its p= is empty.")
    if not tags.is_base64(data):
        raise KeyProblem("The p= of the key is not base64; it may be cut off or pasted wrongly.")
    return Key(
        public=_public(kind, base64.b64decode(data)),
        flags=tuple(tags.listed(told.get("t", b""))),
        hashes=tuple(tags.listed(told["h"])) if told.get("h") else (),
        services=tuple(tags.listed(told.get("s", b"*"))),
    )


def usable(key: Key, algorithm: str) -> Key:
    """The key itself where it may verify such a signature of e-mail; KeyProblem else."""
    if key.type != ALGORITHMS[algorithm]:
        raise KeyProblem(f"The key is for {key.type}, the signature says {algorithm}.")
    if key.hashes and "sha256" not in key.hashes:
        raise KeyProblem("The key does not allow sha256 (its h=).")
    if not {"*", "email"}.intersection(key.services):
        raise KeyProblem("The key does not serve e-mail (its s=).")
    if key.bits < MIN_RSA_BITS and key.type == "rsa":
        raise KeyProblem(
            f"The key has {key.bits} bits; less than {MIN_RSA_BITS} are never taken (RFC 8301)."
        )
    if key.bits > MAX_RSA_BITS:
        raise KeyProblem(f"The key has {key.bits} bits, more than receivers take.")
    return key


def _public(kind: str, data: bytes) -> rsa.RSAPublicKey | ed25519.Ed25519PublicKey:
    if kind == "ed25519":
        if len(data) != ED25519_BYTES:
            raise KeyProblem(f"The Ed25519 key has {len(data)} bytes; it must have 32 (RFC 8463).")
        return ed25519.Ed25519PublicKey.from_public_bytes(data)
    if kind != "rsa":
        raise KeyProblem(f"The key type {kind[:20]!r} is not known.")
    try:
        key = serialization.load_der_public_key(data)
    except (ValueError, UnsupportedAlgorithm):
        raise KeyProblem("The p= of the key holds no RSA key; it may be cut off.") from None
    if not isinstance(key, rsa.RSAPublicKey):
        raise KeyProblem("The p= of the key holds no RSA key.")
    return key


def verified(keys: Sequence[Key], signature: bytes, data: bytes) -> Key | None:
    """The first key that made the signature."""
    return next((key for key in keys if key.verifies(signature, data)), None)
