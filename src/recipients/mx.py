"""The SMTP side of a pretend provider, on aiosmtpd. Does what its behaviour says; decides nothing.

On top of aiosmtpd: a refusal at the greeting, lines that drop, late replies, PIPELINING, and every
command noted. A copy is in the mailbox and in the ledger before its 250 is written.
"""

import asyncio
import email
import itertools
import logging
import ssl
import sys
import time
import traceback
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session, TLSSetupException

from recipients import behaviour, checks, gmail, reports
from recipients.courier import Courier
from recipients.events import Events
from recipients.ledger import Copy, Ledger
from recipients.mailboxes import Filing, Mailboxes
from recipients.personality import Personality
from recipients.zone import Zone

# aiosmtpd logs each refusal and dropped line; here they are the daily business.
logging.getLogger("mail.log").setLevel(logging.CRITICAL)

MAX_BYTES = 35_882_577
RETURN_S = 2.0  # after it was taken a mail comes back
UNWANTED = ("250-AUTH", "250 HELP", "250-HELP")  # no MX offers AUTH (RFC 6409 is submission)


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    """What all providers share."""

    zone: Zone
    ledger: Ledger
    mailboxes: Mailboxes
    events: Events
    threads: Executor
    courier: Courier


class Provider:
    """One personality at work: its behaviours with their memory, and what it does with mail."""

    def __init__(self, personality: Personality, office: Office) -> None:
        self.personality = personality
        self.office = office
        self._usual = behaviour.make(personality.behaviour)
        self._special = {s.local: behaviour.make(s.behaviour) for s in personality.specials}
        self._connections = itertools.count(1)
        self._queue_ids = itertools.count(int(time.time() * 1000))

    def protocol(self, tls: ssl.SSLContext | None) -> "MailExchanger":
        """A protocol for one connection."""
        return MailExchanger(self, tls, next(self._connections))

    def ask(self, step: str, seen: behaviour.Seen) -> str | None:
        """What the behaviour of the mailbox, else of the whole provider, says at a step."""
        special = self.personality.special(seen.recipient.rpartition("@")[0].lower())
        if special:
            return self._special[special.local](step, seen)
        return self._usual(step, seen)

    async def take(self, arrival: checks.Arrival, recipients: list[str], ask: "Ask") -> str:
        """Judge, file and record one message; the reply, or DROP."""
        verdict = await self._judge(arrival)
        if verdict.refusal:
            return verdict.refusal
        silent = ask("filed") == behaviour.DROP
        for recipient in recipients:
            self._keep(arrival, recipient, verdict, replied=not silent)
            self._return(arrival, recipient)
        return behaviour.DROP if silent else f"250 2.0.0 Ok: queued as {next(self._queue_ids):X}"

    async def _judge(self, arrival: checks.Arrival) -> checks.Verdict:
        if not self.personality.check:
            return checks.Verdict()
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self.office.threads, self._verdict, arrival)

    def _verdict(self, arrival: checks.Arrival) -> checks.Verdict:
        zone = self.office.zone
        verdict = checks.judge(arrival, zone)
        if self.personality.rules == "gmail":
            return replace(verdict, refusal=gmail.refusal(arrival, verdict, zone))
        return verdict

    def _return(self, arrival: checks.Arrival, recipient: str) -> None:
        """Send it back, where the mailbox is made to do so; never to the null sender."""
        special = self.personality.special(recipient.rpartition("@")[0].lower())
        if special and special.returns and arrival.sender:
            mail = reports.bounce(
                host=self.personality.mail_host,
                sender=arrival.sender,
                recipient=recipient,
                reply=special.returns,
                content=arrival.content,
            )
            host = self.personality.mail_host
            self.office.courier.post(host, arrival.sender, mail, RETURN_S)

    def _keep(
        self, arrival: checks.Arrival, recipient: str, verdict: checks.Verdict, *, replied: bool
    ) -> None:
        at = int(time.time() * 1000)
        if self.personality.file:
            self.office.mailboxes.file(
                Filing(
                    at=at,
                    recipient=recipient,
                    sender=arrival.sender,
                    verdict=verdict.header,
                    content=arrival.content,
                )
            )
        self.office.ledger.record(
            Copy(
                at=at,
                message_id=message_id_of(arrival.content),
                provider=self.personality.name,
                recipient=recipient,
                bytes=len(arrival.content),
                spf=verdict.spf,
                dkim=verdict.dkim,
                dmarc=verdict.dmarc,
                filed=self.personality.file,
                replied=replied,
            )
        )


Ask = Callable[[str], str | None]


class MailExchanger(SMTP):
    """One connection to a provider."""

    def __init__(self, provider: Provider, tls: ssl.SSLContext | None, connection: int) -> None:
        quiet = provider.personality.behaviour.get("kind") == "too_big"
        super().__init__(
            _Hooks(),
            data_size_limit=None if quiet else MAX_BYTES,
            hostname=provider.personality.mail_host,
            ident="ESMTP pretend",
            tls_context=tls,
            loop=asyncio.get_running_loop(),
        )
        self.provider = provider
        self._connection = connection
        self._messages = 0
        self._smtp_methods = {verb: self._noted(verb, m) for verb, m in self._smtp_methods.items()}

    def ask(self, step: str, recipient: str = "", size: int = 0) -> str | None:
        """What the provider says at this step of this connection."""
        sender = (self.envelope.mail_from if self.envelope else "") or ""
        seen = behaviour.Seen(
            at=time.monotonic(),
            peer=self.peer,
            connection=self._connection,
            messages=self._messages,
            sender=sender,
            recipient=recipient,
            size=size,
        )
        return self.provider.ask(step, seen)

    @property
    def peer(self) -> str:
        """The address that connected."""
        return str(self.session.peer[0]) if self.session and self.session.peer else ""

    async def push(self, status: Any) -> None:
        """Write a reply: late where the provider is slow, the last one where it is a 421."""
        await asyncio.sleep(self.provider.personality.delay_s)
        await super().push(status)
        if str(status).startswith("421") and self.transport:
            self.transport.close()

    async def _handle_client(self) -> None:
        self.provider.office.events.add(self.provider.personality.name, self.peer, "CONNECT")
        refusal = self.ask("greeting")
        if refusal == behaviour.DROP:
            self.drop()
        if refusal:
            await self.push(refusal)
            if self.transport:
                self.transport.close()
            return
        await super()._handle_client()

    def drop(self) -> None:
        """Close the line without a word and stop serving it."""
        if self.transport:
            self.transport.abort()  # type: ignore[attr-defined]  # aiosmtpd types it too broadly
        raise asyncio.CancelledError

    async def say(self, answer: str) -> None:
        """Say an answer of the behaviour, or drop the line."""
        if answer == behaviour.DROP:
            self.drop()
        await self.push(answer)

    async def smtp_DATA(self, arg: str) -> None:
        """DATA, with the two places at which a provider may fail before the content is here."""
        first = self.envelope.rcpt_tos[0] if self.envelope and self.envelope.rcpt_tos else ""
        if first and (answer := self.ask("data", first)):
            await self.say(answer)
        elif first and self.ask("content", first) == behaviour.DROP:
            await self.push("354 End data with <CR><LF>.<CR><LF>")
            await self._reader.read(1)
            self.drop()
        else:
            await super().smtp_DATA(arg)

    async def take(self, content: bytes) -> str:
        """The content of a message is here: what to answer."""
        if self.envelope is None or self.session is None:
            raise ConnectionResetError
        recipients = self.envelope.rcpt_tos
        for recipient in recipients:
            if answer := self.ask("end", recipient, len(content)):
                return answer
        arrival = checks.Arrival(
            peer=self.peer,
            helo=self.session.host_name or "",
            sender=self.envelope.mail_from or "",
            content=content,
        )
        answer = await self.provider.take(arrival, recipients, lambda s: self.ask(s, recipients[0]))
        self._messages += answer.startswith("250")
        return answer

    def _noted(self, verb: str, method: Callable[[str], Any]) -> Callable[[str], Any]:
        async def note(arg: str | None) -> None:
            line = f"{verb} {arg}" if arg else verb
            self.provider.office.events.add(self.provider.personality.name, self.peer, line)
            await method(arg)  # type: ignore[arg-type]  # aiosmtpd passes None where no argument is

        return note


class _Hooks:
    """What aiosmtpd calls at each command; each asks the connection's provider."""

    async def handle_EHLO(
        self,
        server: MailExchanger,
        session: Session,
        envelope: Envelope,
        host: str,
        lines: list[str],
    ) -> list[str]:
        session.host_name = host
        kept = [line for line in lines if not line.startswith(UNWANTED)]
        if server.provider.personality.pipelining:
            kept.append("250-PIPELINING")
        # One reply in one piece: a slow provider is late once, not once for each line.
        return ["\r\n".join([*kept, "250 ENHANCEDSTATUSCODES"])]

    async def handle_MAIL(
        self,
        server: MailExchanger,
        session: Session,
        envelope: Envelope,
        address: str,
        options: Any,
    ) -> str:
        envelope.mail_from = address
        answer = server.ask("mail")
        if answer:
            envelope.mail_from = None
        return _said(server, answer, "250 2.1.0 Ok")

    async def handle_RCPT(
        self,
        server: MailExchanger,
        session: Session,
        envelope: Envelope,
        address: str,
        options: Any,
    ) -> str:
        domain = address.rpartition("@")[2].lower()
        if domain not in server.provider.personality.domains:
            return "550 5.7.1 Relaying denied: that domain is not ours"
        answer = server.ask("rcpt", address.lower())
        if not answer:
            envelope.rcpt_tos.append(address.lower())
        return _said(server, answer, "250 2.1.5 Ok")

    async def handle_exception(self, error: Exception) -> str:
        # A bug of ours, or a full disk: the message is not taken, and the sender may try again.
        if not isinstance(error, TLSSetupException):
            traceback.print_exception(error, file=sys.stderr)
        return "451 4.3.0 Trouble inside the pretend provider, see its standard error"

    async def handle_DATA(self, server: MailExchanger, session: Session, envelope: Envelope) -> str:
        return _said(server, await server.take(envelope.original_content or b""), "")


def _said(server: MailExchanger, answer: str | None, otherwise: str) -> str:
    if answer == behaviour.DROP:
        server.drop()
    return answer or otherwise


def message_id_of(content: bytes) -> str:
    """The Message-ID as it stands in the head, or nothing."""
    head = email.message_from_bytes(content.partition(b"\r\n\r\n")[0] + b"\r\n\r\n")
    return str(head.get("Message-ID", "")).strip()
