"""One SMTP session on an asyncio transport: moves bytes, keeps time limits, starts TLS.

What the bytes mean is the client's to say; what a broken line means too. A session never retries.
"""

import asyncio
import ssl
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, cast

from sendoff.lib import drill
from sendoff.mail.stages import Evidence, Outcome
from sendoff.smtp import dane, events, trust
from sendoff.smtp.client import Client
from sendoff.smtp.manners import Manners
from sendoff.smtp.moves import Ask
from sendoff.smtp.offer import Mail
from sendoff.smtp.trust import Encryption, Trust

MINUTE = 60.0
# RFC 5321 4.5.3.2, in seconds. It names no limit for EHLO and AUTH; five minutes is its usual one.
LIMITS: dict[Ask, float] = {ask: 5 * MINUTE for ask in Ask} | {
    Ask.DATA: 2 * MINUTE,
    Ask.DOT: 10 * MINUTE,
}
BLOCK_LIMIT = 3 * MINUTE  # for each block of content that the server does not read
BLOCK_BYTES = 64 * 1024  # most letters are one block
HANDSHAKE_LIMIT = 60.0  # TLS; no standard names one
GOODBYE_LIMIT = 1.0

Block = tuple[bytes | memoryview, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What holds for every session of a driver. `time_factor` scales all limits, for tests."""

    trust: Trust
    verify: bool = False  # end the handshake where the certificate does not prove the host's name
    tlsa: tuple[str, ...] = ()  # end the line where the certificate matches none of these (DANE)
    names: tuple[str, ...] = ()  # further names a certificate under a DANE anchor may be for
    time_factor: float = 1.0


class TlsFailed(Exception):
    """The handshake broke off; the message is the reason. A new line is needed to go on.

    `line`: the line broke or fell silent; else the other side, or we, would not have it.
    `result`: what kind of failure it is, in the words of RFC 8460 4.3.
    """

    def __init__(self, why: str, line: bool, result: str = "validation-failure") -> None:
        super().__init__(why)
        self.line = line
        self.result = result


class Session(asyncio.Protocol):
    """Open with `opened()`, then `send()` one message at a time. `usable` ends at False."""

    def __init__(self, manners: Manners, terms: Terms, host: str) -> None:
        self._loop = asyncio.get_running_loop()
        self.client = Client(manners, self._loop.time())
        self.encryption = Encryption(why_not=self.client.tls_why_not)
        self._terms = terms
        self._host = host
        self._implicit = manners.tls == "implicit"
        self._transport: asyncio.Transport | None = None
        self._waiter: asyncio.Future[events.Event] | None = None
        self._told: events.Event | None = None
        self._gone: asyncio.Future[None] = self._loop.create_future()
        self._deadline = 0.0
        self._alarm: asyncio.TimerHandle | None = None
        self._limited: Ask | None = None  # what the deadline is for
        self._before_dot: Callable[[], None] = _nobody
        self._following: Mail | None = None  # what is announced with the dot of the one before it
        self._announced: Mail | None = None  # and then nobody may send anything else here
        self._error: BaseException | None = None  # of `before_dot`, where nobody waits yet
        self._rest: deque[Block] = deque()  # content not yet written, the final dot in the last
        self._full = False  # what was written waits for a server that does not read
        self.alerted = False  # TLS itself ended the line

    @property
    def usable(self) -> bool:
        """Whether another message may be offered here."""
        return self.client.usable and not self._gone.done()

    @property
    def source_ip(self) -> str:
        """The address the line really comes from."""
        name = self._transport.get_extra_info("sockname") if self._transport else None
        return str(name[0]) if name else ""

    async def opened(self) -> Outcome | None:
        """Wait until a message may be offered; None, or the outcome that every message gets.

        Raises TlsFailed where encryption broke off and clear text was never ruled out.
        """
        if self._implicit:
            await self._encrypt()
        while True:
            event = await self._event()
            if isinstance(event, events.Upgrade):
                await self._encrypt()
            elif isinstance(event, events.Failed):
                self._hang_up()
                return event.outcome
            else:
                if not self.encryption.version:
                    self.encryption = Encryption(why_not=self.client.tls_why_not)
                return None

    async def send(
        self, mail: Mail, before_dot: Callable[[], None], following: Mail | None = None
    ) -> Outcome:
        """Offer one message. `before_dot` runs right before the block with the dot is written.

        With that block goes the envelope of `following`, where the server pipelines. After it only
        that very message can be sent here: the server may be waiting for its content already.
        """
        self._before_dot, self._following = before_dot, following
        if self._announced is mail and (self.client.usable or self._told):
            self._announced = None
            self._write_content()
        else:
            if self._announced:
                self._hang_up()
            self._act(self.client.offer(mail.sender, mail.recipient, mail.data, self._loop.time()))
        try:
            event = await self._event()
        finally:
            self._before_dot = _nobody  # who was told knows this session: a ring for ever else
            self._following = None
        if not self.client.usable:
            self._hang_up()
        return cast(events.Settled, event).outcome

    async def close(self) -> None:
        """Say QUIT and wait at most a second for the end of the line. Never raises."""
        if self._transport and not self._gone.done():
            if self.client.idle:
                self._transport.write(b"QUIT\r\n")
                await asyncio.wait((self._gone,), timeout=GOODBYE_LIMIT * self._terms.time_factor)
            self._hang_up()

    # What the loop tells us

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        if self._implicit:
            self._transport.pause_reading()  # nothing that comes before the handshake is heard
        self._set_limit()

    def data_received(self, data: bytes) -> None:
        if not self._gone.done():
            self._act(self.client.receive(data, self._loop.time()))
            if self.client.idle and not self.client.usable:
                self._hang_up()  # it talks to itself, perhaps without end

    def connection_lost(self, exc: Exception | None) -> None:
        self.alerted = isinstance(exc, ssl.SSLError) and not isinstance(exc, ssl.SSLEOFError)
        if self._alarm:
            self._alarm.cancel()
            self._alarm = None
        why = f"The line broke: {_reason(exc)}." if exc else ""
        self._act(self._end(why))
        if not self._gone.done():
            self._gone.set_result(None)

    def pause_writing(self) -> None:
        self._full = True

    def resume_writing(self) -> None:
        self._full = False
        self._write_block()

    # Inside

    async def _event(self) -> events.Event:
        """The next thing that needs a decision. One future at a time: there is one caller."""
        if self._error:
            error, self._error = self._error, None
            raise error
        if self._told is not None:
            event, self._told = self._told, None
            return event
        self._waiter = self._loop.create_future()
        try:
            return await self._waiter
        except asyncio.CancelledError:
            self._hang_up()  # half a dialogue can not be taken up again
            raise
        finally:
            self._waiter = None

    def _act(self, happened: list[events.Event]) -> None:
        for event in happened:
            if isinstance(event, events.Write):
                if self._transport and not self._transport.is_closing():
                    self._transport.write(event.data)
            elif isinstance(event, events.GoAhead):
                self._write_content()
            elif self._waiter and not self._waiter.done():
                self._waiter.set_result(event)
            else:
                self._told = event
        self._set_limit()

    def _write_content(self) -> None:
        """At once: the task that waits for the end of the attempt need not wake up for it. What was
        only announced waits until it is sent."""
        if (
            self._announced is None
            and self.client.go
            and self._transport
            and not self._transport.is_closing()
        ):
            self._rest = _blocks(self.client.content(self._loop.time()))
            self._write_block()

    def _write_block(self) -> None:
        """The next block, as soon as the server has read; the dot goes with the last."""
        if self._full or not self._rest or self.client.waiting_for is not Ask.DOT:
            return
        block = self._rest.popleft()
        if not self._rest and not self._may_end():
            return
        self.client.hold_dot(bool(self._rest))
        self._put(block)
        self._limited = None  # RFC 5321 4.5.3.2.5: each block has its own limit
        self._set_limit()
        if self._rest:
            self._loop.call_soon(self._write_block)
        else:
            drill.point("after-dot")

    def _put(self, block: Block) -> None:
        transport, following = cast(asyncio.Transport, self._transport), self._following
        if self._rest or following is None:
            transport.writelines(block)
            return
        now = self._loop.time()
        envelope = self.client.announce(following.sender, following.recipient, following.data, now)
        self._announced = following if envelope else None
        transport.writelines((*block, envelope))

    def _may_end(self) -> bool:
        """Tell the caller that the dot is next; an error of theirs ends the line and passes on."""
        try:
            self._before_dot()
        except BaseException as error:  # noqa: BLE001 - whoever waits for the end gets it
            self._hang_up()  # after a 354 there is no way out but to close the line
            if self._waiter and not self._waiter.done():
                self._waiter.set_exception(error)
            else:
                self._error = error
            return False
        return True

    async def _encrypt(self) -> None:
        """The TLS handshake; what was learnt in clear text is asked again afterwards."""
        context = self._terms.trust.context(self._terms.verify)
        began = self._loop.time()
        try:
            transport = await self._loop.start_tls(
                cast(asyncio.Transport, self._transport),
                self,
                context,
                server_hostname=self._host,
                ssl_handshake_timeout=HANDSHAKE_LIMIT * self._terms.time_factor,
            )
        except (ConnectionError, TimeoutError, EOFError) as error:
            said = _reason(error) if str(error) else "the server closed the line"
            raise TlsFailed(self._note_handshake(began, said), line=True) from None
        except (OSError, ValueError) as error:  # OSError: TLS errors too
            broke = isinstance(error, ssl.SSLEOFError)
            said, kind = self._note_handshake(began, _reason(error)), trust.result_of(error)
            raise TlsFailed(said, line=broke, result=kind) from None
        if transport is None:
            said = self._note_handshake(began, "the line broke during the handshake")
            raise TlsFailed(said, line=True)
        drill.point("tls")
        self._transport = transport
        line: ssl.SSLObject = transport.get_extra_info("ssl_object")
        self.encryption = self._examined(line)
        got = f"TLS {self.encryption.version} {self.encryption.cipher}"
        worth = "verified" if self.encryption.verified else self.encryption.why_not
        self._note_handshake(began, f"{got}, {worth}")
        if self.encryption.why_not and dane.usable(self._terms.tlsa):
            raise TlsFailed(self.encryption.why_not, line=False, result=self.encryption.result)
        if self._implicit:
            self.client.wrapped()
        else:
            self._act(self.client.secured(self._loop.time()))

    def _examined(self, line: ssl.SSLObject) -> Encryption:
        """What the line is worth: by TLSA where DNSSEC vouches for some, else by the roots."""
        found = self._terms.trust.examine(line, self._host)
        if not self._terms.tlsa:
            return found
        why_not = "None of the host's TLSA records can be used."
        if records := dane.usable(self._terms.tlsa):
            why_not = dane.why_not(trust.chain(line), records, (self._host, *self._terms.names))
        kind = "validation-failure" if why_not else ""
        return replace(found, verified=not why_not, why_not=why_not, result=kind)

    def _note_handshake(self, began: float, said: str) -> str:
        ms = round((self._loop.time() - began) * 1000, 1)
        step = Evidence(stage="tls", ms=ms, command="(TLS handshake)", reply=said)
        self.client.steps.append(step)
        return said

    def _set_limit(self) -> None:
        """Move the deadline where something new is awaited: bytes that make no reply move nothing.

        The timer is only touched when it would ring too late.
        """
        ask = self.client.waiting_for
        if ask is None or self._transport is None:
            self._deadline, self._limited = 0.0, None
            return
        if ask is self._limited:
            return
        self._limited = ask
        limit = BLOCK_LIMIT if self._rest else LIMITS[ask]
        self._deadline = self._loop.time() + limit * self._terms.time_factor
        if self._alarm and self._alarm.when() <= self._deadline:
            return
        if self._alarm:
            self._alarm.cancel()
        self._alarm = self._loop.call_at(self._deadline, self._ring)

    def _ring(self) -> None:
        self._alarm = None
        if not self._deadline or self._gone.done():
            return
        if self._loop.time() < self._deadline:
            self._alarm = self._loop.call_at(self._deadline, self._ring)
            return
        self._act(self._end("The server did not answer in time."))
        self._hang_up()

    def _end(self, why: str) -> list[events.Event]:
        now = self._loop.time()
        return self.client.closed(now, why) if why else self.client.closed(now)

    def _hang_up(self) -> None:
        self.client.usable = False
        if self._transport:
            self._transport.abort()


def _blocks(pieces: Block) -> deque[Block]:
    """Content in blocks of at most BLOCK_BYTES; as it came where it is no more than one."""
    if sum(map(len, pieces)) <= BLOCK_BYTES:
        return deque((pieces,))
    whole = memoryview(b"".join(pieces))
    return deque((whole[n : n + BLOCK_BYTES],) for n in range(0, len(whole), BLOCK_BYTES))


def _nobody() -> None:
    """Nobody waits to hear of a final dot."""


def _reason(error: Any) -> str:
    text = getattr(error, "verify_message", "") or getattr(error, "reason", "") or str(error)
    return " ".join(str(text).split()) or type(error).__name__
