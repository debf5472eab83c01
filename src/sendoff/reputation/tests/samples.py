"""Reports as receivers write them, made anew for each test."""

import gzip
import json
from collections.abc import Sequence
from email.message import EmailMessage

from sendoff.lib import clock

BEGIN = (clock.now_ms() // 86_400_000 - 2) * 86_400  # a day that is over, in seconds
_DATE = f"{clock.at(1000 * BEGIN):%Y-%m-%d}"


def row(
    ip: str = "192.0.2.10",
    count: int = 7,
    *,
    spf: str = "pass",
    dkim: str = "pass",
    disposition: str = "none",
    selector: str = "s1",
    header_from: str = "shop.test",
    reason: str = "",
) -> str:
    """A record. `spf` and `dkim` are the aligned results."""
    why = f"<reason><type>{reason}</type></reason>" if reason else ""
    signed = (
        f"<dkim><domain>{header_from}</domain><selector>{selector}</selector>"
        f"<result>{dkim}</result></dkim>"
    )
    return f"""<record><row><source_ip>{ip}</source_ip><count>{count}</count><policy_evaluated>
<disposition>{disposition}</disposition><dkim>{dkim}</dkim><spf>{spf}</spf>{why}
</policy_evaluated></row><identifiers><header_from>{header_from}</header_from></identifiers>
<auth_results>{signed}<spf><domain>{header_from}</domain><result>{spf}</result></spf>
</auth_results></record>"""


def dmarc(
    rows: Sequence[str] = (),
    *,
    org: str = "Google",
    number: str = "g-1",
    domain: str = "shop.test",
    begin: int = BEGIN,
) -> bytes:
    """An aggregate report of one day."""
    return f"""<?xml version="1.0"?>
<feedback><version>1.0</version><report_metadata><org_name>{org}</org_name>
<email>dmarc@receiver.test</email><report_id>{number}</report_id>
<date_range><begin>{begin}</begin><end>{begin + 86_399}</end></date_range></report_metadata>
<policy_published><domain>{domain}</domain><p>none</p></policy_published>
{"".join(rows or [row()])}</feedback>""".encode()


def tls(*, domain: str = "bounces.shop.test", number: str = "t-1", good: int = 5, bad: int = 2):
    """A TLS report in which a certificate had expired."""
    failures = [
        {
            "result-type": "certificate-expired",
            "failed-session-count": bad,
            "receiving-mx-hostname": "mail.shop.test",
        }
    ]
    told = {
        "organization-name": "Ben's Mail",
        "date-range": {
            "start-datetime": f"{_DATE}T00:00:00Z",
            "end-datetime": f"{_DATE}T23:59:59Z",
        },
        "contact-info": "tls@ben.test",
        "report-id": number,
        "policies": [
            {
                "policy": {"policy-type": "sts", "policy-domain": domain},
                "summary": {
                    "total-successful-session-count": good,
                    "total-failure-session-count": bad,
                },
                "failure-details": failures if bad else [],
            }
        ],
    }
    return json.dumps(told).encode()


def failure(*, ip: str = "198.51.100.7", sender: str = "ana@shop.test") -> bytes:
    """A DMARC failure report about one message (RFC 6591)."""
    return f"""From: reports@receiver.test
To: dmarc-reports@bounces.shop.test
Subject: FW: You have won
MIME-Version: 1.0
Content-Type: multipart/report; report-type=feedback-report; boundary="b"

--b
Content-Type: text/plain

A message that says it is yours failed.
--b
Content-Type: message/feedback-report

Feedback-Type: auth-failure
User-Agent: Receiver/1.0
Version: 1
Original-Mail-From: <x@stranger.test>
Source-IP: {ip}
Reported-Domain: shop.test
Reporting-MTA: dns; mx.receiver.test
Auth-Failure: dmarc
Delivery-Result: reject
Identity-Alignment: none

--b
Content-Type: text/rfc822-headers

From: <{sender}>
To: cy@receiver.test
Subject: You have won
Message-ID: <1@stranger.test>

--b--
""".replace("\n", "\r\n").encode()


def mail(report: bytes, *, name: str = "google.test!shop.test!1795132800!1795219199.xml") -> bytes:
    """A mail that brings a report, packed, as receivers send it."""
    made = EmailMessage()
    made["From"] = "noreply-dmarc@google.test"
    made["To"] = "dmarc-reports@bounces.shop.test"
    made["Subject"] = "Report domain: shop.test Submitter: google.test Report-ID: <g-1>"
    made.set_content("This is an aggregate report.")
    packed = gzip.compress(report)
    made.add_attachment(packed, maintype="application", subtype="gzip", filename=f"{name}.gz")
    return made.as_bytes()
