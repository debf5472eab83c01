"""Write header fields that stay one field, whatever the values contain. Never parses a message.

Every field is made in two forms at once: as it goes on the wire (folded) and as DKIM hashes it
("relaxed", RFC 6376 3.4.2). Blanks in values are single, so unfolding one gives the other.
"""

import base64
import functools
import re
from email.utils import formatdate
from typing import NamedTuple

FOLD = 76  # wished length of a line; RFC 5322 2.1.1 allows 998
_WORD = 998 - 80  # a longer word without a blank is written in encoded words

_BREAKS = re.compile(r"[\s\x00-\x1f\x7f-\x9f\u2028\u2029\ufffe\uffff]+")
_ATOMS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~ -]+", re.ASCII)
_PLAIN = re.compile(r"[\x20-\x7e]*")


class Header(NamedTuple):
    """One field: its name, its lines on the wire and its line as DKIM hashes it, both with CRLF."""

    name: str
    wire: bytes
    canonical: bytes


def field(name: str, value: str) -> Header:
    """A field from a value in ASCII (already in encoded words where needed); folded at blanks."""
    canonical = f"{name.lower()}:{value}\r\n".encode("ascii")
    if len(name) + 2 + len(value) <= FOLD:
        return Header(name, f"{name}: {value}\r\n".encode("ascii"), canonical)
    return Header(name, _folded(f"{name}: {value}").encode("ascii") + b"\r\n", canonical)


def unstructured(name: str, text: str) -> Header:
    """A field of free text, such as Subject: RFC 2047 encoded words where it needs them."""
    return field(name, encoded_text(one_line(text)))


def mailbox(display_name: str, address: str) -> str:
    """`Ana <ana@shop.test>`; quoted or in encoded words where the name needs it (RFC 5322 3.4)."""
    name = one_line(display_name)
    return f"{phrase(name)} <{address}>" if name else address


def phrase(text: str) -> str:
    """A display name as RFC 5322 writes phrases."""
    if _ATOMS.fullmatch(text):
        return text
    if _PLAIN.fullmatch(text) and "=?" not in text and len(text) < _WORD:
        return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return encoded_words(text)


def encoded_text(text: str) -> str:
    """Free text as it is where it is plain ASCII, else in encoded words."""
    plain = _PLAIN.fullmatch(text) and "=?" not in text
    if plain and (len(text) < _WORD or max(map(len, text.split(" "))) < _WORD):
        return text
    return encoded_words(text)


def encoded_words(text: str) -> str:
    """RFC 2047 encoded words of at most 75 characters, none of which divides a character."""
    words: list[bytes] = [b""]
    for character in text:
        octets = character.encode("utf-8", "replace")
        if len(words[-1]) + len(octets) > 39:  # 64 with its signs: fits behind "Subject: "
            words.append(b"")
        words[-1] += octets
    return " ".join(f"=?utf-8?b?{base64.b64encode(word).decode()}?=" for word in words)


def one_line(text: str) -> str:
    """Text in which every run of blanks, line breaks and control characters is one blank."""
    return _BREAKS.sub(" ", text).strip()


@functools.lru_cache(maxsize=64)  # hundreds of messages share a second
def date(seconds: int) -> str:
    """A Date value in UTC (RFC 5322 3.3) for seconds since 1970."""
    return formatdate(seconds)[:-5] + "+0000"


def _folded(line: str) -> str:
    """A field broken before blanks where a line would pass FOLD; a longer word stays whole."""
    lines: list[str] = [""]
    for word in line.split(" "):
        begun = lines[-1] and not (len(lines) == 1 and lines[0].endswith(":"))
        if begun and len(lines[-1]) + 1 + len(word) > FOLD:
            lines.append(" " + word)
        else:
            lines[-1] += (" " if lines[-1] else "") + word
    return "\r\n".join(lines)
