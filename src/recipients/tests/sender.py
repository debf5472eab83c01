"""A small correct sender on smtplib, to drive the personalities. Slow, and for tests only."""

import contextlib
import smtplib
import ssl
import time
from dataclasses import dataclass

import dns.message
import dns.query
import dns.rcode
import dns.rdatatype

TRIES = 4
WAIT_S = 1.1


@dataclass(frozen=True, kw_only=True)
class End:
    """How the journey of one message ended."""

    outcome: str  # accepted | refused | deferred | unknown
    stage: str
    code: int = 0
    text: str = ""
    tls: str = ""


@dataclass(frozen=True, kw_only=True)
class Sender:
    """Where to ask for names, which port, and whose certificates to trust."""

    dns: tuple[str, int]
    smtp_port: int
    ca_file: str

    def deliver(self, recipient: str, content: bytes, sender: str = "b@shop.test") -> End:
        """Try, wait and try again; what is still deferred in the end is refused."""
        end = self.attempt(recipient, content, sender)
        for _ in range(TRIES - 1):
            if end.outcome != "deferred":
                break
            time.sleep(WAIT_S)
            end = self.attempt(recipient, content, sender)
        outcome = "refused" if end.outcome == "deferred" else end.outcome
        return End(outcome=outcome, stage=end.stage, code=end.code, text=end.text, tls=end.tls)

    def attempt(self, recipient: str, content: bytes, sender: str) -> End:
        hosts = self.hosts_of(recipient.rpartition("@")[2])
        if isinstance(hosts, End):
            return hosts
        end = End(outcome="deferred", stage="connect")
        for name, address in hosts:
            talk = _Talk(name, self.ca_file)
            letter = (sender, recipient, content)
            end = talk.run(address, self.smtp_port, letter)
            if end.stage == "tls":  # a certificate that does not stand: encrypt without it
                talk = _Talk(name, None)
                end = talk.run(address, self.smtp_port, letter)
            if end.stage != "connect":
                break
        return end

    def hosts_of(self, domain: str) -> "list[tuple[str, str]] | End":
        """Names and addresses in order of preference (RFC 5321 5.1), or why there are none."""
        rcode, found = self.look_up(domain, "MX")
        if rcode == "NXDOMAIN":
            return End(outcome="refused", stage="dns")
        if rcode != "NOERROR":
            return End(outcome="deferred", stage="dns")
        names = [text.split()[1] for text in sorted(found, key=lambda t: int(t.split()[0]))]
        if names == ["."]:
            return End(outcome="refused", stage="dns")
        pairs = [(n, a) for n in names or [domain] for a in self.look_up(n, "A")[1]]
        return [(name.rstrip("."), address) for name, address in pairs]

    def look_up(self, name: str, kind: str) -> tuple[str, list[str]]:
        query = dns.message.make_query(name, kind)
        reply = dns.query.udp(query, self.dns[0], port=self.dns[1], timeout=5)
        rdtype = dns.rdatatype.from_text(kind)
        found = [r.to_text() for s in reply.answer if s.rdtype == rdtype for r in s]
        return dns.rcode.to_text(reply.rcode()), found


class _Talk:
    """One session; `stage` is where it is."""

    def __init__(self, host: str, ca_file: str | None) -> None:
        self._host = host
        self._ca_file = ca_file
        self._stage = "connect"
        self._tls = "none"
        self._dotted = False

    def run(self, address: str, port: int, letter: tuple[str, str, bytes]) -> End:
        smtp = smtplib.SMTP(timeout=20)
        try:
            return self._steps(smtp, address, port, letter)
        except (smtplib.SMTPServerDisconnected, OSError):
            return self._end("unknown" if self._dotted else "deferred")
        finally:
            smtp.close()

    def _steps(
        self, smtp: smtplib.SMTP, address: str, port: int, letter: tuple[str, str, bytes]
    ) -> End:
        smtp._host = self._host  # the name its certificate must have
        code, text = smtp.connect(address, port)
        self._stage = "greeting"
        if code != 220:
            return self._refused(code, text)
        smtp.ehlo("out.shop.test")
        if smtp.has_extn("starttls"):
            self._encrypt(smtp)
        steps = (("mail", lambda: smtp.mail(letter[0])), ("rcpt", lambda: smtp.rcpt(letter[1])))
        for stage, step in steps:
            self._stage = stage
            code, text = step()
            if code != 250:
                return self._refused(code, text)
        return self._content(smtp, letter[2])

    def _content(self, smtp: smtplib.SMTP, content: bytes) -> End:
        self._stage = "data"
        code, text = smtp.docmd("DATA")
        if code != 354:
            return self._refused(code, text)
        self._dotted = True
        smtp.send(content + b".\r\n")
        code, text = smtp.getreply()
        if code != 250:
            return self._refused(code, text)
        self._stage = "accepted"
        with contextlib.suppress(smtplib.SMTPException, OSError):
            smtp.quit()
        return self._end("accepted", code, text)

    def _encrypt(self, smtp: smtplib.SMTP) -> None:
        self._stage = "tls"
        context = ssl.create_default_context(cafile=self._ca_file)
        if self._ca_file is None:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        smtp.starttls(context=context)
        self._tls = "verified" if self._ca_file else "unverified"
        smtp.ehlo("out.shop.test")

    def _refused(self, code: int, text: bytes) -> End:
        if code == -1:
            raise smtplib.SMTPServerDisconnected("the line dropped")
        return self._end("deferred" if code < 500 else "refused", code, text)

    def _end(self, outcome: str, code: int = 0, text: bytes = b"") -> End:
        said = text.decode("ascii", "replace")
        return End(outcome=outcome, stage=self._stage, code=code, text=said, tls=self._tls)
