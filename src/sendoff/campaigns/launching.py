"""Send, pause, resume, cancel: each one atomic step. Writes no message rows: they are pulled."""

from typing import Any

from django.db import transaction
from django.db.models import F

from sendoff.audience import public as audience
from sendoff.campaigns import badges, gate
from sendoff.campaigns.drafting import CampaignError, check, compiled, find
from sendoff.campaigns.models import Badge, Campaign, Version
from sendoff.lib import clock
from sendoff.senders import public as senders


def launch(campaign_id: int, by: str, override: str = "") -> bool:
    """Freeze content, sender and audience and begin to queue. Twice acts once (then False).

    NotCleared where a room downstream objects, unless `override` is what it wants to be typed.
    """
    if find(campaign_id).badge != Badge.DRAFT:
        return False
    _check(campaign_id)
    cleared = gate.ask(campaign_id, by, override)  # may take seconds, so that nothing is locked
    with transaction.atomic():  # what was checked is what is frozen: no edit comes between
        campaign = find(campaign_id, lock=True)
        if campaign.badge != Badge.DRAFT:
            return False
        _check(campaign_id)
        _freeze(campaign, compiled(campaign).to_json())
        cleared.keep()
        why = " ".join(filter(None, ("Send was pressed.", cleared.note)))
        return badges.change(campaign_id, Badge.QUEUING, by=by, why=why[:500])


def _check(campaign_id: int) -> None:
    report = check(campaign_id)
    if not report.ok:
        raise CampaignError(" ".join(f"{p.place}: {p.sentence}" for p in report.problems))


def pause(campaign_id: int, by: str, why: str) -> bool:
    """No new message is begun from now on; what is on the wire is finished."""
    with transaction.atomic():
        paused = badges.change(campaign_id, Badge.PAUSED, by=by, why=why or "Paused by hand.")
        if paused:
            Campaign.objects.filter(pk=campaign_id).update(paused_at=clock.now())
    return paused


def resume(campaign_id: int, by: str) -> bool:
    """Go on where it stood; the time-to-live did not run meanwhile."""
    with transaction.atomic():
        campaign = find(campaign_id, lock=True)
        if campaign.badge != Badge.PAUSED or campaign.paused_at is None:
            return False
        before = _badge_before_pause(campaign)
        badges.change(campaign_id, before, by=by, why="Resumed.", was=[Badge.PAUSED])
        rested = int((clock.now() - campaign.paused_at).total_seconds() * 1000)
        Campaign.objects.filter(pk=campaign_id).update(
            paused_at=None, paused_ms=F("paused_ms") + rested
        )
    return True


def cancel(campaign_id: int, by: str, why: str) -> bool:
    """End it for good: what still waits is skipped, what was accepted stays so."""
    return badges.change(campaign_id, Badge.CANCELLED, by=by, why=why or "Cancelled by hand.")


def rerun(campaign_id: int) -> int:
    """A new draft with the same text, sender and lists."""
    with transaction.atomic():
        campaign = find(campaign_id)
        lists = list(campaign.lists.all())
        campaign.pk = None
        campaign._state.adding = True
        campaign.name = f"{campaign.name} (again)"
        campaign.badge = Badge.DRAFT
        campaign.version = campaign.audience = campaign.watermark = None
        campaign.launched_at = campaign.paused_at = None
        campaign.paused_ms = 0
        campaign.created_at = clock.now()
        campaign.save()
        campaign.lists.set(lists)
    return campaign.pk


def sender_of(campaign: Campaign) -> dict[str, Any]:
    """As whom a campaign is sent, as its version keeps it. SenderError, AddressError."""
    domain = senders.domain_of(campaign.workspace_id, campaign.from_email)
    first_list = campaign.lists.order_by("id").first()
    return {
        "from_name": campaign.from_name,
        "from_email": campaign.from_email,
        "reply_to": campaign.reply_to,
        "domain_id": domain.id,
        "domain": domain.name,
        "return_path_domain": domain.return_path_domain,
        "list_id": first_list.pk if first_list else 0,
        "list_name": first_list.name if first_list else "",
        "track_opens": campaign.track_opens,
        "track_clicks": campaign.track_clicks,
    }


def _freeze(campaign: Campaign, content: str) -> None:
    sender = sender_of(campaign)
    version = Version.objects.create(
        workspace_id=campaign.workspace_id, campaign=campaign, content=content, sender=sender
    )
    watermark = audience.watermark(campaign.workspace_id)
    launched_ms = clock.now_ms()  # agreed with audience and outbox: milliseconds
    list_ids = list(campaign.lists.values_list("id", flat=True))
    Campaign.objects.filter(pk=campaign.pk).update(
        version=version,
        domain_id=sender["domain_id"],
        watermark=watermark,
        launched_at=clock.at(launched_ms),
        audience=audience.audience_size(list_ids, watermark, launched_ms),
    )


def _badge_before_pause(campaign: Campaign) -> Badge:
    earlier = campaign.badges.exclude(badge=Badge.PAUSED).order_by("-id").first()
    return Badge(earlier.badge) if earlier else Badge.QUEUING
