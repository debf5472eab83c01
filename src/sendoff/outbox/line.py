"""Where waiting messages stand in line, and what they wait for. Changes nothing."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Max
from django.db.models.functions import Coalesce

from sendoff.lib import clock
from sendoff.outbox import sql
from sendoff.outbox.models import Parcel, Permit, Route, Worker
from sendoff.outbox.reading import MessageRow

COUNTED = 10_000  # further back in line nobody counts: it would cost more than it tells


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """How many messages of its campaign and lane go before one; `more` where it is at least that.

    `parcelled`: it stands in its `lane`'s line, or else waits on its own to be due.
    """

    ahead: int
    more: bool
    parcelled: bool
    lane: int | None = None


def places(campaign_id: int, rows: Iterable[MessageRow]) -> dict[int, Place]:
    """The places of waiting messages of one campaign by number, in a few bounded queries."""
    waiting = [row for row in rows if row.state == "waiting"]
    wanted = {row.parcel_id for row in waiting if row.parcel_id}
    parcels = {parcel.pk: parcel for parcel in Parcel.objects.filter(pk__in=wanted)}
    found: dict[int, Place] = {}
    for parcel in parcels.values():
        seqs = [row.seq for row in waiting if row.parcel_id == parcel.pk]
        found |= _in_parcel(parcel, seqs)
    alone = {row.seq: row.provider for row in waiting if row.parcel_id not in parcels}
    return found | (_alone(campaign_id, alone) if alone else {})


def latest_due_ms(campaign_id: int) -> int | None:
    """When the last of the messages that were put off is due."""
    latest: int | None = sql.rows("latest_due", campaign=campaign_id)[0][0]
    return latest


def next_slot_ms(campaign_id: int) -> int:
    """When the campaign's own pace lets the next message go; 0 where it has none yet."""
    slot = Permit.objects.filter(name=f"campaign:{campaign_id}").values_list("next_us", flat=True)
    return (slot.first() or 0) // 1000


def routed(domains: Iterable[str]) -> set[str]:
    """Those of the domains to which the way is known now."""
    known = Route.objects.filter(pk__in=set(domains), expires_ms__gt=clock.now_ms())
    return set(known.values_list("pk", flat=True))


def last_sign_ms() -> int | None:
    """When any worker gave its last sign of life; None where none ever ran."""
    latest: int | None = Worker.objects.aggregate(
        latest=Max(Coalesce("ended_ms", "heartbeat_ms")),
    )["latest"]
    return latest


def _in_parcel(parcel: Parcel, seqs: list[int]) -> dict[int, Place]:
    before = sql.rows(
        "parcels_ahead",
        lane=parcel.lane_id,
        campaign=parcel.campaign_id,
        parcel=parcel.pk,
        limit=COUNTED,
    )[0][0]
    order = {row[0]: n for n, row in enumerate(sql.rows("order_in_parcel", parcel=parcel.pk))}
    return {
        seq: Place(
            ahead=before + order.get(seq, 0),  # absent: it went in this very moment
            more=before >= COUNTED,
            parcelled=True,
            lane=parcel.lane_id,
        )
        for seq in seqs
    }


def _alone(campaign_id: int, providers: dict[int, str]) -> dict[int, Place]:
    """Among those that wait on their own the first due goes first, each provider by itself."""
    ahead: Counter[str] = Counter()
    found: dict[int, Place] = {}
    for seq, provider in sql.rows("put_off", campaign=campaign_id, limit=COUNTED):
        if seq in providers:
            found[seq] = Place(ahead=ahead[provider], more=False, parcelled=False)
        ahead[provider] += 1
    return {
        seq: found.get(seq) or Place(ahead=ahead[provider], more=True, parcelled=False)
        for seq, provider in providers.items()
    }
