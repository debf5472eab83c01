"""Tell which servers fell sick and got well since, for whoever asks again. Changes nothing."""

from django.db.models import Q

from sendoff.senders import health
from sendoff.senders.models import Sickness


def sick_after(moment_ms: int, limit: int) -> list[health.Sick]:
    """Sicknesses that began after a moment, oldest first."""
    rows = Sickness.objects.filter(since_ms__gt=moment_ms).order_by("since_ms", "id")
    return [health.sick_of(row) for row in rows[:limit]]


def well_between(after_ms: int, until_ms: int, limit: int) -> list[health.Sick]:
    """Sicknesses that a person or their time ended in between, oldest end first."""
    by_person = Q(ended_ms__gt=after_ms, ended_ms__lte=until_ms)
    by_time = Q(ended_ms=None, until_ms__gt=after_ms, until_ms__lte=until_ms)
    rows = Sickness.objects.filter(by_person | by_time)
    found = sorted(rows[:limit], key=lambda row: (row.ended_ms or row.until_ms, row.pk))
    return [health.sick_of(row) for row in found]
