"""The process of `sendoff inbound`: mail server, reader and poller side by side. Sends nothing."""

import asyncio
import signal
import socket
import ssl
from collections import Counter
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import structlog
from django.db import DatabaseError, close_old_connections

from sendoff.feedback import intake, mailbox, smtpd, sorting
from sendoff.feedback.guard import Guard
from sendoff.feedback.naming import Names
from sendoff.feedback.places import Places
from sendoff.lib.config import Config, ConfigError
from sendoff.senders import public as senders

T = TypeVar("T")
REST_S = 0.5
CHORES_S = 5.0
MAILS_HELD = 128 * 1024 * 1024  # bytes of mails that are being taken, of all connections

log = structlog.get_logger()


@dataclass(slots=True, kw_only=True)
class Mailroom:
    """The process' main object. One thread stores, the other reads."""

    config: Config
    storing: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1, "store"))
    reading: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1, "read"))
    fetching: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1, "fetch"))
    domains: frozenset[str] = frozenset()
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    door: smtpd.Door = field(init=False)
    sorter: sorting.Sorter = field(init=False)
    box: mailbox.Box | None = field(init=False)

    def __post_init__(self) -> None:
        config = self.config
        places = Places(config.token_key, lambda: self.domains)
        self.sorter = sorting.Sorter(places, Names(config.token_key))
        self.box = _box(config)
        self.door = smtpd.Door(
            places=places,
            intake=intake.Intake(thread=self.storing),
            guard=Guard(
                connections=config.inbound_connections,
                peer_connections=config.inbound_peer_connections,
                peer_per_minute=config.inbound_peer_per_minute,
                bytes_at_once=MAILS_HELD,
            ),
            name=config.inbound_name or socket.getfqdn(),
            max_bytes=config.inbound_max_mb * 1024 * 1024,
            tls=_tls(config.inbound_certificate),
        )

    async def run(self) -> None:
        """Serve until stopped; what is being taken is stored first."""
        loop = asyncio.get_running_loop()
        for signum in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(signum, self.stopping.set)
        await self._chores()
        loops = [self._again(self._sort, REST_S), self._again(self._chores, CHORES_S)]
        if self.box:
            loops.append(self._again(self._fetch, self.config.mailbox_every_s))
        tasks = [asyncio.create_task(self.door.intake.run()), *map(asyncio.create_task, loops)]
        server = await self._listen()
        await self.stopping.wait()
        if server:
            await smtpd.closed(server)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _listen(self) -> asyncio.Server | None:
        if not self.config.inbound_listen:
            return None
        host, _, port = self.config.inbound_listen.rpartition(":")
        server = await smtpd.serve(self.door, host.strip("[]"), int(port))
        log.info("the mail server listens", at=self.config.inbound_listen, tls=bool(self.door.tls))
        return server

    async def _fetch(self) -> int:
        """Look into the mailbox; one that does not answer is asked again at the next turn."""
        assert self.box  # noqa: S101 - it runs where there is one
        box, store = self.box, intake.store
        try:
            return await self._in(self.fetching, lambda: mailbox.fetch(box, store))
        except mailbox.MailboxError as error:
            log.warning("the mailbox can not be read now", why=str(error))
            return 0

    async def _again(self, work: Callable[[], Awaitable[int]], rest_s: float) -> None:
        """Do it over and over; rest when nothing was done, or when the database is away."""
        while True:
            try:
                done = await work()
            except DatabaseError as error:
                log.warning("the mail room waits for the database", why=str(error))
                done = 0
            if not done:
                await asyncio.sleep(rest_s)

    async def _sort(self) -> int:
        return await self._read(self.sorter.sort)

    async def _chores(self) -> int:
        """Look which domains are ours, and write down what the server counted."""
        self.domains = await self._read(our_domains)
        counted, self.door.counts = self.door.counts, Counter()
        await self._read(lambda: _write_down(counted))
        days = self.config.inbound_days
        return await self._read(lambda: sorting.forget(days)) if days else 0

    async def _read(self, work: Callable[[], T]) -> T:
        return await self._in(self.reading, work)

    async def _in(self, thread: ThreadPoolExecutor, work: Callable[[], T]) -> T:
        def inside() -> T:
            close_old_connections()
            return work()

        return await asyncio.get_running_loop().run_in_executor(thread, inside)


def our_domains() -> frozenset[str]:
    """The return path domains of all workspaces."""
    return frozenset(each.return_path_domain for each in senders.all_domains())


def run(config: Config) -> int:
    """Be the mail room until stopped. ConfigError where there is nothing it could do."""
    if not (config.inbound_listen or config.mailbox_url):
        raise ConfigError(
            "No mail can come in: set SENDOFF_INBOUND_LISTEN, as 0.0.0.0:25, or"
            " SENDOFF_MAILBOX_URL."
        )
    room = Mailroom(config=config)
    asyncio.run(room.run())
    return 0


def _write_down(counted: Counter[str]) -> None:
    for what, number in sorted(counted.items()):
        intake.count(what, number)


def _box(config: Config) -> mailbox.Box | None:
    if not config.mailbox_url:
        return None
    roots = str(config.tls_roots) if config.tls_roots else None
    return mailbox.box_of(config.mailbox_url, config.inbound_max_mb * 1024 * 1024, roots)


def _tls(certificate: Path | None) -> ssl.SSLContext | None:
    if certificate is None:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    try:
        context.load_cert_chain(certificate)
    except (OSError, ssl.SSLError) as error:
        raise ConfigError(
            f"SENDOFF_INBOUND_CERTIFICATE: {certificate} can not be used: {error}"
        ) from None
    return context
