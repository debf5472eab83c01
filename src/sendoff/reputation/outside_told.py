"""Tell what others told of our mail, beside our own figures of the same days. Reads alone."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from typing import Any

from sendoff.lib import clock
from sendoff.outbox import public as outbox
from sendoff.reputation.models import OutsideDay
from sendoff.reputation.outside import GOOGLE, SNDS
from sendoff.senders import public as senders

DAYS = 30
_DAY_MS = 86_400_000
_PROVIDERS = {GOOGLE: "google", SNDS: "outlook"}
_AUTH = ("spf", "dkim", "dmarc", "tls")
_REASONS = {
    "reject.bad_attachment": "bad attachment",
    "reject.bad_or_missing_ptr_record": "no name for the address (PTR)",
    "reject.ip_in_rbls": "address in a blocklist",
    "reject.low_domain_reputation": "low reputation of the domain",
    "reject.low_ip_reputation": "low reputation of the address",
    "reject.spammy_content": "content like spam",
    "reject.stamp_policy_error": "policy of the domain (DMARC)",
    "reject.other": "refused for another reason",
    "temp_fail.anomalous_traffic_pattern": "put off: unusual traffic",
    "temp_fail.other": "put off for another reason",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One day of one domain or address: what they say, and what we sent them that day.

    `ours` is messages accepted or refused by our books at that provider; None where we know none.
    """

    kind: str
    subject: str
    on: date
    figures: dict[str, Any]
    ours: int | None
    blocked: int | None

    @property
    def spam_percent(self) -> float | None:
        """Share of mail in the inbox that people reported as spam, in percent."""
        rate = self.figures.get("spam_rate")
        return None if rate is None else round(100 * rate, 3)

    @property
    def passed(self) -> list[tuple[str, float]]:
        """Shares in percent of what passed SPF, DKIM, DMARC, and came encrypted."""
        found = [(name, self.figures[name]) for name in _AUTH if name in self.figures]
        return [(name.upper(), round(100 * rate, 1)) for name, rate in found]

    @property
    def errors(self) -> list[tuple[str, float]]:
        """Shares in percent of what was refused or put off, by reason, the most first."""
        found = [
            (words, round(100 * self.figures[name], 2))
            for name, words in _REASONS.items()
            if self.figures.get(name)
        ]
        return sorted(found, key=lambda each: -each[1])


def days(workspace_id: int, kind: str, count: int = DAYS) -> list[Row]:
    """What one connector told of the last days, newest first."""
    since = clock.now_ms() // _DAY_MS - count
    rows = OutsideDay.objects.filter(workspace_id=workspace_id, kind=kind, day__gt=since)
    ours = _ours(workspace_id, kind, since)
    return [_row(row, ours) for row in rows.order_by("-day", "subject")]


def _row(row: OutsideDay, ours: dict[tuple[str, int], tuple[int, int]]) -> Row:
    # Google tells of a domain, so of all our addresses together; Microsoft of one address.
    about = "" if row.kind == GOOGLE else row.subject
    sent, blocked = ours.get((about, row.day), (None, None))
    return Row(
        kind=row.kind,
        subject=row.subject,
        on=clock.at(row.day * _DAY_MS).date(),
        figures=row.figures,
        ours=sent,
        blocked=blocked,
    )


def _ours(workspace_id: int, kind: str, since: int) -> dict[tuple[str, int], tuple[int, int]]:
    """Messages and blocked ones by (address, day); "" for all addresses together."""
    found: dict[tuple[str, int], list[int]] = defaultdict(lambda: [0, 0])
    for server in senders.servers(workspace_id):
        for day, seen in outbox.source_days(server.id, _PROVIDERS[kind], since):
            for about in {"", server.source_ip}:
                found[about, day][0] += seen.sent
                found[about, day][1] += seen.blocked
    return {key: (sent, blocked) for key, (sent, blocked) in found.items()}
