"""Write a campaign and say what stands between it and Send. Sends nothing, freezes nothing."""

from dataclasses import dataclass, field

from django.db import transaction

from sendoff.audience import public as audience
from sendoff.campaigns.content import Content, compile_content
from sendoff.campaigns.models import Badge, Campaign, Purpose
from sendoff.campaigns.problems import ContentError
from sendoff.lib import clock
from sendoff.lib.errors import PlainError
from sendoff.mail import addresses
from sendoff.senders import public as senders

#: Waits between tries in seconds; then every 6 hours until the time-to-live ends (design 5.8).
RETRY_AFTER_S = [300, 900, 1800, 3600, 7200, 14400]


class CampaignError(PlainError):
    """What was asked cannot be done with this campaign; the message says why and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftText:
    """Everything a marketer writes down about one mailing."""

    name: str
    list_ids: tuple[int, ...]
    from_email: str
    subject: str
    source: str
    kind: str = "html"  # html | mjml
    from_name: str = ""
    reply_to: str = ""
    preheader: str = ""
    merging: bool = True
    track_opens: bool = True
    track_clicks: bool = True
    server_id: int | None = None
    purpose: str = "marketing"  # marketing | transactional
    pool_id: int | None = None  # instead of a server
    per_minute: int | None = None
    retry_after_s: tuple[int, ...] = tuple(RETRY_AFTER_S)
    time_to_live_s: int = 48 * 3600
    resend_unknown: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Something that must be mended before Send: where, and what to do."""

    place: str
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """What stands between a draft and Send, and what will happen."""

    audience: int
    problems: tuple[Problem, ...]
    missing_fields: dict[str, int] = field(default_factory=dict)
    done_about_ms: int | None = None  # sent now, by its own pace; None where it has none

    @property
    def ok(self) -> bool:
        return not self.problems


def find(campaign_id: int, lock: bool = False) -> Campaign:
    """A campaign's row, if asked locked until the transaction ends. CampaignError: none."""
    rows = Campaign.objects.select_for_update() if lock else Campaign.objects.all()
    row = rows.filter(pk=campaign_id).first()
    if row is None:
        raise CampaignError(f"There is no campaign {campaign_id}.")
    return row


def draft(workspace_id: int, text: DraftText) -> int:
    """Keep a new draft as it is, however unfinished; `check` says what is missing."""
    with transaction.atomic():
        campaign = Campaign.objects.create(
            workspace_id=workspace_id, **_columns(workspace_id, text)
        )
        campaign.lists.set(text.list_ids)
    return campaign.pk


def edit(campaign_id: int, text: DraftText) -> None:
    """Change a draft. After Send nothing can be changed: CampaignError."""
    with transaction.atomic():
        campaign = find(campaign_id, lock=True)
        if campaign.badge != Badge.DRAFT:
            raise CampaignError(
                f"{campaign.name} was sent; it can no longer change. Copy it to write anew."
            )
        columns = _columns(campaign.workspace_id, text)
        Campaign.objects.filter(pk=campaign_id).update(**columns)
        campaign.lists.set(text.list_ids)


def check(campaign_id: int) -> Check:
    """What must be mended before Send, how many people it goes to, and which fields they lack."""
    campaign = find(campaign_id)
    list_ids = list(campaign.lists.values_list("id", flat=True))
    people = audience.audience_size(
        list_ids, audience.watermark(campaign.workspace_id), clock.now_ms()
    )
    problems = [*_sender_problems(campaign), *_audience_problems(list_ids, people)]
    missing: dict[str, int] = {}
    try:
        content = compiled(campaign)
        missing = audience.missing_fields(list_ids, content.fields)
    except ContentError as error:
        problems.append(Problem(place="Content", sentence=str(error)))
    return Check(
        audience=people,
        problems=tuple(problems),
        missing_fields=missing,
        done_about_ms=_done_about_ms(people, campaign.per_minute),
    )


def compiled(campaign: Campaign) -> Content:
    """The content of a campaign in compiled form; ContentError names line and tag."""
    return compile_content(
        campaign.kind,
        campaign.source,
        subject=campaign.subject,
        preheader=campaign.preheader,
        merging=campaign.merging,
        fields=["email", *audience.field_names(campaign.workspace_id)],
    )


def _done_about_ms(people: int, per_minute: int | None) -> int | None:
    return clock.now_ms() + people * 60_000 // per_minute if per_minute else None


def _columns(workspace_id: int, text: DraftText) -> dict[str, object]:
    columns = {
        name: getattr(text, name)
        for name in DraftText.__slots__
        if name not in ("list_ids", "retry_after_s")
    }
    if text.purpose not in Purpose.values:
        raise CampaignError(f"Purpose: “{text.purpose}” is neither marketing nor transactional.")
    columns["retry_after_s"] = list(text.retry_after_s)
    columns["domain_id"] = _domain_id(workspace_id, text.from_email)
    if text.server_id is None and text.pool_id is None:
        columns["server_id"] = _first_server(workspace_id)
    return columns


def _first_server(workspace_id: int) -> int | None:
    """What a draft goes through that names nothing: a server of its own before a shared one."""
    usable = [each for each in senders.servers(workspace_id) if each.enabled]
    own = [each for each in usable if each.workspace_id is not None]
    return next((each.id for each in own + usable), None)


def _domain_id(workspace_id: int, from_email: str) -> int | None:
    try:
        return senders.domain_of(workspace_id, from_email).id
    except (addresses.AddressError, senders.SenderError):
        return None  # `check` says what is wrong with it


def _sender_problems(campaign: Campaign) -> list[Problem]:
    problems = []
    for place, address in (("From", campaign.from_email), ("Reply-To", campaign.reply_to)):
        if not address and place == "Reply-To":
            continue
        try:
            addresses.normalise(address)
            if place == "From":
                senders.domain_of(campaign.workspace_id, address)
        except (addresses.AddressError, senders.SenderError) as error:
            problems.append(Problem(place=place, sentence=str(error)))
    if sentence := _no_way_out(campaign):
        problems.append(Problem(place="Sending server", sentence=sentence))
    if not campaign.subject.strip():
        problems.append(Problem(place="Subject", sentence="The subject is empty; write one line."))
    return problems


def _no_way_out(campaign: Campaign) -> str:
    if campaign.server_id is None and campaign.pool_id is None:
        return "There is no sending server yet. Add one under Delivery, Servers."
    ways = senders.ways(campaign.server_id, campaign.pool_id)
    if not ways.servers:
        kind = "The server" if campaign.pool_id is None else "Every server of the pool"
        return f"{kind} {ways.name} is switched off; switch it on or choose another way."
    return ""


def _audience_problems(list_ids: list[int], people: int) -> list[Problem]:
    if not list_ids:
        return [Problem(place="Lists", sentence="No list is chosen; choose who gets this.")]
    if not people:
        return [Problem(place="Lists", sentence="The chosen lists are empty; import people first.")]
    return []
