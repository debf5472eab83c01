"""Sign messages that are already canonical (RFC 6376, relaxed/relaxed). It never rewrites a byte.

The body must be its own canonical form (see `quoted`) and every header comes with its canonical
line, so signing is one hash, one RSA operation and a base64. A message may bear several signatures.
"""

import base64
from collections.abc import Sequence
from hashlib import sha256
from typing import NamedTuple, Protocol

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, padding, rsa, utils

from sendoff.mail import addresses, headers

KEY_BITS = 2048  # RFC 8301 3.2: at least 1024, wished 2048

# Each is named once more than it occurs: a second one, added on the way, breaks the signature.
OVERSIGNED = (
    "From", "To", "Subject", "Date", "Message-ID", "Reply-To", "List-Unsubscribe",
    "List-Unsubscribe-Post", "MIME-Version", "Content-Type", "Feedback-ID", "List-Id",
)  # fmt: skip
_KNOWN = frozenset(OVERSIGNED)


PrivateKey = rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey
PublicKey = rsa.RSAPublicKey | ed25519.Ed25519PublicKey


class SigningKey(Protocol):
    """The one costly operation, small enough to be replaced by a signer of many at once."""

    @property
    def algorithm(self) -> str:
        """What a= says of it."""

    def sign(self, data: bytes) -> bytes:
        """The signature of the data, hash included."""


class RsaKey:
    """RSA with SHA-256 and PKCS #1 v1.5: `rsa-sha256` of RFC 6376 3.3.1."""

    algorithm = "rsa-sha256"

    def __init__(self, key: rsa.RSAPrivateKey) -> None:
        self._key = key
        self._padding = padding.PKCS1v15()
        self._hash = utils.Prehashed(hashes.SHA256())  # it looks less often at what it was given

    def sign(self, data: bytes) -> bytes:
        """One RSA operation; lets other threads run meanwhile."""
        return self._key.sign(sha256(data).digest(), self._padding, self._hash)


class Ed25519Key:
    """Ed25519 of the SHA-256 of the data: `ed25519-sha256` of RFC 8463 3."""

    algorithm = "ed25519-sha256"

    def __init__(self, key: ed25519.Ed25519PrivateKey) -> None:
        self._key = key

    def sign(self, data: bytes) -> bytes:
        """A tenth of what RSA costs; receivers who do not know it look at the other signature."""
        return self._key.sign(sha256(data).digest())


def signing_key(key: PrivateKey) -> SigningKey:
    """The operation that a private key is for."""
    return RsaKey(key) if isinstance(key, rsa.RSAPrivateKey) else Ed25519Key(key)


class Unsigned(NamedTuple):
    """What is signed of one message: its fields, the SHA-256 of its body, and when, in seconds."""

    fields: Sequence[headers.Header]
    body_hash: bytes
    t: int


class Signer:
    """Makes the DKIM-Signature of one domain and selector for messages with the same fields."""

    def __init__(self, domain: str, selector: str, key: SigningKey) -> None:
        self._key = key
        self._start = (
            f"v=1; a={key.algorithm}; c=relaxed/relaxed; d={addresses.ascii_domain(domain)};\r\n"
            f" s={addresses.ascii_domain(selector)}; t=%d;\r\n h="
        )
        self._forms: dict[tuple[str, ...], tuple[bytes, bytes]] = {}

    def sign(self, signed: Sequence[headers.Header], body_hash: bytes, t: int) -> bytes:
        """The whole field with its CRLF. `body_hash` is the SHA-256 of the body, `t` in seconds.

        The fields are hashed in the order given; each name may occur once. Fields of no name in
        OVERSIGNED (spelled as there) are left unsigned; a name that is absent is signed as absent.
        """
        return self.sign_all([Unsigned(signed, body_hash, t)])[0]

    def sign_all(self, unsigned: Sequence[Unsigned]) -> list[bytes]:
        """The field of each. The costly operations run one after the other, so that the key stays
        in the caches next to the processor, and what is around them does too."""
        prepared = [self._prepared(each) for each in unsigned]
        signatures = [self._key.sign(data) for _, data in prepared]
        return [
            b"%b%b\r\n" % (wire, _in_lines(signature))
            for (wire, _), signature in zip(prepared, signatures, strict=True)
        ]

    def _prepared(self, unsigned: Unsigned) -> tuple[bytes, bytes]:
        """The field up to its signature, and what the signature is made of."""
        listed = [header for header in unsigned.fields if header.name in _KNOWN]
        names = tuple([header.name for header in listed])
        wire, canonical = self._forms.get(names) or self._make_forms(names)
        values = unsigned.t, base64.b64encode(unsigned.body_hash)
        lines = b"".join([header.canonical for header in listed])
        return wire % values, lines + canonical % values

    def _make_forms(self, names: tuple[str, ...]) -> tuple[bytes, bytes]:
        """The field up to the signature, on the wire and as it is hashed: t and bh to be put in."""
        value = f"{self._start}{_list_of(names)};\r\n bh=%b;\r\n b=".encode()
        canonical = value.replace(b"\r\n", b"")
        self._forms[names] = b"DKIM-Signature: " + value, b"dkim-signature:" + canonical
        return self._forms[names]


class Signers:
    """Makes one signature after the other of the same fields: RSA and Ed25519 side by side."""

    def __init__(self, signers: Sequence[Signer]) -> None:
        self._signers = tuple(signers)

    def sign(self, signed: Sequence[headers.Header], body_hash: bytes, t: int) -> bytes:
        """The whole fields, as `Signer.sign` makes one."""
        return self.sign_all([Unsigned(signed, body_hash, t)])[0]

    def sign_all(self, unsigned: Sequence[Unsigned]) -> list[bytes]:
        """The fields of each message, as `Signer.sign_all` makes them."""
        made = [signer.sign_all(unsigned) for signer in self._signers]
        return [b"".join(fields) for fields in zip(*made, strict=True)]


DomainSigner = Signer | Signers


def signer(domain: str, keys: Sequence[tuple[str, SigningKey]]) -> DomainSigner:
    """What signs for a domain with each of these selectors and keys."""
    signers = [Signer(domain, selector, key) for selector, key in keys]
    return signers[0] if len(signers) == 1 else Signers(signers)


def body_hash(body: bytes) -> bytes:
    """SHA-256 of a body that is its own canonical form and ends with one CRLF."""
    return sha256(body).digest()


def generate_rsa_key() -> tuple[bytes, str]:
    """A new key: its private half as PKCS #8 PEM, and the value of the TXT record to publish."""
    return _pair(rsa.generate_private_key(public_exponent=65537, key_size=KEY_BITS))


def generate_ed25519_key() -> tuple[bytes, str]:
    """The same for Ed25519, whose record fits into one string."""
    return _pair(ed25519.Ed25519PrivateKey.generate())


def load_key(pem: bytes) -> PrivateKey:
    """A key as one of the two above made it. ValueError where it is none.

    An RSA key's primes are not proved again, a tenth of a second each time: they come from a seal.
    """
    key = serialization.load_pem_private_key(
        pem, password=None, unsafe_skip_rsa_key_validation=True
    )
    if not isinstance(key, PrivateKey):
        raise ValueError("The DKIM key is neither RSA nor Ed25519; make a new one for this domain.")
    return key


def load_rsa_key(pem: bytes) -> rsa.RSAPrivateKey:
    """A key as `generate_rsa_key` made it. ValueError where it is none."""
    key = load_key(pem)
    if not isinstance(key, rsa.RSAPrivateKey):
        raise ValueError("The DKIM key is not an RSA key; make a new one for this domain.")
    return key


def txt_value(public: PublicKey) -> str:
    """What the TXT record says (RFC 6376 3.6.1); an RSA key needs two strings of at most 255."""
    if isinstance(public, ed25519.Ed25519PublicKey):
        return f"v=DKIM1; k=ed25519; p={base64.b64encode(public.public_bytes_raw()).decode()}"
    der = public.public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return f"v=DKIM1; k=rsa; p={base64.b64encode(der).decode()}"


def txt_record(selector: str, domain: str, public: PublicKey) -> tuple[str, str]:
    """The owner name of the record, without a dot at the end, and its value."""
    name = f"{addresses.ascii_domain(selector)}._domainkey.{addresses.ascii_domain(domain)}"
    return name, txt_value(public)


def _pair(key: PrivateKey) -> tuple[bytes, str]:
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return pem, txt_value(key.public_key())


def _list_of(present: tuple[str, ...]) -> str:
    """The h= list: the fields in their order, then every name once more, in folded lines."""
    names = [name.lower() for name in (*present, *OVERSIGNED)]
    lines, line = [], ""
    for name in names[:-1]:
        if len(line) + len(name) > 70:
            lines.append(line)
            line = ""
        line += name + ":"
    return "\r\n ".join([*lines, line + names[-1]])


def _in_lines(signature: bytes) -> bytes:
    """Base64 in lines of at most 72; blanks inside b= are not part of it (RFC 6376 3.5)."""
    text = base64.b64encode(signature)
    return b"\r\n ".join([text[at : at + 72] for at in range(0, len(text), 72)])
