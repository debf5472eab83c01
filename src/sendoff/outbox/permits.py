"""Time slots to send: exact across all workers, by one row for each limit. It sends nothing.

A pace is GCRA: the row holds when its next slot is free. A quota counts what was taken in a window.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db import transaction

from sendoff.lib import clock
from sendoff.outbox import sql
from sendoff.outbox.models import Permit

AHEAD_US = 1_000_000  # slots further away stay free for others: a slow lane gives one at a time
SLACK_US = 250_000  # a limit that was asked a moment late loses nothing by it
LATE_S = 0.5  # a slot not used by then is thrown away, so that whoever stalled does not burst


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """Either a pace, messages a minute, or a quota: at most `most` in each window of `window_s`.

    `name` is the row all workers share: lane:7, server:3, identity:5, campaign:12,
    quota:server:3:hour, warmup:3:google. `rule` is for people: the id of the data rule or action
    it comes from, or the setting. Windows begin at multiples of their length since 1970, in UTC.
    """

    name: str
    rule: str
    per_minute: float | None = None
    most: int | None = None
    window_s: int | None = None

    def __post_init__(self) -> None:
        pace = self.per_minute is not None and self.per_minute > 0
        quota = self.most is not None and bool(self.window_s)
        if pace == quota:
            raise ValueError(f"{self.name}: a limit is either a pace above 0 or a quota")


@dataclass(slots=True)
class Row:
    """What is kept of a limit, in microseconds: its next slot, or its window and what was taken."""

    next_us: int = 0
    window_us: int = 0
    used: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """So many slots that all of these limits allow.

    `unused`: slots of the answer of `given_us` whose time went by; its quotas count them no more.
    """

    limits: tuple[Limit, ...]
    n: int = 1
    unused: int = 0
    given_us: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Slots:
    """Microseconds from the answer to each slot: all that were asked for, or fewer.

    `decides` is the limit that spaces them or gave no more, None where nothing limits; beyond these
    the next slot is free `opens_us` from the answer: no moment, as the clock may be put back before
    it is read. A slot is good until LATE_S after its time. `given_us` is the database's clock.
    """

    waits_us: tuple[int, ...]
    decides: Limit | None = None
    opens_us: int = 0
    given_us: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A limit and how it stands, read and not taken from."""

    limit: Limit
    row: Row

    def opens_ms(self, ahead: int, now_ms: int) -> int:
        """When it would let a message go before which `ahead` others go."""
        return _free_us(self.limit, self.row, ahead, now_ms * 1000) // 1000


def take(limits: Sequence[Limit], n: int = 1) -> Slots:
    """Up to n slots that every limit allows, at most AHEAD_US away."""
    return take_all([Ask(limits=tuple(limits), n=n)])[0]


def take_all(asks: Sequence[Ask]) -> list[Slots]:
    """The slots for each ask, in one transaction. All rows of an ask move together or none does.

    A message uses up its share of each limit and no more: what waits for a slow limit leaves
    the faster ones to the others.
    """
    names = {limit.name for ask in asks for limit in ask.limits}
    if not names:
        return [Slots(waits_us=(0,) * ask.n) for ask in asks]
    with transaction.atomic():
        rows = _held(names)
        now_us = sql.now_us()  # read while the rows are ours: time never runs back in them
        given = [grant(ask, rows, now_us) for ask in asks]
        _keep({name: rows[name] for name in names})
    return given


def standing(limits: Iterable[Limit]) -> dict[Limit, Standing]:
    """How limits stand now. Takes nothing."""
    asked = set(limits)
    found = Permit.objects.filter(name__in={limit.name for limit in asked})
    rows = {row.name: Row(row.next_us, row.window_us, row.used) for row in found}
    return {limit: Standing(limit=limit, row=rows.get(limit.name) or Row()) for limit in asked}


def opens_ms(limits: Iterable[Limit]) -> dict[str, int]:
    """When each limit would let the next message go, by its name; in the past where it is free."""
    now = clock.now_ms()
    return {limit.name: each.opens_ms(0, now) for limit, each in standing(limits).items()}


def left(limits: Iterable[Limit]) -> dict[str, int]:
    """How many messages each quota still lets go in its present window, by its name."""
    quotas = {limit.name: limit for limit in limits if limit.most is not None}
    found = Permit.objects.filter(name__in=list(quotas))
    rows = {row.name: Row(row.next_us, row.window_us, row.used) for row in found}
    now_us = sql.now_us()
    return {
        name: max(0, (limit.most or 0) - _window(limit, rows.get(name) or Row(), now_us)[1])
        for name, limit in quotas.items()
    }


def grant(ask: Ask, rows: dict[str, Row], now_us: int) -> Slots:
    """Decide on one ask and move its rows. Pure but for the rows."""
    _take_back(ask, rows)
    found: list[int] = []
    while True:
        free = [_free_us(limit, rows[limit.name], len(found), now_us) for limit in ask.limits]
        at_us = max(free, default=now_us)
        if at_us > now_us + AHEAD_US or len(found) == ask.n:
            break
        found.append(at_us)
    if found:
        for limit in ask.limits:
            _move(limit, rows[limit.name], len(found), now_us)
    return Slots(
        waits_us=tuple(max(0, each - now_us) for each in found),
        decides=ask.limits[free.index(at_us)] if ask.limits else None,
        opens_us=at_us - now_us,
        given_us=now_us,
    )


def _take_back(ask: Ask, rows: dict[str, Row]) -> None:
    """Only where the window still is the one they were counted in. A pace has gone by for good."""
    for limit in ask.limits:
        row = rows[limit.name]
        if ask.unused and limit.most and row.window_us == _begin_us(limit, ask.given_us):
            row.used = max(0, row.used - ask.unused)


def _free_us(limit: Limit, row: Row, n: int, now_us: int) -> int:
    """When a limit lets the n-th message from here go, counted from 0."""
    if limit.per_minute is not None:
        apart_us = _apart_us(limit.per_minute)
        # No slot is given further ahead: such a row is of a clock that was put back since, or of a
        # slower pace.
        next_us = row.next_us if row.next_us <= now_us + AHEAD_US + apart_us else now_us
        return max(next_us, now_us - SLACK_US) + n * apart_us
    begins, used = _window(limit, row, now_us)
    if not limit.most:
        return now_us + _length_us(limit)
    return max(now_us, begins + (used + n) // limit.most * _length_us(limit))


def _move(limit: Limit, row: Row, n: int, now_us: int) -> None:
    if limit.per_minute is not None:
        row.next_us = _free_us(limit, row, n, now_us)
        return
    row.window_us, row.used = _window(limit, row, now_us)
    filled = (row.used + n - 1) // (limit.most or 1)  # whole windows, where the next has begun
    row.window_us += filled * _length_us(limit)
    row.used += n - filled * (limit.most or 1)


def _window(limit: Limit, row: Row, now_us: int) -> tuple[int, int]:
    """The window that counts now, when it began, and what was taken in it."""
    begins = _begin_us(limit, now_us)
    return (row.window_us, row.used) if row.window_us >= begins else (begins, 0)


def _begin_us(limit: Limit, at_us: int) -> int:
    return at_us - at_us % _length_us(limit)


def _apart_us(per_minute: float) -> int:
    return int(60_000_000 / per_minute)


def _length_us(limit: Limit) -> int:
    return (limit.window_s or 1) * 1_000_000


def _held(names: set[str]) -> dict[str, Row]:
    """The limits' rows, ours alone until the transaction ends; locked in one order by all."""
    rows = _locked(names)
    if len(rows) < len(names):
        # Two who see a limit for the first time make one row of it, and hold that.
        new = [Permit(name=name) for name in sorted(names - rows.keys())]
        Permit.objects.bulk_create(new, ignore_conflicts=True)
        rows = _locked(names)
    return rows


def _locked(names: set[str]) -> dict[str, Row]:
    rows = Permit.objects.select_for_update().filter(name__in=names).order_by("name")
    found = rows.values_list("name", "next_us", "window_us", "used")
    return {name: Row(*values) for name, *values in found}


def _keep(rows: dict[str, Row]) -> None:
    values = [
        {"name": name, "next_us": row.next_us, "window_us": row.window_us, "used": row.used}
        for name, row in sorted(rows.items())
    ]
    sql.run_many("move_permit", values)
