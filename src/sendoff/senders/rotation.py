"""The choice of a pool's servers for a window of messages. It keeps where the rotation stands."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.db import transaction

from sendoff.senders import health
from sendoff.senders.choosing import Candidate, Shares, share
from sendoff.senders.health import Sick
from sendoff.senders.models import Pool, Turn
from sendoff.senders.pools import Member, Ways

NOBODY_MS = 600_000  # until a pool that has no server for some mail is looked at again


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """How many messages a server may still take (None: any number); 0: when it may, and why not.

    `closed_until_ms` says that nothing may go that way at all until then.
    """

    left: int | None = None
    opens_ms: int = 0
    why: str = ""
    closed_until_ms: int = 0


def choose(ways: Ways, provider: str, n: int, rooms: Mapping[int, Room], now_ms: int) -> Shares:
    """Share n messages to one provider among the servers of a campaign; moves the rotation.

    A campaign with one server has no choice: it is given to that, whatever state it is in, unless
    that is switched off. `rooms` is read for every server that fits.
    """
    if ways.pool_id is None:
        return _only(ways.members[0], n, now_ms)
    fitting = suited(ways, provider)
    if not fitting:
        why = (
            f"No server of the pool {ways.name} takes mail for {provider}; add one or switch it on."
        )
        return Shares(left=n, opens_ms=now_ms + NOBODY_MS, why=why)
    with transaction.atomic():
        turns = _turns(ways.pool_id, fitting, provider)
        sick = health.sick_now([member.server.id for member, _ in fitting], now_ms)
        candidates = [
            _candidate(
                member,
                fit,
                rooms.get(member.server.id, Room()),
                turns,
                _sick(sick, member, provider),
            )
            for member, fit in fitting
        ]
        shares = share(n, candidates)
        _keep(shares, fitting, provider)
    return shares


def suited(ways: Ways, provider: str) -> list[tuple[Member, int]]:
    """The servers that a campaign's messages to a provider may go by, with how well they fit."""
    fits = (
        (member, member.fit(provider, ways.purpose, ways.from_domain)) for member in ways.members
    )
    return [(member, fit) for member, fit in fits if fit is not None and member.server.enabled]


def _only(member: Member, n: int, now_ms: int) -> Shares:
    server = member.server
    if server.enabled:
        return Shares(counts={server.id: n})
    why = f"The server {server.name} is switched off; switch it on or choose another."
    return Shares(left=n, opens_ms=now_ms + NOBODY_MS, why=why)


def _turns(pool_id: int, fitting: list[tuple[Member, int]], provider: str) -> dict[int, float]:
    """Where each member stands in the rotation; the pool is ours until the transaction ends."""
    list(Pool.objects.select_for_update().filter(pk=pool_id))
    ids = [member.id for member, _ in fitting]
    rows = Turn.objects.filter(member_id__in=ids, provider=provider)
    return dict(rows.values_list("member_id", "passed"))


def _candidate(
    member: Member, fit: int, room: Room, turns: Mapping[int, float], sick: Sick | None
) -> Candidate:
    closed_ms, closed_why = room.closed_until_ms, room.why
    if sick is not None and sick.until_ms > closed_ms:
        closed_ms, closed_why = sick.until_ms, sick.why
    return Candidate(
        server=member.server.id,
        weight=member.part.weight,
        passed=turns.get(member.id, _newcomer(turns)),
        fit=fit,
        room=room.left,
        full_until_ms=room.opens_ms,
        full_why=room.why,
        closed_until_ms=closed_ms,
        closed_why=closed_why,
    )


def _newcomer(turns: Mapping[int, float]) -> float:
    """Who is new in the rotation begins beside the last, not with all that it has missed."""
    return min(turns.values(), default=0.0)


def _sick(sick: list[Sick], member: Member, provider: str) -> Sick | None:
    """The longest sickness of a server that these messages would meet."""
    theirs = [s for s in sick if s.server_id == member.server.id and s.provider in ("", provider)]
    return max(theirs, key=lambda each: each.until_ms, default=None)


def _keep(shares: Shares, fitting: list[tuple[Member, int]], provider: str) -> None:
    rows = [
        Turn(member_id=member.id, provider=provider, passed=shares.passed[member.server.id])
        for member, _ in fitting
    ]
    Turn.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["member", "provider"],
        update_fields=["passed"],
    )
