"""Sum what a report says to rows that are alike. Pure: it keeps nothing and knows no workspace."""

import ipaddress
from collections import Counter
from collections.abc import Iterable, Set
from typing import NamedTuple

from sendoff.mail.reports import tls
from sendoff.mail.reports.aggregate import Row

MOST = 10**12  # messages or sessions; more is nonsense, and no sum of such passes 64 bits
NOT_SAID = "not said"  # how sessions failed, where the report counts them alone


class Sent(NamedTuple):
    """What messages of a row have in common. `spf`, `dkim`: passed in the name of the From domain.

    `selector` is that of the signature that passed, `our_key` says whether it is one of ours.
    """

    source_ip: str
    header_from: str
    disposition: str
    spf: bool
    dkim: bool
    selector: str
    our_key: bool
    reason: str


class Lines(NamedTuple):
    """What sessions of a row have in common; `result` is "" where they went well."""

    policy_type: str
    result: str
    mx: str


def of_dmarc(told: Iterable[Row], keys: Set[tuple[str, str]]) -> Counter[Sent]:
    """Messages of an aggregate report. `keys`: our own, as (domain, selector)."""
    counted: Counter[Sent] = Counter()
    for row in told:
        selector, our_key = _signed(row, keys)
        sent = Sent(
            source_ip=address(row.source_ip),
            header_from=plain(row.header_from, 253),
            disposition=plain(row.disposition, 20),
            spf=row.spf == "pass",
            dkim=row.dkim == "pass",
            selector=selector,
            our_key=our_key,
            reason=plain(next((each.type for each in row.reasons if each.type), ""), 40),
        )
        counted[sent] = min(MOST, counted[sent] + row.count)
    return +counted


def of_tls(told: Iterable[tls.Policy]) -> tuple[Counter[Lines], dict[Lines, str]]:
    """Sessions of a TLS report, and what is said of those that failed."""
    counted: Counter[Lines] = Counter()
    said: dict[Lines, str] = {}
    for policy in told:
        kind = plain(policy.type, 20)
        counted[Lines(kind, "", "")] += policy.successful
        explained = 0
        for failure in policy.failures:
            lines = Lines(kind, plain(failure.result, 60) or NOT_SAID, plain(failure.mx, 253))
            counted[lines] += failure.sessions
            explained += failure.sessions
            said.setdefault(lines, plain(failure.reason or failure.information, 300))
        counted[Lines(kind, NOT_SAID, "")] += max(0, policy.failed - explained)
    return Counter({key: min(MOST, number) for key, number in (+counted).items()}), said


def _signed(row: Row, keys: Set[tuple[str, str]]) -> tuple[str, bool]:
    """The selector of the signature that passed, one of ours before others."""
    passed = [each for each in row.dkim_results if each.result == "pass"]
    for each in passed:
        if (each.domain, each.selector) in keys:
            return plain(each.selector, 63), True
    return (plain(passed[0].selector, 63) if passed else ""), False


def address(text: str) -> str:
    """An IP address as it is usually written; "" for what is none."""
    try:
        return str(ipaddress.ip_address(text.strip()))
    except ValueError:
        return ""


def plain(text: str, most: int) -> str:
    """On one line, as any database takes it, cut to what is kept."""
    printable = "".join(c if c.isprintable() else " " for c in text[: 4 * most])
    return " ".join(printable.encode("utf-8", "replace").decode().split())[:most]
