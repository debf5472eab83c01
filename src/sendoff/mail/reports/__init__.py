"""Read the reports that others send about our mail: DMARC aggregates and TLS reports. Keeps none.

`reports.read(part, content_type, filename)` takes one part of a mail, or a file, as it came: plain
or packed. Feedback reports (ARF), and with them DMARC failure reports, are `mail.returned`'s.
"""

import re

from sendoff.mail.reports import aggregate, tls, unpacking
from sendoff.mail.reports.aggregate import Aggregate
from sendoff.mail.reports.tls import TlsReport
from sendoff.mail.reports.unpacking import ReportError

__all__ = ["Aggregate", "ReportError", "TlsReport", "read"]

_XML = re.compile(rb"(?:\xef\xbb\xbf)?\s*<")
_FEEDBACK = re.compile(rb"<(?:[\w.-]+:)?feedback[\s>/]")
_JSON = re.compile(rb"(?:\xef\xbb\xbf)?\s*\{")
_TLS_WORDS = (b'"policies"', b'"report-id"')
_PACKED_TYPES = frozenset((
    "application/gzip", "application/x-gzip", "application/zip", "application/x-zip",
    "application/x-zip-compressed", "application/octet-stream", "application/tlsrpt+gzip",
))  # fmt: skip
_REPORT_TYPES = frozenset(
    ("text/xml", "application/xml", "application/tlsrpt+json", "application/json")
)
_REPORT_NAME = re.compile(r"\.(?:xml|json)(?:\.gz|\.zip)?$|\.(?:gz|zip)$", re.IGNORECASE)
_SEEN = 4096  # bytes in which a report names itself


def read(data: bytes, content_type: str = "", filename: str = "") -> Aggregate | TlsReport | None:
    """The report in one part of a mail (transfer encoding taken off) or in one file.

    None where it is no report at all. ReportError, one sentence, where it is one that cannot be
    read or that is refused: packed too tightly, twice, or with XML entities.
    """
    declared = content_type.partition(";")[0].strip().lower()
    if not _may_be(data, declared, filename):
        return None
    plain = unpacking.unpack(data)
    if _XML.match(plain):
        return aggregate.read(plain) if _FEEDBACK.search(plain[:_SEEN]) else None
    if _JSON.match(plain):
        named = "tlsrpt" in declared or any(word in plain for word in _TLS_WORDS)
        return tls.read(plain) if named else None
    if "tlsrpt" in declared:
        raise ReportError("The TLS report is not JSON (RFC 8460 4.4), so nothing was read from it.")
    return None


def _may_be(data: bytes, declared: str, filename: str) -> bool:
    """Whether to look inside at all: a photograph in a zip is not unpacked to find out."""
    if not declared and not filename:
        return True
    if declared in _REPORT_TYPES or "tlsrpt" in declared:
        return True
    packed_or_text = declared in _PACKED_TYPES or declared.startswith("text/") or not declared
    return packed_or_text and (
        bool(_REPORT_NAME.search(filename.strip())) or unpacking.is_packed(data)
    )
