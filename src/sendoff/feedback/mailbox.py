"""Fetch mail from a mailbox, by IMAP or POP3, for those whose host can not receive.

What is stored is deleted there, nothing else; mails over the limit stay. Blocking: for a thread of
its own. It reads no mail.
"""

import contextlib
import imaplib
import poplib
import re
import ssl
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any
from urllib.parse import unquote, urlsplit

from sendoff.feedback.intake import Arrived
from sendoff.lib.config import ConfigError

PORTS = {"imaps": 993, "imap": 143, "pop3s": 995, "pop3": 110}
TIMEOUT_S = 60.0
AT_ONCE = 50
_ADDRESS = re.compile(rb"(?:b-[0-9a-fA-F]{36}|unsubscribe\+[0-9a-fA-F]{36}|feedback)@[\w.-]+")
_TO = (b"delivered-to", b"x-original-to", b"envelope-to", b"to", b"cc", b"x-envelope-to")


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """Where the mailbox is. Without `tls` the password goes in clear: for loopback alone."""

    kind: str
    host: str
    port: int
    user: str
    password: str
    folder: str
    max_bytes: int
    roots: str | None = None  # a PEM file of roots beside the system's

    def __repr__(self) -> str:
        return f"{self.kind}://{self.user}@{self.host}:{self.port}/{self.folder}"


def box_of(url: str, max_bytes: int, roots: str | None = None) -> Box:
    """A mailbox from its URL. ConfigError says what is missing."""
    parts = urlsplit(url)
    if parts.scheme not in PORTS or not (parts.hostname and parts.username):
        raise ConfigError(
            "SENDOFF_MAILBOX_URL: write imaps://user:password@host/INBOX or"
            " pop3s://user:password@host."
        )
    return Box(
        kind=parts.scheme,
        host=parts.hostname,
        port=parts.port or PORTS[parts.scheme],
        user=unquote(parts.username),
        password=unquote(parts.password or ""),
        folder=unquote(parts.path.strip("/")) or "INBOX",
        max_bytes=max_bytes,
        roots=roots,
    )


class MailboxError(Exception):
    """The mailbox can not be used now; the message says what it answered."""


def fetch(box: Box, store: Callable[[Sequence[Arrived]], None]) -> int:
    """Store what is there, a portion, and delete it there; how many mails. MailboxError."""
    take = _pop3 if box.kind.startswith("pop3") else _imap
    try:
        return take(box, store)
    except (imaplib.IMAP4.error, poplib.error_proto, OSError) as error:
        raise MailboxError(f"{box!r}: {error}") from error


def _imap(box: Box, store: Callable[[Sequence[Arrived]], None]) -> int:
    with _imap_line(box) as line:
        line.login(box.user, box.password)
        _ok(line.select(_quoted(box.folder)), "select")
        validity = (line.response("UIDVALIDITY")[1] or [b"0"])[0] or b"0"
        (found,) = _ok(line.uid("SEARCH", "UNDELETED", "SMALLER", str(box.max_bytes)), "search")
        taken = 0
        for uid in found.split()[:AT_ONCE]:
            content = _imap_mail(line, uid)
            if content is None:
                continue  # somebody else removed it meanwhile
            # The validity is part of the name: with a new one the same number is another mail.
            store([_arrived(box, content, f"{validity.decode()}:{uid.decode()}")])
            taken += 1
            _ok(line.uid("STORE", uid.decode(), "+FLAGS.SILENT", r"(\Deleted)"), "delete")
            # By its number: what others have marked is not ours to remove.
            with contextlib.suppress(imaplib.IMAP4.error):
                line.uid("EXPUNGE", uid.decode())
        return taken


def _imap_mail(line: imaplib.IMAP4, uid: bytes) -> bytes | None:
    for part in _ok(line.uid("FETCH", uid.decode(), "(BODY.PEEK[])"), "fetch"):
        if isinstance(part, tuple):
            return bytes(part[1])
    return None


@contextlib.contextmanager
def _imap_line(box: Box) -> Iterator[imaplib.IMAP4]:
    if box.kind == "imaps":
        line: imaplib.IMAP4 = imaplib.IMAP4_SSL(
            box.host, box.port, ssl_context=_tls(box), timeout=TIMEOUT_S
        )
    else:
        line = imaplib.IMAP4(box.host, box.port, timeout=TIMEOUT_S)
    try:
        yield line
    finally:
        with contextlib.suppress(imaplib.IMAP4.error, OSError):
            line.logout()


def _pop3(box: Box, store: Callable[[Sequence[Arrived]], None]) -> int:
    if box.kind == "pop3s":
        line: poplib.POP3 = poplib.POP3_SSL(
            box.host, box.port, timeout=TIMEOUT_S, context=_tls(box)
        )
    else:
        line = poplib.POP3(box.host, box.port, timeout=TIMEOUT_S)
    taken = 0
    try:
        line.user(box.user)
        line.pass_(box.password)
        sizes = [tuple(map(int, entry.split()[:2])) for entry in line.list()[1]]
        small = [number for number, size in sizes if size < box.max_bytes]
        for number in small[:AT_ONCE]:
            content = b"\r\n".join(line.retr(number)[1]) + b"\r\n"
            store([_arrived(box, content, _digest(content))])
            line.dele(number)
            taken += 1
    finally:
        # Without QUIT the server deletes nothing: what was stored is known by its place then.
        with contextlib.suppress(poplib.error_proto, OSError):
            line.quit()
    return taken


def _arrived(box: Box, content: bytes, place: str) -> Arrived:
    return Arrived(
        source="pop3" if box.kind.startswith("pop3") else "imap",
        peer=box.host,
        sender="",
        recipients=tuple(recipients_of(content)),
        content=content,
        place=f"{box.kind[:4]}:{_digest(repr(box).encode())}:{place}"[:200],
    )


def recipients_of(content: bytes) -> list[str]:
    """Addresses of ours in the header fields that say for whom a mail is; tokens prove them."""
    head = re.sub(rb"\r?\n[ \t]+", b" ", content[:65_536].partition(b"\r\n\r\n")[0])
    found: dict[str, None] = {}
    for field in head.split(b"\r\n"):
        name, _, value = field.partition(b":")
        if name.strip().lower() in _TO:
            found |= {
                address.decode("ascii", "replace"): None for address in _ADDRESS.findall(value)
            }
    return list(found)[:20]


def _tls(box: Box) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=box.roots)


def _ok(answer: tuple[str, list[Any]], what: str) -> list[Any]:
    status, data = answer
    if status != "OK":
        raise imaplib.IMAP4.error(f"{what}: {data!r}")
    return data


def _quoted(folder: str) -> str:
    escaped = folder.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _digest(content: bytes) -> str:
    return blake2b(content, digest_size=16).hexdigest()
