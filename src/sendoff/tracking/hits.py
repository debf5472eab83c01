"""What one request left behind, and what a batch adds up to. Pure: no clock, no database."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

OPEN, CLICK, UNSUBSCRIBE, TRAP = "open", "click", "unsubscribe", "trap"
KINDS = (OPEN, CLICK, UNSUBSCRIBE)

USER_AGENT_CHARS = 300
DETAIL_CHARS = 2000
IP_CHARS = 45  # the longest IPv6 address in text
METHOD_CHARS = 10

Message = tuple[int, int]  # campaign, number in it


class Hit(NamedTuple):
    """One request, in the order of the columns of `put_hit`. A tuple, as it is made per hit."""

    campaign: int
    seq: int
    kind: str
    link: int | None  # number of the link; None for opens, dynamic links and unsubscribes
    detail: str  # dynamic link: where it led; unsubscribe: how it was asked
    at_ms: int
    user_agent: str
    ip: str
    method: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sums:
    """What a batch adds: per message its counts and firsts, per campaign all its hits."""

    opens: Counter[Message] = field(default_factory=Counter)
    clicks: Counter[Message] = field(default_factory=Counter)
    firsts: dict[str, dict[Message, int]] = field(default_factory=lambda: {k: {} for k in KINDS})
    hits: Counter[int] = field(default_factory=Counter)

    @property
    def messages(self) -> list[Message]:
        """Every message with an engagement; sorted, so that two writers lock in the same order."""
        return sorted(set().union(*self.firsts.values()))


class Counted(Protocol):
    """What of a hit is counted, stored or not."""

    @property
    def campaign(self) -> int: ...
    @property
    def seq(self) -> int: ...
    @property
    def kind(self) -> str: ...
    @property
    def at_ms(self) -> int: ...
    @property
    def method(self) -> str: ...


def add_up(batch: Iterable[Counted]) -> Sums:
    """Sum a batch. A HEAD shows nobody anything, and a trap is no link of the message: both are
    hits, but no open and no click."""
    sums = Sums()
    counts = {OPEN: sums.opens, CLICK: sums.clicks, UNSUBSCRIBE: Counter[Message]()}
    for hit in batch:
        sums.hits[hit.campaign] += 1
        if hit.method == "HEAD" or hit.kind == TRAP:
            continue
        message = (hit.campaign, hit.seq)
        counts[hit.kind][message] += 1
        firsts = sums.firsts[hit.kind]
        firsts[message] = min(hit.at_ms, firsts.get(message, hit.at_ms))
    return sums


def by_campaign(firsts: dict[Message, int]) -> dict[int, Sequence[tuple[int, int, int]]]:
    """The rows of one `first_…` statement: (at, campaign, number), apart for each campaign."""
    rows: dict[int, list[tuple[int, int, int]]] = {}
    for campaign, seq in sorted(firsts):
        rows.setdefault(campaign, []).append((firsts[campaign, seq], campaign, seq))
    return dict(rows)
