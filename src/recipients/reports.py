"""Write what providers send back: bounces (RFC 3464) and reports of spam (RFC 5965). Pure."""

from email.utils import formatdate

_BOUNCE = """From: Mail Delivery System <MAILER-DAEMON@{host}>
To: {sender}
Subject: Undelivered Mail Returned to Sender
Date: {date}
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="{edge}"

--{edge}
Content-Type: text/plain; charset=us-ascii

Your message to {recipient} was taken, and could not be put into the mailbox:
{reply}

--{edge}
Content-Type: message/delivery-status

Reporting-MTA: dns; {host}

Final-Recipient: rfc822; {recipient}
Action: failed
Status: {status}
Diagnostic-Code: smtp; {reply}

--{edge}
Content-Type: text/rfc822-headers

{head}

--{edge}--
"""
_SPAM = """From: Feedback Loop <feedback@{host}>
To: {to}
Subject: Report of spam
Date: {date}
MIME-Version: 1.0
Content-Type: multipart/report; report-type=feedback-report; boundary="{edge}"

--{edge}
Content-Type: text/plain; charset=us-ascii

One of our users reported this message as spam.

--{edge}
Content-Type: message/feedback-report

Feedback-Type: abuse
User-Agent: Pretend-Feedback/1.0
Version: 1
Arrival-Date: {date}
Original-Mail-From: <{sender}>
Reported-Domain: {domain}

--{edge}
Content-Type: message/rfc822

{original}
--{edge}--
"""
_TELLING = ("to", "delivered-to", "x-received-verdict", "return-path", "cc")


def bounce(*, host: str, sender: str, recipient: str, reply: str, content: bytes) -> bytes:
    """A report that a message could not be put into the mailbox after all."""
    words = reply.split()
    return _mail(
        _BOUNCE,
        host=host,
        sender=sender,
        recipient=recipient,
        reply=reply,
        status=words[1] if len(words) > 1 and words[1].count(".") == 2 else "5.0.0",
        head=_text(content.partition(b"\r\n\r\n")[0]),
        edge="=_bounce",
    )


def spam(*, host: str, to: str, sender: str, filed: bytes) -> bytes:
    """A report of spam; whose mailbox it was in is struck out, as the great providers do."""
    return _mail(
        _SPAM,
        host=host,
        to=to,
        sender=sender,
        domain=to.rpartition("@")[2],
        original=_text(_without_names(filed)),
        edge="=_spam",
    )


def _mail(form: str, **values: str) -> bytes:
    return form.format(date=formatdate(), **values).replace("\n", "\r\n").encode()


def _without_names(filed: bytes) -> bytes:
    head, _, body = filed.partition(b"\r\n\r\n")
    kept: list[bytes] = []
    hidden = False
    for line in head.split(b"\r\n"):
        if not line.startswith((b" ", b"\t")):
            hidden = line.partition(b":")[0].decode("latin-1").lower() in _TELLING
        if not hidden:
            kept.append(line)
    return b"\r\n".join(kept) + b"\r\n\r\n" + body


def _text(content: bytes) -> str:
    return content.decode("utf-8", "replace").replace("\r\n", "\n")
