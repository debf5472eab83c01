"""Read messages and attempts for people and programs. Changes nothing."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count

from sendoff.audience import public as audience
from sendoff.campaigns import public as campaigns
from sendoff.lib import clock
from sendoff.mail.stages import State
from sendoff.outbox import acting, lanes
from sendoff.outbox.models import Attempt, Message, Parcel, Route, Session
from sendoff.senders import public as senders


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """Which messages: None means any. `after_seq` pages on."""

    state: str | None = None
    stage: str | None = None
    stages: tuple[str, ...] | None = None  # any of these
    provider: str | None = None
    fault: str | None = None
    category: str | None = None
    tls: str | None = None  # "1.3", "1.2" or "none"; "" before acceptance
    seqs: tuple[int, ...] | None = None  # any of these
    after_seq: int = 0
    limit: int = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageRow:
    """One message as it stands; `claimed` is a waiting one in a leased parcel."""

    campaign: int
    seq: int
    workspace_id: int
    contact_id: int
    address: str
    domain: str
    provider: str
    state: str
    stage: str
    fault: str
    category: str
    hold: str
    due_ms: int
    attempts: int
    reason: str
    queued_ms: int
    settled_ms: int | None
    claimed: bool
    parcel_id: int | None
    message_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Whose:
    """Whose message it is, at which provider, and when it was accepted, if it was."""

    contact_id: int
    provider: str
    accepted_ms: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptRow:
    """One attempt with the evidence of its connection; steps are {stage, ms, command, reply}."""

    n: int
    started_ms: int
    ended_ms: int
    outcome: str
    stage: str
    fault: str
    category: str
    code: int | None
    enhanced: str
    reply: str
    steps: list[dict[str, Any]]
    may_be_duplicate: bool
    driver: str
    server: str
    session: dict[str, Any] | None


def messages(campaign_id: int, wanted: Filter) -> list[MessageRow]:
    """Messages of a campaign in order of their number."""
    found = Message.objects.filter(campaign_id=campaign_id, seq__gt=wanted.after_seq)
    if wanted.seqs is not None:
        found = found.filter(seq__in=wanted.seqs)
    if wanted.stages is not None:
        found = found.filter(stage__in=wanted.stages)
    for name in ("state", "stage", "provider", "fault", "category", "tls"):
        if (value := getattr(wanted, name)) is not None:
            found = found.filter(**{name: value})
    return _rows(list(found.order_by("seq")[: wanted.limit]))


def message(campaign_id: int, seq: int) -> MessageRow | None:
    """One message, if it is there."""
    found = _rows(list(Message.objects.filter(campaign_id=campaign_id, seq=seq)))
    return found[0] if found else None


def find(workspace_id: int, text: str) -> list[MessageRow]:
    """Messages by an address, by Message-ID, or by number as 12.345; newest campaign first."""
    found = Message.objects.filter(workspace_id=workspace_id)
    ids = text.strip().strip("<>").split("@")[0].split(".")
    if len(ids) >= 2 and all(part.isdecimal() for part in ids[:2]):
        found = found.filter(campaign_id=int(ids[0]), seq=int(ids[1]))
    else:
        contact = audience.find_contact(workspace_id, text)
        found = found.filter(contact_id=contact.id) if contact else found.none()
    return _rows(list(found.order_by("-campaign_id", "seq")[:500]))


def contact_of(campaign_id: int, seq: int) -> int | None:
    """Whose message it is."""
    found = Message.objects.filter(campaign_id=campaign_id, seq=seq)
    return found.values_list("contact_id", flat=True).first()


def whose(campaign_id: int, seqs: Sequence[int]) -> dict[int, Whose]:
    """The same of many messages by number, without reading addresses; those that are there."""
    found = Message.objects.filter(campaign_id=campaign_id, seq__in=seqs)
    return {
        seq: Whose(
            contact_id=contact,
            provider=provider,
            accepted_ms=settled if state == State.ACCEPTED else None,
        )
        for seq, contact, provider, state, settled in found.values_list(
            "seq", "contact_id", "provider", "state", "settled_ms"
        )
    }


def attempts(campaign_id: int, seq: int) -> list[AttemptRow]:
    """All attempts of one message, first to last."""
    found = list(Attempt.objects.filter(campaign_id=campaign_id, seq=seq).order_by("n"))
    sessions = Session.objects.in_bulk([each.session_id for each in found if each.session_id])
    servers: dict[int, str] = {}
    return [_attempt(each, sessions.get(each.session_id), servers) for each in found]


def route_of(domain: str) -> dict[str, Any] | None:
    """What the DNS said about a domain last: hosts, evidence, when and until when."""
    row = Route.objects.filter(pk=domain).first()
    if row is None:
        return None
    names = (
        "provider",
        "hosts",
        "outcome",
        "evidence",
        "policy",
        "trouble",
        "resolved_ms",
        "expires_ms",
    )
    return {name: getattr(row, name) for name in names}


def _rows(found: list[Message]) -> list[MessageRow]:
    addresses = audience.addresses_of([each.contact_id for each in found])
    wanted = {each.parcel_id for each in found if each.parcel_id}
    parcels = Parcel.objects.filter(pk__in=wanted)
    leased = set(parcels.filter(worker__isnull=False).values_list("id", flat=True))
    shut = lanes.shut(acting.in_force())
    held = set(parcels.filter(lane__in=shut).values_list("id", flat=True)) if shut else set()
    other = ("campaign", "address", "claimed", "hold", "message_id")
    same = [name for name in MessageRow.__slots__ if name not in other]
    return [
        MessageRow(
            campaign=each.campaign_id,
            address=addresses.get(each.contact_id, "(deleted)"),
            claimed=each.parcel_id in leased,
            hold="lane_suspended" if each.parcel_id in held - leased else each.hold,
            message_id=campaigns.message_id(each.campaign_id, each.seq),
            **{name: getattr(each, name) for name in same},
        )
        for each in found
    ]


def _attempt(row: Attempt, session: Session | None, servers: dict[int, str]) -> AttemptRow:
    evidence = json.loads(session.evidence) if session else None
    server = ""
    if session:
        if session.server_id not in servers:
            servers[session.server_id] = senders.server(session.server_id).name
        server = servers[session.server_id]
    same = [n for n in AttemptRow.__slots__ if n not in ("steps", "driver", "server", "session")]
    return AttemptRow(
        steps=steps(row.steps),
        driver=evidence["driver"] if evidence else "",
        server=server,
        session=evidence,
        **{name: getattr(row, name) for name in same},
    )


def steps(stored: str) -> list[dict[str, Any]]:
    """Stored steps as {stage, ms, command, reply}."""
    return [
        {"stage": stage, "ms": ms, "command": command, "reply": reply}
        for stage, ms, command, reply in json.loads(stored)
    ]


def waiting_since_ms(campaign_id: int) -> int | None:
    """When the message that has waited longest was queued."""
    found = Message.objects.filter(campaign_id=campaign_id, state="waiting").order_by("queued_ms")
    return found.values_list("queued_ms", flat=True).first()


def recent_rate(campaign_id: int, minutes: float = 1.0) -> dict[str, float]:
    """Messages a minute by provider, over the last minute or so."""
    since = clock.now_ms() - int(minutes * 60_000)
    found = (
        Message.objects.filter(campaign_id=campaign_id, settled_ms__gte=since, attempts__gt=0)
        .values_list("provider")
        .annotate(n=Count("seq"))
    )
    return {provider: n / minutes for provider, n in found}
