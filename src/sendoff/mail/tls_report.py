"""Write TLS reports: how the lines to a domain were encrypted on one day (RFC 8460). No I/O."""

import base64
import gzip
import json
import re
import urllib.parse
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from typing import Any

from sendoff.mail import dkim, headers

MAX_ADDRESSES = 2  # of one record; nobody needs more, and each is a mail a day
_RECORD = re.compile(r"v=TLSRPTv1\s*;\s*rua=([^;]+)")
_ADDRESS = re.compile(r"[^\s<>,\"\\@]+@[a-z0-9-]+(\.[a-z0-9-]+)+", re.IGNORECASE | re.ASCII)
_HTTPS = re.compile(r"https://[a-z0-9.-]{1,253}(:\d{1,5})?(/[!-~]{0,200})?", re.IGNORECASE)
_LINE = 76


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """The policy that sessions were held to. `type`: sts, tlsa or no-policy-found."""

    type: str
    domain: str
    lines: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()  # MTA-STS patterns


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """One way in which sessions failed. `result` is a word of RFC 8460 4.3."""

    result: str
    source_ip: str = ""
    mx: str = ""
    peer_ip: str = ""
    reason: str = ""


@dataclass(slots=True)
class Count:
    """How many sessions went how, under one policy."""

    successful: int = 0
    failures: Counter[Failure] = field(default_factory=Counter)

    @property
    def failed(self) -> int:
        """Sessions that failed."""
        return self.failures.total()


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """Of which day and domain a report is, and who sends it."""

    domain: str
    day: date
    submitter: str  # our domain
    contact: str
    id: str

    @property
    def range(self) -> tuple[datetime, datetime]:
        """The first and last second of the day."""
        return tuple(  # type: ignore[return-value]  # two of them
            datetime.combine(self.day, moment, UTC) for moment in (time(0, 0, 0), time(23, 59, 59))
        )


def addresses_of(texts: Iterable[str]) -> tuple[str, ...]:
    """Where the record at `_smtp._tls.` wants reports: addresses and https URLs, in its order.

    () where there is not just one record.
    """
    records = [text for text in texts if text.startswith("v=TLSRPTv1")]
    found = _RECORD.match(records[0]) if len(records) == 1 else None
    uris = [uri.strip() for uri in found[1].split(",")] if found else []
    return tuple(to for to in map(_address, uris) if to)[:MAX_ADDRESSES]


def _address(uri: str) -> str:
    """What a report can be sent to; "" for what is none. A comma in a URL is written %2C there."""
    if uri.lower().startswith("https:"):
        return f"https:{uri[6:]}" if _HTTPS.fullmatch(uri) else ""
    if not uri.lower().startswith("mailto:"):
        return ""
    named = urllib.parse.unquote(urllib.parse.urlsplit(uri).path)
    return named if _ADDRESS.fullmatch(named) else ""


def packed(report: Mapping[str, Any]) -> bytes:
    """The report as `application/tlsrpt+gzip` (RFC 8460 6.5)."""
    return gzip.compress(json.dumps(report).encode(), mtime=0)


def document(about: About, counts: Mapping[Policy, Count]) -> dict[str, Any]:
    """The report as RFC 8460 4.4 writes it."""
    begin, end = about.range
    return {
        "organization-name": about.submitter,
        "date-range": {"start-datetime": _utc(begin), "end-datetime": _utc(end)},
        "contact-info": about.contact,
        "report-id": about.id,
        "policies": [_policy(policy, count) for policy, count in counts.items()],
    }


def message(about: About, report: Mapping[str, Any], to: str, signer: dkim.DomainSigner) -> bytes:
    """The report as a signed mail in wire form (RFC 8460 5.3)."""
    boundary = f"tls-{about.id}"
    body = _body(about, report, boundary)
    sent = int(datetime.combine(about.day, time(), UTC).timestamp()) + 86_400
    fields = [
        headers.field("From", headers.mailbox("TLS reports", about.contact)),
        headers.field("To", to),
        headers.field(
            "Subject",
            f"Report Domain: {about.domain} Submitter: {about.submitter} Report-ID: <{about.id}>",
        ),
        headers.field("Date", headers.date(sent)),
        headers.field("Message-ID", f"<{about.id}@{about.submitter}>"),
        headers.field("MIME-Version", "1.0"),
        headers.field(
            "Content-Type", f'multipart/report; report-type=tlsrpt; boundary="{boundary}"'
        ),
        headers.field("TLS-Report-Domain", about.domain),
        headers.field("TLS-Report-Submitter", about.submitter),
    ]
    signature = signer.sign(fields, dkim.body_hash(body), sent)
    return signature + b"".join(each.wire for each in fields) + b"\r\n" + body


def _body(about: About, report: Mapping[str, Any], boundary: str) -> bytes:
    begin, end = (int(moment.timestamp()) for moment in about.range)
    name = f"{about.submitter}!{about.domain}!{begin}!{end}!{about.id}.json.gz"
    words = (
        f"This is a TLS report about mail to {about.domain} on {about.day:%Y-%m-%d} (UTC),",
        f"sent by {about.submitter}. It is meant for programs: see RFC 8460.",
    )
    lines = (
        f"--{boundary}",
        "Content-Type: text/plain; charset=us-ascii",
        "",
        *words,
        "",
        f"--{boundary}",
        f'Content-Type: application/tlsrpt+gzip; name="{name}"',
        f'Content-Disposition: attachment; filename="{name}"',
        "Content-Transfer-Encoding: base64",
        "",
        *_in_lines(base64.b64encode(packed(report)).decode()),
        "",
        f"--{boundary}--",
        "",
    )
    return "\r\n".join(lines).encode("ascii")


def _policy(policy: Policy, count: Count) -> dict[str, Any]:
    said: dict[str, Any] = {"policy-type": policy.type, "policy-domain": policy.domain}
    if policy.lines:
        said["policy-string"] = list(policy.lines)
    if policy.hosts:
        said["mx-host"] = list(policy.hosts)
    summary = {
        "total-successful-session-count": count.successful,
        "total-failure-session-count": count.failed,
    }
    failures = [_failure(failure, n) for failure, n in count.failures.items()]
    return {"policy": said, "summary": summary} | (
        {"failure-details": failures} if failures else {}
    )


def _failure(failure: Failure, sessions: int) -> dict[str, Any]:
    said = {
        "result-type": failure.result,
        "sending-mta-ip": failure.source_ip,
        "receiving-mx-hostname": failure.mx,
        "receiving-ip": failure.peer_ip,
        "failure-reason-code": failure.reason,
    }
    kept: dict[str, Any] = {name: value for name, value in said.items() if value}
    return kept | {"failed-session-count": sessions}


def _utc(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")


def _in_lines(text: str) -> list[str]:
    return [text[at : at + _LINE] for at in range(0, len(text), _LINE)]
