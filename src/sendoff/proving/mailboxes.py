"""Ask a mail server whether it takes mail to addresses. It offers no message, and no password."""

import asyncio
import os
from collections.abc import Sequence

from sendoff.proving.facts import Heard
from sendoff.smtp.lines import Flood, ReplyCutter

_READ = 4096


async def ask(place: tuple[str, str, int], helo: str, addresses: Sequence[str]) -> dict[str, Heard]:
    """What the server at (host name, address, port) answers to RCPT TO for each address.

    Where the line cannot be had, or breaks, every address left is answered by code 0 and why.
    """
    host, address, port = place
    try:
        reader, writer = await asyncio.open_connection(address, port)
    except OSError as error:
        return _nothing(host, addresses, _said(error))
    try:
        return await _talk(_Line(reader, writer), host, helo, addresses)
    except (OSError, EOFError, Flood) as error:
        return _nothing(host, addresses, _said(error))
    finally:
        writer.transport.abort()


async def _talk(line: "_Line", host: str, helo: str, addresses: Sequence[str]) -> dict[str, Heard]:
    heard: dict[str, Heard] = {}
    for words in (None, f"EHLO {helo}", "MAIL FROM:<>"):
        code, said = await line.say(words)
        if code >= 300:
            return {
                each: Heard(host=host, code=0, said=f"{host} says {said}") for each in addresses
            }
    for address in addresses:
        code, said = await line.say(f"RCPT TO:<{address}>")
        heard[address] = Heard(host=host, code=code, said=said)
    line.write("QUIT")
    return heard


class _Line:
    """Commands out, whole replies in."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer
        self._cutter = ReplyCutter()
        self._replies: list[list[bytes]] = []

    def write(self, words: str) -> None:
        self._writer.write(words.encode("ascii", "replace") + b"\r\n")

    async def say(self, words: str | None) -> tuple[int, str]:
        """Say something, or only listen; the code and the words of the reply."""
        if words is not None:
            self.write(words)
        while not self._replies:
            block = await self._reader.read(_READ)
            if not block:
                raise EOFError("the server hung up")
            self._replies += self._cutter.feed(block)
        last = self._replies.pop(0)[-1].decode("utf-8", "replace")
        code = int(last[:3]) if last[:3].isdigit() else 0
        return code, "".join(c for c in last if c.isprintable())[:300]


def _nothing(host: str, addresses: Sequence[str], why: str) -> dict[str, Heard]:
    said = f"{host} gives no answer: {why}."
    return {each: Heard(host=host, code=0, said=said) for each in addresses}


def _said(error: Exception) -> str:
    number = getattr(error, "errno", None)
    reason = os.strerror(number) if number else str(error)
    return " ".join(str(reason).split())[:200] or type(error).__name__
