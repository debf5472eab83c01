"""The canonical forms of DKIM (RFC 6376 3.4): what is hashed of a header field and of a body."""

import re

_WSP = re.compile(rb"[ \t]+")


def header(raw: bytes, form: str) -> bytes:
    """A whole field with its CRLF in its form, "simple" or "relaxed"."""
    if form == "simple":
        return raw
    name, _, value = raw.partition(b":")
    value = _WSP.sub(b" ", value.replace(b"\r\n", b"")).strip(b" ")
    return name.strip(b" \t").lower() + b":" + value + b"\r\n"


def body(data: bytes, form: str) -> bytes:
    """A body in its form: an empty one is CRLF in simple and nothing in relaxed."""
    if form == "relaxed":
        data = _WSP.sub(b" ", data)
        data = data.replace(b" \r\n", b"\r\n").removesuffix(b" ")
    data = _without_last_empty_lines(data)
    return data + b"\r\n" if data or form == "simple" else b""


def _without_last_empty_lines(data: bytes) -> bytes:
    """Without the CRLFs at its end, but not without a bare CR before them."""
    end = len(data)
    while data.endswith(b"\r\n", 0, end):
        end -= 2
    return data[:end]
