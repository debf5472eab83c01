"""Say what happened in the words of the catalogue: rows of other rooms in, events out. Pure but for
the name of a message, which its campaign knows."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sendoff.audience import public as audience
from sendoff.campaigns import public as campaigns
from sendoff.feedback import public as feedback
from sendoff.lib import clock
from sendoff.outbox import public as outbox
from sendoff.reputation import public as reputation
from sendoff.senders import public as senders
from sendoff.tracking import public as tracking
from sendoff.webhooks.happening import Happened

STATES: Mapping[str, str] = {
    "accepted": "message.accepted",
    "refused": "message.refused",
    "unknown": "message.unknown",
    "skipped": "message.skipped",
    "waiting": "message.deferred",
}
CAME_BACK: Mapping[str, str] = {
    "bounce": "message.bounced",
    "soft_bounce": "message.soft_bounced",
    "delayed": "message.delayed",
    "confirmed": "message.confirmed",
    "complaint": "message.complained",
    "unsubscribe": "contact.unsubscribed",
}
HITS: Mapping[str, str] = {
    "open": "message.opened",
    "click": "message.clicked",
    "unsubscribe": "contact.unsubscribed",
}
IMPORTS: Mapping[str, str] = {"done": "import.done", "failed": "import.stopped"}
_BOOKS = ("audience", "accepted", "refused", "skipped", "waiting", "unknown", "balanced")


def change(each: campaigns.Change, books: outbox.Books | None) -> Happened:
    """A campaign's badge changed."""
    data: dict[str, Any] = {
        "campaign": each.campaign_id,
        "name": each.name,
        "by": each.by,
        "why": each.why,
    }
    if books is not None:
        data["books"] = {name: getattr(books, name) for name in _BOOKS}
    return Happened(
        kind=f"campaign.{each.badge}",
        key=f"badge:{each.id}",
        workspace_id=each.workspace_id,
        at_ms=clock.ms(each.at),
        data=data,
    )


def attention(campaign_id: int, workspace_id: int, asks: Mapping[str, Any]) -> Happened:
    """Something of a campaign asks for a person; told once for each rule, stage and fault."""
    where = {name: asks[name] or "" for name in ("stage", "fault")}
    same = {name: asks[name] for name in ("rule", "sentence", "count", "until")}
    return Happened(
        kind="campaign.attention",
        key=f"attention:{campaign_id}:{asks['rule']}:{asks['stage']}:{asks['fault']}",
        workspace_id=workspace_id,
        at_ms=clock.now_ms(),
        data={"campaign": campaign_id, **same, **where},
    )


def message(each: outbox.MessageNews) -> Happened:
    """What became of a message."""
    same = ("provider", "stage", "fault", "category", "code", "enhanced", "reply")
    return Happened(
        kind=STATES[each.state],
        key=f"message:{each.id}:{each.campaign_id}.{each.seq}:{each.n}",
        workspace_id=each.workspace_id,
        at_ms=each.at_ms,
        data={
            **_message(each.campaign_id, each.seq, each.contact_id, each.email),
            "attempt": each.n,
            **{name: getattr(each, name) for name in same},
        },
    )


def tells(each: feedback.Told) -> bool:
    """Whether somebody is told of it: what mail tells again of a message is no news."""
    return each.kind in CAME_BACK and each.first and each.campaign_id is not None


def came_back(each: feedback.Told) -> Happened:
    """A message came back, or its recipient did something about it."""
    assert each.campaign_id is not None  # noqa: S101 - asked by `tells`
    assert each.seq is not None  # noqa: S101 - comes with the campaign
    whose = _message(each.campaign_id, each.seq, each.contact_id, each.email)
    kind = CAME_BACK[each.kind]
    if kind == "contact.unsubscribed":
        return _opted_out(each.workspace_id, whose, each.at_ms, "mailto")
    said = {
        "source": each.source,
        "category": each.category,
        "fault": each.fault,
        "enhanced": each.status,
        "reply": each.text,
        "rule": each.rule,
        "effect": each.effect,
    }
    return Happened(
        kind=kind,
        key=f"feedback:{each.id}",
        workspace_id=each.workspace_id,
        at_ms=each.at_ms,
        data=whose | said,
    )


def hit(each: tracking.HitNews, workspace_id: int, contact_id: int, email: str) -> Happened:
    """A message was opened or clicked, or its recipient opted out by the link."""
    whose = _message(each.campaign_id, each.seq, contact_id, email)
    kind = HITS[each.kind]
    if kind == "contact.unsubscribed":
        return _opted_out(workspace_id, whose, each.at_ms, each.target)
    who = {"label": each.label, "label_rule": each.rule, "user_agent": each.user_agent}
    where = {"link": each.target} if kind == "message.clicked" else {}
    return Happened(
        kind=kind,
        key=f"hit:{each.id}",
        workspace_id=workspace_id,
        at_ms=each.at_ms,
        data=whose | who | where,
    )


def suppressed(each: audience.GroundNews) -> Happened:
    """An address has a new reason not to be written to."""
    return Happened(
        kind="contact.suppressed",
        key=f"ground:{each.id}",
        workspace_id=each.workspace_id,
        at_ms=clock.ms(each.created_at),
        data={
            "email": each.email,
            "reason": each.reason,
            "evidence": each.evidence,
            "rule": each.rule,
            "expires_at": _iso(each.expires_at),
        },
    )


def lifted(each: audience.GroundNews) -> Happened:
    """Such a reason ended."""
    assert each.ended_at is not None  # noqa: S101 - asked for by its end
    return Happened(
        kind="contact.suppression_lifted",
        key=f"ground:{each.id}",
        workspace_id=each.workspace_id,
        at_ms=clock.ms(each.ended_at),
        data={"email": each.email, "reason": each.reason, "why": each.ended_why},
    )


def imported(each: audience.ImportNews) -> Happened:
    """An import ended."""
    report = each.report
    assert report.finished_at is not None  # noqa: S101 - asked for by its end
    same = ("name", "rows", "added", "updated", "unchanged", "rejected", "problem")
    return Happened(
        kind=IMPORTS[report.state],
        key=f"import:{report.id}",
        workspace_id=each.workspace_id,
        at_ms=clock.ms(report.finished_at),
        data={
            "import": report.id,
            "list": report.list_name,
            **{name: getattr(report, name) for name in same},
        },
    )


def begun(each: outbox.ActionRow, server: str) -> Happened:
    """A lane was slowed, stopped or given up."""
    more = {"reply": each.reply, "by": each.by, "until": clock.iso(each.until_ms)}
    data = _action(each, server, each.why) | more
    return Happened(
        kind="lane.action_begun",
        key=f"action:{each.id}",
        workspace_id=each.workspace_id,
        at_ms=each.since_ms,
        data=data,
    )


def undone(each: outbox.ActionRow, server: str) -> Happened:
    """Somebody ended that before its time."""
    return Happened(
        kind="lane.action_undone",
        key=f"action:{each.id}",
        workspace_id=each.workspace_id,
        at_ms=each.undone_ms or 0,
        data=_action(each, server, each.undone_why) | {"by": each.undone_by},
    )


def sick(each: senders.Sick, server: senders.Server) -> Happened:
    """Pools go around a server."""
    return Happened(
        kind="server.sick",
        key=f"sickness:{each.id}",
        workspace_id=server.workspace_id,
        at_ms=each.since_ms,
        data={
            "server": server.name,
            "provider": each.provider,
            "rule": each.rule,
            "why": each.why,
            "reply": each.sample,
            "until": clock.iso(each.until_ms),
        },
    )


def well(each: senders.Sick, server: senders.Server) -> Happened:
    """They no longer do."""
    return Happened(
        kind="server.well",
        key=f"sickness:{each.id}",
        workspace_id=server.workspace_id,
        at_ms=each.ended_ms or each.until_ms,
        data={
            "server": server.name,
            "provider": each.provider,
            "rule": each.rule,
            "by": each.ended_by,
        },
    )


def listed(each: reputation.Listed) -> Happened:
    """A blocklist lists something of ours."""
    data = {"delist": each.delist, **_listing(each)}
    return Happened(
        kind="blocklist.listed",
        key=f"listing:{each.id}",
        workspace_id=each.workspace_id,
        at_ms=each.since_ms,
        data=data,
    )


def delisted(each: reputation.Listed) -> Happened:
    """It no longer does."""
    return Happened(
        kind="blocklist.delisted",
        key=f"listing:{each.id}",
        workspace_id=each.workspace_id,
        at_ms=each.until_ms or each.seen_ms,
        data=_listing(each),
    )


def _listing(each: reputation.Listed) -> dict[str, Any]:
    return {
        "subject": each.subject,
        "blocklist": each.zone_name,
        "why": each.why,
        "reply": each.codes,
    }


def _action(each: outbox.ActionRow, server: str, why: str) -> dict[str, Any]:
    return {
        "action": each.id,
        "kind": each.kind,
        "rule": "" if each.rule == outbox.OPERATOR else each.rule,
        "server": server,
        "provider": each.provider,
        "why": why,
    }


def _opted_out(workspace_id: int, whose: dict[str, Any], at_ms: int, how: str) -> Happened:
    """By whichever way a person opts out, and however often: once for each message."""
    return Happened(
        kind="contact.unsubscribed",
        key=f"opt-out:{whose['message']}",
        workspace_id=workspace_id,
        at_ms=at_ms,
        data=whose | {"how": how},
    )


def _message(campaign_id: int, seq: int, contact_id: int | None, email: str) -> dict[str, Any]:
    return {
        "campaign": campaign_id,
        "message": f"{campaign_id}.{seq}",
        "message_id": campaigns.message_id(campaign_id, seq),
        "contact": contact_id,
        "email": email,
    }


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else clock.iso(clock.ms(moment))
