"""Ana's shop with its mail server on loopback, and a plain SMTP client to bring mail to it."""

import asyncio
import smtplib
import ssl
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from house import House, furnish
from sendoff.feedback import smtpd
from sendoff.feedback.guard import Guard
from sendoff.feedback.intake import Arrived, Intake
from sendoff.feedback.places import Places
from sendoff.lib.config import config
from sendoff.lib.tokens import Tokens

DOMAIN = "bounces.shop.test"


class Served:
    """A mail server in a thread of its own; what it stored is in `mails`."""

    def __init__(self, tls: ssl.SSLContext | None = None, **limits: int) -> None:
        self.mails: list[Arrived] = []
        self._tls = tls
        self.away = False
        self._limits = {
            "connections": 50,
            "peer_connections": 20,
            "peer_per_minute": 1000,
            "bytes_at_once": 20_000_000,
            "max_bytes": 100_000,
        } | limits
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)
        self.door: smtpd.Door
        self.port = 0

    def __enter__(self) -> "Served":
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._open(), self._loop).result(10)
        return self

    def __exit__(self, *why: object) -> None:
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result(20)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    def client(self) -> smtplib.SMTP:
        return smtplib.SMTP("127.0.0.1", self.port, local_hostname="mx.test", timeout=10)

    async def _open(self) -> None:
        limits = dict(self._limits)
        max_bytes = limits.pop("max_bytes")
        self._pool = ThreadPoolExecutor(1)
        self.door = smtpd.Door(
            places=Places(config().token_key, lambda: frozenset({DOMAIN})),
            intake=Intake(thread=self._pool, write=self._write),
            guard=Guard(**limits),
            name="mail.shop.test",
            max_bytes=max_bytes,
            tls=self._tls,
        )
        self._storing = asyncio.create_task(self.door.intake.run())
        self._server = await smtpd.serve(self.door, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]

    async def _close(self) -> None:
        await smtpd.closed(self._server, 0.1)
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        self._pool.shutdown()

    def _write(self, mails: list[Arrived]) -> None:
        from django.db import OperationalError

        if self.away:
            raise OperationalError("disk full")
        self.mails += mails


@pytest.fixture
def server() -> Iterator[Served]:
    with Served() as served:
        yield served


@pytest.fixture
def house(db) -> House:
    return furnish()


def bounce_address(campaign: int, seq: int) -> str:
    """The return path of one message."""
    return f"b-{Tokens(config().token_key, 'bounce').mail(campaign, seq)}@{DOMAIN}"


def unsubscribe_address(campaign: int, seq: int) -> str:
    """Where a mail unsubscribes."""
    return f"unsubscribe+{Tokens(config().token_key, 'unsubscribe').mail(campaign, seq)}@{DOMAIN}"
