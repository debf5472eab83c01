"""How numbers and times read on a page. Pure: the present moment comes in."""

from datetime import datetime

_SIZES = ((86400, "day", "days"), (3600, "h", "h"), (60, "min", "min"), (1, "s", "s"))


def number(value: float | None) -> str:
    """With separators; a dash where there is nothing to count."""
    return "–" if value is None else f"{value:,.0f}"


def share(part: int, base: int) -> str:
    """A rate with its base: "2.1% of 4,100"."""
    return f"{percent(part, base)} of {base:,}" if base else "of none"


def percent(part: int, base: int) -> str:
    """A percentage that says 0% and 100% only where it is exactly so."""
    if not base:
        return "–"
    if part in (0, base):
        return f"{100 * part // base}%"
    return f"{min(max(100 * part / base, 0.1), 99.9):.1f}%"


def length(seconds: float) -> str:
    """A length of time, roughly: "40 s", "12 min", "3 h", "2 days"."""
    size, one, more = next(each for each in _SIZES if seconds >= each[0] or each[0] == 1)
    count = round(seconds / size)
    return f"{count} {one if count == 1 else more}"


def exact(seconds: int) -> str:
    """A length of time that a person wrote down, without rounding: "90 s", "2 days", "5 min"."""
    size, one, more = next(each for each in _SIZES if seconds % each[0] == 0)
    count = seconds // size
    return f"{count:,} {one if count == 1 else more}"


def duration(ms: float) -> str:
    """How long a step took: "3 ms", "1.4 s", "2 min 5 s"."""
    if ms < 1:
        return f"{ms:.1f} ms"
    if ms < 1000:
        return f"{ms:.0f} ms"
    if ms < 60_000:
        return f"{ms / 1000:.1f} s"
    minutes, rest = divmod(round(ms / 1000), 60)
    return f"{minutes} min {rest} s"


def clock_time(at: datetime, now: datetime) -> str:
    """A moment as people say it: the hour; the day and the year where they are not today's."""
    hour = f"{at:%H:%M}"
    if at.date() == now.date():
        return hour
    day = f"{at.day} {at:%b}"
    return f"{day}, {hour}" if at.year == now.year else f"{day} {at.year}, {hour}"


def distance(at: datetime, now: datetime) -> str:
    """How far a moment is: "3 min ago", "in 12 min", "just now"."""
    seconds = (now - at).total_seconds()
    if abs(seconds) < 2:
        return "just now" if seconds >= 0 else "now"
    return f"{length(seconds)} ago" if seconds > 0 else f"in {length(-seconds)}"
