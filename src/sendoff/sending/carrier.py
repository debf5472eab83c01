"""Carry one parcel: write each message, wait for its slot, send it, pass on the outcome.

One parcel is one connection at a time. Keeps nothing: whatever is not settled stays in the parcel.
"""

from dataclasses import dataclass, field
from typing import NamedTuple

import structlog

from sendoff.drivers.contract import Letter
from sendoff.lib import clock, drill
from sendoff.mail.stages import Fault, Kind, Outcome
from sendoff.outbox import public as outbox
from sendoff.sending import fate, pace
from sendoff.sending.ahead import AT_ONCE, Ahead
from sendoff.sending.connections import Connections, Failed, Held, group_of, site_of
from sendoff.sending.crew import Crew, Job
from sendoff.sending.journal import Intent, Segment

SPARED_MS = 3_000  # until a parcel is tried again whose relay failed, if nobody else takes it
LINES = 3  # an idle line may have been closed by the other side: the next one is asked

STOPPED = fate.unknown("The worker stopped before the reply to the final dot came.")

log = structlog.get_logger()


class LeaseOver(Exception):
    """The worker's lease ended before the final dot: nothing more may be sent on it."""


class Moment(NamedTuple):
    """When an attempt began, and what the Date header says; both in ms."""

    started: int
    dated: int


@dataclass(slots=True, kw_only=True)
class Carrier:
    """Carries one parcel for a worker's crew."""

    crew: Crew
    job: Job
    held: Held | None = None
    held_for: outbox.RouteFound | None = None  # the route it was got for, as most letters have it
    free_at_ms: int = 0
    no_way: dict[tuple[str, ...], Failed] = field(default_factory=dict)
    announced: Letter | None = None  # what the held line was told of and must be given next
    unpaced: bool = field(init=False)  # nothing but the connection bounds how fast it goes
    ahead: Ahead = field(init=False)

    def __post_init__(self) -> None:
        self.unpaced = not (self.job.limits or self.crew.own_pace.per_minute)
        self.ahead = Ahead(
            campaign=self.job.ticket.campaign,
            composer=self.job.composer,
            letters=self.job.letters,
            at_once=AT_ONCE if self.unpaced else 1,
        )

    async def carry(self) -> int:
        """Send what can be sent now; returns when (ms) the rest may be tried, 0 for at once."""
        try:
            await self._letters()
        except LeaseOver:
            log.warning("the lease ended before a final dot", parcel=self.job.ticket.parcel)
        finally:
            if self.held:
                self.held.spoiled |= self.announced is not None  # it waits for what never comes
                await self._ways.put_back(self.held)
        return self.free_at_ms

    async def _letters(self) -> None:
        for n, claimed in enumerate(self.job.letters):
            if self.crew.settler.full:
                await self.crew.settler.room()
            if self.free_at_ms or not self.crew.may_send(self.job.ticket.campaign):
                return
            if not self.crew.goes_on(self.job):
                return
            if claimed.skip:
                self._settle(claimed, _skipped(claimed.skip), _now())
            elif no_route := self.job.routes[claimed.domain].outcome:
                self._settle(claimed, no_route, _now())
            elif not await self._slot(len(self.job.letters) - n):
                return
            else:
                await self._deliver(n, claimed)

    async def _slot(self, left: int) -> bool:
        """Wait for the pace; False where it takes so long that the parcel is better handed back."""
        if self.unpaced:
            return True
        await self.crew.sleep_until(self.crew.own_pace.slot())
        if not self.job.limits:
            return True
        while self.crew.may_send(self.job.ticket.campaign):
            slot = await self.crew.pace.slot(self.job.limits, left)
            if isinstance(slot, pace.Shut):
                self.free_at_ms = slot.until_ms
                return False
            await self.crew.sleep_until(slot)
            if not pace.late(slot):
                return self.crew.may_send(self.job.ticket.campaign)
        return False

    async def _deliver(self, n: int, claimed: outbox.Claimed) -> None:
        written = self.ahead.take(n)
        letter, moment = written.letter, Moment(clock.now_ms(), written.dated)
        if not isinstance(letter, Letter):
            self._settle(claimed, _not_written(str(letter)), moment)
            return
        for _ in range(LINES):
            way = await self._way(self.job.routes[claimed.domain], letter)
            if isinstance(way, Failed):
                self._settle(claimed, way.failure.outcome, moment, session=way.session)
                self.free_at_ms = clock.now_ms() + SPARED_MS if self.job.spares else 0
                return
            if not self.crew.may_send(self.job.ticket.campaign):  # a line may take long to open
                return
            self.announced = self._following(n + 1, way)
            if await self._send(claimed, letter, way, moment):
                return

    def _following(self, n: int, way: Held) -> Letter | None:
        """The n-th letter, where it goes out next on the same line and need not wait for a slot:
        its envelope may then go with the one before it."""
        if not self.unpaced or n >= len(self.job.letters) or way.carried + 2 > way.most:
            return None
        claimed = self.job.letters[n]
        if claimed.skip or self.job.routes[claimed.domain] is not self.held_for:
            return None
        letter = self.ahead.look(n).letter
        return letter if isinstance(letter, Letter) else None

    async def _send(
        self, claimed: outbox.Claimed, letter: Letter, way: Held, moment: Moment
    ) -> bool:
        """Offer it; False where the idle line turned out closed before it heard of the message."""
        receipt: list[Segment] = []
        n = claimed.attempts + 1
        intent = Intent(self.job.ticket.campaign, claimed.seq, n, moment.dated)

        def before_dot() -> None:
            if not self.crew.lease_holds():
                raise LeaseOver
            receipt.append(self.crew.journal.intend(intent))
            drill.point("after-intent")

        try:
            outcome = await self._ways.driver.send(
                way.connection, letter, before_dot, self.announced
            )
        except BaseException:
            way.spoiled = True  # it stands in the middle of a message
            if receipt:  # the dot may be on its way: whatever stopped us, we cannot know
                self._settle(claimed, STOPPED, moment, session=way.session, receipt=receipt)
            raise
        if outcome.retry_after_s == 0 and way.carried and not receipt:
            self.announced = None
            return False
        way.carried += 1
        drill.point("after-reply")
        self._settle(claimed, outcome, moment, session=way.session, tls=way.tls, receipt=receipt)
        return True

    async def _way(self, route: outbox.RouteFound, letter: Letter) -> Held | Failed:
        if self.announced is letter and self.held:  # its answers are on their way, or here
            return self.held
        if route is self.held_for and self.held and self.held.good:
            return self.held
        target = route.target
        group = group_of(target)
        if group in self.no_way:
            return self.no_way[group]
        if self.held and self.held.good and self.held.site == site_of(target):
            self.held_for = route
            return self.held
        if self.held:
            await self._ways.put_back(self.held)
            self.held = None
        way, row = await self._ways.get(target, route.evidence)
        if row:
            self.crew.settler.add_session(row)
        if isinstance(way, Failed):
            self.no_way[group] = way
        else:
            way.most = self.job.allowed.messages_per_connection or way.most
            self.held, self.held_for = way, route
        return way

    def _settle(
        self,
        claimed: outbox.Claimed,
        outcome: Outcome,
        moment: Moment,
        *,
        session: str = "",
        tls: str = "",
        receipt: list[Segment] | None = None,
    ) -> None:
        n = claimed.attempts + 1
        decision = outbox.decide(
            outcome,
            self.job.terms,
            attempt=n,
            first_ms=claimed.term_ms or moment.started,
            now_ms=clock.now_ms(),
        )
        attempt = outbox.Attempted(
            campaign_id=self.job.ticket.campaign,
            seq=claimed.seq,
            n=n,
            started_ms=moment.started,
            dated_ms=claimed.first_ms or moment.dated,
        )
        row = outbox.settlement(outcome, decision, attempt)
        row.session_id = session
        row.tls = (tls or "none") if outcome.kind is Kind.ACCEPTED else ""
        row.may_be_duplicate = claimed.tried_unknown
        self.crew.settler.add(row, receipt[0] if receipt else None)

    @property
    def _ways(self) -> Connections:
        return self.job.ways


def _now() -> Moment:
    now = clock.now_ms()
    return Moment(now, now)


def _skipped(why: str) -> Outcome:
    return Outcome(kind=Kind.SKIPPED, stage="queue", reply=why)


def _not_written(why: str) -> Outcome:
    return Outcome(
        kind=Kind.REFUSED,
        stage="compose",
        fault=Fault.OUR_CONTENT,
        category="content_or_policy",
        reply=why,
    )
