"""Numbers of the whole installation for whoever watches it. Cheap to ask often; changes nothing."""

from dataclasses import dataclass
from datetime import UTC, datetime

from django.db.models import Count, Q, Sum

from sendoff.lib import clock
from sendoff.outbox import sql
from sendoff.outbox.models import Worker
from sendoff.outbox.workers import SILENT_MS

LANES = 100  # the fullest: each is a series of its own where they are kept


@dataclass(frozen=True, slots=True, kw_only=True)
class LaneLoad:
    """What a lane has in parcels: messages as packed, and parcels that workers hold."""

    lane: int
    provider: str
    waiting: int
    leased: int


@dataclass(frozen=True, slots=True, kw_only=True)
class HostLoad:
    """What the workers of one host did, those that ended included."""

    host: str
    workers: int
    settled: int
    database_losses: int
    queue_losses: int
    journal_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Measures:
    """Messages by state, the fullest lanes, the hosts, and for how long the oldest waits."""

    messages: dict[str, int]
    lanes: list[LaneLoad]
    hosts: list[HostLoad]
    oldest_waiting_s: float


def measures() -> Measures:
    """All of it as it is now."""
    return Measures(
        messages={state: int(n) for state, n in sql.rows("messages_by_state")},
        lanes=[
            LaneLoad(lane=lane, provider=provider, waiting=int(waiting), leased=int(leased))
            for lane, provider, waiting, leased in sql.rows("parcels_by_lane", limit=LANES)
        ],
        hosts=_hosts(),
        oldest_waiting_s=_oldest_s(),
    )


def _hosts() -> list[HostLoad]:
    alive = Q(ended_ms=None, heartbeat_ms__gt=clock.now_ms() - SILENT_MS)
    found = Worker.objects.values("host").order_by("host")
    counts = HostLoad.__slots__[1:]
    rows = found.annotate(
        workers=Count("id", filter=alive),
        settled=Sum("settled"),
        database_losses=Sum("database_losses"),
        queue_losses=Sum("queue_losses"),
        journal_bytes=Sum("journal_bytes", filter=Q(ended_ms=None), default=0),
    ).values("host", *counts)
    # A sum is a Decimal on PostgreSQL.
    return [HostLoad(host=row["host"], **{n: int(row[n]) for n in counts}) for row in rows]


def _oldest_s() -> float:
    told = sql.rows("oldest_under_way")[0][0]
    if told is None:
        return 0.0
    # SQLite keeps moments as text.
    since = told if isinstance(told, datetime) else datetime.fromisoformat(told).replace(tzinfo=UTC)
    return max(0.0, (clock.now() - since).total_seconds())
