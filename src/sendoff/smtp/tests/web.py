"""A pretend web server for MTA-STS policies: it answers everything with what a row says."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

FLOOD = b"x" * 65_536


@asynccontextmanager
async def serving(says: str, policy: str, context: ssl.SSLContext | None) -> AsyncIterator[int]:
    """The port on 127.0.0.1. `says`: "" serves the policy; a number is a status; html, flood,
    drip, silent, cut and garbage are what they are called."""
    talks: set[asyncio.Task[None]] = set()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        talks.add(task)
        with suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            await reader.readuntil(b"\r\n\r\n")
            await _answer(writer, says, policy)
        talks.discard(task)
        writer.transport.abort() if says == "flood" else writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0, ssl=context)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for task in list(talks):
            task.cancel()
        await asyncio.gather(*talks, return_exceptions=True)


async def _answer(writer: asyncio.StreamWriter, says: str, policy: str) -> None:
    if says == "cut":
        return
    if says == "silent":
        await asyncio.sleep(60)
    kind = "text/html" if says == "html" else "text/plain"
    status = f"{says} No" if says.isdigit() else "200 OK"
    head = f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nLocation: https://good.test/\r\n\r\n"
    writer.write(b"\x00\xff\r\n\r\n" if says == "garbage" else head.encode())
    writer.write(policy.replace("\n", "\r\n").encode())
    while says in ("flood", "drip"):
        writer.write(FLOOD if says == "flood" else b"x")
        await writer.drain()
        await asyncio.sleep(0 if says == "flood" else 0.2)
    await writer.drain()
