"""Fetch or post one small thing over HTTPS, with every limit kept. It follows and keeps nothing."""

import asyncio
import http.client
import io
import ssl
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from email.utils import parsedate_to_datetime

from sendoff.lib import clock

MAX_BYTES = 64 * 1024  # RFC 8461 3.3
BODY_BYTES = 2048  # read of the answer to a post
PATIENCE_S = 30.0  # for all of it; RFC 8461 3.3 suggests a minute


class FetchError(Exception):
    """There is no text; the message says why. `by_tls`: the certificate proves nothing."""

    def __init__(self, why: str, by_tls: bool = False) -> None:
        super().__init__(why)
        self.by_tls = by_tls


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What an address answered: the status, the begin of the body, and how long it asks us to
    wait until the next request, in seconds (RFC 9110 10.2.3), where it says so."""

    status: int
    body: bytes
    retry_after_s: int | None = None


async def text(
    url: tuple[str, int, str],
    addresses: Sequence[str],
    context: ssl.SSLContext,
    patience_s: float = PATIENCE_S,
) -> str:
    """The text/plain body at (host, port, path), asked of the first address. FetchError else."""
    host, _, path = url
    ask = f"GET {path} HTTP/1.1\r\nHost: {host}\r\nAccept: text/plain\r\nConnection: close\r\n\r\n"
    return _body(await _answer(url, addresses, context, ask.encode("ascii"), patience_s))


async def post(
    url: tuple[str, int, str],
    addresses: Sequence[str],
    context: ssl.SSLContext,
    body: bytes,
    kind: str,
) -> str:
    """Post a body of a media type; the first line of the answer, of any status. FetchError else."""
    host, _, path = url
    head = (
        f"POST {path} HTTP/1.1\r\nHost: {host}\r\nContent-Type: {kind}\r\n"
        f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    )
    raw = await _answer(url, addresses, context, head.encode("ascii") + body, PATIENCE_S)
    response = _begun(raw)
    return f"{response.status} {response.reason}".strip()


async def fetch(
    url: tuple[str, int, str],
    address: str,
    context: ssl.SSLContext | None,
    fields: Mapping[str, str],
    body: bytes | None = None,
    *,
    most: int,
) -> Answer:
    """The whole answer of this very address, of any status; with a body it is posted.

    FetchError where there is none, it is longer than `most` bytes, or time is up.
    """
    host, port, path = url
    told = {"Host": _authority(host, port, context), **fields, "Connection": "close"}
    if body is not None:
        told["Content-Length"] = str(len(body))
    lines = [f"{'GET' if body is None else 'POST'} {path} HTTP/1.1"]
    lines += [f"{name}: {value}" for name, value in told.items()]
    wire = "\r\n".join([*lines, "", ""]).encode("ascii") + (body or b"")
    try:
        async with asyncio.timeout(PATIENCE_S):
            raw = await _asked(url, address, context, wire, most + MAX_BYTES)
    except ssl.SSLCertVerificationError as error:
        raise FetchError(f"its certificate proves nothing: {error.verify_message}", True) from None
    except (OSError, EOFError) as error:  # TimeoutError is one
        said = " ".join(str(error).split()) or "none in time"
        raise FetchError(f"no answer: {said}") from None
    response = _begun(raw)
    try:
        got = response.read(most + 1)
    except (http.client.HTTPException, OSError, ValueError) as error:
        raise FetchError(f"its answer is no HTTP: {type(error).__name__}") from None
    if len(got) > most:
        raise FetchError(f"it answers with more than {most:,} bytes")
    return Answer(status=response.status, body=got)


async def _answer(
    url: tuple[str, int, str],
    addresses: Sequence[str],
    context: ssl.SSLContext,
    ask: bytes,
    patience_s: float,
) -> bytes:
    """Everything the first address answers. FetchError where there is none, or it says too much."""
    if not addresses:
        raise FetchError(f"{url[0]} has no address that may be asked")
    try:
        async with asyncio.timeout(patience_s):
            return await _asked(url, addresses[0], context, ask)
    except ssl.SSLCertVerificationError as error:
        raise FetchError(f"its certificate proves nothing: {error.verify_message}", True) from None
    except (OSError, EOFError, asyncio.IncompleteReadError) as error:  # TimeoutError is one
        said = " ".join(str(error).split()) or type(error).__name__
        raise FetchError(f"no answer: {said}") from None


async def _asked(
    url: tuple[str, int, str],
    address: str,
    context: ssl.SSLContext | None,
    ask: bytes,
    most: int = 2 * MAX_BYTES,
) -> bytes:
    host, port, _ = url
    name = host if context else None
    reader, writer = await asyncio.open_connection(address, port, ssl=context, server_hostname=name)
    try:
        writer.write(ask)
        raw = bytearray()
        while block := await reader.read(MAX_BYTES):
            raw += block
            if len(raw) > most:
                raise FetchError(f"it answers with more than {most:,} bytes")
        return bytes(raw)
    finally:
        writer.transport.abort()


async def exchange(
    url: tuple[str, int, str],
    address: str,
    context: ssl.SSLContext | None,
    fields: Mapping[str, str],
    body: bytes,
    *,
    patience_s: float = PATIENCE_S,
) -> Answer:
    """Post a body to this very address; without a context in clear. FetchError without a status.

    Of the answer's body BODY_BYTES are read; one that drips is left when time is up.
    """
    host, port, path = url
    told = {"Host": _authority(host, port, context), **fields, "Content-Length": str(len(body))}
    lines = [f"POST {path} HTTP/1.1", *(f"{k}: {v}" for k, v in told.items()), "Connection: close"]
    ask = "\r\n".join([*lines, "", ""]).encode("ascii") + body
    raw = bytearray()
    try:
        async with asyncio.timeout(patience_s):
            await _some((host, port, path), address, context, ask, raw)
    except ssl.SSLCertVerificationError as error:
        raise FetchError(f"its certificate proves nothing: {error.verify_message}", True) from None
    except (OSError, EOFError) as error:  # TimeoutError is one
        if b"\r\n\r\n" not in raw:
            late = f"none within {patience_s:g} seconds" if isinstance(error, TimeoutError) else ""
            said = late or " ".join(str(error).split()) or type(error).__name__
            raise FetchError(f"no answer: {said}") from None
    response = _begun(bytes(raw))
    return Answer(
        status=response.status,
        body=bytes(raw).partition(b"\r\n\r\n")[2][:BODY_BYTES],
        retry_after_s=_seconds(response.headers.get("Retry-After", "")),
    )


def _seconds(retry_after: str) -> int | None:
    """A number of seconds, or the time until a date; None for what is neither."""
    said = retry_after.strip()
    if said.isascii() and said.isdigit():
        return int(said[:9])
    try:
        until_ms = clock.ms(parsedate_to_datetime(said))
    except (ValueError, OverflowError):
        return None
    return max(0, round((until_ms - clock.now_ms()) / 1000))


def _authority(host: str, port: int, context: ssl.SSLContext | None) -> str:
    name = f"[{host}]" if ":" in host else host
    return name if port == (443 if context else 80) else f"{name}:{port}"


async def _some(
    url: tuple[str, int, str],
    address: str,
    context: ssl.SSLContext | None,
    ask: bytes,
    raw: bytearray,
) -> None:
    """Read the head and BODY_BYTES of the body at most into `raw`."""
    host, port, _ = url
    name = host if context else None
    reader, writer = await asyncio.open_connection(address, port, ssl=context, server_hostname=name)
    try:
        writer.write(ask)
        while block := await reader.read(4096):
            raw += block
            head, end, body = raw.partition(b"\r\n\r\n")
            if end and len(body) >= min(BODY_BYTES, _announced(bytes(head))):
                return
            if not end and len(raw) > MAX_BYTES:
                raise FetchError(f"it answers with a head of more than {MAX_BYTES} bytes")
    finally:
        writer.transport.abort()


def _announced(head: bytes) -> int:
    """The length of the body that a head tells of; what is read at most where it does not."""
    for line in head.split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        if name.strip().lower() == b"content-length" and value.strip().isdigit():
            return int(value.strip()[:18])
    return BODY_BYTES


class _Heard:
    """Bytes that were read, in the form http.client reads from."""

    def __init__(self, raw: bytes) -> None:
        self._raw = raw

    def makefile(self, mode: str) -> io.BytesIO:
        return io.BytesIO(self._raw)


def _begun(raw: bytes) -> http.client.HTTPResponse:
    """An answer of which the status and the fields were read."""
    response = http.client.HTTPResponse(_Heard(raw))  # type: ignore[arg-type]  # it only reads
    try:
        response.begin()
    except (http.client.HTTPException, OSError, ValueError) as error:
        raise FetchError(f"its answer is no HTTP: {type(error).__name__}") from None
    return response


def _body(raw: bytes) -> str:
    response = _begun(raw)
    try:
        body = response.read(MAX_BYTES + 1)
    except (http.client.HTTPException, OSError, ValueError) as error:
        raise FetchError(f"its answer is no HTTP: {type(error).__name__}") from None
    kind = response.headers.get_content_type()
    if response.status != http.client.OK:
        raise FetchError(f"it answers {response.status} and not 200")
    if kind != "text/plain":
        raise FetchError(f"it sends {kind} and not text/plain")
    if len(body) > MAX_BYTES:
        raise FetchError(f"it answers with more than {MAX_BYTES} bytes")
    return body.decode("utf-8", "replace")
