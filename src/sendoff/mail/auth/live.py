"""Ask real DNS for the evaluators. It keeps nothing and judges nothing."""

import dns.asyncresolver
import dns.exception
import dns.flags
import dns.message
import dns.rdatatype
import dns.resolver

from sendoff.mail.auth.names import Answer, Status

PATIENCE_S = 10.0  # for one question with all its repetitions
NEGATIVE_TTL_S = 300.0  # where a no comes without an SOA that says how long it holds


class Live:
    """Questions to one name server, "address:port"; "" means the system's."""

    def __init__(self, nameserver: str = "", patience_s: float = PATIENCE_S) -> None:
        self._resolver = _resolver(nameserver)
        self._patience_s = patience_s

    async def ask(self, name: str, kind: str) -> Answer:
        """The answer; names that DNS cannot hold do not exist."""
        try:
            found = await self._resolver.resolve(
                name, kind, raise_on_no_answer=False, lifetime=self._patience_s, search=False
            )
        except (dns.exception.DNSException, OSError, UnicodeError) as error:
            return _refusal(error)
        if found.rrset is None:
            repeated_s = _repeated_s(found.response)
            return Answer(status=Status.NODATA, said="NODATA", repeated_s=repeated_s)
        values = _values(found.rrset, kind)
        return Answer(status=Status.FOUND, values=values, said=", ".join(values))


def _resolver(nameserver: str) -> dns.asyncresolver.Resolver:
    resolver = dns.asyncresolver.Resolver(configure=not nameserver)
    if nameserver:
        address, _, port = nameserver.rpartition(":")
        resolver.nameservers = [(address or port).strip("[]")]
        resolver.port = int(port) if address else 53
    return resolver


def _refusal(error: Exception) -> Answer:
    """What it means that there was no answer: no such name, or trouble for now."""
    if isinstance(error, dns.resolver.NXDOMAIN):
        responses = error.kwargs.get("responses", {}).values()
        repeated_s = max(map(_repeated_s, responses), default=0.0)
        return Answer(status=Status.NXDOMAIN, said="NXDOMAIN", repeated_s=repeated_s)
    if isinstance(error, dns.exception.SyntaxError | dns.name.NameTooLong | dns.name.LabelTooLong):
        return Answer(status=Status.NXDOMAIN, said="no name that DNS could hold")
    said = " ".join(str(error).split())[:200] or type(error).__name__
    if isinstance(error, dns.resolver.NoNameservers):
        said = "the name servers fail (SERVFAIL)"
    elif isinstance(error, dns.exception.Timeout):
        said = "no answer in time"
    return Answer(status=Status.FAILED, said=said)


def _repeated_s(response: dns.message.Message) -> float:
    """How long a no may be repeated (RFC 2308 5); the zone's own servers (AA) say what holds."""
    if response.flags & dns.flags.AA:
        return 0.0
    for rrset in response.authority:
        if rrset.rdtype == dns.rdatatype.SOA:
            return float(min(rrset.ttl, rrset[0].minimum))
    return NEGATIVE_TTL_S


def _values(rrset: dns.rrset.RRset, kind: str) -> tuple[str, ...]:
    if kind == "TXT":
        return tuple(b"".join(txt.strings).decode("latin-1") for txt in rrset)
    if kind == "MX":
        by_preference = sorted(rrset, key=lambda mx: mx.preference)
        return tuple(mx.exchange.to_text(omit_final_dot=True) for mx in by_preference)
    if kind in ("PTR", "CNAME"):
        return tuple(each.target.to_text(omit_final_dot=True) for each in rrset)
    return tuple(address.address for address in rrset)
