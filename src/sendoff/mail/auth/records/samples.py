"""Judge the samples of the rules about records, in one fixed set-up; only to prove the rules."""

import re

from sendoff.mail.auth import spf
from sendoff.mail.auth.names import Answer, Status
from sendoff.mail.auth.records import dkim_record, dmarc_record, other_records, spf_record

IP = "203.0.113.7"
KEY = (  # the RSA key of 1,024 bits of RFC 8463 appendix A
    "MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDkHlOQoBTzWRiGs5V6NpP3idY6Wk08a5qhdR6wy5bd"
    "OKb2jLQiY/J16JYi0Qvx/byYzCNb3W91y3FutACDfzwQ/BC/e/8uBsCR+yz1Lxj+PL6lHvqMKrM3rG4h"
    "stT5QjvHO9PzoxZyVYLzBfO2EeC3Ip3G+2kryOTIKT+l/K4w3QIDAQAB"
)
OTHER = KEY.replace("5QjvHO9P", "5QjvHO9Q")
EXPECTED = f"v=DKIM1; k=rsa; p={KEY}"
_SAID = {"(none)": Status.NXDOMAIN, "(servfail)": Status.FAILED}


def found(scope: str, text: str) -> list[str]:
    """The ids of the rules that hold for a sample."""
    written, _, said = (part.strip() for part in text.partition("=>"))
    answer = _answer(written)
    if scope == "spf":
        result, _, why = (part.strip() for part in said.partition(":"))
        verdict = _verdict(result or "pass", why)
        findings = spf_record.findings("shop.test", answer, {IP: verdict})
    elif scope == "dkim":
        findings = dkim_record.findings("s1._domainkey.shop.test", answer, EXPECTED)
    elif scope == "dmarc":
        findings = dmarc_record.findings("shop.test", answer)
    else:
        findings = other_records.findings(scope, "shop.test", answer, said or "reject")
    return [name for name, _ in findings]


def _answer(written: str) -> Answer:
    if written in _SAID:
        return Answer(status=_SAID[written], said=written.strip("()"))
    values = tuple(part.strip() for part in re.split(r"\s\|\s", written))
    for word, key in (("OTHERKEY", OTHER), ("CUTKEY", KEY[:120]), ("KEY", KEY)):
        values = tuple(value.replace(word, key) for value in values)
    return Answer(status=Status.FOUND, values=values)


def _verdict(result: str, why: str) -> spf.Verdict:
    trace = ({"kind": "exit", "reason": why},) if why else ()
    lookups = 11 if "lookup limit" in why else 3
    return spf.Verdict(
        result=result, domain="shop.test", explanation=None, lookups=lookups, trace=trace
    )
