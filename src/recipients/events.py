"""Remember the last SMTP commands that were seen, for tests. Bounded; never written to disk."""

import time
from collections import deque
from collections.abc import Iterator
from typing import Any

KEPT = 100_000


class Events:
    """A ring of the last commands of all providers."""

    def __init__(self) -> None:
        self._ring: deque[tuple[int, str, str, str]] = deque(maxlen=KEPT)

    def add(self, provider: str, peer: str, command: str) -> None:
        """Note a command with the time (epoch milliseconds)."""
        self._ring.append((int(time.time() * 1000), provider, peer, command[:1000]))

    def matching(
        self, verb: str = "", provider: str = "", since: int = 0
    ) -> Iterator[dict[str, Any]]:
        """The commands that begin with `verb`, of one provider or all, later than `since` ms."""
        for at, name, peer, command in list(self._ring):
            wanted = command.upper().startswith(verb.upper()) and provider in ("", name)
            if wanted and at > since:
                yield {"at": at, "provider": name, "peer": peer, "command": command}
