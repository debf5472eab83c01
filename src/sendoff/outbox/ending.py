"""How campaigns end: done when nothing waits, skipped where they were cancelled, and after-care of
the messages whose fate we do not know."""

from django.db import transaction

from sendoff.campaigns import public as campaigns
from sendoff.lib import clock
from sendoff.outbox import sql
from sendoff.outbox.books import books
from sendoff.outbox.planning import plan_slice

SLICE = 5_000


def finish() -> list[int]:
    """Mark campaigns Done of which nothing waits; says which."""
    with transaction.atomic():  # so that nobody tries messages again between look and mark
        finished = [int(row[0]) for row in sql.rows("finished")]
        return [each for each in finished if campaigns.mark(each, campaigns.Badge.DONE, _why(each))]


def cancelled() -> list[int]:
    """Cancelled campaigns that still have something to skip."""
    return [int(row[0]) for row in sql.rows("cancelled")]


def skip_cancelled(campaign: campaigns.View) -> bool:
    """Turn waiting messages of a cancelled campaign into skipped ones; True when none is left."""
    if not plan_slice(campaign):
        return False
    with transaction.atomic():
        sql.run("drop_free_parcels", campaign=campaign.id)
        if sql.rows("leased_of_campaign", campaign=campaign.id)[0][0]:
            return False
        last = sql.rows("skip_to", campaign=campaign.id, limit=SLICE)[0][0]
        if last is None:
            return True
        sql.lock("lock_state", campaign=campaign.id, state="waiting", last=last)
        sql.run("skip_tally", campaign=campaign.id, last=last)
        why = "The campaign was cancelled before this message was sent."
        now = clock.now_ms()
        sql.run("tell_skipped", campaign=campaign.id, last=last, now=now)
        sql.run("skip_messages", campaign=campaign.id, last=last, why=why, now=now)
    return False


def _why(campaign_id: int) -> str:
    ledger = books(campaign_id)
    attention = f" {ledger.unknown:,} need attention." if ledger.unknown else ""
    return (
        f"Nothing waits any more: {ledger.accepted:,} of {ledger.audience:,} accepted.{attention}"
    )
