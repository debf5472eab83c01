"""Read tag lists (`v=1; a=rsa-sha256`), as DKIM, ARC and key records write them. RFC 6376 3.2."""

import re

_NAME = re.compile(rb"[A-Za-z][A-Za-z0-9_]*")
_BLANKS = re.compile(rb"[ \t\r\n]+")
_DIGITS = re.compile(rb"[0-9]{1,76}")
_BASE64 = re.compile(rb"[A-Za-z0-9+/]*={0,2}")


class TagError(ValueError):
    """A tag list breaks its grammar; the message says how, without a dot at its end."""


def read(text: bytes) -> dict[str, bytes]:
    """The tags in their order, blanks around values taken off. TagError where the list is none.

    Names are case-sensitive; a name that comes twice makes the whole list invalid.
    """
    tags: dict[str, bytes] = {}
    specs = text.strip(b" \t\r\n").split(b";")
    if not specs[-1].strip(b" \t\r\n"):
        specs.pop()
    for spec in specs:
        name, equals, value = (part.strip(b" \t\r\n") for part in spec.partition(b"="))
        if not equals or not _NAME.fullmatch(name):
            raise TagError(f'has "{_shown(spec)}" where a tag like name=value must stand')
        if name.decode() in tags:
            raise TagError(f"has the tag {name.decode()}= twice")
        tags[name.decode()] = value
    return tags


def without_blanks(value: bytes) -> bytes:
    """A value whose blanks mean nothing, such as base64 in several lines."""
    return _BLANKS.sub(b"", value)


def listed(value: bytes) -> list[str]:
    """A list with colons between, in lower case, blanks around its members taken off."""
    return [part.strip(b" \t\r\n").decode("latin-1").lower() for part in value.split(b":")]


def number(value: bytes) -> int | None:
    """A number in decimal digits alone; None for everything else."""
    return int(value) if _DIGITS.fullmatch(value) else None


def is_base64(value: bytes) -> bool:
    """Whether it is base64 and nothing else, blanks taken off before."""
    return len(value) % 4 == 0 and _BASE64.fullmatch(value) is not None


def text(value: bytes) -> str:
    """A value that people read: UTF-8 (RFC 8616), else byte by byte."""
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.decode("latin-1")


def _shown(spec: bytes) -> str:
    short = _BLANKS.sub(b" ", spec).strip()[:40].decode("ascii", "replace")
    return "".join(c if c.isprintable() else "?" for c in short)
