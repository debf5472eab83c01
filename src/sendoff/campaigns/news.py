"""Tell what happened to campaigns since, for whoever asks again and again. Changes nothing."""

from dataclasses import dataclass
from datetime import datetime

from sendoff.campaigns.models import BadgeChange


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One change of badge of any campaign; ids grow with time."""

    id: int
    workspace_id: int
    campaign_id: int
    name: str
    badge: str
    at: datetime
    by: str
    why: str


def newest_change() -> int:
    """The id of the newest change; 0 before the first."""
    return BadgeChange.objects.order_by("-id").values_list("id", flat=True).first() or 0


def changes_after(change_id: int, limit: int) -> list[Change]:
    """Changes with a greater id, in order."""
    rows = BadgeChange.objects.filter(pk__gt=change_id).select_related("campaign").order_by("id")
    return [
        Change(
            id=row.pk,
            workspace_id=row.campaign.workspace_id,
            campaign_id=row.campaign_id,
            name=row.campaign.name,
            badge=row.badge,
            at=row.at,
            by=row.by,
            why=row.why,
        )
        for row in rows[:limit]
    ]
