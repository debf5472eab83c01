"""Tell what came back, to pages and programs. Changes nothing."""

from dataclasses import dataclass

from django.db.models import Q

from sendoff.feedback.effects import Source
from sendoff.feedback.intake import DAY_MS
from sendoff.feedback.models import Event, InboundCount, Tally
from sendoff.lib import clock

EVENTS_SHOWN = 100  # of one message
_COUNTED = {
    "stored": "mails stored",
    "forged": "refused with a forged address",
    "unknown": "refused: no such address",
    "relay": "refused: not for a domain of ours",
    "too_big": "refused: too big",
    "too_many": "put off: too many connections",
    "too_fast": "put off: too many a minute",
    "no_room": "put off: too much at once",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """Messages of a campaign that came back after they were accepted, each once for each word.

    `unsubscribed` counts opt-outs by mail; those by link are tracking's.
    """

    bounced: int = 0
    complained: int = 0
    unsubscribed: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class LogFilter:
    """Which of it; "" and 0 mean any. `status` is the beginning of an enhanced code: "5.7"."""

    kinds: tuple[str, ...]
    campaign: int = 0
    status: str = ""
    category: str = ""
    fault: str = ""
    since_ms: int = 0
    until_ms: int = 2**62


@dataclass(frozen=True, slots=True, kw_only=True)
class EventRow:
    """One thing that came back. `effect` says what was done, "" where nothing was; `text` is
    verbatim; `mail_id` is the inbound mail it was read from."""

    id: int
    campaign_id: int | None
    seq: int | None
    contact_id: int | None
    email: str
    kind: str
    source: str
    category: str
    fault: str
    status: str
    text: str
    rule: str
    effect: str
    at_ms: int
    mail_id: int | None


def counts(campaign_id: int) -> Counts:
    """The counts of one campaign."""
    rows = Tally.objects.filter(campaign_id=campaign_id).values_list("what", "count")
    return Counts(**{what: count for what, count in rows if what in Counts.__slots__})


def events_of(campaign_id: int, seq: int) -> list[EventRow]:
    """What came back about one message by mail or from vendors, oldest first.

    Refusals in the session are left out: the attempts tell of them.
    """
    of_message = Event.objects.filter(campaign_id=campaign_id, seq=seq)
    found = of_message.exclude(source=Source.SESSION).order_by("at_ms", "id")
    return [_row(each) for each in found[:EVENTS_SHOWN]]


def events(
    workspace_id: int,
    *,
    campaign_id: int | None = None,
    kinds: tuple[str, ...] = (),
    before_id: int | None = None,
    limit: int = 100,
) -> list[EventRow]:
    """Everything that came back, sessions' refusals too, newest first; `before_id` pages on."""
    found = Event.objects.filter(workspace_id=workspace_id)
    if campaign_id is not None:
        found = found.filter(campaign_id=campaign_id)
    if kinds:
        found = found.filter(kind__in=kinds)
    if before_id is not None:
        found = found.filter(pk__lt=before_id)
    return [_row(each) for each in found.order_by("-id")[:limit]]


def logged(
    workspace_id: int, wanted: LogFilter, before_id: int | None = None, limit: int = 100
) -> list[EventRow]:
    """What came back of these kinds, in the order we heard of it, newest first."""
    found = Event.objects.filter(workspace_id=workspace_id, kind__in=wanted.kinds)
    found = found.filter(at_ms__gte=wanted.since_ms, at_ms__lt=wanted.until_ms)
    if wanted.campaign:
        found = found.filter(campaign_id=wanted.campaign)
    if wanted.status:
        exact = Q(status=wanted.status)
        found = found.filter(exact | Q(status__startswith=f"{wanted.status}."))
    for name in ("category", "fault"):
        if value := getattr(wanted, name):
            found = found.filter(**{name: value})
    if before_id is not None:
        found = found.filter(pk__lt=before_id)
    return [_row(each) for each in found.order_by("-id")[:limit]]


def today() -> list[tuple[str, int]]:
    """What the mail server counted on this day (UTC), in words, the most first."""
    rows = InboundCount.objects.filter(day=clock.now_ms() // DAY_MS).order_by("-count", "what")
    return [(_COUNTED.get(row.what, row.what), row.count) for row in rows]


def messages_that(campaign_id: int, did: str, after_seq: int, limit: int) -> list[int]:
    """Numbers of the messages behind a count of `counts`, in order."""
    kinds = {
        "bounced": ("bounce", "soft_bounce"),
        "complained": ("complaint",),
        "unsubscribed": ("unsubscribe",),
    }
    found = Event.objects.filter(campaign_id=campaign_id, seq__gt=after_seq, kind__in=kinds[did])
    seqs = found.exclude(source=Source.SESSION).order_by("seq").values_list("seq", flat=True)
    return [seq for seq in seqs.distinct()[:limit] if seq is not None]


def _row(event: Event) -> EventRow:
    return EventRow(**{name: getattr(event, name) for name in EventRow.__slots__})
