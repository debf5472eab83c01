"""What every carrier of one worker shares: journal, settler, lease, and the campaigns on hold."""

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TypeVar

from sendoff.campaigns import public as campaigns
from sendoff.lib import clock
from sendoff.outbox import public as outbox
from sendoff.sending import database
from sendoff.sending.connections import Connections
from sendoff.sending.journal import Journal
from sendoff.sending.pace import Limits, OwnPace, Pace
from sendoff.sending.settler import Settler

T = TypeVar("T")
LEASE_S = 60.0
_MARGIN_S = 5.0  # no final dot this close to the end of the lease


@dataclass(slots=True, kw_only=True)
class Job:
    """One leased parcel with everything needed to send it."""

    ticket: outbox.Ticket
    letters: list[outbox.Claimed]
    routes: dict[str, outbox.RouteFound]
    composer: campaigns.Composer
    terms: outbox.Terms
    limits: Limits
    allowed: outbox.Allowed
    ways: Connections
    scope: tuple[int, str, int | None]  # server, provider and sending domain: what actions hold for
    first: bool  # transactional
    spares: bool  # by a relay of a pool: where it fails, what is left is packed for the others
    actions: tuple[outbox.ActionRow, ...]  # those in force when it was taken


@dataclass(slots=True, kw_only=True)
class Crew:
    """Shared by the carriers of a worker. All database work goes through its one thread."""

    id: str
    journal: Journal
    thread: ThreadPoolExecutor
    active: frozenset[int] = frozenset()
    own_pace: OwnPace = field(default_factory=OwnPace)
    actions: tuple[outbox.ActionRow, ...] = ()  # put on lanes by rules and people, in force now
    urgent: frozenset[int] = frozenset()  # lanes in which transactional mail waits for a turn
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    settler: Settler = field(init=False)
    pace: Pace = field(init=False)
    _lease_until_ms: int = 0

    def __post_init__(self) -> None:
        self.settler = Settler(self.journal, self.in_database)
        self.pace = Pace(self.in_database)

    async def in_database(self, work: Callable[[], T]) -> T:
        """Run in the database thread; one at a time, in order."""
        return await database.run(self.thread, work)

    def leased(self, asked_ms: int) -> None:
        """The leases were renewed; they run from when that was asked for, in `clock.steady_ms`.

        A wall clock may be put back by an hour. A monotonic one stands still while a machine
        sleeps, and a worker that wakes up must not think that it holds what was handed on.
        """
        self._lease_until_ms = asked_ms + int((LEASE_S - _MARGIN_S) * 1000)

    def lease_holds(self) -> bool:
        """Whether a final dot may still be sent."""
        return clock.steady_ms() < self._lease_until_ms

    def may_send(self, campaign: int) -> bool:
        """Whether a new message of a campaign may be begun now."""
        return campaign in self.active and not self.stopping.is_set() and self.lease_holds()

    def goes_on(self, job: Job) -> bool:
        """Whether a parcel stays with us. Where a new action changes what its lane is allowed, or
        mail that goes first waits there, it is handed back, to be taken under what holds then."""
        if job.ticket.lane in self.urgent and not job.first:
            return False
        if self.actions is job.actions:
            return True
        touching = outbox.touching(self.actions, *job.scope)
        if touching == job.allowed.actions:
            job.actions = self.actions
            return True
        # To drain a lane is to finish what was taken.
        return any(each.kind == "drain" for each in touching)

    async def sleep_until(self, slot: float) -> None:
        """Sleep to a time slot (monotonic), or to the worker's end if that comes first."""
        left = slot - time.monotonic()
        if left <= 0:
            return
        try:
            await asyncio.wait_for(self.stopping.wait(), left)
        except TimeoutError:
            return
