"""Put the pretend internet together and run it: one process, one loop. Decides nothing itself."""

import asyncio
import concurrent.futures
import os
import signal
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from recipients import httpd, personality, ready
from recipients.certificates import Authority
from recipients.courier import Courier
from recipients.events import Events
from recipients.ledger import Copy, Ledger
from recipients.mailboxes import Mailboxes
from recipients.mx import Office, Provider
from recipients.nameserver import NameServer
from recipients.personality import Personality
from recipients.registrar import Registrar
from recipients.sink import Sink, SinkProtocol
from recipients.zone import Zone

CHECKING_THREADS = 2
TRIES_FOR_A_PORT = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """Where to live. Port 0 takes a free one."""

    data: Path
    dns: tuple[str, int] = ("127.0.0.1", 0)
    smtp_port: int = 0
    http: tuple[str, int] = ("127.0.0.1", 0)
    personalities: tuple[Personality, ...] = ()


class World:
    """The pretend internet. `start` returns the facts a sender needs to live in it."""

    def __init__(self, options: Options) -> None:
        self._options = options
        self.personalities = options.personalities or personality.load()
        data = options.data
        data.mkdir(parents=True, exist_ok=True)
        self._authority = Authority(data)
        self._threads = concurrent.futures.ThreadPoolExecutor(CHECKING_THREADS, "check")
        zone = Zone(self.personalities)
        self.office = Office(
            zone=zone,
            courier=Courier(zone),
            ledger=Ledger(data / "ledger.jsonl"),
            mailboxes=Mailboxes(data / "mail"),
            events=Events(),
            threads=self._threads,
        )
        self._names = NameServer(self.office.zone)
        self._servers: list[asyncio.Server] = []

    async def start(self) -> dict[str, Any]:
        """Listen everywhere."""
        dns = await self._names.start(*self._options.dns)
        smtp_port = await self._open_providers()
        self.office.courier.port = smtp_port
        registrar = Registrar(
            personalities=self.personalities,
            office=self.office,
            records_file=self._options.data / "records.json",
        )
        http = await httpd.serve(registrar.handle, *self._options.http)
        self._servers.append(http)
        http_port = http.sockets[0].getsockname()[1]
        return {
            "dns": f"{dns[0]}:{dns[1]}",
            "smtp_port": smtp_port,
            "http": f"{self._options.http[0]}:{http_port}",
            "pid": os.getpid(),
            "ca_file": str(self._authority.file.resolve()),
        }

    async def stop(self) -> None:
        """Close every socket and file."""
        for server in self._servers:
            server.close()
        await self._names.stop()
        await asyncio.to_thread(self.office.courier.stop)
        await asyncio.to_thread(self._threads.shutdown)
        self.office.ledger.close()

    async def _open_providers(self) -> int:
        """All providers on one port, each on its own address."""
        port = self._options.smtp_port
        for left in reversed(range(TRIES_FOR_A_PORT)):
            opened: list[asyncio.Server] = []
            try:
                for one in self.personalities:
                    if one.listens:
                        taken = opened[0].sockets[0].getsockname()[1] if opened else port
                        opened.append(await self._open(one, taken))
            except OSError:
                for server in opened:
                    server.close()
                if port or not left:
                    raise
            else:
                self._servers += opened
                return int(opened[0].sockets[0].getsockname()[1])
        raise AssertionError("unreachable: the last try returns or raises")

    async def _open(self, one: Personality, port: int) -> asyncio.Server:
        loop = asyncio.get_running_loop()
        if one.engine == "sink":
            sink = self._sink(one)
            return await loop.create_server(
                lambda: SinkProtocol(sink), one.address, port, backlog=1024
            )
        tls = None
        if one.tls != "none":
            tls = self._authority.server_context(one.mail_host, broken=one.tls == "broken")
        provider = Provider(one, self.office)
        return await loop.create_server(
            lambda: provider.protocol(tls), one.address, port, backlog=1024
        )

    def _sink(self, one: Personality) -> Sink:
        ledger, events = self.office.ledger, self.office.events

        def record(message_id: bytes, recipients: list[bytes], size: int) -> None:
            at = int(time.time() * 1000)
            for recipient in recipients:
                copy = Copy(
                    at=at,
                    message_id=message_id.decode("ascii", "replace"),
                    provider=one.name,
                    recipient=recipient.decode("ascii", "replace").lower(),
                    bytes=size,
                    spf="not checked",
                    dkim="not checked",
                    dmarc="not checked",
                    filed=False,
                )
                ledger.record(copy)

        return Sink(
            record=record,
            saw_mail=lambda line: events.add(one.name, "", line.decode("ascii", "replace")),
            host=one.mail_host.encode(),
        )


async def run(options: Options, ready_file: Path | None) -> None:
    """Run until SIGTERM or SIGINT."""
    world = World(options)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for sign in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(sign, stop.set)
    try:
        ready.announce(ready_file, await world.start())
        await stop.wait()
    finally:
        await world.stop()
