"""Do what was decided about one piece of news: the event, the suppression, the count, together.

The one place that acts on what came back. It decides nothing; the caller has the transaction.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import timedelta

import structlog
from django.db import IntegrityError, transaction
from django.db.models import F

from sendoff.audience import public as audience
from sendoff.feedback import effects, streaks
from sendoff.feedback.effects import Happening, Suppress
from sendoff.feedback.models import MAX_TEXT, Event, Tally
from sendoff.lib import clock
from sendoff.lib.config import config
from sendoff.outbox import public as outbox

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """What came back about one message. `key` is the same when the same is told again."""

    subject: outbox.Subject
    what: Happening
    key: str
    at_ms: int
    status: str = ""
    text: str = ""
    mail_id: int | None = None


def act(news: Iterable[News]) -> list[Event]:
    """Act on each that is new, in order; the events. Call it in a transaction."""
    counts: Counter[tuple[int, str]] = Counter()
    events = [event for each in news if (event := _one(each, counts))]
    for (campaign, what), number in sorted(counts.items()):
        row, _ = Tally.objects.get_or_create(campaign_id=campaign, what=what)
        Tally.objects.filter(pk=row.pk).update(count=F("count") + number)
    return events


def _one(news: News, counts: Counter[tuple[int, str]]) -> Event | None:
    contact = audience.contact(news.subject.contact_id)
    email = (contact.email if contact else "") or ""
    event = _enter(news, email)
    if event is None:
        log.info("told before", key=news.key)
        return None
    what = replace(
        news.what, first=event.first, soft_in_row=streaks.in_row(news.subject, news.what)
    )
    # An opt-out by mail of who is out already, as by the link, is no second one.
    out = contact is not None and contact.status in ("unsubscribed", "complained")
    for effect in effects.decide(what, config().soft_bounces):
        if isinstance(effect, Suppress):
            if email:
                _suppress(event, effect)
        elif not (out and effect.what == "unsubscribed"):
            counts[news.subject.campaign_id, effect.what] += 1
    return event


def _enter(news: News, email: str) -> Event | None:
    """The event's row; None where the same was told before."""
    if Event.objects.filter(key=news.key).exists():
        return None
    told = Event.objects.filter(
        campaign_id=news.subject.campaign_id, seq=news.subject.seq, kind=news.what.kind, first=True
    )
    row = Event(
        workspace_id=news.subject.workspace_id,
        campaign_id=news.subject.campaign_id,
        seq=news.subject.seq,
        contact_id=news.subject.contact_id,
        email=email,
        kind=news.what.kind,
        source=news.what.source,
        category=news.what.category,
        fault=news.what.fault,
        status=news.status[:12],
        text=plain(news.text),
        at_ms=news.at_ms,
        mail_id=news.mail_id,
        first=not told.exists(),
        key=news.key,
    )
    return row if _saved(row) else None


def _saved(row: Event) -> bool:
    """Whether it was news: another process may have been told the same at this moment."""
    for first in (row.first, False):
        row.first = first
        try:
            with transaction.atomic():
                row.save(force_insert=True)
        except IntegrityError:
            continue
        return True
    return False


def _suppress(event: Event, effect: Suppress) -> None:
    days = f" for {effect.days} days" if effect.days else ""
    event.rule, event.effect = effect.rule, f"Not written to any more{days}: {effect.reason}."
    audience.suppress(
        event.workspace_id,
        event.email,
        effect.reason,
        evidence_of(event),
        rule=effect.rule,
        expires_at=clock.now() + timedelta(days=effect.days) if effect.days else None,
    )
    event.save(update_fields=["rule", "effect"])


def evidence_of(event: Event) -> str:
    """What the suppression list keeps: the words, the message, when and how they came."""
    said = event.text or f"{event.kind}, without words"
    return (
        f"{said} (message {event.campaign_id}.{event.seq}, {clock.iso(event.at_ms)}, by"
        f" {event.source}, event {event.pk})"
    )


def plain(text: str) -> str:
    """Text as any database takes it, cut to what is kept."""
    return text.encode("utf-8", "replace").decode().replace("\0", "\\0")[:MAX_TEXT]
