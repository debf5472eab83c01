"""Recognise reports for programs about many messages: DMARC aggregate and TLS (RFC 9990, 8460).

What they say, `mail/reports` reads; a report that it refuses is still known as one.
"""

import re
from collections.abc import Iterable

from sendoff.mail import reports
from sendoff.mail.returned.mime import Headers, Part
from sendoff.mail.returned.values import Report

_TLS_TYPES = ("application/tlsrpt+gzip", "application/tlsrpt+json")
_PACKED = (
    "application/gzip",
    "application/octet-stream",
    "application/x-gzip",
    "application/x-gzip-compressed",
    "application/x-zip",
    "application/x-zip-compressed",
    "application/xml",
    "application/zip",
    "text/xml",
)
# RFC 9990 4.2.2.1: receiver!policy-domain!begin!end[!id].xml[.gz], and RFC 8460 5.1 likewise.
_NAMED = re.compile(r"^[^!\s]{1,255}![^!\s]{1,255}!\d{6,12}!\d{6,12}(?:![^!]{1,255})?\.(\w+)", re.I)
_SUBJECT = re.compile(r"report[- ]domain:\s*\S+.{0,20}\bsubmitter:", re.IGNORECASE | re.DOTALL)
_ARCHIVES = (b"\x1f\x8b", b"PK\x03\x04")
_XML = re.compile(rb"<feedback[\s>][\s\S]{0,4000}?<report_metadata")
_JSON = re.compile(rb'^\s*\{[\s\S]{0,4000}?"(?:organization-name|report-id)"')


def read(mail: Part) -> Report | None:
    """The report in a mail; None where it brings none."""
    kind = _kind(mail)
    parts = (part for part in mail.walk() if not part.parts)
    return (
        _opened(kind, ((p.whole, p.type, _file_name(p.headers)) for p in parts)) if kind else None
    )


def bare(raw: bytes) -> Report | None:
    """The same of a document that is no mail at all, packed or plain."""
    plain = _XML.search(raw[:8000]) or (_JSON.match(raw[:8000]) and b'"policies"' in raw[:200_000])
    if not plain and not raw.startswith(_ARCHIVES):
        return None
    return _opened("dmarc_aggregate" if plain and not _JSON.match(raw) else "", [(raw, "", "")])


def _opened(kind: str, documents: Iterable[tuple[bytes, str, str]]) -> Report | None:
    """The first document that is a report; else what is known of it, with the sentence why not."""
    problem = ""
    for document in documents:
        try:
            inside = reports.read(*document)
        except reports.ReportError as error:
            problem = problem or str(error)
            continue
        if inside:
            named = "tls" if isinstance(inside, reports.TlsReport) else "dmarc_aggregate"
            return Report(type=named, inside=inside)
    return Report(type=kind, problem=problem) if kind else None


def _kind(mail: Part) -> str:
    """`dmarc_aggregate` or `tls`; "" for what is neither."""
    parts = [part for part in mail.walk() if not part.parts]
    if mail.parameters.get("report-type", "").lower() == "tlsrpt" or any(
        part.type in _TLS_TYPES for part in parts
    ):
        return "tls"
    kinds = [_attachment(part) for part in parts]
    if found := next(filter(None, kinds), ""):
        return found
    packed = any(part.type in _PACKED for part in parts)
    return "dmarc_aggregate" if packed and _SUBJECT.search(mail.headers.get("subject")) else ""


def _attachment(part: Part) -> str:
    found = _NAMED.match(_file_name(part.headers))
    if not found or (part.type not in _PACKED and not part.type.startswith("application/")):
        return ""
    return "tls" if found[1].lower() == "json" else "dmarc_aggregate"


def _file_name(headers: Headers) -> str:
    for value in (headers.get("content-disposition"), headers.get("content-type")):
        if found := re.search(r'\b(?:file)?name\*?\s*=\s*"?([^";]{1,700})', value, re.IGNORECASE):
            return found[1].strip()
    return ""
