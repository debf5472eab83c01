"""Judge the DMARC record of a domain (RFC 9989). Asks no DNS."""

import re
from collections.abc import Iterator, Mapping

from sendoff.mail.auth import policy
from sendoff.mail.auth.names import Answer
from sendoff.mail.auth.policy import Record
from sendoff.mail.auth.records import saying
from sendoff.mail.auth.records.saying import Finding, Judgement

_ALMOST = re.compile(r"[\s\"']*(?:v\s*=\s*)?[\s\"']*dmarc", re.IGNORECASE)
_FAULTS = frozenset(("dmarc-bad-policy", "dmarc-no-policy", "dmarc-bad-reports"))


def judge(domain: str, answer: Answer) -> tuple[Judgement, ...]:
    """Of the TXT records at `_dmarc.` and the domain."""
    return saying.said(findings(domain, answer))


def findings(domain: str, answer: Answer) -> list[Finding]:
    """What is found, the gravest first; always something."""
    facts: dict[str, object] = {
        "domain": domain,
        "wanted": f"v=DMARC1; p=none; rua=mailto:dmarc@{domain}",
    }
    absent = saying.absent("dmarc", answer, facts)
    if absent:
        return [absent]
    records = [text for text in answer.values if policy.is_record(text)]
    almost = [text for text in answer.values if _ALMOST.match(text) and text not in records]
    if not records:
        facts["record"] = almost[0] if almost else ""
        return [("dmarc-almost" if almost else "dmarc-missing", facts)]
    if len(records) > 1:
        return [("dmarc-doubled", {**facts, "count": len(records)})]
    record = policy.parse(records[0])
    facts |= {"record": records[0], "p": record.p, "why": "; ".join(record.oddities)}
    found = list(_of(record, facts))
    return found if any(n in _FAULTS for n, _ in found) else [*found, ("dmarc-ok", facts)]


def _of(record: Record, facts: Mapping[str, object]) -> Iterator[Finding]:
    wrong = [oddity for oddity in record.oddities if oddity.endswith("quarantine or reject")]
    if wrong:
        yield "dmarc-bad-policy", {**facts, "why": wrong[0]}
    elif "p= is missing" in record.oddities:
        yield "dmarc-no-policy", facts
    if "rua" in record.text.lower() and not record.rua:
        yield "dmarc-bad-reports", facts
    if not record.rua and "rua" not in record.text.lower():
        yield "dmarc-without-reports", facts
    if record.t == "y" and record.p != "none":
        yield "dmarc-testing", facts
    if record.pct is not None and record.pct < 100:
        yield "dmarc-pct", {**facts, "pct": record.pct}
    if record.valid and record.p == "none" and not wrong:
        yield "dmarc-watching", facts
