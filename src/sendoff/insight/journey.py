"""One message's way as values: the line of `sendoff trace`. It reads; `story` finds the words."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from sendoff.accounts import public as accounts
from sendoff.campaigns import public as campaigns
from sendoff.feedback import public as feedback
from sendoff.insight import proved, standing
from sendoff.insight.waiting import Waiting
from sendoff.lib import clock
from sendoff.outbox import public as outbox
from sendoff.tracking import public as tracking

_FRESH_MS = 10_000  # how long the limits that messages wait for are believed


def journey(campaign_id: int, seq: int) -> dict[str, Any] | None:
    """The line of one message; None where there is no such message."""
    row = outbox.message(campaign_id, seq)
    return None if row is None else _alone(row)


def trace(who: str, campaign: int | None = None) -> Iterator[dict[str, Any]]:
    """A line for each message that an address, a Message-ID or a number (12.345) names."""
    for row in outbox.find(accounts.default_workspace().id, who):
        if campaign is None or row.campaign == campaign:
            yield _alone(row)


def journeys(campaign_id: int) -> Iterator[dict[str, Any]]:
    """A line for every message of a campaign, in order; read in pages, so memory stays flat."""
    wanted, campaign = outbox.Filter(limit=200), campaigns.get(campaign_id)
    limits, proofs = standing.under(campaign), proved.read(campaign)
    while page := outbox.messages(campaign_id, wanted):
        if clock.now_ms() - limits.now_ms > _FRESH_MS:
            limits, proofs = standing.under(campaign), proved.read(campaign)
        reasons = standing.why(campaign, page, limits)
        yield from (line(row, reasons.get(row.seq), proofs) for row in page)
        wanted = replace(wanted, after_seq=page[-1].seq)


def line(row: outbox.MessageRow, waiting: Waiting | None, proofs: proved.Proofs) -> dict[str, Any]:
    """A message in the shape programs rely on; `waiting` is why it waits, where it does."""
    attempts = outbox.attempts(row.campaign, row.seq)
    return {
        "message": f"{row.campaign}.{row.seq}",
        "campaign": row.campaign,
        "address": row.address,
        "state": row.state,
        "stage": row.stage,
        "fault": row.fault or None,
        "category": row.category or None,
        "hold": row.hold or None,
        "due_at": clock.iso(row.due_ms) if row.state == "waiting" and row.due_ms else None,
        "waiting": waiting.document() if waiting else None,
        "message_id": message_id(row),
        "reason": row.reason,
        "attempts": [_attempt(each, row, proofs) for each in attempts],
        "rolled_up": max(row.attempts - len(attempts), 0),  # tries of which only counts are left
        "events": _events(row),
    }


def _alone(row: outbox.MessageRow) -> dict[str, Any]:
    campaign = campaigns.get(row.campaign)
    return line(row, standing.why(campaign, [row]).get(row.seq), proved.read(campaign))


def _events(row: outbox.MessageRow) -> list[dict[str, Any]]:
    """What came back by HTTP and by mail, in order; `label` of mail is its category."""
    hits = [
        (e.at_ms, e.type, e.label or "unknown", e.detail)
        for e in tracking.events_of(row.campaign, row.seq)
    ]
    mails = [
        (e.at_ms, e.kind, e.category, " ".join(filter(None, (e.text, e.effect))))
        for e in feedback.events_of(row.campaign, row.seq)
    ]
    return [
        {"type": kind, "at": clock.iso(at_ms), "label": label, "detail": detail}
        for at_ms, kind, label, detail in sorted(hits + mails, key=lambda each: each[0])
    ]


def message_id(row: outbox.MessageRow) -> str:
    """The Message-ID header, the same at every try."""
    return campaigns.message_id(row.campaign, row.seq)


def steps_of(attempt: outbox.AttemptRow) -> list[dict[str, Any]]:
    """All steps of an attempt in order: those of its connection, then its own, each once."""
    steps: list[dict[str, Any]] = []
    for step in [*_plain((attempt.session or {}).get("steps", [])), *attempt.steps]:
        if step not in steps:
            steps.append(step)
    return steps


def _plain(steps: list[Any]) -> list[dict[str, Any]]:
    names = ("stage", "ms", "command", "reply")
    return [
        {name: step[name] for name in names}
        if isinstance(step, dict)
        else dict(zip(names, step, strict=True))
        for step in steps
    ]


def _attempt(
    each: outbox.AttemptRow, row: outbox.MessageRow, proofs: proved.Proofs
) -> dict[str, Any]:
    session = each.session or {}
    return {
        "n": each.n,
        "started_at": clock.iso(each.started_ms),
        "ended_at": clock.iso(each.ended_ms),
        "outcome": each.outcome,
        "stage": each.stage,
        "fault": each.fault or None,
        "category": each.category or None,
        "driver": each.driver or None,
        "server": each.server or None,
        "source_ip": session.get("source_ip") or None,
        "provider": row.provider or None,
        "mx": session.get("mx") or None,
        "peer": session.get("peer") or None,
        "tls": {
            "wanted": session.get("tls_wanted") or None,
            "version": session.get("tls_version") or None,
            "cipher": session.get("tls_cipher") or None,
            "verified": session.get("tls_verified"),
            "why_not": session.get("tls_why_not") or None,
        },
        # As DNS proved it beforehand: the receiver's own verdict is not ours to see.
        "auth": proved.document(proofs.of(each)),
        "code": each.code,
        "enhanced": each.enhanced or None,
        "reply": each.reply,
        "steps": steps_of(each),
        "may_be_duplicate": each.may_be_duplicate,
    }
