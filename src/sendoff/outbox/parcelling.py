"""Put messages that may go now into parcels by lane, and refuse at once what has no route."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Any

from django.db import transaction

from sendoff.lib import clock, drill
from sendoff.mail.stages import Outcome
from sendoff.outbox import broker, lanes, limits, routing, settling, sources, sql
from sendoff.outbox.broker import Line
from sendoff.outbox.terms import Terms, decide, term_start
from sendoff.senders import public as senders

PARCEL = (
    200  # a leased parcel announces what its worker may send next, so this bounds a host's loss
)
_SMALLEST = 10
_PARCEL_S = 60.0  # of a slow lane's pace: others have their turn after that
WINDOW = 10_000  # messages a pass, one transaction


@dataclass(frozen=True, slots=True)
class Entry:
    """One message of a window: tries so far, its Date, and when the term to try it began."""

    seq: int
    attempts: int
    dated_ms: int | None
    term_ms: int | None


@dataclass(slots=True)
class Window:
    """The next messages without a parcel, sorted by what can be done with them now."""

    by_provider: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    no_way: list[tuple[Entry, Outcome]] = field(default_factory=list)
    unresolved: set[str] = field(default_factory=set)
    size: int = 0

    @property
    def full(self) -> bool:
        """Whether more messages wait behind it."""
        return self.size == WINDOW


def look(campaign_id: int, ways: senders.Ways) -> Window:
    """Read the next window. Where only relays send, no message needs a route of its own."""
    window = Window()
    found = sql.rows("due_window", campaign=campaign_id, now=clock.now_ms(), limit=WINDOW)
    verdicts: dict[str, Outcome | None] = {}
    # People of one domain behind each other: whoever carries them changes lines less often.
    for seq, domain, _, attempts, dated, queued, provider, outcome, evidence in sorted(
        found, key=itemgetter(1)
    ):
        if not ways.routed:
            window.by_provider[""].append(seq)
        elif provider is None:
            window.unresolved.add(domain)
        else:
            if domain not in verdicts:
                verdicts[domain] = routing.outcome_of(outcome, evidence)
            entry = Entry(seq, attempts, dated, term_start(dated, queued))
            _sort_in(window, entry, provider, verdicts[domain])
    window.size = len(found)
    return window


def pack(campaign_id: int, ways: senders.Ways, window: Window, terms: Terms) -> int:
    """Make parcels of a window by the servers that are open, put off what none of them may take,
    and settle what has no way; says how many messages moved."""
    now = clock.now_ms()
    with transaction.atomic():
        # In the order in which settling moves the books, so that the two never wait in a ring.
        for provider, seqs in sorted(window.by_provider.items()):
            _pack_provider(campaign_id, ways, provider, seqs, window.full)
    refused = [_at_dns(campaign_id, *each, terms, now) for each in window.no_way]
    settling.settle(refused)
    return sum(map(len, window.by_provider.values())) + len(window.no_way)


def _pack_provider(
    campaign_id: int, ways: senders.Ways, provider: str, seqs: list[int], full: bool
) -> None:
    now = clock.now_ms()
    rooms = sources.rooms(ways, provider) if ways.pool_id else {}
    shares = senders.choose(ways, provider, len(seqs), rooms, now)
    servers = {member.server.id: member.server for member in ways.members}
    begin = 0
    for server_id, count in sorted(shares.counts.items()):
        server = servers[server_id]
        senders.begin_warming(server, provider)
        name = sources.lane_name(server, provider)
        lane = lane_of(server, name)
        allowed = lanes.allowed([lane])[lane]
        for chunk in _chunks(seqs[begin : begin + count], allowed, full):
            _make_parcel(campaign_id, lane, name, chunk, now)
        begin += count
    if shares.left:
        sources.put_off(campaign_id, seqs[begin:], shares)


def lane_of(server: senders.Server, provider: str) -> int:
    """The lane's id; it comes into being with its first message."""
    found = sql.row("find_lane", server=server.id, provider=provider)
    if found is None:
        sql.run(
            "make_lane",
            server=server.id,
            provider=provider,
        )
        found = sql.row("find_lane", server=server.id, provider=provider)
    assert found is not None  # noqa: S101 - it was made just now, by us or by another
    return int(found[0])


def _sort_in(window: Window, entry: Entry, provider: str, outcome: Outcome | None) -> None:
    if outcome is None:
        window.by_provider[provider].append(entry.seq)
    else:
        window.no_way.append((entry, outcome))


def _chunks(seqs: list[int], allowed: limits.Allowed, full: bool) -> Iterator[list[int]]:
    """Parcels of a size that lets every connection of the lane have one, and go out soon. After a
    full window more of them come at once: then they may be large."""
    each = PARCEL if full else -(-len(seqs) // allowed.connections)
    pace = allowed.least(limits.PACE)
    soon = int(pace.value * _PARCEL_S / 60) if pace else PARCEL
    size = max(1, min(max(_SMALLEST, each), PARCEL, max(soon, 1)))
    for start in range(0, len(seqs), size):
        yield seqs[start : start + size]


def _make_parcel(campaign_id: int, lane: int, provider: str, seqs: list[int], now: int) -> None:
    made = sql.row("new_parcel", campaign=campaign_id, lane=lane, messages=len(seqs))
    assert made is not None  # noqa: S101 - the statement always returns its row
    parcel = made[0]
    values: list[dict[str, Any]] = [
        {"parcel": parcel, "campaign": campaign_id, "seq": seq} for seq in seqs
    ]
    sql.run_many("fill_parcel", values)
    drill.point("pack")
    for name in ("move_tally", "leave_tally", "set_provider"):
        sql.run(name, parcel=parcel, provider=provider)
    broker.offer(Line(lane, campaign_id), parcel, now)


def _at_dns(
    campaign_id: int, entry: Entry, outcome: Outcome, terms: Terms, now: int
) -> settling.Settlement:
    n = entry.attempts + 1
    decision = decide(outcome, terms, attempt=n, first_ms=entry.term_ms or now, now_ms=now)
    attempt = settling.Attempted(
        campaign_id=campaign_id,
        seq=entry.seq,
        n=n,
        started_ms=now,
        dated_ms=entry.dated_ms or now,
    )
    return settling.settlement(outcome, decision, attempt)
