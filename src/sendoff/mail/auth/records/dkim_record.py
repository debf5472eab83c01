"""Judge the published half of a DKIM key against the key we sign with. Asks no DNS."""

import re
from collections.abc import Iterator, Mapping

from sendoff.mail.auth import keys, tags
from sendoff.mail.auth.names import Answer
from sendoff.mail.auth.records import saying
from sendoff.mail.auth.records.saying import Finding, Judgement

_KEY = re.compile(r"(?:^|;)\s*p\s*=\s*([^;]*)")
_WEAK = 2048  # bits of RSA below which receivers begin to mistrust
_MIN_PIECE = 40  # characters of a key that a cut one still has


def judge(host: str, answer: Answer, expected: str) -> tuple[Judgement, ...]:
    """Of the TXT records at `selector._domainkey.domain`; `expected` is the value to publish."""
    return saying.said(findings(host, answer, expected))


def findings(host: str, answer: Answer, expected: str) -> list[Finding]:
    """What is found, the gravest first; always something."""
    facts: dict[str, object] = {"host": host, "wanted": expected}
    absent = saying.absent("dkim", answer, facts)
    if absent:
        return [absent]
    records = [text for text in answer.values if _KEY.search(text)] or list(answer.values)
    if len(records) > 1:
        return [("dkim-doubled", {**facts, "count": len(records)})]
    facts["record"] = records[0]
    fault = _fault(records[0], expected, facts)
    return [fault] if fault else [*_advice(records[0], facts), ("dkim-ok", facts)]


def _fault(record: str, expected: str, facts: Mapping[str, object]) -> Finding | None:
    """The first thing that keeps receivers from verifying with it."""
    ours, theirs = _p(expected), _p(record)
    for name, holds in (
        ("dkim-quotes", '"' in record or "\\" in record),
        ("dkim-pem", "-----" in record),
        ("dkim-revoked", theirs == "" and _KEY.search(record)),
        ("dkim-cut-off", theirs != ours and len(theirs) >= _MIN_PIECE
         and ours.startswith(theirs.rstrip("="))),
    ):  # fmt: skip
        if holds:
            return name, {**facts, "has": len(theirs), "needs": len(ours)}
    try:
        key = keys.parse(record)
    except keys.KeyProblem as problem:
        return "dkim-malformed", {**facts, "why": problem}
    return ("dkim-other-key", facts) if theirs != ours else _unusable(key, facts)


def _unusable(key: keys.Key, facts: Mapping[str, object]) -> Finding | None:
    try:
        keys.usable(key, next(a for a, kind in keys.ALGORITHMS.items() if kind == key.type))
    except keys.KeyProblem as problem:
        return "dkim-not-for-us", {**facts, "why": problem}
    return None


def _advice(record: str, facts: Mapping[str, object]) -> Iterator[Finding]:
    key = keys.parse(record)
    if "y" in key.flags:
        yield "dkim-testing", facts
    if key.type == "rsa" and key.bits < _WEAK:
        yield "dkim-short", {**facts, "bits": key.bits}
    found = _KEY.search(record)
    if found and re.search(r"\s", found[1].strip()):
        yield "dkim-blanks", facts


def _p(record: str) -> str:
    """The key in a record without its blanks; "" where there is none."""
    found = _KEY.search(record)
    return tags.without_blanks(found[1].encode("utf-8")).decode() if found else ""
