"""What was around each hit: how long after acceptance, how many links at once. Pure."""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from sendoff.tracking.hits import CLICK, TRAP, Message
from sendoff.tracking.labels import TOGETHER_MS, Asked, Context


class Stored(NamedTuple):
    """A hit as it was stored, in the columns that a label depends on."""

    id: int
    campaign: int
    seq: int
    kind: str
    link: int | None
    detail: str
    at_ms: int
    user_agent: str
    ip: str
    method: str

    @property
    def message(self) -> Message:
        """Which message it belongs to."""
        return self.campaign, self.seq

    @property
    def asked(self) -> Asked:
        """What the other side told."""
        return Asked(kind=self.kind, user_agent=self.user_agent, ip=self.ip, method=self.method)


class Surroundings:
    """The clicks of some messages, to look around a hit in; whoever made them."""

    def __init__(self, clicks: Iterable[Stored], accepted: Mapping[Message, int | None]) -> None:
        self._accepted = accepted
        self._clicks: dict[Message, list[Stored]] = defaultdict(list)
        for click in sorted(clicks, key=lambda each: each.at_ms):
            self._clicks[click.message].append(click)

    def of(self, hit: Stored) -> Context:
        """What was around one hit."""
        near = self._near(hit)
        accepted_ms = self._accepted.get(hit.message)
        return Context(
            after_ms=None if accepted_ms is None else hit.at_ms - accepted_ms,
            links=len({(each.link, each.detail) for each in near if each.kind == CLICK}),
            trapped=any(each.kind == TRAP and each.ip == hit.ip for each in near),
        )

    def _near(self, hit: Stored) -> list[Stored]:
        clicks = self._clicks.get(hit.message, [])
        first = bisect_left(clicks, hit.at_ms - TOGETHER_MS, key=lambda each: each.at_ms)
        last = bisect_right(clicks, hit.at_ms + TOGETHER_MS, key=lambda each: each.at_ms)
        return clicks[first:last]
