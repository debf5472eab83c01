"""Play one row: a name server, a mail server with its fault and a healthy one, all on loopback.

The resolver and the driver are the real ones, from the domain's name to the outcome.
"""

import asyncio
import contextlib
import socket
import ssl
import time
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from faults.rows import Row, Zone
from sendoff.drivers import registry
from sendoff.drivers.contract import (
    Connection,
    Driver,
    Letter,
    NoConnection,
    ServerConfig,
    SessionEvidence,
    Target,
)
from sendoff.drivers.tests import pretend
from sendoff.lib import clock
from sendoff.mail.stages import Outcome
from sendoff.smtp import mta_sts
from sendoff.smtp.mta_sts import Policy
from sendoff.smtp.policies import Web
from sendoff.smtp.route import Resolver
from sendoff.smtp.tests import nameserver, web
from sendoff.smtp.trust import Trust

SLOW, USUAL = 0.02, 0.3  # of our time limits: 30 s to connect are 0.6 s, 5 min to answer are 6 s
PATIENCE_S = 1.0
WALL_S = 40.0  # a row that takes longer has found a limit that we lack


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """What came of a row: its letter, the next one on the same line, the next one elsewhere."""

    outcome: Outcome
    first: Outcome | None  # of the letter whose final dot had the row's envelope behind it
    same_line: Outcome | None  # None: the line was given up
    elsewhere: Outcome
    evidence: SessionEvidence | None
    questions: int  # to the name server, for the faulty domain
    lines: int  # to the faulty mail server
    seconds: float


@dataclass(frozen=True, kw_only=True)
class Tools:
    """What all rows share: certificates, and the roots that vouch for them."""

    contexts: Mapping[str, ssl.SSLContext]
    roots: Path
    tlsa: Mapping[str, str] = field(default_factory=dict)  # "{ee expired}" -> 3 1 1 ..

    def zone(self, row: Row) -> Zone:
        """The row's zone, with the digests of our certificates where it names them."""
        return {
            name: {
                kind: [self.tlsa.get(value, value) for value in values]
                for kind, values in records.items()
            }
            for name, records in row.zone.items()
        }


async def play(row: Row, tools: Tools) -> Played:
    """The row from its beginning to the letters after it. TimeoutError where it has no end."""
    async with (
        asyncio.timeout(WALL_S),
        nameserver.serving(tools.zone(row), secure=row.secure) as names,
        pretend.serving(pretend.Server()) as good,
        _faulty(row, tools, good.port) as server,
        web.serving(row.web, row.policy, tools.contexts.get(_keeper(row))) as policies,
    ):
        ports = (good.port, policies)
        return await _Sender(row, tools, names.address, ports).play(server, names)


def _keeper(row: Row) -> str:
    """Whose certificate the web server shows."""
    return "web of a stranger" if row.web == "stranger" else "web"


class _Sender:
    """One driver with its resolver, used for every letter of a row."""

    def __init__(self, row: Row, tools: Tools, names: str, ports: tuple[int, int]) -> None:
        self._row = row
        self._port, policies = ports
        self._resolver = Resolver(
            names,
            allow_private=not row.public_only,
            patience_s=PATIENCE_S if row.slow else 10.0,
            web=Web(
                trust=Trust(roots=tools.roots),
                port=policies,
                allow_private=True,
                patience_s=PATIENCE_S,
            ),
        )
        self._after = Resolver(names, allow_private=True)
        self._network = registry.Network(
            resolver=self._resolver,
            smtp_port=self._port,
            tls_roots=tools.roots,
            time_factor=SLOW if row.slow else USUAL,
        )
        self._driver = self._make(row.tls, row.source_ip)

    async def play(self, server: pretend.Server, names: nameserver.NameServer) -> Played:
        row, began = self._row, time.perf_counter()
        if row.before is not None:
            server.says = row.before
        domain = row.domain or row.to.rpartition("@")[2]
        met = await self._connect(self._driver, self._resolver, domain)
        connection = None if isinstance(met, NoConnection | Outcome) else met
        if row.before is not None and connection:
            await self._send(connection, "ben@broken.test")
            server.says = row.says
        first = None
        if row.ahead is not None and connection:
            server.says, server.second = row.ahead, row.says
            first, outcome = await self._two(connection)
        else:
            outcome = await self._outcome(met, row.to, row.kB)
        seconds = time.perf_counter() - began
        server.says, server.later, server.forgetful = {}, None, False
        return Played(
            outcome=outcome,
            first=first,
            same_line=await self._same_line(connection),
            elsewhere=await self._elsewhere(),
            evidence=None if isinstance(met, Outcome) else met.evidence,
            questions=sum(n for asked, n in names.asked.items() if "good.test" not in asked),
            lines=server.lines,
            seconds=seconds,
        )

    async def _two(self, connection: Connection) -> tuple[Outcome, Outcome]:
        """A letter to Ben with the envelope of the row's letter behind its end, then that one."""
        ben, ana = (_letter(to, self._row.kB) for to in ("ben@broken.test", self._row.to))
        first = await self._driver.send(connection, ben, lambda: None, ana)
        return first, await self._driver.send(connection, ana, lambda: None)

    async def _same_line(self, connection: Connection | None) -> Outcome | None:
        if connection is None:
            return None
        usable = connection.usable
        outcome = await self._send(connection, "ben@broken.test") if usable else None
        await connection.close()
        return outcome

    async def _elsewhere(self) -> Outcome:
        """Through the same driver, but where the driver itself is set up wrongly or strictly."""
        ours = self._row.expect[1] == "our_config" and self._row.source_ip
        plain = ours or self._row.tls in ("required", "implicit")
        driver = self._make("none", "") if plain else self._driver
        met = await self._connect(driver, self._after, "good.test")
        outcome = await self._outcome(met, "cy@good.test")
        if not isinstance(met, NoConnection | Outcome):
            await met.close()
        return outcome

    def _make(self, tls: str, source_ip: str) -> Driver:
        config = ServerConfig(
            driver="smtp" if tls == "implicit" else "direct",
            helo="mail.shop.test",
            host="127.0.0.2",
            port=self._port,
            tls=tls,
            source_ip=source_ip,
        )
        return registry.make(config, self._network)

    async def _connect(
        self, driver: Driver, resolver: Resolver, domain: str
    ) -> Connection | NoConnection | Outcome:
        way = await resolver.resolve(domain, _kept(self._row.known))
        if way.outcome:
            return way.outcome
        return await driver.connect(Target(domain=domain, provider=way.provider, hosts=way.hosts))

    async def _outcome(
        self, met: Connection | NoConnection | Outcome, to: str, kB: int = 1
    ) -> Outcome:
        if isinstance(met, Outcome):
            return met
        return met.outcome if isinstance(met, NoConnection) else await self._send(met, to, kB)

    async def _send(self, connection: Connection, to: str, kB: int = 1) -> Outcome:
        return await self._driver.send(connection, _letter(to, kB), lambda: None)


def _letter(to: str, kB: int = 1) -> Letter:
    data = b"Subject: hello\r\n\r\n" + (b"x" * 62 + b"\r\n") * 16 * kB
    return Letter(sender="news@shop.test", recipient=to, data=data)


def _kept(mode: str) -> Policy | None:
    """A policy that was found an hour ago, under another id."""
    if not mode:
        return None
    then = clock.now_ms() - 3_600_000
    text = f"version: STSv1\nmode: {mode}\nmx: mx.broken.test\nmax_age: 86400\n"
    return mta_sts.parse(text, "20261121", then)


@contextlib.asynccontextmanager
async def _faulty(row: Row, tools: Tools, port: int) -> AsyncIterator[pretend.Server]:
    server = pretend.Server(
        says=row.says,
        later=row.again,
        offers=row.offers,
        forgetful=row.forgetful,
        tls=tools.contexts.get(row.encrypted),
        alerts=row.encrypted in ("old", "mismatched", "picky12", "picky13"),
        implicit=row.tls == "implicit" and bool(row.encrypted),
        port=port,
    )
    if row.listen == "full":
        with _full(port):
            yield server
        return
    async with pretend.serving(server, "127.0.0.2"):
        yield server


@contextlib.contextmanager
def _full(port: int) -> AsyncIterator[None]:
    """A port whose queue is full: the kernel does not answer to one more."""
    with contextlib.ExitStack() as stack:
        listening = stack.enter_context(socket.socket())
        listening.bind(("127.0.0.2", port))
        listening.listen(0)
        for _ in range(4):
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(("127.0.0.2", port))
        yield
