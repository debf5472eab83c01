"""The order of work in beanstalkd: one tube for each line. Knows no database and keeps no lease."""

import contextlib
import socket
from collections.abc import Sequence
from threading import local
from urllib.parse import urlsplit

import greenstalk

from sendoff.lib import clock

_PREFIX = "sendoff."
_PATIENCE_S = 1.0
_PORT = 11300


class BeanstalkBroker:
    """A beanstalkd. Its jobs hold a parcel's id, and are gone once they were handed out."""

    errors = (greenstalk.Error, OSError)

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._place = (parts.hostname or "127.0.0.1", parts.port or _PORT)
        self._mine = local()  # a connection carries one conversation: each thread has its own

    def put(self, name: str, entries: Sequence[tuple[int, int]]) -> None:
        self._client.use(_PREFIX + name)
        for parcel, at_ms in entries:
            wait_s = -(-max(0, at_ms - clock.now_ms()) // 1000)  # whole seconds, rather too late
            self._client.put(b"%d" % parcel, delay=wait_s)

    def next(self, name: str, now_ms: int) -> str | None:
        client = self._client
        client.watch(_PREFIX + name)
        for other in client.watching():
            if other != _PREFIX + name:
                client.ignore(other)
        try:
            job = client.reserve(timeout=0)
        except greenstalk.TimedOutError:
            return None
        client.delete(job)
        return job.body.decode(errors="replace")

    def counts(self, names: Sequence[str]) -> list[int]:
        return [self._count(name) for name in names]

    def names(self) -> set[str]:
        tubes = {tube for tube in self._client.tubes() if tube.startswith(_PREFIX)}
        names = {tube.removeprefix(_PREFIX) for tube in tubes}
        return {name for name in names if self._count(name)}

    def drop(self, name: str) -> None:
        client = self._client
        client.use(_PREFIX + name)
        for peek in (client.peek_ready, client.peek_delayed):
            with contextlib.suppress(greenstalk.NotFoundError):
                while True:
                    client.delete(peek())

    def close(self) -> None:
        client = getattr(self._mine, "client", None)
        self._mine.client = None
        if client:
            with contextlib.suppress(OSError):
                client.close()

    @property
    def _client(self) -> "greenstalk.Client[bytes]":
        client: greenstalk.Client[bytes] | None = getattr(self._mine, "client", None)
        if client is None:
            line = socket.create_connection(self._place, _PATIENCE_S)
            line.settimeout(_PATIENCE_S)  # greenstalk itself would wait for ever
            self._mine.client = client = greenstalk.Client(line, encoding=None)
        return client

    def _count(self, name: str) -> int:
        try:
            stats = self._client.stats_tube(_PREFIX + name)
        except greenstalk.NotFoundError:
            return 0
        return int(stats["current-jobs-ready"]) + int(stats["current-jobs-delayed"])
