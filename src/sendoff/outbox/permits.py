"""Time slots to send: exact across all workers, by GCRA in one row for each limit."""

from dataclasses import dataclass

from django.db import transaction

from sendoff.lib import clock
from sendoff.outbox.models import Permit

PATIENCE_MS = 2_000  # a slot further away is not taken: the parcel is handed back until then


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """When the next message may go; `granted` False: later than anybody wants to wait here."""

    at_ms: int
    granted: bool


def take(limits: dict[str, int]) -> Slot:
    """One slot that every limit allows. `limits` maps a name (lane:7) to messages a minute.

    All rows move together or none does, so a slot refused by one limit is not lost in another.
    """
    now = clock.now_ms()
    with transaction.atomic():
        stored = _held(limits)
        if len(stored) < len(limits):
            # Two who see a limit for the first time make one row of it, and hold that.
            new = [Permit(name=name) for name in sorted(limits.keys() - stored.keys())]
            Permit.objects.bulk_create(new, ignore_conflicts=True)
            stored = _held(limits)
        at_us = max([now * 1000, *stored.values()])
        if at_us > (now + PATIENCE_MS) * 1000:
            return Slot(at_ms=at_us // 1000, granted=False)
        _advance(limits, at_us)
    return Slot(at_ms=at_us // 1000, granted=True)


def _held(limits: dict[str, int]) -> dict[str, int]:
    """The limits' next slots, ours alone until the transaction ends; locked in one order by all."""
    rows = Permit.objects.select_for_update().filter(name__in=limits).order_by("name")
    return dict(rows.values_list("name", "next_us"))


def _advance(limits: dict[str, int], at_us: int) -> None:
    for name, per_minute in sorted(limits.items()):
        Permit.objects.filter(name=name).update(next_us=at_us + 60_000_000 // per_minute)
