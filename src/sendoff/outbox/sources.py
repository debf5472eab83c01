"""Which servers a campaign's messages may go by now, and what happens when that changes.

It tells `senders` what was seen of each server, asks how much each may still take, and takes apart
the parcels that wait for a server that takes nothing more. It decides nothing about one message.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from sendoff.lib import clock
from sendoff.outbox import acting, permits, sql
from sendoff.outbox import limits as known
from sendoff.outbox.models import SourceDay
from sendoff.outbox.permits import Limit
from sendoff.senders import public as senders

_SLICE = 200  # parcels that one transaction takes apart
_LOOK_AGAIN_MS = 600_000  # at what a person or a rule has shut, which may open at any time

Place = tuple[int, str]  # a server and a provider; "" for everybody


@dataclass(slots=True)
class Closed:
    """Where nothing may go now; kept from one look to the next, to see what opened meanwhile."""

    places: set[Place] = field(default_factory=set)
    servers: dict[int, frozenset[int]] = field(default_factory=dict)  # of each campaign

    def at(self, server: int, provider: str) -> bool:
        """Whether a server takes nothing for a provider."""
        return bool({(server, ""), (server, provider)} & self.places)


def limits(server: senders.Server, provider: str) -> tuple[Limit, ...]:
    """The quotas and the warm-up plan that a message by this server is under now."""
    return known.of_quotas(senders.quotas(server, provider))


def rooms(ways: senders.Ways, provider: str) -> dict[int, senders.Room]:
    """How many more messages each server of a pool may be given for a provider."""
    servers = [member.server for member, _ in senders.suited(ways, provider)]
    return {server.id: _room(server, lane_name(server, provider)) for server in servers}


def lane_name(server: senders.Server, provider: str) -> str:
    """What a server's lane to a provider is called: a relay has one lane for all of them."""
    return provider if server.routed else f"by {server.name}"


def put_off(campaign_id: int, seqs: Iterable[int], shares: senders.Shares) -> None:
    """Messages that no server may take wait until the first opens, and say what for."""
    values = {"campaign": campaign_id, "due": shares.opens_ms, "why": shares.why[:500]}
    sql.run_many("put_off_until", [values | {"seq": seq} for seq in seqs])


def attend(campaigns: Mapping[int, senders.Ways], before: Closed) -> Closed:
    """See which servers are open; take apart what waits for a closed one, wake what waited for one
    that opened. Asked often by whoever plans; `before` is what it answered last."""
    senders.examine(_signs())
    review()
    now = Closed(
        places=_closed_places(campaigns.values()),
        servers={campaign: ways.servers for campaign, ways in campaigns.items()},
    )
    for campaign, ways in campaigns.items():
        opened = {server for server, _ in before.places - now.places} & ways.servers
        if opened or ways.servers - before.servers.get(campaign, frozenset()):
            sql.run("wake", campaign=campaign, now=clock.now_ms())
        for lane, server, provider in sql.rows("free_lanes", campaign=campaign):
            gone = server not in ways.servers
            if gone or server in opened or (ways.pool_id and now.at(server, provider)):
                dissolve(campaign, lane)
    return now


def dissolve(campaign_id: int, lane: int) -> int:
    """Take apart the parcels of a campaign in a lane that nobody holds; says how many there were.

    Their messages are packed anew, wherever they may go then.
    """

    def part() -> int:
        values = {"campaign": campaign_id, "lane": lane, "limit": _SLICE}
        parcels = [{"parcel": row[0]} for row in sql.rows("parcels_to_dissolve", **values)]
        sql.run_many("empty_parcel", parcels)
        sql.run_many("dissolve_parcel", parcels)
        return len(parcels)

    done = 0
    while some := sql.whole(part):
        done += some
        if some < _SLICE:
            break
    return done


def review() -> list[senders.Decided]:
    """Judge the days of sources that warm up, once each is over."""
    made: list[senders.Decided] = []
    for server in senders.all_servers():
        if server.warmup:
            for provider, day in senders.unjudged(server).items():
                made += senders.judge(server, provider, seen(server.id, provider, day))
    return made


def seen(server_id: int, provider: str, since_day: int) -> list[tuple[int, senders.Seen]]:
    """What became of a server's messages to a provider, day by day."""
    rows = SourceDay.objects.filter(server_id=server_id, provider=provider, day__gte=since_day)
    return [
        (
            row.day,
            senders.Seen(
                sent=row.sent, deferred=row.deferred, bounced=row.bounced, blocked=row.blocked
            ),
        )
        for row in rows.order_by("day")
    ]


def _room(server: senders.Server, provider: str) -> senders.Room:
    """What is left of its limits, without what waits in parcels already."""
    now = clock.now_ms()
    for action in _closing(now):
        if action.scope.holds(server.id, provider, None):
            until = min(action.opens_ms or now + _LOOK_AGAIN_MS, now + _LOOK_AGAIN_MS)
            return senders.Room(closed_until_ms=until, why=action.why)
    under = limits(server, provider)
    if not under:
        return senders.Room()
    waiting = {p: int(n) for p, n in sql.rows("parcelled_by_server", server=server.id)}
    given = permits.left(under)
    left = {
        limit: given[limit.name]
        - (waiting.get(provider, 0) if limit.name.startswith("warmup") else sum(waiting.values()))
        for limit in under
    }
    least = min(under, key=lambda limit: left[limit])
    opens_ms = _window_ends(least, now)
    why = f"{server.name} has sent all that it may ({least.rule}: {least.most:,})."
    return senders.Room(left=max(0, left[least]), opens_ms=opens_ms, why=why)


def _closing(now_ms: int) -> list[acting.ActionRow]:
    """The actions by which nothing begins in a lane, or by a server, whoever the mail is from."""
    return [each for each in acting.in_force() if each.domain_id is None and each.closes(now_ms)]


def _window_ends(limit: Limit, now_ms: int) -> int:
    length = (limit.window_s or 1) * 1000
    return now_ms - now_ms % length + length


def _closed_places(all_ways: Iterable[senders.Ways]) -> set[Place]:
    servers = {member.server.id: member.server for ways in all_ways for member in ways.members}
    now = clock.now_ms()
    closed = {(server.id, "") for server in servers.values() if not server.enabled}
    closed |= {(sick.server_id, sick.provider) for sick in senders.sick_now(servers, now)}
    closed |= {(each.server_id, each.provider) for each in _closing(now) if each.server_id}
    for server in servers.values():
        closed |= _full_places(server)
    return closed


def _full_places(server: senders.Server) -> set[Place]:
    """Where a server has sent all that it may."""
    providers = ["", *(standing.provider for standing in senders.standings(server))]
    bounds = {provider: limits(server, provider) for provider in providers}
    given = permits.left(limit for under in bounds.values() for limit in under)
    full = {
        provider
        for provider, under in bounds.items()
        for limit in under
        if not given[limit.name] and (provider or not limit.name.startswith("warmup"))
    }
    return {(server.id, provider) for provider in full}


def _signs() -> list[senders.Signs]:
    """Servers whose last tries failed, for `senders` to say whether they are sick."""
    rows = SourceDay.objects.filter(day__gte=senders.today() - 1, failures__gt=0)
    return [
        senders.Signs(
            server_id=row.server_id,
            driver=row.server.driver,
            provider=row.provider,
            failures=row.failures,
            stage=row.last_stage,
            fault=row.last_fault,
            category=row.last_category,
            reply=row.last_reply,
            last_ms=row.last_ms,
        )
        for row in rows.select_related("server").order_by("server_id", "provider", "day")
    ]
