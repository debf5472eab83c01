"""A web client that keeps its connections, and an application that does nothing, to compare with.

The server loads the application in a process of its own: nothing here may import Django.
"""

import socket
import time
from collections.abc import Sequence
from wsgiref.types import StartResponse, WSGIEnvironment

CONNECTIONS = 16
_TIMEOUT_S = 10.0
_HEADERS = (
    "Host: links.shop.test\r\n"
    "User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0\r\n"
    "Accept: image/avif,image/webp,*/*\r\n"
    "Accept-Language: en-GB,en;q=0.5\r\n"
    "Accept-Encoding: gzip, deflate\r\n"
    "Connection: keep-alive\r\n\r\n"
)


def empty(environ: WSGIEnvironment, start_response: StartResponse) -> list[bytes]:
    """Answer anything with nothing."""
    start_response("200 OK", [("Content-Length", "0")])
    return [b""]


class Client:
    """Asks a server on loopback over a few connections at once. Use it in a `with`."""

    def __init__(self, port: int) -> None:
        place = ("127.0.0.1", port)
        self._lines = [socket.create_connection(place, _TIMEOUT_S) for _ in range(CONNECTIONS)]
        for line in self._lines:
            line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def __enter__(self) -> "Client":
        return self

    def __exit__(self, *why: object) -> None:
        for line in self._lines:
            line.close()

    def ask(self, paths: Sequence[str]) -> int:
        """GET them all; how many were answered with success or a redirect."""
        starts = range(0, len(paths), CONNECTIONS)
        return sum(self._ask_together(paths[start : start + CONNECTIONS]) for start in starts)

    def _ask_together(self, paths: Sequence[str]) -> int:
        lines = self._lines[: len(paths)]
        for line, path in zip(lines, paths, strict=True):
            line.sendall(f"GET {path} HTTP/1.1\r\n{_HEADERS}".encode())
        return sum(_answer(line)[9:10] in (b"2", b"3") for line in lines)


def wait_for(port: int, within_s: float) -> bool:
    """Whether somebody listens there in time."""
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), _TIMEOUT_S).close()
        except OSError:
            time.sleep(0.05)
        else:
            return True
    return False


def _answer(line: socket.socket) -> bytes:
    """One whole answer, which says its length; ConnectionError where it is cut short."""
    said = b""
    while not _whole(said):
        part = line.recv(65_536)
        if not part:
            raise ConnectionError("the server hung up in the middle of an answer")
        said += part
    return said


def _whole(said: bytes) -> bool:
    head, blank, body = said.partition(b"\r\n\r\n")
    _, _, after = head.lower().partition(b"content-length:")
    return bool(blank) and len(body) >= int(after.partition(b"\r\n")[0] or 0)
