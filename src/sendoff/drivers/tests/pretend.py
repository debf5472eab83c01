"""A mail server for tests that does what a script says, and a way to send to it by each driver.

What it says is text, in which `\n` ends a line, and marks: (cut) and (reset) end the line,
(silent) waits, (nothing) says nothing, (read) takes 64 kB of content and (rest) all up to the final
dot, (binary) is every byte but line ends, (hex ..) are those bytes, (64 kB of ..) is a reply of
that size, (flood) and (flood lines) have no end, (drip) sends what follows a byte at a time, never
its line end, (drip lines) sends what follows as a line again and again.
"""

import asyncio
import re
import socket
import ssl
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from sendoff.drivers import registry
from sendoff.drivers.contract import Driver, MailHost, ServerConfig, Target
from sendoff.smtp.route import Resolver

CUT = "(cut)"
SILENT = "(silent)"
DRIP_S = 0.2
BLOCK = 65_536
BINARY = bytes(n for n in range(1, 256) if n not in b"\r\n")
_MARK = re.compile(
    r"\((cut|reset|silent|nothing|read|rest|binary|flood|flood lines|drip|drip lines"
    r"|hex [0-9a-f]+|64 kB of [^)]+)\)"
)


@dataclass(kw_only=True)
class Server:
    """`says`: what to answer to a command instead of 250; `greeting`, `TLS` in place of the
    handshake, `content` in place of reading it, `.`; `EHLO again` is the one under TLS.
    `later`: the same for every line after the first; `second`: for what follows a first letter.
    `forgetful`: it claims PIPELINING, but throws away what came along with a command."""

    says: dict[str, str] = field(default_factory=dict)
    later: dict[str, str] | None = None
    second: dict[str, str] | None = None
    offers: tuple[str, ...] = ("PIPELINING", "8BITMIME")
    tls: ssl.SSLContext | None = None
    broken_tls: bool = False
    implicit: bool = False  # `tls` from the first byte
    alerts: bool = False  # `tls` will not come to terms with us, and says so
    forgetful: bool = False
    letters: list[bytes] = field(default_factory=list)
    commands: list[str] = field(default_factory=list)
    lines: int = 0
    port: int = 0
    talks: set[asyncio.Task[None]] = field(default_factory=set)

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.lines += 1
        if self.lines > 1 and self.later is not None:
            self.says = self.later
        task = asyncio.current_task()
        assert task
        self.talks.add(task)
        try:
            await self._talk(_Line(reader, writer))
        except (ConnectionError, asyncio.IncompleteReadError, ssl.SSLError):
            pass
        finally:
            self.talks.discard(task)
            writer.close()

    async def _talk(self, line: "_Line") -> None:
        if not await line.say(self.says.get("greeting", "220 pretend")):
            return
        encrypted = self.implicit
        while said := await line.command(self.forgetful):
            word = said.decode().split()[0].partition(":")[0].upper()
            self.commands.append(said.decode().strip())
            if word == "STARTTLS" and self.says.get(word, "220").startswith("220"):
                alive = encrypted = await self._encrypt(line)
            else:
                known = encrypted and word == "EHLO" and "EHLO again" in self.says
                alive = await self._answer(line, "EHLO again" if known else word)
            if alive and word == "DATA" and "354" in self.says.get("DATA", "354"):
                alive = await self._take(line)
            if not alive or word == "QUIT":
                return

    async def _take(self, line: "_Line") -> bool:
        if "content" in self.says:
            return await line.say(self.says["content"])
        self.letters.append(await line.content())
        alive = await self._answer(line, ".")
        self.says, self.second = self.says if self.second is None else self.second, None
        return alive

    async def _encrypt(self, line: "_Line") -> bool:
        await line.say(self.says.get("STARTTLS", "220 go"))
        if "TLS" in self.says:
            return await line.say(self.says["TLS"]) and False
        if self.broken_tls or not self.tls:
            return await line.say("this is no handshake") and False
        if self.alerts:
            return await line.alert(self.tls)
        await line.writer.start_tls(self.tls)
        return True

    async def _answer(self, line: "_Line", word: str) -> bool:
        return await line.say(self.says.get(word, self._usual(word)))

    def _usual(self, word: str) -> str:
        if word == "EHLO":
            return "\n".join(["250-pretend", *(f"250-{o}" for o in self.offers), "250 HELP"])
        return {"DATA": "354 go", "AUTH": "235 ok", ".": "250 2.0.0 queued"}.get(word, "250 ok")


@dataclass
class _Line:
    """One connection, and how its script is acted out. `say` is False where it has ended."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def command(self, forgetful: bool) -> bytes:
        if not forgetful:
            return await self.reader.readline()
        return (await self.reader.read(BLOCK)).partition(b"\n")[0]

    async def content(self) -> bytes:
        lines = []
        while (line := await self.reader.readline()) not in (b".\r\n", b""):
            lines.append(line)
        if not line:
            raise ConnectionResetError("cut in the content")
        return b"".join(lines)

    async def alert(self, tls: ssl.SSLContext) -> bool:
        """A handshake up to its alert, which asyncio's own server would keep to itself."""
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        shaking = tls.wrap_bio(incoming, outgoing, server_side=True)
        while True:
            try:
                shaking.do_handshake()
                raise AssertionError("the handshake was meant to fail")
            except ssl.SSLWantReadError:
                await self.write(outgoing.read())
                incoming.write(await self.reader.read(BLOCK))
            except ssl.SSLError:
                await self.write(outgoing.read())
                return False

    async def say(self, script: str) -> bool:
        parts = _MARK.split(script)  # text, mark, text, mark .. text
        for text, mark, rest in zip(
            parts[::2], [*parts[1::2], ""], [*parts[2::2], ""], strict=True
        ):
            await self.write(text.replace("\n", "\r\n").encode())
            if mark.startswith("drip"):
                await self._drip(rest, mark == "drip lines")
            elif mark and not await self._act(mark):
                return False
        if parts[-1] and not parts[-1].endswith("\n") or parts[-2:-1] == ["binary"]:
            await self.write(b"\r\n")
        return True

    async def write(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    async def _act(self, mark: str) -> bool:
        word, _, argument = mark.partition(" ")
        if word == "reset":
            self._reset()
        elif word == "silent":
            await asyncio.sleep(60)
        elif word == "read":
            await self.reader.read(BLOCK)
        elif word == "rest":
            await self.content()
        elif word == "flood":
            while True:
                await self.write(b"250-more\r\n" * 1000 if argument else b"x" * BLOCK)
        elif word != "cut":
            await self.write(_bytes(word, argument))
        return word not in ("cut", "reset")

    async def _drip(self, text: str, as_lines: bool) -> None:
        while as_lines:
            await self.write(text.encode() + b"\r\n")
            await asyncio.sleep(DRIP_S)
        for letter in text:
            await self.write(letter.encode())
            await asyncio.sleep(DRIP_S)
        await asyncio.sleep(60)

    def _reset(self) -> None:
        line = self.writer.get_extra_info("socket")
        line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()


def _bytes(word: str, argument: str) -> bytes:
    if word == "hex":
        return bytes.fromhex(argument)
    if word == "binary":
        return BINARY
    if word == "64":
        code, text = argument.removeprefix("kB of ").encode().split(b" ", 1)
        line = code + b"-" + text + b" x" * 240 + b"\r\n"
        return line * (BLOCK // len(line)) + code + b" " + text + b"\r\n"
    return b""


@asynccontextmanager
async def serving(server: Server, address: str = "127.0.0.1") -> AsyncIterator[Server]:
    """The server on a free port for as long as the block lasts."""
    tls = server.tls if server.implicit else None
    listening = await asyncio.start_server(server.talk, address, server.port, ssl=tls)
    server.port = listening.sockets[0].getsockname()[1]
    try:
        yield server
    finally:
        listening.close()
        talks = list(server.talks)
        for task in talks:
            task.cancel()
        await asyncio.gather(*talks, return_exceptions=True)


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
