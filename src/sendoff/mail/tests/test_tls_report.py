"""TLS reports say what RFC 8460 wants, in a mail that stands before an independent verifier."""

import gzip
import json
from collections import Counter
from datetime import date
from email import message_from_bytes, policy
from email.message import EmailMessage

import dkim as dkimpy
import pytest

from sendoff.mail import dkim, tls_report
from sendoff.mail.tls_report import Count, Failure, Policy

ABOUT = tls_report.About(
    domain="inbox.test",
    day=date(2026, 11, 21),
    submitter="shop.test",
    contact="postmaster@shop.test",
    id="5065427c",
)
EXPIRED = Failure(
    result="certificate-expired",
    source_ip="192.0.2.1",
    mx="mx1.inbox.test",
    peer_ip="2001:db8::1",
    reason="The certificate expired on 2020-01-01.",
)
STS = Policy(
    type="sts",
    domain="inbox.test",
    lines=("version: STSv1", "mode: testing", "mx: *.inbox.test", "max_age: 86400"),
    hosts=("*.inbox.test",),
)
COUNTS = {STS: Count(successful=5326, failures=Counter({EXPIRED: 303}))}


@pytest.mark.parametrize(
    ("texts", "found"),
    [
        (["v=TLSRPTv1; rua=mailto:a@b.test"], ("a@b.test",)),
        (["v=TLSRPTv1;rua=mailto:a@b.test,https://b.test/in;"], ("a@b.test", "https://b.test/in")),
        (["v=spf1 -all", "v=TLSRPTv1; rua=MAILTO:a%2Bb@b.test?subject=x"], ("a+b@b.test",)),
        (
            ["v=TLSRPTv1; rua=mailto:a@b.test,mailto:c@b.test,mailto:d@b.test"],
            ("a@b.test", "c@b.test"),
        ),
        (["v=TLSRPTv1; rua=mailto:a@b.test", "v=TLSRPTv1; rua=mailto:c@b.test"], ()),
        (["v=TLSRPTv1; rua=https://b.test/in"], ("https://b.test/in",)),
        (["v=TLSRPTv1; rua=https://ana:word@b.test/in"], ()),
        (["v=TLSRPTv1; rua=https://b.test/in\r\nX: y"], ()),
        (["v=TLSRPTv1; rua=http://b.test/in"], ()),
        (["v=TLSRPTv1; rua=mailto:a@b.test%0d%0aBcc:%20c@b.test"], ()),
        (["v=TLSRPTv1; rua=mailto:<a@b.test>"], ()),
        (["v=TLSRPTv1"], ()),
        ([], ()),
    ],
)
def test_addresses_are_read_from_just_one_record(texts: list[str], found: tuple[str, ...]) -> None:
    assert tls_report.addresses_of(texts) == found


def test_the_document_has_the_form_of_the_rfc() -> None:
    assert tls_report.document(ABOUT, COUNTS) == {
        "organization-name": "shop.test",
        "date-range": {
            "start-datetime": "2026-11-21T00:00:00Z",
            "end-datetime": "2026-11-21T23:59:59Z",
        },
        "contact-info": "postmaster@shop.test",
        "report-id": "5065427c",
        "policies": [
            {
                "policy": {
                    "policy-type": "sts",
                    "policy-string": list(STS.lines),
                    "policy-domain": "inbox.test",
                    "mx-host": ["*.inbox.test"],
                },
                "summary": {
                    "total-successful-session-count": 5326,
                    "total-failure-session-count": 303,
                },
                "failure-details": [
                    {
                        "result-type": "certificate-expired",
                        "sending-mta-ip": "192.0.2.1",
                        "receiving-mx-hostname": "mx1.inbox.test",
                        "receiving-ip": "2001:db8::1",
                        "failure-reason-code": "The certificate expired on 2020-01-01.",
                        "failed-session-count": 303,
                    }
                ],
            }
        ],
    }


def test_the_mail_is_signed_and_carries_the_document() -> None:
    pem, record = dkim.generate_rsa_key()
    signer = dkim.Signer("shop.test", "s1", dkim.RsaKey(dkim.load_rsa_key(pem)))
    report = tls_report.document(ABOUT, COUNTS)
    data = tls_report.message(ABOUT, report, "tls@inbox.test", signer)
    mail = message_from_bytes(data, policy=policy.default)
    assert isinstance(mail, EmailMessage)
    assert dkimpy.verify(data, dnsfunc=lambda name, timeout=5: record.encode())
    assert (mail["TLS-Report-Domain"], mail["TLS-Report-Submitter"]) == ("inbox.test", "shop.test")
    assert mail["Subject"] == "Report Domain: inbox.test Submitter: shop.test Report-ID: <5065427c>"
    assert mail.get_content_type() == "multipart/report"
    assert mail.get_param("report-type") == "tlsrpt"
    words, document = mail.iter_parts()
    assert words.get_content_type() == "text/plain"
    assert document.get_content_type() == "application/tlsrpt+gzip"
    name = "shop.test!inbox.test!1795219200!1795305599!5065427c.json.gz"
    assert document.get_filename() == name
    assert json.loads(gzip.decompress(document.get_content())) == report
