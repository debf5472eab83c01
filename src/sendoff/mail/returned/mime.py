"""Take a mail apart into its parts with bounded work. Never raises for what the mail contains.

The `email` package is not used here: it raises for some broken mails and recurses without bound.
"""

import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from sendoff.mail.returned import charsets

MAX_BYTES = 8 * 1024 * 1024  # of a mail; what comes back says what it has to say at its beginning
MAX_PARTS = 64  # of a mail, all levels together
MAX_DEPTH = 8
MAX_HEADERS = 500  # of one part
MAX_HEADER_LINES = 5_000  # of one part
MAX_VALUE = 8 * 1024  # characters of one header
MAX_TEXT = 512 * 1024  # bytes of one part that are decoded and read

_FIELD = re.compile(rb"([!-9;-~]{1,80})[ \t]*:[ \t]*(.*)", re.DOTALL)
_PARAMETER = re.compile(r';\s*([\w!#$&.+^-]+)(\*\d{0,2}\*?)?\s*=\s*("(?:[^"\\]|\\.)*"|[^;\s]+)')
_ESCAPED = re.compile(r"\\(.)")
_NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/]+")
_ORIGINAL = ("message/rfc822", "message/global", "text/rfc822-headers", "message/global-headers",
             "message/partial", "message/rfc822-headers")  # fmt: skip


class Headers:
    """Header fields by name in small letters, values unfolded; the first of each comes first."""

    __slots__ = ("_values",)

    def __init__(self, fields: list[tuple[str, str]]) -> None:
        self._values: dict[str, list[str]] = {}
        for name, value in fields:
            self._values.setdefault(name, []).append(value)

    def get(self, name: str) -> str:
        """The first value, "" where there is none."""
        return self._values.get(name, [""])[0]

    def all(self, name: str) -> list[str]:
        """Every value."""
        return self._values.get(name, [])

    def __len__(self) -> int:
        return len(self._values)

    def __contains__(self, name: str) -> bool:
        return name in self._values


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One part of a mail. `type` is in small letters; `body` is as it came, not yet decoded."""

    headers: Headers
    type: str
    parameters: dict[str, str]
    body: bytes
    parts: tuple["Part", ...] = ()

    @property
    def is_original(self) -> bool:
        """Whether it holds the mail that this one is about, or its headers."""
        return self.type in _ORIGINAL

    @property
    def content(self) -> bytes:
        """The body with its transfer encoding undone, cut at MAX_TEXT."""
        return self._decoded(MAX_TEXT)

    @property
    def whole(self) -> bytes:
        """The same without that cut: an attachment, at most as large as the mail."""
        return self._decoded(MAX_BYTES)

    def _decoded(self, limit: int) -> bytes:
        encoding = self.headers.get("content-transfer-encoding").strip().lower()
        if encoding == "base64":
            return _from_base64(self.body[: limit * 4 // 3])
        if encoding == "quoted-printable":
            return binascii.a2b_qp(self.body[:limit])
        return self.body[:limit]

    @property
    def text(self) -> str:
        """The content as text; bytes that are none become signs for that, not errors."""
        return charsets.decoded(self.content, self.parameters.get("charset", ""))

    def walk(self) -> Iterator["Part"]:
        """This part and all below it, in order."""
        yield self
        for part in self.parts:
            yield from part.walk()


def parse(raw: bytes) -> Part:
    """A mail in its parts. Takes any bytes; reads at most MAX_BYTES of them."""
    text = raw[:MAX_BYTES].replace(b"\0", b"")
    text = text.replace(b"\r\r\n", b"\n").replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    return _part(text.lstrip(b"\n"), MAX_DEPTH, [MAX_PARTS])


def headers_of(text: bytes) -> Headers:
    """The header fields that a text begins with."""
    return _split(text)[0]


def _part(text: bytes, depth: int, left: list[int], default: str = "text/plain") -> Part:
    """One part; `left` counts down how many more a mail may have."""
    headers, body = _split(text)
    kind, parameters = content_type(headers.get("content-type"))
    kind = kind or default
    parts: tuple[Part, ...] = ()
    boundary = parameters.get("boundary", "")
    if depth and kind.startswith("multipart/") and boundary:
        inner = "message/rfc822" if kind == "multipart/digest" else "text/plain"
        pieces = _pieces(body, boundary.encode("utf-8", "replace"), left)
        parts = tuple(_part(piece, depth - 1, left, inner) for piece in pieces)
    elif depth and kind in ("message/rfc822", "message/global") and left[0] > 0:
        left[0] -= 1
        parts = (_part(body.lstrip(b"\n"), depth - 1, left),)
    return Part(headers=headers, type=kind, parameters=parameters, body=body, parts=parts)


def _pieces(body: bytes, boundary: bytes, left: list[int]) -> list[bytes]:
    """What stands between the boundary lines (RFC 2046 5.1.1); a missing last one is forgiven."""
    line = re.compile(rb"^--" + re.escape(boundary) + rb"(--)?[ \t]*$\n?", re.MULTILINE)
    pieces = []
    begin = -1
    for found in islice(line.finditer(body), MAX_PARTS + 1):
        if begin >= 0 and left[0] > 0:
            left[0] -= 1
            pieces.append(body[begin : found.start()])
        begin = found.end()
        if found[1]:
            return pieces
    if begin >= 0 and left[0] > 0 and body[begin:].strip():
        left[0] -= 1
        pieces.append(body[begin:])
    return pieces


def _split(text: bytes) -> tuple[Headers, bytes]:
    """Header fields and body. A line that is no field ends the headers, as mbox lines do not."""
    fields: list[tuple[str, str]] = []
    at = 0
    for line, end in islice(_lines(text), MAX_HEADER_LINES):
        if not line:
            return Headers(_decoded(fields)), text[end:]
        unfolded = fields and fields[-1][1].endswith(";") and b"=" in line  # as some forget to
        if fields and (line[:1] in b" \t" or (unfolded and not _FIELD.match(line))):
            name, value = fields[-1]
            if len(value) < MAX_VALUE:
                fields[-1] = (name, f"{value} {_bare(line)}")
        elif (found := _FIELD.match(line)) and len(fields) < MAX_HEADERS:
            fields.append((found[1].decode("ascii").lower(), _bare(found[2])))
        elif not (line.startswith((b"From ", b">From ")) and not fields) and not found:
            return Headers(_decoded(fields)), text[at:]
        at = end
    return Headers(_decoded(fields)), text[at:]


def _lines(text: bytes) -> Iterator[tuple[bytes, int]]:
    """Lines without their ends, and where the next one begins."""
    at = 0
    while at < len(text):
        end = text.find(b"\n", at)
        end = len(text) if end < 0 else end
        yield text[at:end], end + 1
        at = end + 1


def _bare(value: bytes) -> str:
    return charsets.decoded(value[:MAX_VALUE], "").strip()


def _decoded(fields: list[tuple[str, str]]) -> list[tuple[str, str]]:
    return [(name, charsets.unencoded(value[:MAX_VALUE])) for name, value in fields]


def content_type(value: str) -> tuple[str, dict[str, str]]:
    """Type and parameters (RFC 2045 5.1), pieces of RFC 2231 joined; "" for what is none."""
    kind = value.partition(";")[0].strip().lower()
    parameters: dict[str, str] = {}
    for found in islice(_PARAMETER.finditer(value), 40):
        name, piece, given = found[1].lower(), found[2], found[3]
        plain = _ESCAPED.sub(r"\1", given[1:-1]) if given[0] == '"' else given
        if piece and piece not in ("*", "*0", "*0*"):
            parameters[name] = parameters.get(name, "") + plain
        else:
            parameters.setdefault(name, plain)
    return (kind if re.fullmatch(r"[\w!#$&.+^-]+/[\w!#$&.+^-]+", kind) else ""), parameters


def _from_base64(body: bytes) -> bytes:
    """What can be decoded: signs that do not belong are dropped, an odd end is cut."""
    body = _NOT_BASE64.sub(b"", body.partition(b"=\n\n")[0].replace(b"=", b""))
    body = body[: len(body) - (len(body) % 4 == 1)]
    return binascii.a2b_base64(body + b"=" * (-len(body) % 4))
