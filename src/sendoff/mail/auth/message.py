"""Cut a message into its header fields and its body, byte by byte. It decodes and drops nothing."""

import re
from dataclasses import dataclass

_BARE_LF = re.compile(rb"(?<!\r)\n")
_START = re.compile(rb"([!-9;-~\x80-\xff]+)[ \t]*:")  # a field name and its colon, RFC 5322 2.2
_MBOX = b"From "  # the line that an mbox file writes before a message


@dataclass(frozen=True, slots=True, eq=False)
class Field:
    """One header field. `name` in lower case; `raw` is all of it, with its CRLF."""

    name: bytes
    raw: bytes

    @property
    def value(self) -> bytes:
        """What stands after the colon, folded as it is."""
        return self.raw.partition(b":")[2]


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """The fields, top to bottom, and the body as it stands, with CRLF at every line's end."""

    fields: tuple[Field, ...]
    body: bytes

    def named(self, name: bytes) -> list[Field]:
        """The fields of that name, top to bottom."""
        return [field for field in self.fields if field.name == name]


def parse(data: bytes) -> Message:
    """Any bytes are a message. A bare LF is read as CRLF; a line that is no field has no name."""
    data = _BARE_LF.sub(b"\r\n", data)
    if data.startswith(_MBOX):
        data = data.partition(b"\r\n")[2]
    head, body = _halves(data)
    fields: list[list[bytes]] = []
    for line in _lines(head):
        if line[:1] in (b" ", b"\t") and fields:
            fields[-1].append(line)
        else:
            fields.append([line])
    return Message(fields=tuple(_field(b"".join(lines)) for lines in fields), body=body)


def unfolded(value: bytes) -> bytes:
    """A value on one line: the CRLF of each fold goes, the blank after it stays."""
    return value.replace(b"\r\n", b"")


def _halves(data: bytes) -> tuple[bytes, bytes]:
    """The header and the body; the empty line between them belongs to neither."""
    if data.startswith(b"\r\n"):
        return b"", data[2:]
    head, _, body = data.partition(b"\r\n\r\n")
    if not head:
        return b"", body
    return head if head.endswith(b"\r\n") else head + b"\r\n", body


def _lines(head: bytes) -> list[bytes]:
    """Lines that end with CRLF; a bare CR is a character like others."""
    return [line + b"\r\n" for line in head.split(b"\r\n")[:-1]]


def _field(raw: bytes) -> Field:
    start = _START.match(raw)
    return Field(start[1].lower() if start else b"", raw)
