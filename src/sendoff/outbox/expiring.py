"""Give up what waits in a lane, because a person said so. What a worker has goes its way."""

from functools import partial

from sendoff.campaigns import public as campaigns
from sendoff.lib import clock
from sendoff.outbox import sql
from sendoff.outbox.models import Lane

_UNDER_WAY = (
    campaigns.Badge.QUEUING,
    campaigns.Badge.QUEUED,
    campaigns.Badge.SENDING,
    campaigns.Badge.PAUSED,
)


def expire(lane: Lane, why: str) -> int:
    """Refuse what waits in a lane at the stage it stood at; says how many messages."""
    found = [
        campaign.id
        for campaign in campaigns.with_badge(*_UNDER_WAY)
        if campaign.server_id == lane.server_id
    ]
    return sum(sql.whole(partial(_expire, lane, campaign, why)) for campaign in found)


def _expire(lane: Lane, campaign: int, why: str) -> int:
    sql.lock("lock_free", lane=lane.pk, campaign=campaign)
    marked = sql.run("expire_mark", campaign=campaign, lane=lane.pk, provider=lane.provider)
    if marked:
        sql.run("expire_tally", campaign=campaign)
        now = clock.now_ms()
        sql.run("tell_expired", campaign=campaign, now=now)
        sql.run("expire_messages", campaign=campaign, why=why[:500], now=now)
        sql.run("drop_empty_parcels", lane=lane.pk)
    return marked
