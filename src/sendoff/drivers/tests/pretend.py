"""A mail server for tests that does what a script says, and a way to send to it by each driver."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from sendoff.drivers import registry
from sendoff.drivers.contract import Driver, MailHost, ServerConfig, Target
from sendoff.smtp.route import Resolver

CUT = "(cut)"
SILENT = "(silent)"


@dataclass(kw_only=True)
class Server:
    """`says`: what to answer to a command instead of 250. CUT ends the line; SILENT waits."""

    says: dict[str, str] = field(default_factory=dict)
    offers: tuple[str, ...] = ("PIPELINING", "8BITMIME")
    tls: ssl.SSLContext | None = None
    broken_tls: bool = False
    letters: list[bytes] = field(default_factory=list)
    commands: list[str] = field(default_factory=list)
    lines: int = 0
    port: int = 0

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.lines += 1
        try:
            await self._talk(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError, ssl.SSLError):
            pass
        finally:
            writer.close()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if not await self._answer(writer, "greeting", "220 pretend"):
            return
        while line := await reader.readline():
            word = line.decode().split()[0].partition(":")[0].upper()
            self.commands.append(line.decode().strip())
            if word == "STARTTLS":
                alive = await self._encrypt(writer)
            else:
                alive = await self._answer(writer, word, self._usual(word))
            if alive and word == "DATA" and self.says.get("DATA", "354").startswith("354"):
                self.letters.append(await _content(reader))
                alive = await self._answer(writer, ".", "250 2.0.0 queued")
            if not alive or word == "QUIT":
                return

    async def _encrypt(self, writer: asyncio.StreamWriter) -> bool:
        writer.write(b"220 go\r\n")
        if self.broken_tls or not self.tls:
            writer.write(b"this is no handshake\r\n")
            return False
        await writer.start_tls(self.tls)
        return True

    def _usual(self, word: str) -> str:
        if word == "EHLO":
            return "\r\n".join(["250-pretend", *(f"250-{o}" for o in self.offers), "250 HELP"])
        return {"DATA": "354 go", "AUTH": "235 ok"}.get(word, "250 ok")

    async def _answer(self, writer: asyncio.StreamWriter, word: str, usual: str) -> bool:
        said = self.says.get(word, usual)
        if said == CUT:
            return False
        if said == SILENT:
            await asyncio.sleep(30)
        writer.write(said.encode() + b"\r\n")
        await writer.drain()
        return True


async def _content(reader: asyncio.StreamReader) -> bytes:
    lines = []
    while (line := await reader.readline()) not in (b".\r\n", b""):
        lines.append(line)
    if not line:
        raise ConnectionResetError("cut in the content")
    return b"".join(lines)


@asynccontextmanager
async def serving(server: Server, address: str = "127.0.0.1") -> AsyncIterator[Server]:
    """The server on a free port for as long as the block lasts."""
    listening = await asyncio.start_server(server.talk, address, server.port)
    server.port = listening.sockets[0].getsockname()[1]
    try:
        yield server
    finally:
        listening.close()


@dataclass(frozen=True, kw_only=True)
class Way:
    """One driver with everything that tests need to send to a port of this machine."""

    name: str
    roots: Path | None = None

    def driver(self, port: int, *, time_factor: float = 1.0, **changes: object) -> Driver:
        values = {"helo": "mail.shop.test", "host": "127.0.0.1", "port": port} | changes
        network = registry.Network(
            resolver=Resolver("127.0.0.1:1", patience_s=0.1),
            smtp_port=port,
            tls_roots=self.roots,
            allow_private=True,
            time_factor=time_factor,
        )
        return registry.make(ServerConfig(driver=self.name, **values), network)  # type: ignore[arg-type]

    @staticmethod
    def target(*addresses: str) -> Target:
        hosts = tuple(
            MailHost(preference=n, name="localhost", addresses=(address,))
            for n, address in enumerate(addresses or ("127.0.0.1",))
        )
        return Target(domain="inbox.test", provider="inbox.test", hosts=hosts)
