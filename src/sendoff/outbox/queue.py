"""The order of work: which parcel is next. The outbox is the truth; a queue only carries ids.

One small protocol, one adapter so far. Retries are parcelled anew, so a queue never sees a message.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from django.db import transaction

from sendoff.lib import clock
from sendoff.outbox import sql

_LANES = 1_000  # that one look holds; those unserved longest come first


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """A leased parcel: its lane's connection permit until the lease ends."""

    parcel: int
    campaign: int
    lane: int


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueStats:
    """Parcels that wait and parcels that are leased."""

    free: int
    leased: int


class Queue(Protocol):
    """What every queue adapter can do."""

    def take(self, worker: str, n: int, lease_s: float) -> list[Ticket]:
        """Lease up to n parcels of open lanes: fair turns between campaigns, then between lanes."""

    def renew(self, worker: str, lease_s: float) -> None:
        """Keep what a worker holds for another lease."""

    def hold(self, ticket: Ticket, worker: str, until_ms: int) -> None:
        """Hand a parcel back, not to be taken before a time."""

    def stats(self) -> QueueStats:
        """How much waits and how much is leased."""


class DatabaseQueue:
    """The queue that needs nothing beside the database: the parcel rows themselves."""

    def take(self, worker: str, n: int, lease_s: float) -> list[Ticket]:
        now = clock.now_ms()
        with transaction.atomic():
            alone = sql.lock("lock_lanes", now=now, limit=_LANES)
            turns = sql.rows("open_turns", now=now)
            if alone is not None:
                turns = [turn for turn in turns if turn[0] in alone]
            # Campaigns with the fewest parcels in the lane first, then lanes unserved longest.
            turns.sort(key=lambda turn: (turn[3], turn[4], turn[0]))
            tickets = list(_choose(turns, n, now))
            return [t for t in tickets if self._lease(t, worker, now + int(lease_s * 1000), now)]

    def renew(self, worker: str, lease_s: float) -> None:
        sql.run("renew_leases", worker=worker, until=clock.now_ms() + int(lease_s * 1000))

    def hold(self, ticket: Ticket, worker: str, until_ms: int) -> None:
        sql.run("hand_back_parcel", parcel=ticket.parcel, worker=worker, available=until_ms)

    def stats(self) -> QueueStats:
        free, leased = sql.rows("parcel_counts")[0]
        return QueueStats(free=free or 0, leased=leased or 0)

    def _lease(self, ticket: Ticket, worker: str, until: int, now: int) -> bool:
        taken = sql.run("lease_parcel", parcel=ticket.parcel, worker=worker, until=until)
        if taken:
            sql.run("served", lane=ticket.lane, now=now)
        return bool(taken)


def _choose(turns: list[tuple[int, ...]], n: int, now: int) -> Iterable[Ticket]:
    """Round after round, one parcel for each lane and campaign, while connections are left."""
    free = {lane: connections for lane, _, connections, _, _ in turns}
    stacks = {
        (lane, campaign): _parcels(lane, campaign, min(n, free[lane]), now)
        for lane, campaign, *_ in turns
        if free[lane] > 0
    }
    while n > 0 and stacks:
        for key, stack in list(stacks.items()):
            if not stack or free[key[0]] <= 0:
                del stacks[key]
            elif n > 0:
                n, free[key[0]] = n - 1, free[key[0]] - 1
                yield Ticket(parcel=stack.pop(), campaign=key[1], lane=key[0])


def _parcels(lane: int, campaign: int, limit: int, now: int) -> list[int]:
    found = sql.rows("free_parcels", lane=lane, campaign=campaign, now=now, limit=limit)
    return [parcel for parcel, _ in reversed(found)]
