"""Ask DNS for the records of keys that are to sign. It keeps no caller waiting but who asks it to.

The clerk's thread has the database: it hands questions over and writes down the answers, while a
thread of its own waits for DNS.
"""

import asyncio
import threading
from collections.abc import Sequence

import structlog

from sendoff.lib import clock
from sendoff.lib.config import Config
from sendoff.mail.auth.live import Live
from sendoff.mail.auth.names import Answer
from sendoff.mail.auth.records import dkim_record
from sendoff.senders import key_changes, signing_keys
from sendoff.senders.key_life import COMING, Key, Look
from sendoff.senders.models import SigningKey

LOOK_MS = 60_000
PATIENCE_S = 5.0
# The rules speak of the key that signs; what is still to come breaks nothing yet.
_NOT_YET = {
    "dkim-missing": "",
    "dkim-other-key": "At {host} there is another key than the new one. Replace it by: {value}",
}

log = structlog.get_logger()
Looks = dict[int, Look]


class Watch:
    """The clerk's chore: `tick` as often as you like."""

    def __init__(self, config: Config) -> None:
        self._nameserver = config.resolver
        self._every_ms = max(500, min(LOOK_MS, config.dkim_seen_for_s * 1000))
        self._ask_at_ms = 0
        self._asking: threading.Thread | None = None
        self._looks: Looks = {}

    def tick(self) -> int:
        """Write down what DNS showed, take what steps are due, ask again; how many were taken."""
        if self._asking and self._asking.is_alive():
            return 0
        if not self._asking and clock.steady_ms() < self._ask_at_ms:
            return 0
        looks, self._looks, asked, self._asking = self._looks, {}, self._asking, None
        moved = key_changes.advance(looks)
        for key in moved:
            log.info("a DKIM key took a step", key=key.host, state=key.state.value)
        if not asked:
            self._ask_at_ms = clock.steady_ms() + self._every_ms
            self._ask(_coming())
        return len(moved)

    def _ask(self, keys: Sequence[Key]) -> None:
        def ask() -> None:
            self._looks = asyncio.run(_looked(keys, self._nameserver))

        if keys:
            self._asking = threading.Thread(target=ask, name="keys", daemon=True)
            self._asking.start()


def look(domain_id: int, nameserver: str) -> list[Key]:
    """Ask DNS now for the coming keys of a domain and take the steps due; its keys afterwards."""
    coming = [key for key in signing_keys.keys(domain_id) if key.state in COMING]
    key_changes.advance(asyncio.run(_looked(coming, nameserver)), domain_id)
    return signing_keys.keys(domain_id)


async def _looked(keys: Sequence[Key], nameserver: str) -> Looks:
    if not keys:
        return {}
    dns = Live(nameserver, PATIENCE_S)
    answers = await asyncio.gather(*(dns.ask(key.host, "TXT") for key in keys))
    return {key.id: judged(key, each) for key, each in zip(keys, answers, strict=True)}


def judged(key: Key, answer: Answer) -> Look:
    """What an answer says about the record of a coming key."""
    found = dkim_record.judge(key.host, answer, key.value)
    now = clock.now_ms()
    if any(each.rule == "dkim-ok" for each in found):
        return Look(at_ms=now, right=True)
    first = found[0]
    words = _NOT_YET.get(first.rule, f"{first.sentence} {first.mend}")
    sentence = words.format(host=key.host, value=key.value) if first.rule in _NOT_YET else words
    return Look(
        at_ms=now, right=None if first.verdict == "unreachable" else False, sentence=sentence
    )


def _coming() -> list[Key]:
    rows = SigningKey.objects.filter(signing_ms=None, retired_ms=None).select_related("domain")
    return [signing_keys.key_of(row) for row in rows.defer("sealed_key").order_by("id")]
