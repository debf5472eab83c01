"""Turn the attempts of campaigns that ended long ago into counts, slice by slice. Moves no books.

An attempt of unknown outcome stays as it is: a second copy must be able to say that it may be one.
"""

from dataclasses import dataclass

from django.db import transaction

from sendoff.campaigns import public as campaigns
from sendoff.lib import clock
from sendoff.outbox import sql
from sendoff.outbox.models import AttemptCount

SLICE = 2_000  # messages a transaction: tens of milliseconds
DAY_MS = 86_400_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """So many attempts of a campaign ended alike on one day (UTC). `day` counts from 1970."""

    provider: str
    outcome: str
    stage: str
    fault: str
    category: str
    day: int
    count: int


def roll_up(days: int) -> int:
    """Roll up one slice of what ended more than `days` days ago; says how many attempts it was."""
    before = clock.now_ms() - days * DAY_MS
    ended = campaigns.with_badge(campaigns.Badge.DONE, campaigns.Badge.CANCELLED)
    old = (c.id for c in ended if c.launched_at and clock.ms(c.launched_at) < before)
    return next(filter(None, (_slice(campaign, before) for campaign in old)), 0)


def _slice(campaign: int, before: int) -> int:
    first = sql.rows("first_to_roll", campaign=campaign, before=before)[0][0]
    if first is None:
        return 0
    slice_ = {"campaign": campaign, "first": first, "last": first + SLICE - 1, "before": before}
    with transaction.atomic():
        sql.run("roll_up", **slice_)
        return sql.run("drop_rolled", **slice_)


def counts(campaign_id: int) -> list[Count]:
    """The attempts of a campaign that were rolled up."""
    names = tuple(Count.__slots__)
    rows = AttemptCount.objects.filter(campaign_id=campaign_id).order_by("day", "id")
    return [Count(**dict(zip(names, row, strict=True))) for row in rows.values_list(*names)]
