"""Which servers' source addresses this machine has not: their lanes are left to hosts that do."""

import ipaddress
import socket
import time
from collections.abc import Iterable

from sendoff.outbox import public as outbox
from sendoff.senders import public as senders

_KEPT_S = 10.0


class Absent:
    """What one worker leaves to others. To be asked in the database's thread."""

    def __init__(self, worker: str) -> None:
        self._worker = worker
        self._read_at = -_KEPT_S
        self._servers: frozenset[int] = frozenset()

    def servers(self) -> frozenset[int]:
        """Servers to leave alone. One whose address nobody alive has is tried here all the same,
        so that its messages say what is wrong instead of waiting for nobody."""
        if time.monotonic() - self._read_at > _KEPT_S:
            lacking = lacking_here(senders.all_servers())
            self._servers = outbox.elsewhere(self._worker, lacking)
            self._read_at = time.monotonic()
        return self._servers


def lacking_here(servers: Iterable[senders.Server]) -> frozenset[int]:
    """Servers whose source address this machine cannot send from."""
    return frozenset(
        server.id for server in servers if server.source_ip and not has(server.source_ip)
    )


def has(address: str) -> bool:
    """Whether an address is one of this machine."""
    family = socket.AF_INET6 if ipaddress.ip_address(address).version == 6 else socket.AF_INET
    with socket.socket(family) as probe:
        try:
            probe.bind((address, 0))
        except OSError:
            return False
    return True
