"""A pretend consumer of webhooks on loopback: it keeps what is posted, and answers as told."""

import asyncio
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nfine"
WORSE = b"HTTP/1.1 500 Sorry\r\nContent-Length: 11\r\n\r\nnot <today>"
GONE = b"HTTP/1.1 410 Gone\r\nContent-Length: 0\r\n\r\n"
FLOOD, DRIP, HANG, CUT, HEAD = b"flood", b"drip", b"hang", b"cut", b"head"


@dataclass
class Consumer:
    """`answers` are given in turn, the last one for ever; `got` has (header fields, body)."""

    answers: list[bytes] = field(default_factory=lambda: [OK])
    got: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    port: int = 0

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
            told = dict(line.split(": ", 1) for line in head[1:] if line)
            fields = {name.lower(): value for name, value in told.items()}
            body = await reader.readexactly(int(fields["content-length"]))
            self.got.append((fields | {":path": head[0].split(" ")[1]}, body))
            answer = self.answers[0] if len(self.answers) == 1 else self.answers.pop(0)
            await _give(answer, writer)
            writer.close()
            return
        writer.transport.abort()


async def _give(answer: bytes, writer: asyncio.StreamWriter) -> None:
    if answer == HANG:
        await asyncio.sleep(60)
    if answer == CUT:
        return
    if answer == HEAD:
        writer.write(b"HTTP/1.1 200 OK\r\n")
    if answer in (FLOOD, DRIP):
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
    while answer in (FLOOD, DRIP, HEAD):
        size = 1 if answer == DRIP else 65_536
        writer.write(b"x-more: " + b"x" * size + b"\r\n" if answer == HEAD else b"x" * size)
        await writer.drain()
        await asyncio.sleep(0.05 if answer == DRIP else 0)
    writer.write(answer)
    await writer.drain()


@contextmanager
def consuming(*answers: bytes, context: ssl.SSLContext | None = None) -> Iterator[Consumer]:
    """A consumer in a thread of its own, in clear unless there is a context."""
    made, loop = Consumer(list(answers) or [OK]), asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    opened = asyncio.start_server(made.talk, "127.0.0.1", 0, ssl=context)
    server = asyncio.run_coroutine_threadsafe(opened, loop).result(5)
    made.port = server.sockets[0].getsockname()[1]
    try:
        yield made
    finally:
        asyncio.run_coroutine_threadsafe(_end(server), loop).result(5)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(5)
        loop.close()


async def _end(server: asyncio.Server) -> None:
    server.close()
    await asyncio.sleep(0)
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
    await asyncio.sleep(0.01)  # what was closed is let go of
