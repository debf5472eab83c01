"""Short keyed tokens that name one message: in links, pixels, return paths and Message-IDs.

A token is 8 bytes of campaign and sequence number and 10 bytes of keyed BLAKE2b. It says which
message, never who: no address is inside. Each purpose has its own key space, so a token from a
click can not be used where a bounce is expected.
"""

import base64
import binascii
import hmac
import struct
from hashlib import blake2b
from typing import NamedTuple

_IDS = struct.Struct(">II")
_MAC_BYTES = 10  # 80 bits: a guess succeeds once in 10^24


class MessageRef(NamedTuple):
    """One message: the campaign's id and the message's number in it. A tuple: one is made a hit."""

    campaign: int
    seq: int


class Tokens:
    """Makes and reads tokens of one purpose ("hit", "unsubscribe", "bounce", "message-id")."""

    def __init__(self, key: bytes, purpose: str) -> None:
        self._mac = blake2b(key=key[:64], digest_size=_MAC_BYTES, person=purpose.encode()[:16])

    def url(self, campaign: int, seq: int) -> str:
        """24 characters, case matters: for URLs."""
        return base64.urlsafe_b64encode(self._signed(campaign, seq)).decode()

    def mail(self, campaign: int, seq: int) -> str:
        """36 hex digits, case does not matter: for the local part of an address."""
        return self._signed(campaign, seq).hex()

    def read(self, token: str) -> MessageRef | None:
        """The message a token names; None where it is forged, cut or not a token at all."""
        raw = _decode(token)
        if len(raw) != _IDS.size + _MAC_BYTES:
            return None
        campaign, seq = _IDS.unpack(raw[: _IDS.size])
        genuine = hmac.compare_digest(self._signed(campaign, seq), raw)
        return MessageRef(campaign, seq) if genuine else None

    def of(self, campaign: int, seq: int, what: bytes) -> str:
        """A signature of some bytes for one message (20 hex digits), as for a merged link."""
        mac = self._mac.copy()
        mac.update(_IDS.pack(campaign, seq) + what)
        return mac.hexdigest()

    def proves(self, signature: str, ref: MessageRef, what: bytes) -> bool:
        """Whether `of` made this signature; in constant time."""
        return hmac.compare_digest(
            self.of(ref.campaign, ref.seq, what).encode(), signature.encode()
        )

    def _signed(self, campaign: int, seq: int) -> bytes:
        ids = _IDS.pack(campaign, seq)
        mac = self._mac.copy()
        mac.update(ids)
        return ids + mac.digest()


def _decode(token: str) -> bytes:
    try:
        if len(token) == 2 * (_IDS.size + _MAC_BYTES):
            return bytes.fromhex(token)
        # What base64.urlsafe_b64decode comes to, in a third of its time.
        return binascii.a2b_base64(token.replace("-", "+").replace("_", "/"), strict_mode=True)
    except (ValueError, binascii.Error):
        return b""
