"""Quoted-printable that is its own DKIM canonical form and needs no dot-stuffing. Never guesses.

RFC 2045 6.7 with more care: tabs, blanks in a row, blanks before a line end and dots at the start
of a line are encoded, so "relaxed" (RFC 6376 3.4.4) changes nothing and SMTP adds no dots.
"""

import re
from collections.abc import Sequence
from functools import lru_cache

import msgspec

LINE = 75  # octets before the "=" of a soft line break: 76 in all, RFC 2045 6.7 (5)
_USUAL = 80  # characters of a value worth remembering
SOFT = b"=\r\n"
_DOT = ord(".")

_SAFE = bytes([*range(0x20, 0x7F), 0x0D, 0x0A])
_PLAIN_VALUE = re.compile(r"[A-Za-z0-9_@(/-](?:[A-Za-z0-9_@()/.,:;!?+'-]| (?! )){0,72}", re.ASCII)


class SevenBit(msgspec.Struct, frozen=True):
    """A message of ASCII lines of which none begins with a dot: SMTP need not look for either.

    `head` ends with the empty line. The two are never put together: a body is long.
    """

    head: bytes
    body: bytes

    def __len__(self) -> int:
        return len(self.head) + len(self.body)

    def __bytes__(self) -> bytes:
        return self.head + self.body


Octets = bytes | SevenBit  # of a message in wire form


def encode(text: str, column: int = 0) -> bytes:
    """Text in wire form (CRLF line ends, lines of at most 76 octets), begun at a column."""
    escaped = escape(text)
    return b"\r\n".join(
        _wrap(line, column if n == 0 else 0) for n, line in enumerate(escaped.split(b"\r\n"))
    )


def encode_value(text: str) -> bytes:
    """Text for a slot: begins at column 0 and ends with a soft line break; b"" for no text."""
    if _PLAIN_VALUE.fullmatch(text):
        return text.encode() + SOFT
    return _usual_value(text) if len(text) <= _USUAL else _value(text)


def encode_values(texts: Sequence[str]) -> list[bytes]:
    """What `encode_value` makes of each text: all at once, which costs little more than one."""
    joined = "\n".join(texts)
    if joined.count("\n") >= len(texts) or "\r" in joined:  # one has several lines
        return [encode_value(text) for text in texts]
    return [
        line + SOFT if 0 < len(line) <= LINE and line[0] != _DOT else _only_line(line)
        for line in escape(joined).split(b"\r\n")
    ]


def _only_line(line: bytes) -> bytes:
    return _wrap(line, 0) + SOFT if line else b""


def _value(text: str) -> bytes:
    encoded = encode(text)
    return encoded if not encoded or encoded.endswith(b"\r\n") else encoded + SOFT


_usual_value = lru_cache(maxsize=2048)(_value)  # names and cities come again and again


def escape(text: str) -> bytes:
    """Text with every unsafe octet encoded and CRLF line ends, in lines of any length."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\n", "\r\n")
    octets = text.encode("utf-8", "replace").replace(b"=", b"=3D")
    for unsafe in set(octets.translate(None, _SAFE)):
        octets = octets.replace(bytes([unsafe]), b"=%02X" % unsafe)
    while b"  " in octets:
        octets = octets.replace(b"  ", b"=20 ")
    octets = octets.replace(b" \r", b"=20\r")
    return octets[:-1] + b"=20" if octets.endswith(b" ") else octets


def column_after(encoded: bytes, column: int) -> int:
    """Where the next octet would stand."""
    at = encoded.rfind(b"\n")
    return column + len(encoded) if at < 0 else len(encoded) - at - 1


def _wrap(line: bytes, column: int) -> bytes:
    """One line, cut by soft line breaks; never inside an =XX."""
    if column + len(line) <= LINE and (column or line[:1] != b"."):
        return line
    pieces: list[bytes] = []
    start, end = 0, len(line)
    while True:
        dot = b"" if column or line[start : start + 1] != b"." else b"=2E"
        start += 1 if dot else 0
        room = LINE - column - len(dot)
        if end - start <= room:
            pieces.append(dot + line[start:])
            return b"".join(pieces)
        cut = _not_inside(line, start + max(room, 0), start)
        pieces.append(dot + line[start:cut] + SOFT)
        start, column = cut, 0


def _not_inside(line: bytes, cut: int, start: int) -> int:
    """The cut, moved before an "=XX" that it would divide."""
    escape_at = line.rfind(b"=", max(start, cut - 2), cut)
    return cut if escape_at < 0 else escape_at
