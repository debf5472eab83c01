"""Judge a received message by SPF, DKIM and DMARC, as a receiver does. Never files or answers.

The standards are RFC 7208 (spftrace), 6376 (dkimpy) and 7489 (the `dmarc` package). Blocking and
some milliseconds of CPU: run it in a thread.
"""

import email
import email.utils
from collections.abc import Callable
from dataclasses import dataclass

import dkim
import dmarc
import spftrace
from publicsuffixlist import PublicSuffixList

from recipients.zone import NXDOMAIN, SERVFAIL, Zone

# With `test` as a suffix, shop.test is an organisation and its neighbour another.
SUFFIXES = PublicSuffixList(source=["test"], accept_unknown=True)
MAX_SIGNATURES = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What the receiver found: three words, a sentence for each, and the refusal if any."""

    spf: str = "not checked"
    dkim: str = "not checked"
    dmarc: str = "not checked"
    reasons: tuple[str, ...] = ()
    refusal: str = ""

    @property
    def header(self) -> str:
        """The value of the X-Received-Verdict line: one line of printable ASCII."""
        words = f"spf={self.spf}; dkim={self.dkim}; dmarc={self.dmarc}"
        line = "; ".join((words, *self.reasons))
        return "".join(c if " " <= c <= "~" else "?" for c in line)[:900]


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """One message as it came: who connected, what the envelope said, the content in CRLF form."""

    peer: str
    helo: str
    sender: str
    content: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """One DKIM signature that was looked at."""

    domain: str
    selector: str
    result: str
    why: str = ""


def judge(arrival: Arrival, zone: Zone) -> Verdict:
    """Check a message against the zone, and decide whether a strict receiver would refuse it."""
    spf, spf_domain = _spf(arrival, zone)
    signatures = _dkim(arrival.content, zone)
    author, problem = _author_domain(arrival.content)
    if problem:
        return Verdict(spf=spf, dkim=_overall(signatures), dmarc="permerror", refusal=problem)
    result, policy = _dmarc(author, (spf, spf_domain), signatures, zone)
    return Verdict(
        spf=spf,
        dkim=_overall(signatures),
        dmarc=result,
        reasons=(
            f"SPF: {spf_domain} and {arrival.peer}: {spf}",
            *(f"DKIM: d={s.domain} s={s.selector}: {s.why or s.result}" for s in signatures),
            f"DMARC: From {author}, policy {policy}: {result}",
        ),
        refusal=_refusal(spf, spf_domain, signatures, (author, result, policy)),
    )


def _refusal(
    spf: str, spf_domain: str, signatures: list[Signature], author: tuple[str, str, str]
) -> str:
    """The reply of a receiver that wants all in order (codes of RFC 7372), or nothing."""
    broken = next((s for s in signatures if s.result != "pass"), None)
    if author[1] == "fail" and author[2] == "reject":
        return f"550 5.7.26 DMARC: From {author[0]} is not aligned and its policy is reject"
    if spf == "fail":
        return f"550 5.7.23 SPF: {spf_domain} does not permit your IP address"
    if broken:
        return f"550 5.7.20 DKIM: the signature of {broken.domain} does not verify: {broken.why}"
    return ""


def _spf(arrival: Arrival, zone: Zone) -> tuple[str, str]:
    domain = arrival.sender.rpartition("@")[2] or arrival.helo
    resolver = _ZoneResolver(zone)
    result = spftrace.check(arrival.peer, arrival.sender, arrival.helo, resolver=resolver)
    return str(result.verdict), domain.lower()


class _ZoneResolver(spftrace.BaseResolver):
    """Our own zone in the form spftrace asks for."""

    def __init__(self, zone: Zone) -> None:
        self._zone = zone

    async def _lookup(self, name: str, rtype: str) -> tuple[str, list[str]]:
        found = self._zone.look_up(name, rtype)
        if found.rcode not in ("NOERROR", NXDOMAIN):
            return SERVFAIL, []
        values = [r.value for r in found.records if r.type == rtype]
        return found.rcode, [v.split()[-1].rstrip(".") if rtype == "MX" else v for v in values]


def _dkim(content: bytes, zone: Zone) -> list[Signature]:
    def text_of(name: bytes, timeout: int = 5) -> bytes | None:
        texts = zone.texts(name.decode("ascii", "replace"))
        return texts[0].encode() if texts else None

    head = b"\r\n" + content.partition(b"\r\n\r\n")[0].lower()
    count = min(head.count(b"\r\ndkim-signature:"), MAX_SIGNATURES)
    return [_signature(content, index, text_of) for index in range(count)]


def _signature(content: bytes, index: int, text_of: Callable[..., bytes | None]) -> Signature:
    checker = dkim.DKIM(content)
    why = "the signature does not match the content or the key"
    try:
        passed = checker.verify(idx=index, dnsfunc=text_of)
    except (dkim.DKIMException, ValueError) as problem:
        passed, why = False, str(problem)
    return Signature(
        domain=_word(checker.signature_fields.get(b"d") or checker.domain),
        selector=_word(checker.signature_fields.get(b"s") or checker.selector),
        result="pass" if passed else "fail",
        why="" if passed else why,
    )


def _word(value: bytes | None) -> str:
    return (value or b"").decode("ascii", "replace")


def _overall(signatures: list[Signature]) -> str:
    if not signatures:
        return "none"
    return "pass" if any(s.result == "pass" for s in signatures) else "fail"


def _author_domain(content: bytes) -> tuple[str, str]:
    """The domain of the one From address, or the reply to a message that has not exactly one."""
    head = email.message_from_bytes(content.partition(b"\r\n\r\n")[0] + b"\r\n\r\n")
    froms = [str(value) for value in head.get_all("From", [])]
    addresses = [a for _, a in email.utils.getaddresses(froms) if "@" in a]
    if len(froms) != 1 or len(addresses) != 1:
        return "", "550 5.6.0 The message must have exactly one From with one address"
    return addresses[0].rpartition("@")[2].lower(), ""


def _dmarc(
    author: str, spf: tuple[str, str], signatures: list[Signature], zone: Zone
) -> tuple[str, str]:
    """The DMARC result and the policy that applied ("none" too where nothing is published)."""
    organisation = SUFFIXES.privatesuffix(author) or author
    record, parent = _policy_of(author, zone), ""
    if not record and organisation != author:
        record, parent = _policy_of(organisation, zone), organisation
    if not record:
        return "none", "none"
    try:
        policy = dmarc.DMARCPolicy(record, author, parent or None, publicsuffix=_Organisations())
        policy.verify(auth_results=_as_results(spf, signatures))
    except dmarc.PolicyError:
        return "fail", str(policy.result.disposition.value)
    except dmarc.RecordSyntaxError:
        return "permerror", "none"
    return "pass", str(policy.policy.p.value)


def _policy_of(domain: str, zone: Zone) -> str:
    found = [t for t in zone.texts(f"_dmarc.{domain}") if t.startswith("v=DMARC1")]
    return found[0] if len(found) == 1 else ""


def _as_results(spf: tuple[str, str], signatures: list[Signature]) -> list[object]:
    results: list[object] = []
    if spf[1]:
        results.append(dmarc.SPF(spf[1], dmarc.SPFResult(spf[0])))
    for signature in signatures:
        if signature.domain:
            results.append(dmarc.DKIM(signature.domain, dmarc.DKIMResult(signature.result)))
    return results


class _Organisations:
    """The suffix list in the form the `dmarc` package asks for."""

    def get_public_suffix(self, domain: str) -> str:
        return SUFFIXES.privatesuffix(domain.lower()) or domain
