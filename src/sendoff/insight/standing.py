"""Read what waiting messages are under and where they stand, in a few bounded queries."""

from collections.abc import Sequence
from dataclasses import replace

from sendoff.campaigns import public as campaigns
from sendoff.insight import picture
from sendoff.insight.waiting import Limits, Standing, Waiting, explain
from sendoff.lib import clock
from sendoff.mail.stages import State
from sendoff.outbox import public as outbox


def why(
    campaign: campaigns.View, rows: Sequence[outbox.MessageRow], known: Limits | None = None
) -> dict[int, Waiting]:
    """Why each waiting row of one campaign waits, by number; the others have no answer.

    Who asks page after page may pass what `under` said; it is read once otherwise.
    """
    waiting = [row for row in rows if row.state == State.WAITING]
    if not waiting:
        return {}
    places = outbox.places(campaign.id, waiting)
    alone = {row.domain for row in waiting if row.parcel_id is None}
    limits = replace(
        known or under(campaign), routed=frozenset(outbox.routed(alone)) if alone else frozenset()
    )
    return {
        row.seq: explain(Standing(row=row, place=places[row.seq], limits=limits)) for row in waiting
    }


def under(campaign: campaigns.View) -> Limits:
    """The limits that a campaign's messages are under now."""
    now = clock.now_ms()
    ways = campaigns.ways(campaign) if campaign.server_id or campaign.pool_id else None
    servers = ways.servers if ways else frozenset()
    lanes = tuple(
        lane for lane in outbox.lane_overview(campaign.workspace_id) if lane.server_id in servers
    )
    busy = {tally.provider for tally in outbox.tallies(campaign.id) if tally.state == State.WAITING}
    return Limits(
        now_ms=now,
        campaign=campaign,
        lanes=lanes,
        rates=picture.rates(campaign.id, tuple(campaigns.badges_of(campaign.id)), now),
        sharing=sum(1 for lane in lanes if lane.provider in busy and lane.waiting),
        under=outbox.under(campaign),
        next_slot_ms=outbox.next_slot_ms(campaign.id),
        routed=frozenset(),
        finds_ways=bool(ways and ways.routed),
        workers_alive=picture.workers_alive(),
        worker_seen_ms=outbox.last_sign_ms(),
    )
