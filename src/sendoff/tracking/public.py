"""The door of tracking: opens, clicks and unsubscribes, and who made them. It drops no hit."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from wsgiref.types import WSGIApplication

from sendoff.tracking import hits, labelling, labels, models, news, store, wiring

__all__ = [
    "LABELS", "Asked", "Context", "Engagement", "HitNews", "HotCounts", "Kept", "Label",
    "LogFilter", "LogRow", "TrackedEvent", "by_provider", "engagement", "events_of", "hits_after",
    "hot_app", "hot_counts", "kept_of", "label", "label_fresh", "logged", "messages_that",
    "newest_hit", "relabel", "stored",
]  # fmt: skip

LABELS = labels.LABELS
Asked = labels.Asked
Context = labels.Context
Label = labels.Label
label = labels.label
label_fresh = labelling.label_fresh
relabel = labelling.relabel
HitNews = news.HitNews
newest_hit = news.newest_hit
hits_after = news.hits_after

EVENTS_SHOWN = 500  # of one message, oldest first: a scanner may have made thousands


_DID: dict[str, dict[str, object]] = {
    "opened": {"opens__gt": 0},
    "clicked": {"clicks__gt": 0},
    "unsubscribed": {"unsubscribed_ms__isnull": False},
    **{f"opened_{label}": {"opened_by": label} for label in LABELS},
    **{f"clicked_{label}": {"clicked_by": label} for label in LABELS},
}
_wired = lru_cache(maxsize=1)(wiring.wire)  # one buffer a process


@dataclass(frozen=True, slots=True, kw_only=True)
class Engagement:
    """What a campaign brought back: messages opened, clicked, unsubscribed (each once); all hits.

    A HEAD request is a hit, but neither an open nor a click. `opened_by` and `clicked_by` divide
    the messages by label, each under the likeliest it earned. Hits are labelled and counted some
    seconds after they came: `opened_lately` and `clicked_lately` are messages with hits that are
    not yet, `hits` has those too; of a backlog of more than 20,000 hits no more are counted.
    """

    opened: int = 0
    clicked: int = 0
    unsubscribed: int = 0
    hits: int = 0
    opened_by: Mapping[str, int] = field(default_factory=dict)
    clicked_by: Mapping[str, int] = field(default_factory=dict)
    opened_lately: int = 0
    clicked_lately: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """How many messages a contact opened or clicked (`kind`) by `label`; `last_ms`: the newest."""

    kind: str
    label: str
    messages: int
    last_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackedEvent:
    """One hit on a message. `type` is open, click, unsubscribe or trap; `label` one of LABELS, ""
    for some seconds after the hit; `rule` says so, and `why` in a sentence; `detail` is where a
    click led, how it was unsubscribed, or the program that opened it."""

    type: str
    at_ms: int
    label: str
    detail: str
    rule: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LogFilter:
    """Which hits, of these campaigns alone; "" means any kind, any label."""

    campaigns: tuple[int, ...]
    kind: str = ""
    label: str = ""
    since_ms: int = 0
    until_ms: int = 2**62


@dataclass(frozen=True, slots=True, kw_only=True)
class LogRow:
    """One hit as it was asked for; `label`, `rule` and `why` as `TrackedEvent` has them."""

    id: int
    at_ms: int
    campaign: int
    seq: int
    kind: str
    label: str
    rule: str
    why: str
    user_agent: str
    ip: str
    method: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HotCounts:
    """Of this process: requests with forged tokens, hits lost, hits not stored yet."""

    forged: int = 0
    lost: int = 0
    waiting: int = 0


def hot_app() -> WSGIApplication:
    """The WSGI function of this process for every path under /t/; Django never sees those.

    Hits are stored within 200 ms; an unsubscribe is stored before it is answered.
    """
    return _wired().app


def hot_counts() -> HotCounts:
    """What the hot path of this process has counted beside its hits."""
    app, recorder = _wired().app, _wired().recorder
    return HotCounts(forged=app.forged, lost=recorder.lost, waiting=recorder.waiting)


def engagement(campaign_id: int) -> Engagement:
    """The counts of one campaign: a few rows are read, however large the campaign is."""
    tally = models.Tally.objects.filter(campaign_id=campaign_id).first() or models.Tally()
    fresh = store.fresh(campaign_id)
    by: dict[str, dict[str, int]] = {hits.OPEN: {}, hits.CLICK: {}}
    for counted in by_provider(campaign_id).values() if tally.hits else ():
        for (kind, label), messages in counted.items():
            by[kind][label] = by[kind].get(label, 0) + messages
    return Engagement(
        opened=tally.opened,
        clicked=tally.clicked,
        unsubscribed=tally.unsubscribed,
        hits=tally.hits + sum(found for _, found in fresh.values()),
        opened_by=by[hits.OPEN],
        clicked_by=by[hits.CLICK],
        opened_lately=fresh.get(hits.OPEN, (0, 0))[0],
        clicked_lately=fresh.get(hits.CLICK, (0, 0))[0],
    )


def stored(campaign_id: int) -> int:
    """All hits of a campaign, counted one by one."""
    return models.Hit.objects.filter(campaign_id=campaign_id).count()


def by_provider(campaign_id: int) -> dict[str, dict[tuple[str, str], int]]:
    """Messages of each provider by (open or click, label); none where nothing was labelled yet."""
    found: dict[str, dict[tuple[str, str], int]] = {}
    rows = models.LabelTally.objects.filter(campaign_id=campaign_id, messages__gt=0)
    for row in rows.order_by("provider", "kind", "label"):
        found.setdefault(row.provider, {})[row.kind, row.label] = row.messages
    return found


def kept_of(contact_id: int) -> list[Kept]:
    """What is kept of one contact over all campaigns."""
    names = tuple(Kept.__slots__)
    rows = models.Reader.objects.filter(contact_id=contact_id, messages__gt=0)
    found = rows.order_by("kind", "label").values_list(*names)
    return [Kept(**dict(zip(names, row, strict=True))) for row in found]


def messages_that(campaign_id: int, did: str, after_seq: int, limit: int) -> list[int]:
    """Numbers of the messages behind a count of `engagement`, in order: did is opened, clicked or
    unsubscribed, or opened_human and the like with another of LABELS."""
    found = models.Engagement.objects.filter(campaign_id=campaign_id, seq__gt=after_seq)
    found = found.filter(**_DID[did]).order_by("seq")
    return list(found.values_list("seq", flat=True)[:limit])


def events_of(campaign_id: int, seq: int) -> list[TrackedEvent]:
    """The first EVENTS_SHOWN hits on one message, oldest first; times in ms since 1970 UTC."""
    of_message = models.Hit.objects.filter(campaign_id=campaign_id, seq=seq)
    found = list(of_message.order_by("at_ms", "id")[:EVENTS_SHOWN])
    clicked = any(hit.link is not None for hit in found)
    targets = wiring.targets_of(campaign_id) if clicked else ()
    return [
        TrackedEvent(
            type=hit.kind,
            at_ms=hit.at_ms,
            label=hit.label,
            detail=_detail(hit, targets),
            rule=hit.rule,
            why=labels.why(hit.rule),
        )
        for hit in found
    ]


def logged(wanted: LogFilter, before_id: int | None = None, limit: int = 100) -> list[LogRow]:
    """Hits in the order they were stored, newest first."""
    found = models.Hit.objects.filter(campaign_id__in=wanted.campaigns)
    found = found.filter(at_ms__gte=wanted.since_ms, at_ms__lt=wanted.until_ms)
    if wanted.kind:
        found = found.filter(kind=wanted.kind)
    if wanted.label:
        found = found.filter(label=wanted.label)
    if before_id is not None:
        found = found.filter(pk__lt=before_id)
    same = [name for name in LogRow.__slots__ if name not in ("campaign", "why")]
    return [
        LogRow(
            campaign=hit.campaign_id,
            why=labels.why(hit.rule),
            **{name: getattr(hit, name) for name in same},
        )
        for hit in found.order_by("-id")[:limit]
    ]


def _detail(hit: models.Hit, targets: Sequence[str]) -> str:
    words = hit.detail or hit.user_agent
    if hit.link is not None:
        words = targets[hit.link] if hit.link < len(targets) else f"link {hit.link}"
    return f"{words} (HEAD)" if hit.method == "HEAD" else words
