"""Messages we do not know the fate of: send a second copy, or leave them, as a person decides."""

from django.db import transaction

from sendoff.lib import clock
from sendoff.outbox import sql
from sendoff.outbox.models import UnknownDecision

LEAVE = "leave"


def send_again(campaign_id: int, by: str) -> int:
    """Queue every unknown message once more, with the same Message-ID and Date; says how many.

    The recipient may get it twice: the new attempt is marked so.
    """
    with transaction.atomic():
        sql.run("again_tally", campaign=campaign_id)
        moved = sql.run("again_messages", campaign=campaign_id, now=clock.now_ms())
        _record(campaign_id, "send again", moved, by)
    return moved


def leave(campaign_id: int, by: str) -> int:
    """Keep unknown messages as they are, and ask no more; says how many."""
    with transaction.atomic():
        moved = sql.rows("unknown_count", campaign=campaign_id)[0][0]
        _record(campaign_id, LEAVE, moved, by)
    return int(moved)


def left(campaign_id: int) -> int:
    """How many unknown messages a person decided to leave, if that was the last decision."""
    row = UnknownDecision.objects.filter(campaign_id=campaign_id).order_by("pk").last()
    return row.messages if row and row.choice == LEAVE else 0


def _record(campaign_id: int, choice: str, messages: int, by: str) -> None:
    UnknownDecision.objects.create(
        campaign_id=campaign_id, choice=choice, messages=messages, by=by, at_ms=clock.now_ms()
    )
