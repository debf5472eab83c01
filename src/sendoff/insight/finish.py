"""When a campaign will be through, under the limits of this moment. Pure; it promises nothing."""

from collections.abc import Iterable
from dataclasses import dataclass

_MINUTE_MS = 60_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """What one lane still has to do; `untried` of `waiting` were never tried.

    `through_ms` is when quotas and what is shared with others let the last of them go.
    `per_minute` is the lane's limit and `measured` what went out lately, both messages a minute;
    None where there is none. The lane takes nothing before `opens_ms`.
    """

    waiting: int
    untried: int
    per_minute: float | None = None
    measured: float | None = None
    opens_ms: int = 0
    through_ms: int = 0


def expected_ms(
    now_ms: int, loads: Iterable[Load], pace: float | None, latest_due_ms: int | None
) -> int | None:
    """When the slowest lane, the campaign's own pace (a minute) and the last retry are through.

    Limits come before measures. None where nothing waits, or where untried messages wait in a lane
    of which neither tells the speed.
    """
    busy = [load for load in loads if load.waiting]
    ends = [_lane_ends(now_ms, load, pace) for load in busy]
    if not busy or None in ends:
        return None
    whole = _takes_ms(sum(load.waiting for load in busy), pace) if pace else 0
    return max(now_ms + whole, latest_due_ms or 0, *(end for end in ends if end))


def _lane_ends(now_ms: int, load: Load, pace: float | None) -> int | None:
    begins = max(now_ms, load.opens_ms, load.through_ms)
    if load.through_ms and load.per_minute:
        return begins
    limits = [limit for limit in (load.per_minute, pace) if limit]
    rate = min(limits) if limits else load.measured
    if rate:
        return begins + _takes_ms(load.waiting, rate)
    return None if load.untried else begins


def _takes_ms(messages: int, per_minute: float) -> int:
    return int(messages / per_minute * _MINUTE_MS)
