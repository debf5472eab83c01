"""Make one try to tell an endpoint, within every limit. It reads no database and decides nothing.

The name is resolved here, once, every address is judged, and the connection goes to one that was:
who answers differently the next time changes nothing. Redirects are answers, and not followed.
"""

from dataclasses import dataclass

from sendoff.lib import clock
from sendoff.lib.config import Config
from sendoff.smtp import https
from sendoff.smtp.route import Resolver
from sendoff.smtp.trust import Trust
from sendoff.webhooks import signing, targets

PATIENCE_S = 15.0  # for all of a try
DNS_PATIENCE_S = 5.0
WORDS = 300  # of the answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """One delivery as the wire needs it."""

    delivery: int
    endpoint: int
    url: str
    event_id: str
    body: bytes
    secrets: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """How a try went. `status` None: there was no answer; `said`: its first words, or why not.
    `retry_after_s`: how long it asked us to wait."""

    delivery: int
    endpoint: int
    at_ms: int
    address: str
    status: int | None
    said: str
    ms: int
    retry_after_s: int | None = None


class Wire:
    """The way to endpoints, as this installation sees the network. Of one event loop."""

    def __init__(self, config: Config) -> None:
        self._private = config.allow_private_targets
        self._resolver = Resolver(
            config.resolver, allow_private=self._private, patience_s=DNS_PATIENCE_S
        )
        self._trust = Trust(roots=config.tls_roots)

    async def tell(self, letter: Letter, patience_s: float = PATIENCE_S) -> Tried:
        """Post one event."""
        began_ms, began = clock.now_ms(), clock.steady_ms()
        address, status, said, wait_s = "", None, "", None
        try:
            target = targets.read(letter.url, private=self._private)
            addresses = await targets.reach(target, self._resolver, private=self._private)
            address = addresses[0]
            left_s = patience_s - (clock.steady_ms() - began) / 1000
            answer = await self._post(target, address, letter, max(left_s, 0.1))
            status, said, wait_s = answer.status, _words(answer.body), answer.retry_after_s
        except targets.WebhookError as error:
            said = str(error)
        except https.FetchError as error:
            said = str(error)
        return Tried(
            delivery=letter.delivery,
            endpoint=letter.endpoint,
            at_ms=began_ms,
            address=address,
            status=status,
            said=said[:WORDS],
            ms=clock.steady_ms() - began,
            retry_after_s=wait_s,
        )

    async def _post(
        self, target: targets.Target, address: str, letter: Letter, patience_s: float
    ) -> https.Answer:
        now_s = clock.now_ms() // 1000
        fields = {
            "Content-Type": "application/json",
            "User-Agent": "Sendoff",
            **signing.fields(letter.event_id, now_s, letter.body, letter.secrets),
        }
        return await https.exchange(
            (target.host, target.port, target.path),
            address,
            self._trust.context(verify=True) if target.encrypted else None,
            fields,
            letter.body,
            patience_s=patience_s,
        )


def _words(body: bytes) -> str:
    """The begin of an answer on one line, without what no page or database takes."""
    text = body[: 4 * WORDS].decode("utf-8", "replace")
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())[:WORDS]
