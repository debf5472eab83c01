"""Change a campaign's badge by compare-and-set and keep who, when and why. Decides nothing."""

from collections.abc import Iterable

from django.db import transaction

from sendoff.campaigns.models import Badge, BadgeChange, Campaign

#: From which badges each badge may be reached.
FROM: dict[Badge, tuple[Badge, ...]] = {
    Badge.QUEUING: (Badge.DRAFT,),
    Badge.QUEUED: (Badge.QUEUING,),
    Badge.SENDING: (Badge.QUEUED, Badge.DONE),  # Done: a person had messages tried again
    Badge.PAUSED: (Badge.QUEUING, Badge.QUEUED, Badge.SENDING),
    Badge.DONE: (Badge.QUEUED, Badge.SENDING),
    Badge.CANCELLED: (Badge.QUEUING, Badge.QUEUED, Badge.SENDING, Badge.PAUSED),
}


def change(
    campaign_id: int, badge: Badge, *, by: str, why: str, was: Iterable[Badge] | None = None
) -> bool:
    """Set a badge if the present one allows it; False where somebody else was first."""
    allowed = list(FROM[badge] if was is None else was)
    with transaction.atomic():
        changed = Campaign.objects.filter(pk=campaign_id, badge__in=allowed).update(badge=badge)
        if changed:
            BadgeChange.objects.create(campaign_id=campaign_id, badge=badge, by=by, why=why)
    return bool(changed)
