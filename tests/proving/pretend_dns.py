"""A name server of the pretend internet in a thread, with the records that a test enters."""

import asyncio
import threading
from collections.abc import Iterable

from recipients import personality
from recipients.nameserver import NameServer
from recipients.zone import Record, Zone


class PretendDns:
    """`address` is what SENDOFF_RESOLVER takes."""

    def __init__(self) -> None:
        self._zone = Zone(personality.load())
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._server = NameServer(self._zone)

    def __enter__(self) -> "PretendDns":
        self._thread.start()
        host, port = self._wait(self._server.start("127.0.0.1", 0))
        self.address = f"{host}:{port}"
        return self

    def __exit__(self, *why: object) -> None:
        self._wait(self._server.stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def publish(self, records: Iterable[tuple[str, str, str]]) -> None:
        """Put records in place of what was there for the same name and type."""
        self._zone.enter([Record(name=n, type=t, value=v) for n, t, v in records])

    def withdraw(self, name: str, kind: str) -> None:
        """Take a record out."""
        self._zone.withdraw([Record(name=name, type=kind, value="")])

    def _wait(self, work):  # type: ignore[no-untyped-def]  # whatever the work answers
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(10)
