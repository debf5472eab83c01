"""Decide how much a new source may send today, and how a day's numbers move it. Pure.

Days are whole days counted from 1970-01-01 in UTC. The plans are rules in `warmup.toml`.
"""

import functools
from dataclasses import dataclass
from pathlib import Path

from sendoff.lib import rules

DAY_MS = 86_400_000


@dataclass(frozen=True, kw_only=True)
class Plan(rules.Rule):
    """Messages a day by day of the plan, and the rates at which it stands still or goes back."""

    days: tuple[int, ...]
    least_share: float
    least_sent: int
    hold_deferred: float
    hold_bounced: float
    hold_complained: float
    halve_complained: float
    cold_after_days: int

    def matches_sample(self, text: str) -> bool:
        day, _, number = text.removeprefix("day ").partition(": ")
        return self.on_day(int(day)) == int(number)

    def on_day(self, day: int) -> int | None:
        """The most that goes out on a day of the plan; None after its end."""
        return self.days[day - 1] if day <= len(self.days) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """The day of the plan (from 1), and the last day on which anything was sent."""

    day: int
    sent_on: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What became of a day's messages of one source at one provider.

    `deferred` counts what was put off for a reason of ours (pace, reputation, content), not
    greylisting or full mailboxes; `blocked` what was refused because of our address.
    """

    sent: int
    deferred: int = 0
    bounced: int = 0
    blocked: int = 0
    complained: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What a day's numbers mean for the next one: advance, hold, halve or rewarm, and why."""

    what: str
    day: int
    why: str


@functools.cache
def plans() -> dict[str, Plan]:
    """Every plan by its id, the default first."""
    found = rules.load(Path(__file__).with_name("warmup.toml"), Plan)
    return {plan.id: plan for plan in found}


def allowed(plan: Plan, standing: Standing, today: int) -> int | None:
    """The most that may go out today; None: the source is warm."""
    if today - standing.sent_on >= plan.cold_after_days:
        return plan.on_day(1)
    return plan.on_day(standing.day)


def cooled(plan: Plan, standing: Standing, day: int) -> Decision | None:
    """Whether the source was silent for so long before a day that it begins again."""
    silent = day - standing.sent_on
    if silent < plan.cold_after_days or standing.day == 1:
        return None
    why = f"Nothing was sent for {silent} days, so it begins again with day 1."
    return Decision(what="rewarm", day=1, why=why)


def judge(plan: Plan, standing: Standing, seen: Seen) -> Decision:
    """How a day with sending moves the source: what is bad goes before what is good."""
    for what, why in (("halve", _halves(plan, seen)), ("hold", _holds(plan, standing, seen))):
        if why:
            day = _half_of(plan, standing.day) if what == "halve" else standing.day
            return Decision(what=what, day=day, why=why)
    day = min(standing.day + 1, len(plan.days) + 1)
    return Decision(what="advance", day=day, why=f"{seen.sent:,} went out without trouble.")


def _halves(plan: Plan, seen: Seen) -> str:
    if seen.blocked:
        return f"Our address was blocked: {seen.blocked:,} of {seen.sent:,} were refused for it."
    return _over("complained about", seen.complained, seen.sent, plan.halve_complained, plan)


def _holds(plan: Plan, standing: Standing, seen: Seen) -> str:
    planned = plan.on_day(standing.day)
    if planned is not None and seen.sent < plan.least_share * planned:
        return f"Only {seen.sent:,} of {planned:,} went out; that is too few to learn from."
    return (
        _over("put off", seen.deferred, seen.sent, plan.hold_deferred, plan)
        or _over("refused as bad addresses", seen.bounced, seen.sent, plan.hold_bounced, plan)
        or _over("complained about", seen.complained, seen.sent, plan.hold_complained, plan)
    )


def _over(did: str, count: int, sent: int, limit: float, plan: Plan) -> str:
    if sent < plan.least_sent or count < limit * sent:
        return ""
    return f"{count / sent:.1%} of {sent:,} were {did}; the limit is {limit:.1%}."


def _half_of(plan: Plan, day: int) -> int:
    """The last day of the plan with at most half of what is allowed on this one; the first else."""
    now = plan.on_day(day) or plan.days[-1]
    fitting = [n for n, most in enumerate(plan.days, 1) if most <= now / 2]
    return fitting[-1] if fitting else 1
