"""Lengths of time as people write them ("90 s, 5 min, 2 h, 1 day"). Pure; knows no clock."""

import re

_UNITS: dict[str, int] = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_SAID: tuple[tuple[int, str], ...] = ((86400, "day"), (3600, "h"), (60, "min"), (1, "s"))
_ONE = re.compile(
    r"(\d{1,9}(?:\.\d{1,3})?)\s*(s|sec|seconds?|m|min|mins|minutes?|h|hours?|d|days?)",
    re.IGNORECASE,
)


class DurationError(ValueError):
    """A text is no length of time; the message says how to write one."""


def seconds(text: str) -> int:
    """The whole seconds that a text such as "5 min" means; DurationError where it is none."""
    found = _ONE.fullmatch(text.strip())
    if found is None:
        raise DurationError(
            f"“{text.strip()}” is no length of time; write it like 30 s, 5 min, 2 h or 1 day."
        )
    return round(float(found[1]) * _UNITS[found[2][0].lower()])


def many(text: str) -> tuple[int, ...]:
    """The lengths in a text, with commas between them; empty for an empty text."""
    return tuple(seconds(part) for part in text.split(",") if part.strip())


def say(length_s: int) -> str:
    """The shortest exact way to say a number of seconds: "5 min", "2 days", "90 s"."""
    size, unit = next((s, u) for s, u in _SAID if length_s % s == 0 or s == 1)
    count = length_s // size
    return f"{count} {unit}{'s' if unit == 'day' and count != 1 else ''}"
