"""Read TLS reports (RFC 8460 4.4): how others' lines to our domains were encrypted. No I/O."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sendoff.mail.reports import moments
from sendoff.mail.reports.unpacking import ReportError

MAX_LISTED = 100_000  # policies or failures of one report
TYPES = ("sts", "tlsa", "no-policy-found")  # RFC 8460 4.4; whatever else is said is kept as it is


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """One way in which sessions failed. `result` is a word of RFC 8460 4.3."""

    result: str
    sessions: int
    sending_ip: str = ""
    mx: str = ""
    mx_helo: str = ""
    receiving_ip: str = ""
    information: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What happened under one policy of ours."""

    type: str
    domain: str
    lines: tuple[str, ...]
    mx_hosts: tuple[str, ...]
    successful: int
    failed: int
    failures: tuple[Failure, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TlsReport:
    """One report: who says it, of which time, policy by policy."""

    org_name: str
    contact: str
    report_id: str
    begin: datetime | None
    end: datetime | None
    policies: tuple[Policy, ...]

    @property
    def successful(self) -> int:
        """Sessions that went well."""
        return sum(policy.successful for policy in self.policies)

    @property
    def failed(self) -> int:
        """Sessions that failed."""
        return sum(policy.failed for policy in self.policies)

    def document(self) -> dict[str, Any]:
        """What `sendoff read` says of it."""
        return {
            "type": "tls",
            "org": self.org_name,
            "contact": self.contact or None,
            "report_id": self.report_id,
            "begin": moments.write(self.begin),
            "end": moments.write(self.end),
            "policies": len(self.policies),
            "successful": self.successful,
            "failed": self.failed,
            "rows": [_policy_document(policy) for policy in self.policies],
        }


def read(data: bytes) -> TlsReport:
    """A report from its JSON. ReportError in one sentence where it is none."""
    try:
        told = json.loads(data.decode("utf-8-sig", "replace"))
    except (ValueError, RecursionError):
        raise ReportError("The TLS report is not JSON (RFC 8460 4.4); nothing was read.") from None
    if not isinstance(told, dict) or not isinstance(told.get("policies"), list):
        raise ReportError("The JSON has no list of policies, so it is no TLS report (RFC 8460).")
    if len(told["policies"]) > MAX_LISTED:
        raise ReportError(f"The TLS report lists more than {MAX_LISTED:,} policies; not read.")
    span = _object(told.get("date-range"))
    return TlsReport(
        org_name=_text(told.get("organization-name")),
        contact=_text(told.get("contact-info")),
        report_id=_text(told.get("report-id")),
        begin=moments.read(_text(span.get("start-datetime"))),
        end=moments.read(_text(span.get("end-datetime"))),
        policies=tuple(_policy(_object(each)) for each in told["policies"]),
    )


def _policy(each: dict[str, Any]) -> Policy:
    about, counted = _object(each.get("policy")), _object(each.get("summary"))
    return Policy(
        type=_text(about.get("policy-type")).lower(),
        domain=_text(about.get("policy-domain")).lower().rstrip("."),
        lines=_texts(about.get("policy-string")),
        mx_hosts=_texts(about.get("mx-host")),
        successful=_number(counted.get("total-successful-session-count")),
        failed=_number(counted.get("total-failure-session-count")),
        failures=tuple(_failure(_object(one)) for one in _list(each.get("failure-details"))),
    )


def _failure(one: dict[str, Any]) -> Failure:
    return Failure(
        result=_text(one.get("result-type")).lower(),
        sessions=_number(one.get("failed-session-count")),
        sending_ip=_text(one.get("sending-mta-ip")),
        mx=_text(one.get("receiving-mx-hostname")),
        mx_helo=_text(one.get("receiving-mx-helo")),
        receiving_ip=_text(one.get("receiving-ip")),
        information=_text(one.get("additional-information")),
        reason=_text(one.get("failure-reason-code")),
    )


def _object(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: object) -> list[Any]:
    return value[:MAX_LISTED] if isinstance(value, list) else []


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _texts(value: object) -> tuple[str, ...]:
    """A list of strings; some reporters write a list of one as the string itself."""
    listed = [value] if isinstance(value, str) else _list(value)
    return tuple(each for each in listed if isinstance(each, str))


def _number(value: object) -> int:
    """A count; some reporters write it as a string."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 16:
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else 0


def _policy_document(policy: Policy) -> dict[str, Any]:
    return {
        "policy_type": policy.type,
        "policy_domain": policy.domain or None,
        "policy_string": list(policy.lines),
        "mx_host": list(policy.mx_hosts),
        "successful": policy.successful,
        "failed": policy.failed,
        "failures": [_failure_document(one) for one in policy.failures],
    }


def _failure_document(one: Failure) -> dict[str, Any]:
    return {
        "result_type": one.result,
        "failed": one.sessions,
        "sending_mta_ip": one.sending_ip or None,
        "receiving_mx_hostname": one.mx or None,
        "receiving_mx_helo": one.mx_helo or None,
        "receiving_ip": one.receiving_ip or None,
        "additional_information": one.information or None,
        "failure_reason_code": one.reason or None,
    }
