"""Ask DNS one question and tell the kinds of answer apart. It keeps and decides nothing."""

import asyncio
import ipaddress
from dataclasses import dataclass
from enum import Enum

import dns.asyncresolver
import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.rdatatype
import dns.resolver

from sendoff.mail.stages import Evidence

PATIENCE_S = 10.0  # for one question with all its repetitions
NEGATIVE_TTL = 300.0  # where a "no" comes without an SOA to say how long it holds (RFC 2308)
FAILURE_TTL = 30.0  # how long a failure is believed
MAX_TTL = 86_400.0


class Status(Enum):
    """What an answer says."""

    FOUND = "found"
    NODATA = "no such record"
    NXDOMAIN = "no such name"
    FAILED = "no answer"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One answer. `mx`: (preference, host) pairs; `addresses`: text forms; `texts`: TXT joined, or
    TLSA as `3 1 1 <hex>`. `secure`: a resolver on this machine vouches for it (DNSSEC)."""

    status: Status
    said: str
    ttl_s: float
    evidence: Evidence
    mx: tuple[tuple[int, str], ...] = ()
    addresses: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()
    secure: bool = False


class Lookup:
    """Questions to one name server, "address:port"; "" means the system's."""

    def __init__(self, nameserver: str = "", patience_s: float = PATIENCE_S) -> None:
        self._nameserver = nameserver
        self._patience_s = patience_s
        self._resolver: dns.asyncresolver.Resolver | None = None

    async def ask(self, name: dns.name.Name, kind: str) -> Answer:
        """The answer for a name and a record type: MX, A, AAAA, TXT or TLSA."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        status, said, ttl_s, rrset = Status.FOUND, "", NEGATIVE_TTL, None
        secure = False
        try:
            found = await self._resolve(name, kind)
            rrset, secure = found.rrset, _secure(found)
            status = Status.FOUND if rrset is not None else Status.NODATA
            ttl_s = rrset.ttl if rrset is not None else _negative_ttl(found.response)
            said = ", ".join(sorted(r.to_text() for r in rrset)) if rrset else status.value
        except dns.resolver.NXDOMAIN as no:
            status, said = Status.NXDOMAIN, "NXDOMAIN"
            responses: dict[dns.name.Name, dns.message.Message] = no.kwargs.get("responses", {})
            ttl_s = _negative_ttl(next(iter(responses.values()), None))
        except (dns.exception.DNSException, OSError) as error:
            status, said, ttl_s = Status.FAILED, _reason(error), FAILURE_TTL
        ms = round((loop.time() - began) * 1000, 3)
        question = f"{name.to_text(omit_final_dot=True)} {kind}"
        return Answer(
            status=status,
            said=said,
            ttl_s=min(ttl_s, MAX_TTL),
            evidence=Evidence(
                stage="dns", ms=ms, command=question, reply=f"{said} (TTL {ttl_s:g} s)"
            ),
            mx=_mx(rrset) if kind == "MX" else (),
            addresses=tuple(r.address for r in rrset or ()) if kind in ("A", "AAAA") else (),
            texts=_texts(rrset, kind),
            secure=secure,
        )

    async def _resolve(self, name: dns.name.Name, kind: str) -> dns.resolver.Answer:
        if self._resolver is None:
            self._resolver = _resolver(self._nameserver)
        return await self._resolver.resolve(
            name, kind, raise_on_no_answer=False, lifetime=self._patience_s, search=False
        )


def _resolver(nameserver: str) -> dns.asyncresolver.Resolver:
    resolver = dns.asyncresolver.Resolver(configure=not nameserver)
    if nameserver:
        address, _, port = nameserver.rpartition(":")
        resolver.nameservers = [(address or port).strip("[]")]
        resolver.port = int(port) if address else 53
    if all(_on_loopback(str(server)) for server in resolver.nameservers):
        resolver.set_flags(dns.flags.RD | dns.flags.AD)  # tell us what was verified (RFC 6840 5.7)
    return resolver


def _secure(found: dns.resolver.Answer) -> bool:
    """AD is worth something only where nobody stands between the resolver and us (RFC 7672 1.3)."""
    return bool(found.response.flags & dns.flags.AD) and _on_loopback(found.nameserver or "")


def _on_loopback(server: str) -> bool:
    try:
        return ipaddress.ip_address(server).is_loopback
    except ValueError:
        return False


def _texts(rrset: dns.rrset.RRset | None, kind: str) -> tuple[str, ...]:
    if kind == "TXT":
        return tuple(b"".join(txt.strings).decode("utf-8", "replace") for txt in rrset or ())
    return tuple(tlsa.to_text() for tlsa in rrset or ()) if kind == "TLSA" else ()


def _mx(rrset: dns.rrset.RRset | None) -> tuple[tuple[int, str], ...]:
    return tuple((mx.preference, mx.exchange.to_text()) for mx in rrset or ())


def _negative_ttl(response: dns.message.Message | None) -> float:
    """How long a "no" holds: the smaller of the SOA's TTL and its last field (RFC 2308 5)."""
    for rrset in response.authority if response else ():
        if rrset.rdtype == dns.rdatatype.SOA:
            return float(min(rrset.ttl, rrset[0].minimum))
    return NEGATIVE_TTL


def _reason(error: Exception) -> str:
    """In a few words: a whole list of attempted servers helps nobody."""
    if isinstance(error, dns.resolver.NoNameservers):
        return "the name servers fail (SERVFAIL)"
    if isinstance(error, dns.exception.Timeout):
        return "no answer in time"
    return " ".join(str(error).split())[:200] or type(error).__name__
