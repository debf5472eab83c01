"""Judge the records that are optional: MTA-STS (RFC 8461), TLS-RPT (RFC 8460) and BIMI. No DNS."""

import re
from collections.abc import Mapping

from sendoff.mail.auth.names import Answer
from sendoff.mail.auth.records import saying
from sendoff.mail.auth.records.saying import Finding, Judgement

_STS = re.compile(r"v=STSv1\s*;\s*id=[A-Za-z0-9]{1,32}\s*;?\s*(?:[a-z0-9_.-]+=[^;]*;?\s*)*")
_RPT = re.compile(
    r"v=TLSRPTv1\s*;\s*rua=(?:mailto:[^\s,;@]+@[^\s,;]+|https://[^\s,;]+)(?:\s*,.*)?;?\s*"
)
_BIMI = re.compile(r"v=BIMI1\s*;(?:\s*[a-z]+\s*=[^;]*;?)*\s*")
_LOGO = re.compile(r";\s*l\s*=\s*(https://[^\s;]+\.svg)?\s*(?:;|$)", re.IGNORECASE)
_BEGINS = {
    "mta-sts": ("v=STSv1", _STS, "v=STSv1; id=20261122000000;"),
    "tls-rpt": ("v=TLSRPTv1", _RPT, "v=TLSRPTv1; rua=mailto:tls@{domain}"),
    "bimi": ("v=BIMI1", _BIMI, "v=BIMI1; l=https://{domain}/logo.svg; a="),
}


def mta_sts(domain: str, answer: Answer) -> tuple[Judgement, ...]:
    """Of the TXT records at `_mta-sts.` and the domain."""
    return saying.said(findings("mta-sts", domain, answer))


def tls_rpt(domain: str, answer: Answer) -> tuple[Judgement, ...]:
    """Of the TXT records at `_smtp._tls.` and the domain."""
    return saying.said(findings("tls-rpt", domain, answer))


def bimi(domain: str, answer: Answer, policy: str) -> tuple[Judgement, ...]:
    """Of the TXT records at `default._bimi.` and the domain; `policy` is the DMARC policy."""
    return saying.said(findings("bimi", domain, answer, policy))


def findings(kind: str, domain: str, answer: Answer, policy: str = "reject") -> list[Finding]:
    """What is found of one kind of record; always something."""
    begins, grammar, wanted = _BEGINS[kind]
    facts: dict[str, object] = {
        "domain": domain,
        "wanted": wanted.format(domain=domain),
        "policy": policy,
    }
    absent = saying.absent(kind, answer, facts)
    if absent:
        return [absent]
    records = [text for text in answer.values if text.lower().startswith(begins.lower())]
    if not records:
        return [(f"{kind}-missing", facts)]
    if len(records) > 1:
        return [(f"{kind}-doubled", {**facts, "count": len(records)})]
    facts["record"] = records[0]
    if not grammar.fullmatch(records[0]) or (kind == "bimi" and not _LOGO.search(records[0])):
        return [(f"{kind}-malformed", facts)]
    return [(_bimi_name(facts) if kind == "bimi" else f"{kind}-ok", facts)]


def _bimi_name(facts: Mapping[str, object]) -> str:
    return "bimi-ok" if facts["policy"] in ("quarantine", "reject") else "bimi-policy"
