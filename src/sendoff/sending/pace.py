"""The time slots a worker holds, by the limits they are under. It counts nothing of its own.

Slots are taken in batches and shared by all who carry under the same limits; what all of them want
at one moment is asked for in one transaction.
"""

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import partial

from sendoff.lib import clock
from sendoff.outbox import public as outbox

PATIENCE_S = 2.0  # a slot further away is not waited for: the parcel is handed back until then
MOST = 200  # slots asked for at once
_KEPT_S = 60.0
_EARLY_S = outbox.AHEAD_S / 2  # ask again when half of what can be held is left: whole batches

Limits = tuple[outbox.Limit, ...]
Takes = Callable[[Callable[[], list[outbox.Slots]]], Awaitable[list[outbox.Slots]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shut:
    """No slot soon: which limit decides, and when (ms) it is worth asking again."""

    until_ms: int
    limit: outbox.Limit | None


@dataclass(slots=True)
class _Pool:
    """Slots under the same limits by the monotonic clock, and what is known of the next ones."""

    limits: Limits
    due: deque[float] = field(default_factory=deque)
    ask_at: float = 0.0
    decides: outbox.Limit | None = None
    wants: dict[object, int] = field(default_factory=dict)  # who waits, and for how many
    size: int = 8  # of the next batch: doubled where all of the last one was used
    used: int = 0
    missed: int = 0  # slots whose time went by, of the answer of `given_us`
    given_us: int = 0

    def first_good(self) -> float | None:
        """The next slot whose time is not over. Where some are, fewer are asked for next time."""
        self.throw_late()
        if not self.due:
            return None
        self.used += 1
        return self.due.popleft()

    def throw_late(self) -> int:
        """Slots whose time is over are worth nothing; says how many there were since the answer."""
        while self.due and late(self.due[0]):
            self.due.popleft()
            self.missed += 1
            self.size = max(1, self.used)
        return self.missed

    def ask(self) -> outbox.Ask:
        """What is wanted now, in a batch that is likely to be used in time; what was not used."""
        n, missed = min(self.size, sum(self.wants.values())), self.missed
        if n:
            self.used, self.size = 0, min(2 * self.size, MOST)
        self.missed = 0
        return outbox.Ask(limits=self.limits, n=n, unused=missed, given_us=self.given_us)

    def fill(self, slots: outbox.Slots, now: float) -> None:
        """Keep what was given."""
        self.wants.clear()
        self.due.extend(now + wait / 1_000_000 for wait in slots.waits_us)
        self.decides = slots.decides
        if slots.waits_us:
            self.given_us = slots.given_us
        self.ask_at = now + slots.opens_us / 1_000_000 - _EARLY_S


class Pace:
    """One per worker. `in_database` runs work in the worker's database thread."""

    def __init__(self, in_database: Takes) -> None:
        self._in_database = in_database
        self._pools: dict[Limits, _Pool] = {}
        self._asking: asyncio.Task[None] | None = None

    async def slot(self, limits: Limits, left: int = 1) -> float | Shut:
        """The moment (monotonic) at which one message may go, of `left` still to go.

        Once its time is over (`late`) it is worth nothing: another is asked for.
        """
        pool = self._pools.setdefault(limits, _Pool(limits))
        me = object()
        while True:
            if (due := pool.first_good()) is not None:
                pool.wants.pop(me, None)
                return due
            wait = pool.ask_at - time.monotonic()
            if wait > PATIENCE_S:
                return Shut(until_ms=clock.now_ms() + int(wait * 1000), limit=pool.decides)
            if wait > 0:
                await asyncio.sleep(wait)
            else:
                pool.wants[me] = left
                await self._asked()

    def tidy(self) -> None:
        """Forget limits under which nothing was sent for a while."""
        old = time.monotonic() - _KEPT_S
        self._pools = {
            limits: pool for limits, pool in self._pools.items() if pool.wants or pool.ask_at > old
        }

    async def _asked(self) -> None:
        """Wait for one round of asking, which others may have begun."""
        if self._asking is None or self._asking.done():
            self._asking = asyncio.create_task(self._ask())
        await asyncio.shield(self._asking)

    async def _ask(self) -> None:
        await asyncio.sleep(0)  # whoever wants slots in this turn of the loop shares the round
        pools = [pool for pool in self._pools.values() if pool.throw_late() or pool.wants]
        asks = [pool.ask() for pool in pools]
        given = await self._in_database(partial(outbox.take_slots, asks))
        now = time.monotonic()
        for pool, slots in zip(pools, given, strict=True):
            pool.fill(slots, now)


@dataclass(slots=True)
class OwnPace:
    """What one worker may send a minute, whatever the lanes allow; 0: no limit of its own."""

    per_minute: int = 0
    _next: float = 0.0

    def slot(self) -> float:
        """The moment (monotonic) at which the next message may go; it is taken."""
        now = time.monotonic()
        if not self.per_minute:
            return now
        at = max(now, self._next)
        self._next = at + 60 / self.per_minute
        return at


def late(due: float) -> bool:
    """Whether a slot's time is over."""
    return time.monotonic() > due + outbox.LATE_S
