"""Write one row for each person of a launched campaign, a slice at a time. Opens no connection."""

from django.db import transaction

from sendoff.campaigns import public as campaigns
from sendoff.lib import clock, drill
from sendoff.outbox import sql
from sendoff.outbox.models import Plan

SLICE = 25_000  # rows a transaction: a quarter of a second


def plan_slice(campaign: campaigns.View) -> bool:
    """Write the next slice; True once all rows of the campaign are there."""
    with transaction.atomic():
        plan, _ = Plan.objects.select_for_update().get_or_create(campaign_id=campaign.id)
        if plan.complete:
            return True
        complete = _write(campaign, plan)
    if complete:
        sql.on_postgresql("count_rows")
    return complete


def plain_rows(campaign: campaigns.View, *, numbered: bool) -> int:
    """Rows without slices, consent, suppression or books: only to compare planning with."""
    statement = "plain_rows" if numbered else "bare_rows"
    with transaction.atomic():
        return sql.run(statement, campaign=campaign.id, now=clock.now_ms())


def _write(campaign: campaigns.View, plan: Plan) -> bool:
    assert campaign.launched_at is not None  # noqa: S101 - Send set it with the badge
    sql.run(
        "plan_slice",
        campaign=campaign.id,
        workspace=campaign.workspace_id,
        watermark=campaign.watermark,
        launched_ms=clock.ms(campaign.launched_at),
        planned=plan.planned,
        cursor_domain=plan.cursor_domain,
        cursor_contact=plan.cursor_contact,
        size=SLICE,
        now=clock.now_ms(),
    )
    drill.point("plan")
    written = _book(campaign.id, plan.planned)
    sql.run("tell_planned", campaign=campaign.id, planned=plan.planned, size=SLICE)
    complete, planned = written < SLICE, plan.planned + written
    last = sql.row("last_of_slice", campaign=campaign.id, seq=planned) if written else None
    domain, contact = last or (plan.cursor_domain, plan.cursor_contact)
    sql.run(
        "advance_plan",
        campaign=campaign.id,
        domain=domain,
        contact=contact,
        planned=planned,
        complete=complete,
    )
    drill.point("plan")
    return complete


def _book(campaign_id: int, planned: int) -> int:
    """Count the rows after those planned before into the books; says how many."""
    found = sql.rows("slice_written", campaign=campaign_id, planned=planned, size=SLICE)
    written, skipped = map(int, found[0])
    counts = [("skipped", "plan", skipped), ("waiting", "queue", written - skipped)]
    tallies = [
        {"campaign": campaign_id, "state": state, "stage": stage, "count": count}
        for state, stage, count in counts  # in the order in which all others lock them
        if count
    ]
    sql.run_many("plan_tally", tallies)
    return written
