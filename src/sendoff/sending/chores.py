"""What the clerk does now and then beside planning, each in its own time. None of it sends."""

from collections.abc import Callable
from dataclasses import dataclass, field

import structlog
from django.db import DatabaseError

from sendoff.campaigns import public as campaigns
from sendoff.lib import clock
from sendoff.lib.config import Config
from sendoff.outbox import public as outbox

log = structlog.get_logger()
_PUT_BACK_MS = 2_000  # less is how clocks are kept right
_LATE_MS = 15_000  # after that nothing is given back that was put off by the old clock


@dataclass(slots=True, kw_only=True)
class Chore:
    """`work` says how much it did; one in portions is asked again at once after it did any."""

    name: str
    every_ms: int
    work: Callable[[], int]
    in_portions: bool = False
    due_ms: int = 0

    def do(self) -> None:
        """Do it if its time has come. What goes wrong in one chore must not keep the others."""
        if clock.steady_ms() < self.due_ms:
            return
        done = 0
        try:
            done = self.work()
        except DatabaseError:
            raise
        except Exception:
            log.exception("a chore failed", chore=self.name)
        if not (done and self.in_portions):
            self.due_ms = clock.steady_ms() + self.every_ms


@dataclass(slots=True)
class Attendance:
    """Which servers are open, sick, full, or warm enough for more; it remembers the last look."""

    closed: outbox.Closed = field(default_factory=outbox.Closed)

    def look(self) -> int:
        """Look again; what waits for a server that closed is taken apart."""
        ways = {each.id: campaigns.ways(each) for each in under_way()}
        self.closed = outbox.attend(ways, self.closed)
        return len(ways)


@dataclass(slots=True)
class Wall:
    """Watches the clock on the wall by one that nobody can put back."""

    ahead_ms: int = field(default_factory=lambda: clock.now_ms() - clock.steady_ms())
    back_ms: int = 0  # by how much it was put back lately
    late_until_ms: int = 0

    def look(self) -> int:
        """Where it was put back, messages that wait for a time wait as long as they were to."""
        before, self.ahead_ms = self.ahead_ms, clock.now_ms() - clock.steady_ms()
        back_ms = before - self.ahead_ms
        if back_ms >= _PUT_BACK_MS:
            log.warning("the clock was put back", seconds=back_ms // 1000)
            self.back_ms, self.late_until_ms = back_ms, clock.steady_ms() + _LATE_MS
            return outbox.rewind([each.id for each in under_way()], back_ms)
        if clock.steady_ms() < self.late_until_ms:
            return outbox.rewind([each.id for each in under_way()], self.back_ms, late=True)
        return 0


def of(config: Config) -> list[Chore]:
    """The chores of every clerk."""
    days = config.attempt_days
    found = [
        Chore(name="refill the queue", every_ms=1_000, work=refill),
        Chore(name="act on replies", every_ms=1_000, work=act_on_replies),
        Chore(name="attend to servers", every_ms=1_000, work=Attendance().look),
        Chore(name="watch the clock", every_ms=1_000, work=Wall().look),
        Chore(name="count who waits", every_ms=10_000, work=count_affected),
        Chore(
            name="count unknown replies",
            every_ms=30_000,
            work=outbox.count_unmatched,
            in_portions=True,
        ),
    ]
    if days:
        found.append(
            Chore(
                name="roll up old attempts",
                every_ms=60_000,
                work=lambda: outbox.roll_up(days),
                in_portions=True,
            )
        )
    return found


def refill() -> int:
    """Bring back what the queue's broker has lost."""
    if lost := outbox.queue_adapter().refill():
        log.info("parcels put back into the queue", parcels=lost)
    return lost


def act_on_replies() -> int:
    """Put in force what the other side's replies ask for."""
    begun = outbox.watch()
    for action in begun:
        log.info("an action begins", rule=action.rule, kind=action.kind, reply=action.reply)
    return len(begun)


def count_affected() -> int:
    """Count the messages that wait under each action."""
    outbox.count_affected()
    return 0


def under_way() -> list[campaigns.View]:
    """Campaigns of which messages may have to be packed."""
    return campaigns.with_badge(campaigns.Badge.QUEUED, campaigns.Badge.SENDING)
