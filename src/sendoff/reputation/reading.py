"""Read a document that may bring a report: a mail, a file, packed or plain. It keeps nothing."""

import re
from dataclasses import dataclass

from sendoff.mail import reports, returned
from sendoff.mail.reports import Aggregate, TlsReport
from sendoff.mail.returned import Returned

MAX_BYTES = 32 * 1024 * 1024  # of one document, as many as a report may have unpacked
TOO_LARGE = f"It is larger than {MAX_BYTES // 1024 // 1024} MB, so it was not read."
_DOMAIN = re.compile(r"[\w.-]{1,253}")


@dataclass(frozen=True, slots=True, kw_only=True)
class FailureTold:
    """One message that failed, as a failure report tells of it (RFC 6591, RFC 9991)."""

    reporter: str
    domain: str
    source_ip: str
    header_from: str
    envelope_from: str
    failed: str
    result: str
    subject: str


Inside = Aggregate | TlsReport | FailureTold


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """What a document brings: a report, or one sentence why it cannot be read."""

    raw: bytes
    inside: Inside | None = None
    kind: str = ""  # of one that cannot be read, where it is known
    problem: str = ""


def read(raw: bytes) -> Document | None:
    """The report in a mail or a file; None where there is none. Bounded, whatever is in it."""
    if len(raw) > MAX_BYTES:
        return Document(raw=raw[:MAX_BYTES], problem=TOO_LARGE)
    try:
        plain = reports.read(raw)
    except reports.ReportError as problem:
        return Document(raw=raw, problem=str(problem))
    return Document(raw=raw, inside=plain) if plain else _in_mail(raw)


def _in_mail(raw: bytes) -> Document | None:
    mail = returned.read(raw)
    report = mail.report
    if report is None or report.type == "arf":
        return None
    if report.type == "dmarc_failure":
        return Document(raw=raw, inside=_failure(mail))
    kind = "tls" if report.type == "tls" else "dmarc"
    problem = report.problem or "The mail says that it brings a report, but there is none in it."
    problem = "" if report.inside else problem
    return Document(raw=raw, inside=report.inside, kind=kind, problem=problem)


def _failure(mail: Returned) -> FailureTold:
    fields = mail.report.fields if mail.report else {}

    def says(name: str) -> str:
        return fields.get(name, ("",))[0].strip()

    sender = mail.original.sender.strip().strip("<>").lower()
    domain = says("reported-domain").lower().rstrip(".") or sender.rpartition("@")[2]
    return FailureTold(
        reporter=mail.reporting_mta,
        domain=domain if _DOMAIN.fullmatch(domain) else "",
        source_ip=says("source-ip"),
        header_from=sender,
        envelope_from=says("original-mail-from").strip("<>").lower(),
        failed=says("auth-failure").lower(),
        result=says("delivery-result").lower(),
        subject=mail.original.subject,
    )
