"""Damage mail in the ways in which mail is damaged, and in some in which only an enemy would."""

import random
import re
from collections.abc import Callable, Iterator, Sequence

Mutation = Callable[[bytes, random.Random], bytes]

_CHARSETS = (b"utf-8", b"utf-7", b"utf-16", b"iso-2022-jp", b"x-unknown", b"idna", b"base64", b"\0",
             b"hz-gb-2312", b"unicode_escape", b"undefined", b"../../etc", b"punycode")  # fmt: skip


def mutants(mails: Sequence[bytes], count: int, seed: int = 1) -> Iterator[bytes]:
    """So many damaged mails, each damaged one to three times; the same for the same seed."""
    rng = random.Random(seed)
    for n in range(count):
        mail = mails[n % len(mails)]
        for _ in range(rng.randrange(1, 4)):
            mail = rng.choice(MUTATIONS)(mail, rng)
        yield mail


def cut(mail: bytes, rng: random.Random) -> bytes:
    """The rest is missing, or the beginning."""
    at = rng.randrange(len(mail) + 1)
    return mail[:at] if rng.random() < 0.7 else mail[at:]


def flip(mail: bytes, rng: random.Random) -> bytes:
    """Some bytes are others."""
    damaged = bytearray(mail)
    for _ in range(rng.randrange(1, 40) if mail else 0):
        damaged[rng.randrange(len(damaged))] = rng.randrange(256)
    return bytes(damaged)


def swap_parts(mail: bytes, rng: random.Random) -> bytes:
    """What stands between boundary lines comes in another order."""
    pieces = re.split(rb"(?m)^(?=--)", mail)
    tail = pieces[1:]
    rng.shuffle(tail)
    return b"".join([pieces[0], *tail])


def double_a_line(mail: bytes, rng: random.Random) -> bytes:
    """A line, often a header, stands there twice or a thousand times."""
    lines = mail.split(b"\n")
    at = rng.randrange(min(len(lines), 60))
    lines[at:at] = [lines[at]] * rng.choice((1, 2, 1000))
    return b"\n".join(lines)


def drop_a_line(mail: bytes, rng: random.Random) -> bytes:
    """A line is missing."""
    lines = mail.split(b"\n")
    del lines[rng.randrange(len(lines))]
    return b"\n".join(lines)


def other_charset(mail: bytes, rng: random.Random) -> bytes:
    """Charsets that nobody knows, that are none, or that are other ones."""
    return re.sub(rb'(?i)charset="?[\w-]+', b"charset=" + rng.choice(_CHARSETS), mail)


def other_encoding(mail: bytes, rng: random.Random) -> bytes:
    """A transfer encoding that does not fit."""
    names = (b"base64", b"quoted-printable", b"x-uuencode", b"8bit", b"")
    named = b"Content-Transfer-Encoding: " + rng.choice(names)
    if b"Content-Transfer-Encoding" in mail:
        return re.sub(rb"(?i)content-transfer-encoding:[^\n]*", named, mail)
    return named + b"\n" + mail


def other_line_ends(mail: bytes, rng: random.Random) -> bytes:
    """Bare CR, CRLF, both mixed, or none at all."""
    ends = rng.choice((b"\r", b"\r\n", b"\r\r\n", b"\n\n", b"\0\n", b" "))
    return mail.replace(b"\r\n", b"\n").replace(b"\n", ends)


def broken_words(mail: bytes, rng: random.Random) -> bytes:
    """Encoded words that are none."""
    words = (b"=?utf-8?b?4pyT4?=", b"=?x?q?=ZZ?=", b"=?utf-8?B?" + b"A" * 5000, b"=?idna?q?a?= ")
    return re.sub(rb"(?m)^(Subject|From|To):.*$", rb"\1: " + rng.choice(words), mail)


def nest(mail: bytes, rng: random.Random) -> bytes:
    """Within many others, as message or as multipart."""
    for n in range(rng.choice((1, 3, 30))):
        if rng.random() < 0.5:
            mail = b"Content-Type: message/rfc822\n\n" + mail
        else:
            mark = b"n%d" % n
            head = b"Content-Type: multipart/mixed; boundary=" + mark
            mail = (
                head + b"\n\n--" + mark + b"\n\n\n--" + mark + b"\n" + mail + b"\n--" + mark + b"--"
            )
    return mail


def lengthen(mail: bytes, rng: random.Random) -> bytes:
    """Something is repeated until it is long."""
    at = rng.randrange(len(mail) + 1)
    piece = mail[at : at + rng.randrange(1, 80)]
    return mail[:at] + piece * rng.choice((10, 500, 5000)) + mail[at:]


MUTATIONS: tuple[Mutation, ...] = (
    cut,
    flip,
    swap_parts,
    double_a_line,
    drop_a_line,
    other_charset,
    other_encoding,
    other_line_ends,
    broken_words,
    nest,
    lengthen,
)
