"""Keep where each source stands in its warm-up, and a row for every decision on it.

The decisions are those of `warmup`; the numbers come from whoever counted them.
"""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime

from django.db import transaction

from sendoff.lib import clock
from sendoff.senders import warmup
from sendoff.senders.models import WarmUp, WarmUpDecision
from sendoff.senders.servers import Server
from sendoff.senders.warmup import DAY_MS, Seen, Standing


@dataclass(frozen=True, slots=True, kw_only=True)
class Warming:
    """Where a source stands with one provider today. `most` None: it is warm."""

    server_id: int
    provider: str
    plan: str
    day: int
    most: int | None
    sent_on: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """One decision on a source's warm-up, with the numbers of the day it judged."""

    server_id: int
    provider: str
    on: int
    what: str
    rule: str
    day_before: int
    day_after: int
    sent: int
    deferred: int
    bounced: int
    blocked: int
    complained: int
    why: str
    at: datetime


def today() -> int:
    """The present day, counted from 1970, in UTC."""
    return clock.now_ms() // DAY_MS


def begin(server: Server, provider: str) -> None:
    """A source is about to send to a provider: its first day with it, if it has a plan."""
    if server.warmup:
        day = today()
        WarmUp.objects.get_or_create(
            server_id=server.id,
            provider=provider,
            defaults={"sent_on": day, "reviewed": day - 1},
        )


def standing(server: Server, provider: str) -> Warming | None:
    """Where a source stands; None where it has no plan. Before its first day: that of day 1."""
    plan = warmup.plans().get(server.warmup)
    if plan is None:
        return None
    row = WarmUp.objects.filter(server_id=server.id, provider=provider).first()
    return _warming(server, provider, row)


def standings(server: Server) -> list[Warming]:
    """Where a source stands with every provider it sent to."""
    if not server.warmup:
        return []
    rows = WarmUp.objects.filter(server_id=server.id).order_by("provider")
    return [_warming(server, row.provider, row) for row in rows]


def unjudged(server: Server) -> dict[str, int]:
    """For each provider the first day that was not judged yet, where that is before today."""
    rows = WarmUp.objects.filter(server_id=server.id, reviewed__lt=today() - 1)
    return {row.provider: row.reviewed + 1 for row in rows}


def judge(server: Server, provider: str, days: Iterable[tuple[int, Seen]]) -> list[Decided]:
    """Judge the days with sending since the last judgement, in order; each decision is a row.

    Days that were judged before, and today, are left out: asked twice it decides once.
    """
    plan = warmup.plans()[server.warmup]
    made = []
    with transaction.atomic():
        row = WarmUp.objects.select_for_update().get(server_id=server.id, provider=provider)
        for day, seen in sorted(days, key=lambda each: each[0]):
            if row.reviewed < day < today() and seen.sent:
                made += _judge_day(row, plan, day, seen)
        row.reviewed = max(row.reviewed, today() - 1)
        row.save()
        WarmUpDecision.objects.bulk_create(made)
    return [_decided(each) for each in made]


def decisions(server_id: int, limit: int = 100) -> list[Decided]:
    """What was decided on a source, the newest first."""
    rows = WarmUpDecision.objects.filter(server_id=server_id).order_by("-id")[:limit]
    return [_decided(row) for row in rows]


def _judge_day(row: WarmUp, plan: warmup.Plan, day: int, seen: Seen) -> list[WarmUpDecision]:
    before = Standing(day=row.day, sent_on=row.sent_on)
    made = []
    if cold := warmup.cooled(plan, before, day):
        made.append(_row(row, plan, day, cold, seen))
        row.day = cold.day
    verdict = warmup.judge(plan, Standing(day=row.day, sent_on=day), seen)
    made.append(_row(row, plan, day, verdict, seen))
    row.day, row.sent_on = verdict.day, day
    return made


def _row(
    row: WarmUp, plan: warmup.Plan, day: int, decision: warmup.Decision, seen: Seen
) -> WarmUpDecision:
    return WarmUpDecision(
        server_id=row.server_id,
        provider=row.provider,
        on=day,
        what=decision.what,
        rule=f"warmup.{plan.id}.day{row.day}",
        day_before=row.day,
        day_after=decision.day,
        why=decision.why,
        **asdict(seen),
    )


def _warming(server: Server, provider: str, row: WarmUp | None) -> Warming:
    now = today()
    at = Standing(day=row.day, sent_on=row.sent_on) if row else Standing(day=1, sent_on=now)
    plan = warmup.plans()[server.warmup]
    cold = warmup.cooled(plan, at, now)
    return Warming(
        server_id=server.id,
        provider=provider,
        plan=plan.id,
        day=cold.day if cold else at.day,
        most=warmup.allowed(plan, at, now),
        sent_on=at.sent_on,
    )


def _decided(row: WarmUpDecision) -> Decided:
    return Decided(**{name: getattr(row, name) for name in Decided.__slots__})
