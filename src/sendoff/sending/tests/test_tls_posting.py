"""A TLS report is posted to the URL that a domain's record names, within limits."""

import asyncio
import gzip
import json
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import trustme

from sendoff.lib.config import Config
from sendoff.mail.stages import Kind
from sendoff.sending import tls_posting
from sendoff.smtp.route import Resolver
from sendoff.smtp.tests import nameserver

REPORT = {"report-id": "5065427c", "policies": []}


@asynccontextmanager
async def receiver(answer: bytes) -> AsyncIterator[tuple[int, list[bytes]]]:
    """A port on 127.0.0.1 with a certificate that nobody trusts, and what was posted to it."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    trustme.CA().issue_cert("elsewhere.test").configure_cert(context)
    heard: list[bytes] = []

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
        heard.append(head + await reader.readexactly(length))
        writer.write(answer)
        writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0, ssl=context)
    async with server:
        yield server.sockets[0].getsockname()[1], heard


async def posted(url: str, *, private: bool = True) -> tuple[Kind, str]:
    async with nameserver.serving({"in.test": {"A": ["127.0.0.1"]}}) as names:
        config = Config(resolver=names.address, ALLOW_PRIVATE_TARGETS=private)
        outcome = await tls_posting.post(
            config, Resolver(names.address, allow_private=private), url, REPORT
        )
    return outcome.kind, outcome.reply


async def test_a_report_is_posted_packed_whatever_the_certificate_proves() -> None:
    async with receiver(b"HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n") as (port, heard):
        assert await posted(f"https://in.test:{port}/tls?v=1") == (Kind.ACCEPTED, "201 Created")
    head, _, body = heard[0].partition(b"\r\n\r\n")
    assert head.startswith(b"POST /tls?v=1 HTTP/1.1\r\nHost: in.test\r\n")
    assert b"Content-Type: application/tlsrpt+gzip" in head
    assert json.loads(gzip.decompress(body)) == REPORT


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        ("404 Not Found", Kind.REFUSED),
        ("429 Too Many Requests", Kind.DEFERRED),
        ("503 Busy", Kind.DEFERRED),
        ("302 Found\r\nLocation: https://127.0.0.1/", Kind.DEFERRED),
    ],
)
async def test_an_answer_says_whether_it_is_tried_again(status: str, kind: Kind) -> None:
    async with receiver(f"HTTP/1.1 {status}\r\n\r\n".encode()) as (port, heard):
        assert (await posted(f"https://in.test:{port}/"))[0] is kind
    assert len(heard) == 1


async def test_without_leave_no_private_host_and_no_other_port_is_asked() -> None:
    async with receiver(b"HTTP/1.1 200 OK\r\n\r\n") as (port, heard):
        assert (await posted(f"https://in.test:{port}/", private=False))[0] is Kind.REFUSED
        kind, said = await posted("https://in.test/", private=False)
    assert (kind, heard) == (Kind.DEFERRED, [])
    assert "no address that may be asked" in said


async def test_nobody_there_puts_it_off() -> None:
    assert (await posted("https://in.test:9/"))[0] is Kind.DEFERRED
