"""Secrets at rest: AES-256-GCM under a key ring, bound to the place they belong to.

The first key of the ring writes, every key reads; so a new key is put in front and old ones stay
until everything was written anew. Never logs, never returns a secret in an error.
"""

import base64
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from sendoff.lib.errors import PlainError

KEY_BYTES = 32
_NONCE_BYTES = 12


class VaultError(PlainError):
    """A secret can not be opened with any key of the ring; the message names the place."""


class Vault:
    """Seals and opens secrets with a ring of 32-byte keys."""

    def __init__(self, ring: list[bytes]) -> None:
        if not ring or any(len(key) != KEY_BYTES for key in ring):
            raise VaultError("SENDOFF_KEYS must hold at least one key of 32 bytes in base64.")
        self._ring = [AESGCM(key) for key in ring]

    def seal(self, secret: bytes, place: str) -> bytes:
        """Encrypt for one place, such as `senders.domain:7`; it opens nowhere else."""
        nonce = os.urandom(_NONCE_BYTES)
        return nonce + self._ring[0].encrypt(nonce, secret, place.encode())

    def open(self, sealed: bytes, place: str) -> bytes:
        """Decrypt what `seal` made for the same place; VaultError when no key fits."""
        nonce, box = sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:]
        for key in self._ring:
            try:
                return key.decrypt(nonce, box, place.encode())
            except (InvalidTag, ValueError):  # ValueError: too short to hold a nonce
                continue
        raise VaultError(
            f"No key in SENDOFF_KEYS opens the secret of {place}; add the key it was sealed with."
        )

    def renew(self, sealed: bytes, place: str) -> bytes | None:
        """The same sealed with the first key of the ring; None where it is already."""
        secret = self.open(sealed, place)
        try:
            self._ring[0].decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], place.encode())
        except InvalidTag:
            return self.seal(secret, place)
        return None


def new_key() -> str:
    """A fresh key for SENDOFF_KEYS, in base64."""
    return base64.b64encode(os.urandom(KEY_BYTES)).decode()
