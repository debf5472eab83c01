"""Whose turn it is: which lanes may be taken from, in which order, and who plans. Takes nothing."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from threading import local

from django.db import connection

from sendoff.lib import clock
from sendoff.outbox import acting, lanes, limits, sql
from sendoff.senders import public as senders

_LANES = 1_000  # that one look holds; those unserved longest come first
_CLERK = 0x53656E64  # any number that no other program locks in our database
_held = local()  # the connection that has the turn: a new one must ask again


@dataclass(slots=True)
class Turn:
    """A campaign's claim on a lane, as `open_turns` finds it."""

    lane: int
    campaign: int
    server: int
    provider: str
    domain: int | None
    in_use: int
    in_use_by_campaign: int
    waiting: int | None
    served_ms: int
    rank: int  # 0: transactional
    workspace: int
    in_use_by_workspace: int

    @property
    def backlog(self) -> int:
        """Messages in the lane, as far as they matter; a sum is a Decimal on PostgreSQL."""
        return int(self.waiting or 0)

    def shut(self, actions: tuple[acting.ActionRow, ...], now_ms: int) -> bool:
        """Whether mail of the campaign's sender may not go out here now."""
        touching = acting.touching(actions, self.server, self.provider, self.domain)
        return any(action.closes(now_ms) for action in touching)


def lines(now_ms: int, without: frozenset[int] = frozenset()) -> list[Turn]:
    """Who may be served, in their turn. Lanes of the servers `without` are left to other hosts.

    To be asked in the transaction that leases: on PostgreSQL the lanes are ours until it ends.
    """
    actions = acting.in_force()
    shut = _listed(lanes.shut(actions))
    alone = sql.lock("lock_lanes", now=now_ms, limit=_LANES, shut=shut)
    found = [Turn(*row) for row in sql.rows("open_turns", now=now_ms, shut=shut, rank=1)]
    turns = [
        turn
        for turn in found
        if (alone is None or turn.lane in alone)
        and turn.server not in without
        and not turn.shut(actions, now_ms)
    ]
    return in_order(turns)


def in_order(turns: Iterable[Turn]) -> list[Turn]:
    """Transactional first, then who has the fewest parcels of a lane, then lanes unserved longest.

    A workspace with many campaigns has its turns in a shared lane as often as one with a single
    one: its second campaign comes after the first of every other workspace.
    """
    before: defaultdict[tuple[int, int], int] = defaultdict(int)
    placed = []
    for turn in sorted(turns, key=lambda turn: (turn.rank, turn.in_use_by_campaign, turn.campaign)):
        key = (turn.lane, turn.workspace)
        placed.append((turn.rank, turn.in_use_by_workspace + before[key], turn))
        before[key] += 1
    return [turn for *_, turn in sorted(placed, key=lambda each: (*each[:2], *_waited(each[2])))]


def _waited(turn: Turn) -> tuple[int, ...]:
    return turn.in_use_by_campaign, turn.served_ms, turn.lane, turn.campaign


def urgent() -> frozenset[int]:
    """Lanes in which transactional mail waits while other mail has all the connections."""
    now, actions = clock.now_ms(), acting.in_force()
    found = [Turn(*row) for row in sql.rows("open_turns", now=now, shut=",", rank=0)]
    waiting = [
        turn for turn in found if not turn.in_use_by_campaign and not turn.shut(actions, now)
    ]
    left = Left(waiting)
    return frozenset(turn.lane for turn in waiting if left[turn.lane] <= 0)


class Left(dict[int, int]):
    """Connections that each lane has left under what it is allowed now.

    Worked out when first asked for: of a thousand lanes few have their turn in one take.
    """

    def __init__(self, turns: Iterable[Turn]) -> None:
        super().__init__()
        self._turns = {turn.lane: turn for turn in turns}
        self._servers: dict[int, senders.Server] = {}
        self._actions = acting.in_force() if self._turns else ()
        self._now = clock.now_ms()

    def __missing__(self, lane: int) -> int:
        turn = self._turns[lane]
        if turn.server not in self._servers:
            self._servers[turn.server] = senders.server(turn.server)
        touching = acting.touching(self._actions, turn.server, turn.provider)
        server = self._servers[turn.server]
        allowed = limits.allowed(lane, turn.provider, server, touching, self._now)
        self[lane] = allowed.connections_for(turn.backlog) - turn.in_use
        return self[lane]


def _listed(ids: set[int]) -> str:
    """Ids for a statement that looks for one between commas."""
    return "," + "".join(f"{each}," for each in sorted(ids))


def clerks_turn() -> bool:
    """Whether this thread's connection may plan now. On SQLite the data folder's lock says it."""
    if not sql.many_writers():
        return True
    connection.ensure_connection()
    if getattr(_held, "by", None) is not connection.connection:
        found = sql.row("take_clerks_turn", key=_CLERK)
        _held.by = connection.connection if found and found[0] else None
    return _held.by is not None
