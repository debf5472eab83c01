"""Draw days as bars in a picture 100 wide and 100 high. Pure numbers; the template draws."""

from collections.abc import Sequence
from dataclasses import dataclass

from sendoff.reputation.picture import Day

_GAP = 0.15  # of a day's width


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One day: failed messages stand on the ground, passed ones on them."""

    x: float
    width: float
    passed_y: float
    passed_height: float
    failed_y: float
    failed_height: float


def bars(days: Sequence[Day], first_day: int, count: int) -> list[Bar]:
    """A bar for each day that has one, at its place among `count` days from the first."""
    most = max((day.passed + day.failed for day in days), default=0)
    if not most:
        return []
    step = 100 / count
    return [_bar(day, (day.day - first_day) * step, step, most) for day in days]


def _bar(day: Day, x: float, step: float, most: int) -> Bar:
    failed, passed = 100 * day.failed / most, 100 * day.passed / most
    return Bar(
        x=round(x + step * _GAP / 2, 3),
        width=round(step * (1 - _GAP), 3),
        failed_y=round(100 - failed, 3),
        failed_height=round(failed, 3),
        passed_y=round(100 - failed - passed, 3),
        passed_height=round(passed, 3),
    )
