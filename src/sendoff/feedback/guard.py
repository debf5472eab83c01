"""Limits on who may bring how much mail: connections, mails a minute, bytes at once. No socket."""

from collections import Counter, deque
from dataclasses import dataclass, field

MINUTE_S = 60.0
PEERS = 10_000  # whose last minute is remembered at once


@dataclass(slots=True, kw_only=True)
class Guard:
    """Counts of one server. Every `admit` that answered True is ended by one `leave`."""

    connections: int
    peer_connections: int
    peer_per_minute: int
    bytes_at_once: int
    held: int = 0  # bytes of mails that are being taken or wait to be stored
    _open: Counter[str] = field(default_factory=Counter)
    _mails: dict[str, deque[float]] = field(default_factory=dict)

    def admit(self, peer: str) -> bool:
        """Whether one more connection fits."""
        if self._open.total() >= self.connections or self._open[peer] >= self.peer_connections:
            return False
        self._open[peer] += 1
        return True

    def leave(self, peer: str) -> None:
        """A connection ended."""
        self._open[peer] -= 1
        if self._open[peer] <= 0:
            del self._open[peer]

    def mail(self, peer: str, now_s: float) -> bool:
        """Whether a peer may bring one more mail in this minute; it is counted then."""
        if len(self._mails) > PEERS:
            self._forget(now_s)
        recent = self._mails.setdefault(peer, deque())
        while recent and recent[0] <= now_s - MINUTE_S:
            recent.popleft()
        if len(recent) >= self.peer_per_minute:
            return False
        recent.append(now_s)
        return True

    def room_for(self, size: int) -> bool:
        """Whether so many more bytes fit; a mail of ordinary size always has a chance."""
        return self.held + size <= self.bytes_at_once

    def _forget(self, now_s: float) -> None:
        old = [p for p, times in self._mails.items() if not times or times[-1] <= now_s - MINUTE_S]
        for peer in old or list(self._mails)[: PEERS // 2]:
            del self._mails[peer]
