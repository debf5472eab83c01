"""One message while it is being offered: its envelope, how far it got, what was said. No I/O."""

from collections import deque
from dataclasses import replace
from typing import Protocol

from sendoff.mail.quoted import Octets
from sendoff.mail.stages import Evidence, Fault, Kind, Outcome
from sendoff.smtp import wire
from sendoff.smtp.mishaps import lost
from sendoff.smtp.moves import Ask


class Mail(Protocol):
    """One message as a session takes it; `data` in wire form, not dot-stuffed."""

    @property
    def sender(self) -> str: ...
    @property
    def recipient(self) -> str: ...
    @property
    def data(self) -> Octets: ...


class Offer:
    """The state of one transaction. `failed` is set as soon as the message can not be accepted."""

    def __init__(
        self, sender: str, recipient: str, data: Octets, offers: wire.Capabilities
    ) -> None:
        self.sender = sender
        self.recipient = recipient
        self.data = data
        self.steps: list[Evidence] = []
        self.sender_taken = False
        self.recipient_taken = False
        self.go = False
        self.dot_held = False  # content is on its way, but not its end: it can not be accepted yet
        self.first = True  # in its session: a later one may meet a line that closed while idle
        self.unsaid: deque[tuple[Ask, str]] = deque()
        self._offers = offers
        self._utf8 = not (sender.isascii() and recipient.isascii())
        self.failed = self._hindrance()

    def commands(self) -> list[tuple[Ask, str]]:
        """The envelope, in order."""
        return [
            (Ask.MAIL, wire.mail_from(self.sender, self.data, self._offers, self._utf8)),
            (Ask.RCPT, f"RCPT TO:<{self.recipient}>"),
            (Ask.DATA, "DATA"),
        ]

    def refuse(self, outcome: Outcome) -> None:
        """The first refusal counts: what follows it is only its echo."""
        self.failed = self.failed or outcome

    def broken(self, head: Ask | None, step: Evidence | None, why: str) -> Outcome:
        """What it means that the line broke while `head` was unanswered."""
        heard = bool(self.steps)
        if step:
            self.steps.append(step)
        if head is Ask.DOT and not self.dot_held:
            sentence = f"{why} It had the whole message; nobody knows whether it was accepted."
            return replace(lost("data", sentence), kind=Kind.UNKNOWN)
        if self.failed:
            return self.failed
        outcome = lost(head.stage if head else "data", why)
        return outcome if heard or self.first else replace(outcome, retry_after_s=0)

    def _hindrance(self) -> Outcome | None:
        """What makes offering this message pointless, without asking the server."""
        if not wire.can_be_written(self.sender):
            sentence = "The return path has a character that can not stand in an address."
            return _unfit("mail", Fault.OUR_CONFIG, "ip_or_sender_blocked", sentence)
        if not self.recipient or not wire.can_be_written(self.recipient):
            sentence = "The address is empty or has a character that can not stand in an address."
            return _unfit("rcpt", Fault.RECIPIENT, "bad_mailbox", sentence)
        limit = self._offers.size
        if limit and len(self.data) > limit:
            sentence = f"The message has {len(self.data)} bytes; the server takes {limit} (SIZE)."
            return self._noted(_unfit("mail", Fault.OUR_CONTENT, "too_big", sentence))
        if self._utf8 and not self._offers.utf8:
            sentence = "The server does not take addresses outside ASCII (no SMTPUTF8)."
            return self._noted(_unfit("mail", Fault.RECIPIENT_SYSTEM, "remote_system", sentence))
        return None

    def _noted(self, outcome: Outcome) -> Outcome:
        self.steps.append(Evidence(stage=outcome.stage, ms=0, reply=outcome.reply))
        return outcome


def _unfit(stage: str, fault: Fault, category: str, sentence: str) -> Outcome:
    return Outcome(kind=Kind.REFUSED, stage=stage, fault=fault, category=category, reply=sentence)
