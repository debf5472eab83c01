"""The one place that reads the time, so that tests can hold it. Never a time zone but UTC."""

import time
from datetime import UTC, datetime


def now() -> datetime:
    """The present moment, aware, in UTC."""
    return datetime.now(UTC)  # noqa: TID251 - this is the module the rule points to


def now_ms() -> int:
    """Milliseconds since 1970-01-01 UTC; what the outbox stores."""
    return time.time_ns() // 1_000_000


def steady_ms() -> int:
    """Milliseconds since this machine started, asleep or awake; no change of the clock moves it."""
    return time.clock_gettime_ns(time.CLOCK_BOOTTIME) // 1_000_000


def at(ms: int) -> datetime:
    """The moment that a stored number of milliseconds means."""
    return datetime.fromtimestamp(ms / 1000, UTC)


def ms(moment: datetime) -> int:
    """The stored number of milliseconds of a moment; `at` is its opposite."""
    return round(moment.timestamp() * 1000)


def iso(ms: int | None) -> str | None:
    """RFC 3339 with milliseconds, as every --json output writes times."""
    return None if ms is None else at(ms).isoformat(timespec="milliseconds").replace("+00:00", "Z")
