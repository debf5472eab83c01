"""Move what waits for a time along with a clock that was put back. It decides no time itself."""

from collections.abc import Iterable

from django.db import transaction

from sendoff.lib import clock
from sendoff.outbox import sql


def rewind(campaigns: Iterable[int], by_ms: int) -> int:
    """What waits was put off by a clock that now shows `by_ms` less; says how much was moved.

    Only where one machine writes. Of several, each has its own clock, and one that was put right
    says nothing about what the others wrote.
    """
    if sql.many_writers():
        return 0
    with transaction.atomic():
        values = {"by": by_ms, "now": clock.now_ms()}
        moved = sql.run("rewind_parcels", **values)
        return moved + sum(
            sql.run("rewind_messages", campaign=each, **values) for each in campaigns
        )
