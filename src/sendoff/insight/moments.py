"""Times inside sentences, as people say them. Pure: the present moment comes in; UTC."""

from sendoff.lib import clock

_SIZES = ((86400, "day", "days"), (3600, "h", "h"), (60, "min", "min"), (1, "s", "s"))


def said(at_ms: int, now_ms: int) -> str:
    """The hour, with seconds within the next minutes, with the day where it is not today."""
    at, now = clock.at(at_ms), clock.at(now_ms)
    if at.date() != now.date():
        return f"{at.day} {at:%b}, {at:%H:%M}"
    return f"{at:%H:%M:%S}" if abs(at_ms - now_ms) < 120_000 else f"{at:%H:%M}"


def length(seconds: int) -> str:
    """A length of time without rounding: "90 s", "5 min", "2 days"."""
    size, one, more = next(each for each in _SIZES if seconds % each[0] == 0)
    count = seconds // size
    return f"{count:,} {one if count == 1 else more}"
