"""Numbers of the mail that comes back, for whoever watches the installation. It only reads."""

from dataclasses import dataclass

from django.db.models import Min, Sum

from sendoff.feedback.models import InboundCount, InboundMail
from sendoff.lib import clock

_TO_READ = InboundMail.State.STORED


@dataclass(frozen=True, slots=True, kw_only=True)
class Measures:
    """`counts`: what ever happened at the mail server and in the mailbox, by its word: stored,
    forged, too_big … `to_read`: mails that were stored and not read yet, `oldest_s` the age of the
    oldest of them."""

    counts: dict[str, int]
    to_read: int
    oldest_s: float


def measures() -> Measures:
    """How it stands at this moment."""
    counts = InboundCount.objects.values_list("what").annotate(Sum("count")).order_by("what")
    waiting = InboundMail.objects.filter(state=_TO_READ)
    oldest_ms = waiting.aggregate(oldest=Min("received_ms"))["oldest"]
    return Measures(
        counts=dict(counts),
        to_read=waiting.count(),
        oldest_s=max(0, clock.now_ms() - oldest_ms) / 1000 if oldest_ms else 0.0,
    )
