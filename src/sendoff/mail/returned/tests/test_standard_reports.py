"""Reports in the formats for programs: delivery status (RFC 3464, 6533) and feedback (RFC 5965)."""

from sendoff.mail import returned
from sendoff.mail.returned import Kind

DSN = b"""\
Return-Path: <>
From: Mail Delivery System <MAILER-DAEMON@mx.shop.test>
Content-Type: multipart/report; report-type=delivery-status; boundary="b1"

--b1

It did not work.
--b1
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.shop.test
Original-Envelope-Id: QQ314159

%s
--b1
Content-Type: message/rfc822

Return-Path: <news+t0ken@shop.test>
Message-ID: <m1@shop.test>
From: News <news@shop.test>
To: ana@home.test
Subject: Autumn

Hello Ana
--b1--
"""
ANA_UNKNOWN = b"""\
Final-Recipient: rfc822; ana@home.test
Action: failed
Status: 5.1.1
Remote-MTA: dns; mx.home.test
Diagnostic-Code: smtp; 550 5.1.1 <ana@home.test>: no such user
"""


def report(*recipients: bytes) -> bytes:
    return DSN % b"\n".join(recipients)


def test_a_failure_names_the_recipient_the_reply_and_the_message() -> None:
    read = returned.read(report(ANA_UNKNOWN))
    ana = read.recipients[0]
    assert (read.kind, read.reporting_mta, read.envelope_id) == (
        Kind.BOUNCE,
        "mx.shop.test",
        "QQ314159",
    )
    assert (ana.recipient, ana.action, ana.status) == ("ana@home.test", "failed", "5.1.1")
    assert (ana.category, ana.hard, ana.suppress) == ("bad_mailbox", True, True)
    assert ana.remote_mta == "mx.home.test"
    assert ana.diagnostic == "550 5.1.1 <ana@home.test>: no such user"
    assert read.original.message_id == "<m1@shop.test>"
    assert read.original.return_path == "news+t0ken@shop.test"
    assert read.original.to == "ana@home.test"


def test_every_recipient_is_read_even_without_an_empty_line_between_them() -> None:
    ben = b"Final-Recipient: rfc822;<ben@home.test>\nAction: failed\nStatus: 4.2.2\n"
    for text in (ANA_UNKNOWN + b"\n" + ben, ANA_UNKNOWN + ben):
        read = returned.read(DSN % text)
        assert [each.recipient for each in read.recipients] == ["ana@home.test", "ben@home.test"]
        assert [each.hard for each in read.recipients] == [True, False]
        assert read.recipients[1].category == "mailbox_full"


def test_a_delay_is_no_bounce_and_never_hard() -> None:
    delayed = ANA_UNKNOWN.replace(b"failed", b"delayed")
    read = returned.read(report(delayed))
    assert read.kind is Kind.DELAYED
    assert not read.recipients[0].hard
    assert not read.recipients[0].suppress


def test_a_confirmation_is_delivered() -> None:
    read = returned.read(
        report(b"Final-Recipient: rfc822; ana@home.test\nAction: delivered\nStatus: 2.0.0\n")
    )
    assert (read.kind, read.recipients[0].category) == (Kind.DELIVERED, "delivered")


def test_an_address_outside_ascii_is_read() -> None:
    body = b"Final-Recipient: utf-8; b\\x{E9}n@home.test\nAction: failed\nStatus: 5.1.1\n"
    read = returned.read(
        report(body).replace(b"message/delivery-status", b"message/global-delivery-status")
    )
    assert read.recipients[0].recipient == "bén@home.test"


def test_the_address_that_failed_and_the_one_that_we_wrote_to_are_both_told() -> None:
    forwarded = b"Original-Recipient: rfc822;cy@old.test\n" + ANA_UNKNOWN
    cy = returned.read(report(forwarded)).recipients[0]
    assert (cy.recipient, cy.original_recipient) == ("ana@home.test", "cy@old.test")


def test_a_block_is_never_hard() -> None:
    blocked = ANA_UNKNOWN.replace(b"5.1.1", b"5.7.26").replace(
        b"<ana@home.test>: no such user",
        b"This mail has been blocked because it is unauthenticated",
    )
    ana = returned.read(report(blocked)).recipients[0]
    assert (ana.category, ana.hard, ana.suppress) == ("auth_failure", False, False)


ARF = b"""\
From: feedback@isp.test
Content-Type: multipart/report; report-type=feedback-report; boundary="b1"

--b1

This is an email abuse report.
--b1
Content-Type: message/feedback-report

Feedback-Type: %s
User-Agent: Loop/1.0
Version: 1
Original-Rcpt-To: <ana@home.test>
Source-IP: 192.0.2.1
--b1
Content-Type: message/rfc822

Message-ID: <m1@shop.test>
From: news@shop.test

Hello
--b1--
"""


def test_an_abuse_report_is_a_complaint_of_the_recipient() -> None:
    read = returned.read(ARF % b"abuse")
    assert (read.kind, read.feedback_type) == (Kind.COMPLAINT, "abuse")
    assert [each.recipient for each in read.recipients] == ["ana@home.test"]
    assert read.recipients[0].category == "complaint"
    assert read.original.message_id == "<m1@shop.test>"
    assert read.report is not None
    assert read.report.fields["source-ip"] == ("192.0.2.1",)


def test_other_feedback_is_a_report_and_blames_nobody() -> None:
    for kind in (b"not-spam", b"auth-failure", b"fraud", b"virus", b"other", b"x-new"):
        read = returned.read(ARF % kind)
        assert (read.kind, read.feedback_type) == (Kind.REPORT, kind.decode())
        assert read.recipients == ()


def test_ordinary_mail_is_nothing() -> None:
    assert returned.read(b"From: ana@home.test\nSubject: Hi\n\nHello Ben\n").kind is Kind.NONE
    assert returned.read(b"").kind is Kind.NONE
