"""Take mail as fast as it comes and keep only its Message-ID; never checks, files or reads it.

One ledger line `message-id TAB recipient` is with the operating system before its 250 is written.
"""

import asyncio
import re
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

MESSAGE_ID = re.compile(rb"\r\nmessage-id:[ \t\r\n]*([^\r\n]*)", re.IGNORECASE)
ADDRESS = re.compile(rb"<([^>]*)>")
END = b"\r\n.\r\n"
MAX_LINE = 4096  # RFC 5321 4.5.3.1.4: 512; room for long parameters
MAX_MESSAGE = 64 * 1024 * 1024

OK = b"250 2.0.0 Ok\r\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sink:
    """What all connections of a sink share."""

    record: Callable[[bytes, list[bytes], int], None]  # message-id, recipients, bytes
    saw_mail: Callable[[bytes], None] | None = None  # a MAIL command, as soon as it is read
    delay_s: float = 0.0  # before the reply to the final dot
    tls: ssl.SSLContext | None = None
    host: bytes = b"sink.test"


class SinkProtocol(asyncio.Protocol):
    """One connection. Commands may come in any grouping (RFC 2920)."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self._transport: Any = None
        self._buffer = bytearray()
        self._replies: list[bytes] = []
        self._in_data = False
        self._scanned = 0
        self._held = False  # a reply is being delayed or TLS begins: read on later
        self._secure = False
        self._has_sender = False
        self._recipients: list[bytes] = []
        self._verbs: dict[bytes, Callable[[bytes], bytes]] = {
            b"EHLO": self._ehlo,
            b"HELO": lambda line: b"250 " + sink.host + b"\r\n",
            b"MAIL": self._mail,
            b"RCPT": self._rcpt,
            b"DATA": self._data,
            b"RSET": self._rset,
            b"NOOP": lambda line: OK,
            b"STAR": self._starttls,
            b"QUIT": lambda line: b"221 2.0.0 Bye\r\n",
        }

    def connection_made(self, transport: Any) -> None:
        self._transport = transport
        if not self._secure:
            transport.write(b"220 " + self._sink.host + b" ESMTP sink\r\n")

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        self._read()

    def _read(self) -> None:
        buffer = self._buffer
        while not self._held and (self._message() if self._in_data else self._command()):
            pass
        if len(buffer) > (MAX_MESSAGE if self._in_data else MAX_LINE) and not self._held:
            self._replies.append(b"421 4.3.0 Too long, closing\r\n")
            self._flush()
            self._transport.close()
        self._flush()

    def _flush(self) -> None:
        if self._replies:
            self._transport.write(b"".join(self._replies))
            self._replies.clear()

    def _command(self) -> bool:
        end = self._buffer.find(b"\n")
        if end < 0:
            return False
        line = bytes(self._buffer[:end]).rstrip(b"\r")
        del self._buffer[: end + 1]
        verb = line[:4].upper()
        answer = self._verbs.get(verb, _unknown)(line)
        self._replies.append(answer)
        if verb == b"QUIT":
            self._flush()
            self._transport.close()
            return False
        return True

    def _message(self) -> bool:
        buffer = self._buffer
        if buffer.endswith(END):
            # A client has to wait for 354 before any content (RFC 2920 3.1), so the last one is
            # the only one; looking through 25 kB for it costs as much as all the rest.
            end = len(buffer) - len(END)
        else:
            end = buffer.find(END, max(0, self._scanned - len(END)))
        if end < 0:
            self._scanned = len(buffer)
            return False
        head = buffer.find(b"\r\n\r\n", 0, end)
        found = MESSAGE_ID.search(buffer, 0, end if head < 0 else head)
        message_id = bytes(found[1]).strip() if found else b""
        self._sink.record(message_id, self._recipients, end)
        del buffer[: end + len(END)]
        self._in_data = False
        self._rset(b"")
        if self._sink.delay_s:
            self._flush()
            self._held = True
            asyncio.get_running_loop().call_later(self._sink.delay_s, self._late_reply)
        else:
            self._replies.append(OK)
        return True

    def _late_reply(self) -> None:
        self._held = False
        if not self._transport.is_closing():
            self._replies.append(OK)
            self._read()

    def _ehlo(self, line: bytes) -> bytes:
        self._rset(line)
        offers = [b"250-" + self._sink.host, b"250-PIPELINING", b"250-8BITMIME"]
        if self._sink.tls and not self._secure:
            offers.append(b"250-STARTTLS")
        return b"\r\n".join((*offers, b"250 ENHANCEDSTATUSCODES\r\n"))

    def _mail(self, line: bytes) -> bytes:
        if self._sink.saw_mail:
            self._sink.saw_mail(line)
        if self._has_sender:
            return b"503 5.5.1 One MAIL at a time\r\n"
        self._has_sender = True
        return b"250 2.1.0 Ok\r\n"

    def _rcpt(self, line: bytes) -> bytes:
        found = ADDRESS.search(line)
        if not self._has_sender or not found:
            return b"503 5.5.1 MAIL first, then RCPT TO:<address>\r\n"
        self._recipients.append(found[1])
        return b"250 2.1.5 Ok\r\n"

    def _data(self, line: bytes) -> bytes:
        if not self._recipients:
            return b"503 5.5.1 RCPT first\r\n"
        self._in_data = True
        self._scanned = 0
        # So that an empty message, or a head that begins with Message-ID, is found like any other.
        self._buffer[:0] = b"\r\n"
        return b"354 End data with <CR><LF>.<CR><LF>\r\n"

    def _rset(self, line: bytes) -> bytes:
        self._has_sender = False
        self._recipients = []
        return OK

    def _starttls(self, line: bytes) -> bytes:
        if not self._sink.tls or self._secure:
            return b"454 4.7.0 TLS not available\r\n"
        self._held = True
        self._buffer.clear()  # RFC 3207 6: nothing said in the clear may count afterwards
        self._handshake = asyncio.get_running_loop().create_task(self._secured())
        return b"220 2.0.0 Ready to start TLS\r\n"

    async def _secured(self) -> None:
        loop = asyncio.get_running_loop()
        self._secure = True
        tls = self._sink.tls
        if tls is None:
            return
        try:
            transport = await loop.start_tls(self._transport, self, tls, server_side=True)
        except (OSError, ssl.SSLError):
            self._transport.abort()
            return
        self._transport = transport
        self._held = False
        self._rset(b"")
        self._read()


def _unknown(line: bytes) -> bytes:
    return b"500 5.5.2 Command not recognised\r\n"
