"""Find which messages of ours a mail names: only what our key signed counts. Pure and bounded."""

import hmac
import re
from collections.abc import Iterable
from itertools import islice

from sendoff.lib.tokens import MessageRef, Tokens
from sendoff.mail.returned import Returned

READ_BYTES = 512 * 1024
MOST = 50  # signed words that are looked at in one mail

_TOKEN = re.compile(rb"(?:b-|unsubscribe\+)([0-9a-fA-F]{36})@|/t/u/([A-Za-z0-9_-]{24})")
_MESSAGE_ID = re.compile(rb"<(\d{1,10})\.(\d{1,10})\.([0-9a-f]{8})@")
_ID_LIMIT = 2**32


class Names:
    """Reads what mails name, under one key."""

    def __init__(self, key: bytes) -> None:
        self._kinds = (Tokens(key, "bounce"), Tokens(key, "unsubscribe"))
        self._message_ids = Tokens(key, "message-id")

    def in_mail(self, raw: bytes, returned: Returned) -> set[MessageRef]:
        """Every message of ours that the mail, or the original within it, proves to know."""
        original = returned.original
        said = " ".join((original.message_id, original.return_path, original.list_unsubscribe))
        text = said.encode("utf-8", "replace") + b"\n" + raw[:READ_BYTES]
        found = {ref for token in _tokens(text) if (ref := self._read(token)) and ref.campaign}
        return found | set(self._by_message_id(text))

    def _read(self, token: str) -> MessageRef | None:
        return next((ref for kind in self._kinds if (ref := kind.read(token))), None)

    def _by_message_id(self, text: bytes) -> Iterable[MessageRef]:
        for campaign, seq, proof in islice(_MESSAGE_ID.findall(text), MOST):
            ref = MessageRef(int(campaign), int(seq))
            if ref.campaign >= _ID_LIMIT or ref.seq >= _ID_LIMIT:
                continue
            ours = self._message_ids.of(ref.campaign, ref.seq, b"")[:8]
            if hmac.compare_digest(ours, proof.decode()):
                yield ref


def _tokens(text: bytes) -> list[str]:
    found = (one or other for one, other in _TOKEN.findall(text))
    return [token.decode().lower() if len(token) == 36 else token.decode()
            for token in islice(dict.fromkeys(found), MOST)]  # fmt: skip
