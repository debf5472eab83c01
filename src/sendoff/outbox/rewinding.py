"""Move what waits for a time along with a clock that was put back. It decides no time itself."""

from collections.abc import Iterable

from django.db import transaction

from sendoff.lib import clock
from sendoff.outbox import sql

_LATE_MS = 60_000  # for so long at most a worker puts off what it then hands back
_EVER_MS = 1 << 62


def rewind(campaigns: Iterable[int], by_ms: int, *, late: bool = False) -> int:
    """What waits was put off by a clock that now shows `by_ms` less; says how much was moved.

    Only where one machine writes. Of several, each has its own clock, and one that was put right
    says nothing about what the others wrote. `late`: once more, for what a worker had in hand and
    gave back just afterwards: that lies a moment behind the old clock, so only this is moved.
    """
    if sql.many_writers() or (late and by_ms <= 2 * _LATE_MS):  # so little is soon over
        return 0
    with transaction.atomic():
        now = clock.now_ms()
        values = {"by": by_ms, "from": now, "to": _EVER_MS}
        if late:
            values |= {"from": now + by_ms - _LATE_MS, "to": now + by_ms + _LATE_MS}
        moved = sql.run("rewind_parcels", **values)
        return moved + sum(
            sql.run("rewind_messages", campaign=each, **values) for each in campaigns
        )
