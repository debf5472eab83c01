"""Numbers, times and states in templates. It formats and decides nothing."""

from collections.abc import Sequence
from datetime import UTC, datetime

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from sendoff.lib import clock
from sendoff.smtp import providers
from sendoff.web import wording

register = template.Library()

STATE_WORDS = {
    "waiting": "waiting",
    "accepted": "accepted",
    "refused": "refused",
    "skipped": "skipped",
    "unknown": "we don't know",
    "deferred": "put off",
}
# Sign and colour of each badge: those of the state it is most like.
_BADGES = {
    "draft": ("skipped", "Draft"),
    "queuing": ("waiting", "Queuing"),
    "queued": ("waiting", "Queued"),
    "sending": ("waiting", "Sending"),
    "paused": ("attention", "Paused"),
    "done": ("accepted", "Done"),
    "cancelled": ("refused", "Cancelled"),
}


@register.filter
def number(value: float | None) -> str:
    return wording.number(value)


@register.filter
def provider(name: str) -> str:
    """A provider as people know it."""
    return providers.reads(name)


@register.filter
def share(part: int, base: int) -> str:
    return wording.share(part, base)


@register.filter
def percent(part: int, base: int) -> str:
    return wording.percent(part, base)


@register.filter
def took(ms: float | None) -> str:
    return "" if ms is None else wording.duration(ms)


@register.filter
def waits(lengths: Sequence[int]) -> str:
    """The waits between tries; after the last one 6 hours at most."""
    return ", ".join(map(wording.exact, lengths)) or "6 h each time"


@register.filter
def seconds_said(length: int) -> str:
    return wording.exact(length)


@register.filter
def minutes_at(people: int, per_minute: int) -> str:
    return wording.length(60 * people / per_minute)


@register.filter
def state(word: str) -> SafeString:
    """A state with its sign and colour."""
    kind = "waiting" if word == "deferred" else word
    return format_html('<span class="state is-{}">{}</span>', kind, STATE_WORDS.get(word, word))


@register.filter
def badge(word: str) -> SafeString:
    """A campaign's badge with its sign and colour."""
    kind, words = _BADGES.get(word, ("skipped", word))
    return format_html('<span class="badge state is-{}">{}</span>', kind, words)


@register.filter
def when(moment: datetime | int | None) -> SafeString | str:
    """A moment as people say it, the exact one on hover."""
    at = _moment(moment)
    return "" if at is None else _time(at, wording.clock_time(at, clock.now()))


@register.filter
def exactly(moment: datetime | int | None) -> SafeString | str:
    """A moment to the second."""
    at = _moment(moment)
    return "" if at is None else _time(at, f"{at:%H:%M:%S}")


@register.filter
def ago(moment: datetime | int | None) -> SafeString | str:
    """How far a moment is, the exact one on hover."""
    at = _moment(moment)
    return "" if at is None else _time(at, wording.distance(at, clock.now()))


def _moment(moment: datetime | int | None) -> datetime | None:
    if not moment:
        return None
    return moment.astimezone(UTC) if isinstance(moment, datetime) else clock.at(moment)


def _time(at: datetime, words: str) -> SafeString:
    return format_html(
        '<time datetime="{}" title="{}">{}</time>',
        at.isoformat(),
        f"{at:%A %d %B %Y, %H:%M:%S} UTC",
        words,
    )
