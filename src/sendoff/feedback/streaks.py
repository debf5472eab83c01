"""Count the soft bounces of different campaigns in a row to one person. Suppresses nobody."""

from collections.abc import Collection, Sequence

from sendoff.feedback import effects
from sendoff.feedback.effects import Happening, Kind
from sendoff.feedback.models import Event
from sendoff.mail.stages import State
from sendoff.outbox import public as outbox

LOOK_BACK = 50  # messages to one person; those that failed for a reason of ours lie between

Message = tuple[int, int]


def in_row(subject: outbox.Subject, what: Happening) -> int:
    """How many in a row with this one; 0 where it is none."""
    if not effects.is_soft(what.kind, what.category, what.fault):
        return 0
    softly = Event.objects.filter(contact_id=subject.contact_id).filter(
        kind__in=(Kind.BOUNCE, Kind.SOFT_BOUNCE)
    )
    told = {(subject.campaign_id, subject.seq)} | {
        (event.campaign_id or 0, event.seq or 0)
        for event in softly.order_by("-id")[:LOOK_BACK]
        if effects.is_soft(event.kind, event.category, event.fault)
    }
    return count(outbox.last_sent(subject.contact_id, LOOK_BACK), told)


def count(sent: Sequence[outbox.Sent], soft: Collection[Message]) -> int:
    """Soft ones from the newest on, up to the last that was accepted and stayed so. Pure.

    What failed for another reason, or nobody knows of, neither counts nor ends the row.
    """
    number = 0
    for each in sent:
        if (each.campaign_id, each.seq) in soft:
            number += 1
        elif each.state == State.ACCEPTED:
            break
    return number
