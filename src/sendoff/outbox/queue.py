"""Hand out work: which lanes are open and in what turn, and which parcel of a line is next.

The outbox is the truth and says whose turn it is; the order within a line comes from a broker,
where one is used, or from the parcels themselves. Retries are parcelled anew: it sees no message.
"""

from collections import defaultdict, deque
from collections.abc import Iterator
from dataclasses import dataclass

from django.db import transaction

from sendoff.lib import clock
from sendoff.outbox import broker, sql, turns
from sendoff.outbox.broker import Line, Link
from sendoff.outbox.turns import Turn

_NO_ID = 2**63  # larger than any a database has given


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


@dataclass(frozen=True, slots=True, kw_only=True)
class _Lease:
    worker: str
    now: int
    until: int


class Queue:
    """The queue of this installation, with a broker or without."""

    def __init__(self, link: Link | None = None) -> None:
        self._link = link

    def take(
        self, worker: str, n: int, lease_s: float, without: frozenset[int] = frozenset()
    ) -> list[Ticket]:
        """Lease up to n parcels of open lanes: fair turns between workspaces, campaigns and lanes.

        Lanes of the servers `without` are left to workers that have their source address.
        """
        now = clock.now_ms()
        lease = _Lease(worker=worker, now=now, until=now + int(lease_s * 1000))
        with transaction.atomic():
            lines = turns.lines(now, without)
            return list(self._served(lines, n, lease))

    def renew(self, worker: str, lease_s: float) -> None:
        """Keep what a worker holds for another lease."""
        sql.run("renew_leases", worker=worker, until=clock.now_ms() + int(lease_s * 1000))

    def hold(self, ticket: Ticket, worker: str, until_ms: int) -> None:
        """Hand a parcel back, not to be taken before a time."""
        with transaction.atomic():
            hand_back(ticket.parcel, worker, until_ms)

    def stats(self) -> QueueStats:
        """How much waits and how much is leased."""
        free, leased = sql.rows("parcel_counts")[0]
        return QueueStats(free=free or 0, leased=leased or 0)

    def refill(self) -> int:
        """Bring back what the broker has lost, drop what it alone has; says how many came back."""
        if self._link is None:
            return 0
        known = self._link.names()  # before the outbox is read
        wanted = {Line(lane, of): int(count) for lane, of, count in sql.rows("free_by_line")}
        self._link.keep_only(wanted, known)
        counts = self._link.counts(list(wanted)) or wanted.values()
        pairs = zip(wanted.items(), counts, strict=True)
        short = {line: free - count for (line, free), count in pairs if count < free}
        for line in short:  # which ones it lacks nobody can say; those that are there twice fall
            entries = sql.rows("free_of_line", lane=line.lane, campaign=line.campaign)
            if entries:  # others may have taken them since
                self._link.put(line, [(parcel, at_ms) for parcel, at_ms in entries])
        return sum(short.values())

    def _served(self, lines: list[Turn], n: int, lease: _Lease) -> Iterator[Ticket]:
        """Round after round one parcel for each workspace in a lane, of its campaigns in turn,
        while the lane has connections left."""
        free = turns.Left(lines)
        waiting: defaultdict[tuple[int, int], deque[tuple[Line, Iterator[int]]]]
        waiting = defaultdict(deque)
        for turn in lines:
            line = Line(turn.lane, turn.campaign)
            waiting[turn.lane, turn.workspace].append((line, self._parcels(line, n, lease.now)))
        while waiting:
            for key, turns_of in list(waiting.items()):
                if n == 0:
                    return
                if not turns_of or free[key[0]] <= 0:
                    del waiting[key]
                elif ticket := _lease_next(*turns_of[0], lease):
                    n, free[key[0]] = n - 1, free[key[0]] - 1
                    turns_of.rotate(-1)
                    yield ticket
                else:
                    turns_of.popleft()

    def _parcels(self, line: Line, most: int, now: int) -> Iterator[int]:
        """Parcels of a line in order; what is asked for and not leased is gone from the broker."""
        if self._link is None or self._link.away:
            values = {"lane": line.lane, "campaign": line.campaign, "now": now, "limit": most}
            yield from (row[0] for row in sql.rows("free_parcels", **values))
            return
        while (found := self._link.next(line, now)) is not None:
            if found.isdecimal() and int(found) < _NO_ID:
                yield int(found)


def hand_back(parcel: int, worker: str, available_ms: int) -> None:
    """A parcel that its worker held is free again, from `available_ms` on."""
    found = sql.row("hand_back_parcel", parcel=parcel, worker=worker, available=available_ms)
    if found:
        broker.offer(Line(*found), parcel, available_ms)


def _lease_next(line: Line, parcels: Iterator[int], lease: _Lease) -> Ticket | None:
    """The first of them that is really free: an entry may be of yesterday, or of nowhere."""
    for parcel in parcels:
        values = {"parcel": parcel, "lane": line.lane, "campaign": line.campaign, "now": lease.now}
        if sql.run("lease_parcel", worker=lease.worker, until=lease.until, **values):
            sql.run("served", lane=line.lane, now=lease.now)
            return Ticket(parcel=parcel, campaign=line.campaign, lane=line.lane)
    return None
