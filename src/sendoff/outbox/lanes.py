"""Read what lanes are allowed now, and how they stand. Changes nothing."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Count, Q

from sendoff.campaigns import public as campaigns
from sendoff.lib import clock
from sendoff.outbox import acting, limits, permits, sql
from sendoff.outbox.models import Lane, Parcel
from sendoff.senders import public as senders

FOR_EVER_MS = 9_999_999_999_999  # until a person says so: later than any time there will be


@dataclass(frozen=True, slots=True, kw_only=True)
class LaneRow:
    """One lane: what limits it by which rule, what is in use and when it opens.

    `per_minute` and `connections` are the least of `terms`. `suspended_until_ms` lies in the
    past where it is open, and in the year 2286 where a person must open it.
    """

    id: int
    server_id: int
    server: str
    provider: str
    waiting: int
    per_minute: float | None
    connections: int
    messages_per_connection: int | None
    in_use: int
    opens_ms: int
    suspended_until_ms: int
    why: str
    rule: str
    by: str
    pace_rule: str
    terms: tuple[limits.Term, ...]
    actions: tuple[acting.ActionRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Under:
    """What one campaign's messages in a lane are under: every limit as it stands, and what shuts.

    `rivals`: campaigns that have messages in this lane's line, itself among them.
    """

    limits: tuple[permits.Standing, ...]
    shut: acting.ActionRow | None
    rivals: int


def under(campaign: campaigns.View) -> dict[int, Under]:
    """What the messages of a campaign are under, by the lanes they stand in."""
    counted = Parcel.objects.values("lane_id").annotate(
        rivals=Count("campaign", distinct=True), mine=Count("pk", filter=Q(campaign=campaign.id))
    )
    rivals = {row["lane_id"]: row["rivals"] for row in counted if row["mine"]}
    wanted = Lane.objects.filter(pk__in=rivals)
    actions = acting.in_force()
    domain = senders.domain(campaign.domain_id) if campaign.domain_id else None
    found = {
        lane.pk: job_limits(lane, campaign, senders.server(lane.server_id), domain, actions)
        for lane in wanted
    }
    stand = permits.standing(limit for limits, _ in found.values() for limit in limits)
    return {
        lane: Under(
            limits=tuple(stand[limit] for limit in limits),
            shut=allowed.shut,
            rivals=rivals[lane],
        )
        for lane, (limits, allowed) in found.items()
    }


def lane_overview(workspace_id: int) -> list[LaneRow]:
    """All lanes of a workspace's servers, those with work first."""
    servers = {server.id: server for server in senders.servers(workspace_id)}
    lanes = list(Lane.objects.filter(server_id__in=servers))
    allowed = _allowed(lanes, servers, acting.in_force())
    opens = permits.opens_ms([limit for each in allowed.values() for limit in each.limits])
    # A sum is a Decimal on PostgreSQL.
    work = {lane: [int(n) for n in counts] for lane, *counts in sql.rows("work_by_lane")}
    rows = [
        _row(lane, servers[lane.server_id], allowed[lane.pk], work.get(lane.pk, [0, 0]), opens)
        for lane in lanes
    ]
    return sorted(rows, key=lambda row: (-row.waiting, row.provider))


def allowed(
    lane_ids: Iterable[int], actions: Iterable[acting.ActionRow] | None = None
) -> dict[int, limits.Allowed]:
    """What lanes are allowed now, by id."""
    lanes = list(Lane.objects.filter(pk__in=set(lane_ids)))
    servers = {each: senders.server(each) for each in {row.server_id for row in lanes}}
    return _allowed(lanes, servers, acting.in_force() if actions is None else actions)


def limits_in_force(lane_id: int, campaign_id: int) -> tuple[permits.Limit, ...]:
    """Every limit that the messages of a campaign in a lane are under, each with its rule."""
    lane, campaign = Lane.objects.get(pk=lane_id), campaigns.get(campaign_id)
    domain = senders.domain(campaign.domain_id) if campaign.domain_id else None
    return job_limits(lane, campaign, senders.server(lane.server_id), domain, acting.in_force())[0]


def job_limits(
    lane: Lane,
    campaign: campaigns.View,
    server: senders.Server,
    domain: senders.Domain | None,
    actions: Iterable[acting.ActionRow],
) -> tuple[tuple[permits.Limit, ...], limits.Allowed]:
    """The limits a worker asks slots under, and what the lane is allowed beside them.

    Asked for every parcel, so whoever asks reads the lane's server and the campaign's domain.
    """
    touching = acting.touching(actions, server.id, lane.provider, campaign.domain_id)
    found = limits.allowed(lane.pk, lane.provider, server, touching, clock.now_ms())
    others = limits.of_sender(server, domain, campaign.id, campaign.per_minute)
    return (*found.limits, *limits.of_quotas(senders.quotas(server, lane.provider)), *others), found


def lane(lane_id: int) -> Lane:
    """A lane's row: the server and the provider of a lane never change."""
    return Lane.objects.get(pk=lane_id)


def shut(actions: Iterable[acting.ActionRow]) -> set[int]:
    """The lanes of which nothing is taken now, whoever the mail is from."""
    now = clock.now_ms()
    closing = [each for each in actions if each.domain_id is None and each.closes(now)]
    if not closing:
        return set()
    found = Lane.objects.values_list("pk", "server_id", "provider")
    return {
        pk
        for pk, server, provider in found
        if any(each.scope.holds(server, provider, None) for each in closing)
    }


def _allowed(
    lanes: list[Lane], servers: dict[int, senders.Server], actions: Iterable[acting.ActionRow]
) -> dict[int, limits.Allowed]:
    now = clock.now_ms()
    return {
        lane.pk: limits.allowed(
            lane.pk,
            lane.provider,
            servers[lane.server_id],
            acting.touching(actions, lane.server_id, lane.provider),
            now,
        )
        for lane in lanes
    }


def _row(
    lane: Lane,
    server: senders.Server,
    found: limits.Allowed,
    work: list[int],
    opens: dict[str, int],
) -> LaneRow:
    pace, shut = found.least(limits.PACE), found.shut
    until = 0 if shut is None else shut.opens_ms or FOR_EVER_MS
    return LaneRow(
        id=lane.pk,
        server_id=server.id,
        server=server.name,
        provider=lane.provider,
        waiting=work[0],
        per_minute=pace.value if pace else None,
        connections=found.connections,
        messages_per_connection=found.messages_per_connection,
        in_use=work[1],
        opens_ms=max([until, 0, *(opens[limit.name] for limit in found.limits)]),
        suspended_until_ms=until,
        why=(shut.reply or shut.why) if shut else "",
        rule=shut.rule_id if shut else "",
        by=shut.by if shut else "",
        pace_rule=pace.rule if pace else "",
        terms=found.terms,
        actions=found.actions,
    )
