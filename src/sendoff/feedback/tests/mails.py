"""Mails that come back, as real servers write them."""

from sendoff.campaigns import public as campaigns

REASONS = {
    "5.1.1": "550 5.1.1 <{to}>: Recipient address rejected: User unknown",
    "5.2.2": "552 5.2.2 <{to}>: Mailbox full, over quota",
    "5.7.26": "550 5.7.26 This mail has been blocked because the sender is unauthenticated",
    "4.4.1": "connect to mx.post.test[192.0.2.1]:25: Connection timed out",
}


def bounce(
    campaign: int, seq: int, to: str, status: str = "5.1.1", action: str = "failed"
) -> bytes:
    """A delivery report as Postfix writes it (RFC 3464)."""
    return f"""From: MAILER-DAEMON@mx.post.test (Mail Delivery System)
Subject: Undelivered Mail Returned to Sender
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="B"

--B
Content-Type: text/plain; charset=us-ascii

I'm sorry to have to inform you that your message could not be sent.

--B
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.post.test

Final-Recipient: rfc822; {to}
Action: {action}
Status: {status}
Diagnostic-Code: smtp; {REASONS[status].format(to=to)}

--B
Content-Type: text/rfc822-headers

Message-ID: {campaigns.message_id(campaign, seq)}
Subject: Hello

--B--
""".replace("\n", "\r\n").encode()


def complaint(campaign: int, seq: int, kind: str = "abuse") -> bytes:
    """A feedback report (RFC 5965) with the recipient struck out."""
    return f"""From: <feedback@post.test>
Subject: FW: Hello
MIME-Version: 1.0
Content-Type: multipart/report; report-type=feedback-report; boundary="B"

--B
Content-Type: text/plain

This is an email abuse report.

--B
Content-Type: message/feedback-report

Feedback-Type: {kind}
User-Agent: PostTest/1
Version: 1

--B
Content-Type: message/rfc822

From: ana@shop.test
Message-ID: {campaigns.message_id(campaign, seq)}
Subject: Hello

Hello
--B--
""".replace("\n", "\r\n").encode()


AWAY = b"""From: ben@post.test\r
Subject: Out of office: Hello\r
Auto-Submitted: auto-replied\r
\r
I am back on Monday.\r
"""
PLEASE = b"From: ben@post.test\r\nSubject: unsubscribe\r\n\r\n"
