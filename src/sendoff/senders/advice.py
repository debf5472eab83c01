"""Advise whether a sender needs addresses of its own, and how many. Pure; by `advice.toml`."""

import functools
from dataclasses import dataclass
from pathlib import Path

from sendoff.lib import rules

A_DAY_FOR_ONE = 1_000_000  # messages a day that one warm address carries well (domain.md 5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Volume:
    """What a sender did in the last days: messages that went out, on how many of these days."""

    days: int
    sent: int
    days_with_sending: int
    bounced: int

    @property
    def a_month(self) -> int:
        """Messages in 30 days."""
        return round(self.sent * 30 / self.days) if self.days else 0

    @property
    def days_a_week(self) -> float:
        """On how many days of a week anything was sent."""
        return round(self.days_with_sending * 7 / self.days, 2) if self.days else 0.0

    @property
    def bounced_percent(self) -> float:
        """Messages refused because of a bad address, in percent of those sent."""
        return round(100 * self.bounced / self.sent, 2) if self.sent else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """`shared` or `dedicated` with the numbers it rests on; `addresses` is how many to have."""

    advice: str
    rule: str
    why: str
    addresses: int
    a_month: int
    days_a_week: float
    bounced_percent: float
    over_days: int


@dataclass(frozen=True, kw_only=True)
class AdviceRule(rules.Rule):
    """Bounds on messages a month, days with sending a week, and bad addresses in percent."""

    advice: str
    why: str
    least_a_month: int = 0
    most_a_month: int | None = None  # up to, but not with
    least_days_a_week: float = 0.0
    below_days_a_week: float | None = None
    most_bounced: float | None = None  # up to, but not with

    def holds(self, a_month: int, days_a_week: float, bounced: float) -> bool:
        """Whether a sender is within all of the bounds."""
        return (
            a_month >= self.least_a_month
            and (self.most_a_month is None or a_month < self.most_a_month)
            and days_a_week >= self.least_days_a_week
            and (self.below_days_a_week is None or days_a_week < self.below_days_a_week)
            and (self.most_bounced is None or bounced < self.most_bounced)
        )

    def matches_sample(self, text: str) -> bool:
        a_month, days, bounced = text.split()
        return self.holds(int(a_month), float(days), float(bounced))


def advise(volume: Volume) -> Advice:
    """The advice for a sender's own volume and cadence."""
    numbers = (volume.a_month, volume.days_a_week, volume.bounced_percent)
    rule = next(rule for rule in _rules() if rule.holds(*numbers))
    return Advice(
        advice=rule.advice,
        rule=rule.id,
        why=rule.why,
        addresses=_addresses(volume) if rule.advice == "dedicated" else 0,
        a_month=volume.a_month,
        days_a_week=volume.days_a_week,
        bounced_percent=volume.bounced_percent,
        over_days=volume.days,
    )


def _addresses(volume: Volume) -> int:
    """One, and another for each further million on a day with sending."""
    a_day = volume.sent / max(1, volume.days_with_sending)
    return max(1, -(-round(a_day) // A_DAY_FOR_ONE))


@functools.cache
def _rules() -> tuple[AdviceRule, ...]:
    return rules.load(Path(__file__).with_name("advice.toml"), AdviceRule)
