"""Write records as a zone file (RFC 1035 5), to be imported where the domain's DNS is kept."""

from collections.abc import Iterable

from sendoff.mail.auth import names
from sendoff.proving.found import Record

TTL_S = 3600
_TYPES = ("TXT", "MX", "A", "AAAA")
_OPTIONAL = ("mta-sts", "bimi")  # they need a web server or a logo first
PIECE = 255  # RFC 1035 3.3: one string of a TXT record


def write(domain: str, records: Iterable[Record]) -> str:
    """Everything that is to be published for a domain and is known; PTR is the provider's."""
    lines = [f"; Records of {domain} for Sendoff", f"$TTL {TTL_S}"]
    for record in records:
        ours = names.within(record.host, domain) and record.kind not in (*_OPTIONAL, "links")
        if ours and record.type in _TYPES and record.expected:
            lines += [f"; {record.purpose}", _line(record)]
    return "\n".join(lines) + "\n"


def _line(record: Record) -> str:
    value = _quoted(record.expected) if record.type == "TXT" else record.expected
    return f"{record.host}.\tIN\t{record.type}\t{value}"


def _quoted(text: str) -> str:
    data = text.encode("latin-1", "replace")
    pieces = [data[n : n + PIECE] for n in range(0, len(data), PIECE)] or [b""]
    return " ".join('"' + "".join(map(_escaped, piece)) + '"' for piece in pieces)


def _escaped(byte: int) -> str:
    return chr(byte) if 32 <= byte < 127 and byte not in (34, 92) else f"\\{byte:03d}"
