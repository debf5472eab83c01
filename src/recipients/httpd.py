"""A small HTTP/1.1 server on asyncio for one handler. One request a connection; no framework.

It is for loopback: no TLS, no sessions, bodies of at most 4 MB.
"""

import asyncio
import contextlib
import urllib.parse
from collections.abc import Callable
from dataclasses import dataclass, field
from http import HTTPStatus

MAX_HEAD = 16 * 1024
MAX_BODY = 4 * 1024 * 1024
PATIENCE_S = 15.0
CONTENT_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src http: https: data:; frame-src 'self'"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One request: `path` is as it stood, still percent-encoded, without the query."""

    method: str
    path: str
    query: dict[str, str] = field(default_factory=dict)
    body: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """What goes back."""

    body: bytes
    status: int = 200
    content_type: str = "application/json"


Handler = Callable[[Request], Response]


async def serve(handler: Handler, host: str, port: int) -> asyncio.Server:
    """Listen until the server is closed."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(TimeoutError, ConnectionError, asyncio.IncompleteReadError):
            async with asyncio.timeout(PATIENCE_S):
                request = await _read(reader)
                response = handler(request) if isinstance(request, Request) else request
                writer.write(_wire(response))
                await writer.drain()
        writer.close()

    return await asyncio.start_server(talk, host, port, limit=MAX_HEAD)


async def _read(reader: asyncio.StreamReader) -> Request | Response:
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        first, *lines = head.split("\r\n")
        method, target, _ = first.split(" ")
        fields = {k.strip().lower(): v.strip() for k, _, v in (x.partition(":") for x in lines)}
        size = int(fields.get("content-length", "0"))
        parts = urllib.parse.urlsplit(target)
    except (ValueError, asyncio.LimitOverrunError):
        return Response(status=400, body=b'{"error": "This is no HTTP request."}\n')
    if not 0 <= size <= MAX_BODY:
        return Response(status=413, body=b'{"error": "The body may have 4 MB."}\n')
    body = await reader.readexactly(size)
    query = dict(urllib.parse.parse_qsl(parts.query))
    return Request(method=method, path=parts.path, query=query, body=body)


def _wire(response: Response) -> bytes:
    head = (
        f"HTTP/1.1 {response.status} {HTTPStatus(response.status).phrase}\r\n"
        f"Content-Type: {response.content_type}\r\nContent-Length: {len(response.body)}\r\n"
        f"Content-Security-Policy: {CONTENT_POLICY}\r\nX-Content-Type-Options: nosniff\r\n"
        "Referrer-Policy: no-referrer\r\nCache-Control: no-store\r\nConnection: close\r\n\r\n"
    )
    return head.encode("latin-1") + response.body
