"""File accepted mail into Maildirs and read it back. Never changes a filed mail.

A mailbox is DATA/mail/DOMAIN/LOCAL/{tmp,new,cur}; the mail is as received, with three lines on top:
Return-Path, Delivered-To and X-Received-Verdict.
"""

import os
import urllib.parse
from dataclasses import dataclass
from pathlib import Path

VERDICT = "X-Received-Verdict"


@dataclass(frozen=True, slots=True, kw_only=True)
class Filing:
    """One mail to be filed. `at` is in epoch milliseconds."""

    at: int
    recipient: str
    sender: str
    verdict: str
    content: bytes


class Mailboxes:
    """All mailboxes below one folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._count = 0

    def file(self, filing: Filing) -> Path:
        """Write one mail; it is complete in `new` when this returns."""
        box = self._box(filing.recipient)
        for part in ("tmp", "new", "cur"):
            (box / part).mkdir(parents=True, exist_ok=True)
        self._count += 1
        name = f"{filing.at:015d}.{os.getpid()}_{self._count:07d}.recipients"
        head = (
            f"Return-Path: <{filing.sender}>\r\nDelivered-To: {filing.recipient}\r\n"
            f"{VERDICT}: {filing.verdict}\r\n"
        )
        (box / "tmp" / name).write_bytes(head.encode("ascii", "replace") + filing.content)
        return (box / "tmp" / name).rename(box / "new" / name)

    def mails(self, recipient: str) -> list[Path]:
        """The mails of a mailbox, oldest first; empty for a mailbox that never got one."""
        return sorted((self._box(recipient) / "new").glob("*.recipients"))

    def _box(self, recipient: str) -> Path:
        local, _, domain = recipient.lower().rpartition("@")
        return self._folder / _safe(domain) / _safe(local)


def _safe(part: str) -> str:
    """A path component that cannot leave its folder."""
    quoted = urllib.parse.quote(part, safe="+=")
    return quoted.replace(".", "%2E", 1) if quoted.startswith(".") else quoted or "%00"
