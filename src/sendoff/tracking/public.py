"""The door of tracking: opens, clicks and unsubscribes. It never decides who is human."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from wsgiref.types import WSGIApplication

from sendoff.tracking import models, wiring

__all__ = [
    "Engagement", "HotCounts", "TrackedEvent", "engagement", "events_of", "hot_app", "hot_counts",
    "messages_that",
]  # fmt: skip

EVENTS_SHOWN = 500  # of one message, oldest first: a scanner may have made thousands


_DID: dict[str, dict[str, object]] = {
    "opened": {"opens__gt": 0},
    "clicked": {"clicks__gt": 0},
    "unsubscribed": {"unsubscribed_ms__isnull": False},
}
_wired = lru_cache(maxsize=1)(wiring.wire)  # one buffer a process


@dataclass(frozen=True, slots=True, kw_only=True)
class Engagement:
    """What a campaign brought back: messages opened, clicked, unsubscribed (each once); all hits.

    A HEAD request is a hit, but neither an open nor a click.
    """

    opened: int = 0
    clicked: int = 0
    unsubscribed: int = 0
    hits: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackedEvent:
    """One hit on a message. `type` is open, click or unsubscribe; `label` says human, machine or
    unknown (always unknown yet); `detail` is where a click led, how it was unsubscribed, or the
    program that opened it."""

    type: str
    at_ms: int
    label: str
    detail: str


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
    """The counts of one campaign: one row is read, however large the campaign is."""
    tally = models.Tally.objects.filter(campaign_id=campaign_id).first()
    if tally is None:
        return Engagement()
    return Engagement(
        opened=tally.opened,
        clicked=tally.clicked,
        unsubscribed=tally.unsubscribed,
        hits=tally.hits,
    )


def messages_that(campaign_id: int, did: str, after_seq: int, limit: int) -> list[int]:
    """Numbers of the messages behind a count of `engagement`, in order: did is opened, clicked or
    unsubscribed."""
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
        TrackedEvent(type=hit.kind, at_ms=hit.at_ms, label="unknown", detail=_detail(hit, targets))
        for hit in found
    ]


def _detail(hit: models.Hit, targets: Sequence[str]) -> str:
    words = hit.detail or hit.user_agent
    if hit.link is not None:
        words = targets[hit.link] if hit.link < len(targets) else f"link {hit.link}"
    return f"{words} (HEAD)" if hit.method == "HEAD" else words
