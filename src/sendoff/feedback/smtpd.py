"""The mail server for what comes back: takes mail for our own addresses. Reads none, relays none.

On aiosmtpd, with its own reading of DATA: bounded in bytes whatever the length of a line, and ended
by <CRLF>.<CRLF> alone (a lone LF before the dot would let a mail be smuggled in).
"""

import asyncio
import contextlib
import logging
import ssl
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import structlog
from aiosmtpd.smtp import SMTP, Envelope, Session, TLSSetupException

from sendoff.feedback.guard import Guard
from sendoff.feedback.intake import Arrived, Intake
from sendoff.feedback.places import Nowhere, Places

# aiosmtpd logs each command; what matters is logged here.
logging.getLogger("mail.log").setLevel(logging.CRITICAL)

MAX_RECIPIENTS = 100  # RFC 5321 4.5.3.1.8: at least so many
MAX_ERRORS = 10  # refused commands of one connection
IDLE_S = 300.0  # RFC 5321 4.5.3.2.7: at least five minutes
DATA_S = 600.0  # for a whole mail
WELCOME = ("SIZE", "8BITMIME", "SMTPUTF8", "STARTTLS")

log = structlog.get_logger()


@dataclass(slots=True, kw_only=True)
class Door:
    """What all connections share. `counts` are the events of the server since they were read."""

    places: Places
    intake: Intake
    guard: Guard
    name: str
    max_bytes: int
    tls: ssl.SSLContext | None = None
    counts: Counter[str] = field(default_factory=Counter)

    def protocol(self) -> "Connection":
        """A protocol for one connection."""
        return Connection(self)


class Connection(SMTP):
    """One connection."""

    line_length_limit = 64 * 1024  # how much is read at once; a longer line comes in pieces

    def __init__(self, door: Door) -> None:
        super().__init__(
            _Hooks(),
            data_size_limit=door.max_bytes,
            enable_SMTPUTF8=True,  # RFC 6533: bounces about addresses with letters beyond ASCII
            hostname=door.name,
            ident="ESMTP",
            tls_context=door.tls,
            timeout=IDLE_S,
            loop=asyncio.get_running_loop(),
        )
        self.door = door
        self.errors = 0

    @property
    def peer(self) -> str:
        """The address that connected."""
        return str(self.session.peer[0]) if self.session and self.session.peer else ""

    async def _handle_client(self) -> None:
        peer, guard = self.peer, self.door.guard
        if not guard.admit(peer):
            self.door.counts["too_many"] += 1
            await self.push("421 4.7.0 Too many connections; come back in a minute")
            self._close()
            return
        try:
            await super()._handle_client()
        finally:
            guard.leave(peer)

    async def push(self, status: Any) -> None:
        """Write a reply; who is refused too often is asked to go."""
        line = status.decode("ascii", "replace") if isinstance(status, bytes) else str(status)
        self.errors += line.startswith("5")
        await super().push(status)
        if self.errors > MAX_ERRORS:
            await super().push("421 4.7.0 Too many errors")
        if self.errors > MAX_ERRORS or line.startswith("421"):
            self._close()

    async def smtp_DATA(self, arg: str) -> None:
        """Take the content, store it, answer for it."""
        if await self.check_helo_needed():
            return
        if self.envelope is None or not self.envelope.rcpt_tos:
            await self.push("503 5.5.1 Say first for whom: RCPT TO")
            return
        if arg:
            await self.push("501 5.5.4 DATA takes no words")
            return
        if not self.door.guard.mail(self.peer, time.monotonic()):
            self.door.counts["too_fast"] += 1
            await self.push("451 4.7.1 Too many mails; come back in a minute")
            return
        self._reset_timeout(DATA_S + IDLE_S)
        await self.push("354 End with <CRLF>.<CRLF>")
        content = bytearray()
        try:
            async with asyncio.timeout(DATA_S):
                answer = await self._take(content)
        except TimeoutError:
            answer = "421 4.4.2 That took too long"
        finally:
            self.door.guard.held -= len(content)
        self._set_post_data_state()  # type: ignore[no-untyped-call]  # aiosmtpd's own
        await self.push(answer)

    async def _take(self, content: bytearray) -> str:
        refusal = await self._content(content)
        if refusal:
            self.door.counts["too_big" if refusal.startswith("552") else "no_room"] += 1
            return refusal
        envelope = self.envelope
        assert envelope is not None  # noqa: S101 - smtp_DATA asked
        mail = Arrived(
            source="smtp",
            peer=self.peer,
            sender=(envelope.mail_from or "").removeprefix("<>"),
            recipients=tuple(dict.fromkeys(envelope.rcpt_tos)),
            content=bytes(content),
        )
        if await self.door.intake.keep(mail):
            return "250 2.0.0 Stored"
        return "451 4.3.0 It can not be stored now; come back later"

    async def _content(self, content: bytearray) -> str:
        """Read up to the end of data into `content`; why it is refused, or ""."""
        refusal, fresh = "", True
        while True:
            piece = await self._piece()
            if fresh and piece == b".\r\n":
                return refusal
            if fresh and piece.startswith(b"."):
                piece = piece[1:]
            fresh = piece.endswith(b"\r\n")
            refusal = refusal or self._why_not(len(content), len(piece))
            if refusal:
                self.door.guard.held -= len(content)
                content.clear()
            else:
                content += piece
                self.door.guard.held += len(piece)

    def _why_not(self, have: int, more: int) -> str:
        if have + more > self.door.max_bytes:
            return f"552 5.3.4 More than {self.door.max_bytes:,} bytes are not taken"
        if not self.door.guard.room_for(more):
            return "452 4.3.1 Too much mail at once; come back in a minute"
        return ""

    async def _piece(self) -> bytes:
        """A line with its end, or a piece of a line that is longer than any line may be."""
        try:
            line: bytes = await self._reader.readuntil(b"\r\n")
        except asyncio.LimitOverrunError as overrun:
            line = await self._reader.readexactly(overrun.consumed)
        return line

    def _close(self) -> None:
        if self.transport:
            self.transport.close()


class _Hooks:
    """What aiosmtpd calls at each command."""

    async def handle_EHLO(
        self, server: Connection, session: Session, envelope: Envelope, host: str, lines: list[str]
    ) -> list[str]:
        session.host_name = host
        offered = [line for line in lines[1:] if line[4:].split(" ")[0] in WELCOME]
        return [lines[0], *offered, "250 ENHANCEDSTATUSCODES"]

    async def handle_MAIL(
        self, server: Connection, session: Session, envelope: Envelope, address: str, options: Any
    ) -> str:
        # aiosmtpd says "<>" for the null sender that every bounce has (RFC 5321 4.5.5), and needs
        # it: an empty string would be "no MAIL yet" to it.
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 2.1.0 Ok"

    async def handle_RCPT(
        self, server: Connection, session: Session, envelope: Envelope, address: str, options: Any
    ) -> str:
        if len(envelope.rcpt_tos) >= MAX_RECIPIENTS:
            return "452 4.5.3 Too many recipients"
        found = server.door.places.read(address)
        if isinstance(found, Nowhere):
            server.door.counts[found.counted] += 1
            log.info("mail refused", why=found.counted, peer=server.peer, address=address[:100])
            return found.reply
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 Ok"

    async def handle_exception(self, error: Exception) -> str:
        if not isinstance(error, TLSSetupException | ConnectionError):
            log.error("the mail server failed", error=repr(error))
        return "451 4.3.0 Something went wrong here; come back later"


async def serve(door: Door, host: str, port: int) -> asyncio.Server:
    """Listen until the server is closed; the intake runs with it."""
    loop = asyncio.get_running_loop()
    return await loop.create_server(door.protocol, host, port, backlog=1024)


async def closed(server: asyncio.Server, patience_s: float = 5.0) -> None:
    """Take no more connections and wait a moment for those that are there."""
    server.close()
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(server.wait_closed(), patience_s)
