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
    found = {each.id: _servers(each) for each in campaigns.with_badge(*_UNDER_WAY)}
    return sum(
        sql.whole(partial(_expire, lane, campaign, servers == {lane.server_id}, why))
        for campaign, servers in found.items()
        if lane.server_id in servers
    )


def _servers(campaign: campaigns.View) -> set[int]:
    return {member.server.id for member in campaigns.ways(campaign).members}


def _expire(lane: Lane, campaign: int, alone: bool, why: str) -> int:
    """`alone`: what waits in no parcel goes this way or none; in a pool it may go another."""
    sql.lock("lock_free", lane=lane.pk, campaign=campaign)
    values = {"campaign": campaign, "lane": lane.pk, "provider": lane.provider}
    marked = sql.run("expire_mark", alone=int(alone), **values)
    if marked:
        sql.run("expire_tally", campaign=campaign)
        now = clock.now_ms()
        sql.run("tell_expired", campaign=campaign, now=now)
        sql.run("expire_messages", campaign=campaign, why=why[:500], now=now)
        sql.run("drop_empty_parcels", lane=lane.pk)
    return marked
