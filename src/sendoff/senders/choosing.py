"""Choose how many messages each server of a pool gets. Pure: it reads no clock and no database.

The rotation is one over time: a member that got few messages lately comes first, by its weight.
"""

import heapq
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """One server that fits, as it is now.

    `room` is how many messages it may still take (None: any number) and `full_until_ms` when it
    may take more; `closed_until_ms` is over 0 while nothing may be given to it at all. `fit` is how
    closely it is meant for these messages: those of the closest fit go first. `passed` is its place
    in the rotation: messages given to it so far, divided by its weight.
    """

    server: int
    weight: int = 1
    passed: float = 0.0
    fit: int = 0
    room: int | None = None
    full_until_ms: int = 0
    full_why: str = ""
    closed_until_ms: int = 0
    closed_why: str = ""

    @property
    def open(self) -> bool:
        """Whether it may take anything."""
        return not self.closed_until_ms and self.room != 0

    @property
    def opens_ms(self) -> int:
        """When it may take more, where it may take no more now."""
        return max(self.closed_until_ms, self.full_until_ms if self.room is not None else 0)


@dataclass(slots=True, kw_only=True)
class Shares:
    """What each server gets, and what has to wait: how many, until when (ms) and why.

    `passed` is the rotation afterwards, for all candidates: whoever could take nothing does not
    get it all back later at once.
    """

    counts: dict[int, int] = field(default_factory=dict)
    passed: dict[int, float] = field(default_factory=dict)
    left: int = 0
    opens_ms: int = 0
    why: str = ""


def share(n: int, candidates: Sequence[Candidate]) -> Shares:
    """Share n messages out. Nobody gets more than its room; the rest waits for an opening."""
    shares = Shares(passed={each.server: each.passed for each in candidates}, left=n)
    for fit in sorted({each.fit for each in candidates}, reverse=True):
        if shares.left:
            _share(shares, [each for each in candidates if each.fit == fit and each.open])
    if shares.left and candidates:
        first = min(candidates, key=lambda each: (each.opens_ms, each.server))
        shares.opens_ms = first.opens_ms
        shares.why = first.closed_why if first.closed_until_ms else first.full_why
    _keep_up(shares, candidates)
    return shares


def _share(shares: Shares, members: Sequence[Candidate]) -> None:
    """One message after the other to whoever would then have come least far."""
    if len(members) == 1 and members[0].room is None:
        return _give(shares, members[0], shares.left)
    line = [(each.passed + 1 / each.weight, each.server, each) for each in members]
    heapq.heapify(line)
    given = dict.fromkeys((each.server for each in members), 0)
    left = shares.left
    while left and line:
        reached, server, each = line[0]
        given[server] += 1
        left -= 1
        if given[server] == each.room:
            heapq.heappop(line)
        else:
            heapq.heapreplace(line, (reached + 1 / each.weight, server, each))
    for each in members:
        _give(shares, each, given[each.server])
    return None


def _give(shares: Shares, to: Candidate, messages: int) -> None:
    if messages:
        shares.counts[to.server] = messages
        shares.passed[to.server] += messages / to.weight
        shares.left -= messages


def _keep_up(shares: Shares, candidates: Iterable[Candidate]) -> None:
    """Bring those who stood aside up to the others, so that they go on by their weight."""
    took = [
        shares.passed[each.server]
        for each in candidates
        if shares.counts.get(each.server) and shares.counts[each.server] != each.room
    ]
    for server, passed in shares.passed.items():
        if took and passed < min(took) - 1:
            shares.passed[server] = min(took) - 1
