"""Write one row for each person of a launched campaign, a slice at a time. Opens no connection."""

from django.db import transaction

from sendoff.campaigns import public as campaigns
from sendoff.lib import clock, drill
from sendoff.outbox import sql
from sendoff.outbox.models import Plan

SLICE = 25_000  # rows a transaction: about a sixth of a second


def plan_slice(campaign: campaigns.View, size: int = SLICE) -> bool:
    """Write the next slice; True once all rows of the campaign are there."""
    with transaction.atomic():
        plan, _ = Plan.objects.select_for_update().get_or_create(campaign_id=campaign.id)
        if plan.complete:
            return True
        complete = _write(campaign, plan, size)
    if complete:
        sql.on_postgresql("count_rows")
    return complete


def plain_rows(campaign: campaigns.View) -> int:
    """Rows without slices, consent, suppression or books: only to compare planning with."""
    with transaction.atomic():
        return sql.run("plain_rows", campaign=campaign.id, now=clock.now_ms())


def _write(campaign: campaigns.View, plan: Plan, size: int) -> bool:
    assert campaign.launched_at is not None  # noqa: S101 - Send set it with the badge
    sql.run(
        "plan_slice",
        campaign=campaign.id,
        workspace=campaign.workspace_id,
        watermark=campaign.watermark,
        launched_ms=clock.ms(campaign.launched_at),
        planned=plan.planned,
        cursor=plan.cursor_contact,
        size=size,
        now=clock.now_ms(),
    )
    drill.point("plan")
    written, last = _book(campaign.id, plan.planned, size)
    sql.run("tell_planned", campaign=campaign.id, planned=plan.planned, size=size)
    complete = written < size
    sql.run(
        "advance_plan",
        campaign=campaign.id,
        contact=last if written else plan.cursor_contact,
        planned=plan.planned + written,
        complete=complete,
    )
    drill.point("plan")
    return complete


def _book(campaign_id: int, planned: int, size: int) -> tuple[int, int]:
    """Count the rows after those planned before into the books; how many, and the last contact."""
    found = sql.rows("slice_written", campaign=campaign_id, planned=planned, size=size)
    written, skipped, last = found[0]
    counts = [("skipped", "plan", skipped), ("waiting", "queue", written - skipped)]
    tallies = [
        {"campaign": campaign_id, "state": state, "stage": stage, "count": count}
        for state, stage, count in counts  # in the order in which all others lock them
        if count
    ]
    sql.run_many("plan_tally", tallies)
    return written, last or 0
