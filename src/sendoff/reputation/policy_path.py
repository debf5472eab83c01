"""Advise on the way from none over quarantine to reject, by what reports say. Pure; it publishes
nothing and asks no DNS."""

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from sendoff.lib import rules
from sendoff.reputation.picture import Picture, Sums
from sendoff.reputation.sources import Source

_NONE = Sums()


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """What to do about the policy: wait, mend, quarantine, reject or stay, with its numbers.

    `own_failed`, `forwarded_failed` and `unknown` are the messages of these days that a stricter
    policy asks receivers to hold back or refuse; `own_percent` of own mail passed.
    """

    advice: str
    rule: str
    sentence: str
    would_lose: str
    policy: str
    days: int
    messages: int
    own_percent: float
    own_failed: int
    forwarded_failed: int
    unknown: int


@dataclass(frozen=True, kw_only=True)
class PathRule(rules.Rule):
    """Bounds on the days with reports, the messages in them and the own mail that passes."""

    advice: str
    sentence: str
    policies: tuple[str, ...] = ()  # empty: any
    least_days: int = 0
    least_messages: int = 0
    most_messages: int | None = None
    least_own: float = 0.0
    below_own: float | None = None

    def holds(self, policy: str, days: int, messages: int, own: float) -> bool:
        """Whether a domain is within all of the bounds. `policy`: "-" where none is published."""
        return (
            (not self.policies or policy in self.policies)
            and days >= self.least_days
            and messages >= self.least_messages
            and (self.most_messages is None or messages <= self.most_messages)
            and own >= self.least_own
            and (self.below_own is None or own < self.below_own)
        )

    def matches_sample(self, text: str) -> bool:
        policy, days, messages, own = text.split()
        return self.holds(policy, int(days), int(messages), float(own))


def advise(picture: Picture, published: str = "") -> Advice:
    """The next step for a domain. `published`: its policy, where it is known better than by the
    newest report."""
    policy = published or picture.policy
    policy = policy if policy in ("none", "quarantine", "reject") else "-"
    ours, allowed = _sums(picture.by_source, Source.OURS), _sums(picture.by_source, Source.ALLOWED)
    own = ours.messages + allowed.messages
    own_failed = ours.failed
    # No own mail at all proves nothing, and keeps nobody from anything.
    percent = round(100 * (own - own_failed) / own, 2) if own else 100.0
    days, messages = len(picture.by_day), picture.all.messages
    rule = next(rule for rule in _rules() if rule.holds(policy, days, messages, percent))
    forwarded = _sums(picture.by_source, Source.FORWARDED).failed
    unknown = _sums(picture.by_source, Source.UNKNOWN).failed
    return Advice(
        advice=rule.advice,
        rule=rule.id,
        sentence=rule.sentence,
        would_lose=_would_lose(policy, own_failed, forwarded, unknown, picture.days),
        policy=policy if policy != "-" else "",
        days=days,
        messages=messages,
        own_percent=percent,
        own_failed=own_failed,
        forwarded_failed=forwarded,
        unknown=unknown,
    )


def _would_lose(policy: str, own: int, forwarded: int, unknown: int, days: int) -> str:
    """What a policy costs, by numbers."""
    if not (own or forwarded or unknown):
        return f"Nothing that was reported in {days} days failed, so a policy costs nothing."
    strict = policy in ("quarantine", "reject")
    done = {"quarantine": "to be put into spam", "reject": "to be refused"}.get(policy, "")
    asked = f"your policy asks for these {done}" if strict else "a stricter policy would cost"
    return (
        f"In {days} days {asked}: {own:,} of your own messages, {forwarded:,} that were passed on,"
        f" and {unknown:,} from addresses we don't know."
    )


def _sums(found: Mapping[Source, Sums], source: Source) -> Sums:
    return found.get(source, _NONE)


@functools.cache
def _rules() -> tuple[PathRule, ...]:
    return rules.load(Path(__file__).with_name("policy_path.toml"), PathRule)
