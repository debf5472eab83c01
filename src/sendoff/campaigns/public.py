"""The door of campaigns: what is mailed and when. It never calls the outbox, which pulls."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from sendoff.campaigns import badges, drafting, gate, identity, launching, news, previewing
from sendoff.campaigns.composer import Composer
from sendoff.campaigns.content import Content
from sendoff.campaigns.drafting import CampaignError, Check, DraftText, Problem
from sendoff.campaigns.identity import Identity, Recipient
from sendoff.campaigns.models import Badge, Campaign, Version
from sendoff.campaigns.problems import ContentError, RenderError
from sendoff.lib.config import config
from sendoff.senders import public as senders

__all__ = [
    "Badge",
    "CampaignError",
    "Change",
    "Check",
    "Cleared",
    "Composer",
    "ContentError",
    "DraftText",
    "NotCleared",
    "Problem",
    "Recipient",
    "RenderError",
    "cancel",
    "changes_after",
    "check",
    "draft",
    "edit",
    "launch",
    "newest_change",
    "pause",
    "rerun",
    "resume",
]

Cleared = gate.Cleared
NotCleared = gate.NotCleared
draft = drafting.draft
edit = drafting.edit
check = drafting.check
launch = launching.launch
pause = launching.pause
resume = launching.resume
cancel = launching.cancel
rerun = launching.rerun
Change = news.Change
newest_change = news.newest_change
changes_after = news.changes_after


@dataclass(frozen=True, slots=True, kw_only=True)
class BadgeEntry:
    """One change of badge, as the campaign page lists it."""

    badge: str
    at: datetime
    by: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """A campaign as other rooms see it; times in UTC, waits in seconds."""

    id: int
    workspace_id: int
    name: str
    badge: str
    from_name: str
    from_email: str
    subject: str
    list_names: tuple[str, ...]
    server_id: int | None
    domain_id: int | None
    purpose: str
    pool_id: int | None
    audience: int | None
    watermark: int | None
    launched_at: datetime | None
    paused_ms: int
    per_minute: int | None
    retry_after_s: tuple[int, ...]
    time_to_live_s: int
    resend_unknown: bool
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """What every message of a sent campaign is made from, and the domain that signs it."""

    version_at: datetime
    domain: str
    domain_id: int


def get(campaign_id: int) -> View:
    """One campaign. CampaignError where there is none."""
    return _view(drafting.find(campaign_id))


def of_workspace(workspace_id: int) -> list[View]:
    """All campaigns of a workspace, newest first."""
    rows = Campaign.objects.filter(workspace_id=workspace_id).prefetch_related("lists")
    return [_view(row) for row in rows.order_by("-id")]


def with_badge(*wanted: Badge) -> list[View]:
    """Campaigns in any of these states, oldest first: what the outbox asks."""
    return [_view(row) for row in Campaign.objects.filter(badge__in=wanted).order_by("id")]


def ids_with_badge(wanted: Sequence[Badge]) -> list[int]:
    """As `with_badge`, ids alone: asked four times a second by every worker."""
    return list(Campaign.objects.filter(badge__in=wanted).values_list("id", flat=True))


def ways(campaign: View) -> senders.Ways:
    """The ways out of a campaign: its server, or the servers of its pool."""
    return senders.ways(
        campaign.server_id,
        campaign.pool_id,
        purpose=campaign.purpose,
        from_domain=campaign.from_email.rpartition("@")[2],
    )


def list_ids(campaign_id: int) -> list[int]:
    """The lists that a campaign goes to."""
    return list(drafting.find(campaign_id).lists.order_by("id").values_list("id", flat=True))


def badges_of(campaign_id: int) -> list[BadgeEntry]:
    """Every change of badge, in order."""
    rows = drafting.find(campaign_id).badges.all()
    return [BadgeEntry(badge=r.badge, at=r.at, by=r.by, why=r.why) for r in rows]


def mark(campaign_id: int, badge: Badge, why: str) -> bool:
    """The outbox reports progress: Queued, Sending, Done."""
    return badges.change(campaign_id, badge, by="Sendoff", why=why)


@lru_cache(maxsize=64)
def link_targets(campaign_id: int) -> tuple[str, ...]:
    """Where the numbered links of a sent campaign lead; a version is frozen, so it is kept."""
    return tuple(_version(campaign_id).links)


def message_id(campaign_id: int, seq: int) -> str:
    """The Message-ID of one message, with its angle brackets; it never changes."""
    return identity.message_id(config().token_key, _sending_domain(campaign_id), campaign_id, seq)


def composer(campaign_id: int) -> Composer:
    """The writer of a sent campaign's messages, with the keys that sign at this moment."""
    version = Version.objects.get(pk=_frozen_id(campaign_id))
    content = Content.from_json(version.content)
    return _composer(campaign_id, version.workspace_id, content, version.sender)


def rehearsal(campaign_id: int) -> Composer:
    """The writer of a campaign's messages as Send would make them now; of a sent one, its own.

    ContentError, SenderError and AddressError say why there can be none yet.
    """
    row = drafting.find(campaign_id)
    if row.version_id is not None:
        return composer(campaign_id)
    sender = launching.sender_of(row)
    return _composer(campaign_id, row.workspace_id, drafting.compiled(row), sender)


def _composer(campaign_id: int, workspace_id: int, content: Content, s: dict[str, Any]) -> Composer:
    tracking_host = config().base_url.rstrip("/")
    return Composer(
        content,
        Identity(
            from_name=s["from_name"],
            from_email=s["from_email"],
            reply_to=s["reply_to"],
            sending_domain=s["domain"],
            keys=tuple(senders.signing_keys(s["domain_id"])),
            return_path_domain=s["return_path_domain"],
            base_url=tracking_host,
            list_id=f"list-{s['list_id']}.{s['domain']}",
            list_name=s["list_name"],
            unsubscribe_domain=s["return_path_domain"],
            feedback_id=(str(campaign_id), str(workspace_id), "campaign", "sendoff"),
            token_key=config().token_key,
            tracked=_tracked(s),
        ),
    )


def _tracked(sender: dict[str, Any]) -> frozenset[str]:
    """What is counted of a campaign's messages; a trap only tells who made the clicks."""
    trap = config().trap_links and sender["track_clicks"]
    wanted = {"opens": sender["track_opens"], "clicks": sender["track_clicks"], "trap": trap}
    return frozenset(name for name, is_wanted in wanted.items() if is_wanted)


def signature(campaign_id: int) -> Signature:
    """When the frozen version was made, and for which domain its messages are signed."""
    version = Version.objects.get(pk=_frozen_id(campaign_id))
    return Signature(
        version_at=version.created_at,
        domain=version.sender["domain"],
        domain_id=version.sender["domain_id"],
    )


def subject_for(campaign_id: int, email: str) -> str:
    """The subject as this person gets it, with their fields as they are now; else unmerged."""
    campaign = drafting.find(campaign_id)
    seen = previewing.preview(campaign, email)
    merged = dict(seen.headers).get("Subject") if seen.recipient == email else None
    return merged or campaign.subject


@lru_cache(maxsize=256)
def _sending_domain(campaign_id: int) -> str:
    return str(Version.objects.get(pk=_frozen_id(campaign_id)).sender["domain"])


def _version(campaign_id: int) -> Content:
    return Content.from_json(Version.objects.get(pk=_frozen_id(campaign_id)).content)


def _frozen_id(campaign_id: int) -> int:
    version_id = Campaign.objects.values_list("version_id", flat=True).get(pk=campaign_id)
    if version_id is None:
        raise CampaignError(f"Campaign {campaign_id} was not sent yet; it has no version.")
    return version_id


def _view(row: Campaign) -> View:
    names = tuple(sorted(each.name for each in row.lists.all()))
    same = {
        name: getattr(row, name)
        for name in View.__slots__
        if name not in ("id", "list_names", "retry_after_s")
    }
    return View(id=row.pk, list_names=names, retry_after_s=tuple(row.retry_after_s), **same)
