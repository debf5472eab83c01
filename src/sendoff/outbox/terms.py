"""Decide what happens to a message after an attempt. Pure: no clock, no database."""

import random
from dataclasses import dataclass

import msgspec

from sendoff.mail.stages import Kind, Outcome, State

LAST_WAIT_S = 6 * 3600  # after the schedule is used up (design 5.8)
_JITTER = 0.1  # of the wait, so that a crowd deferred together does not come back together


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """A campaign's own rules for trying again: waits in seconds, time-to-live in milliseconds."""

    retry_after_s: tuple[int, ...]
    time_to_live_ms: int
    paused_ms: int
    resend_unknown: bool


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """Where a message stands after an attempt."""

    state: State
    hold: str = ""
    due_ms: int = 0
    category: str = ""


def decide(outcome: Outcome, terms: Terms, *, attempt: int, first_ms: int, now_ms: int) -> Decision:
    """What happens next. `attempt` counts from 1; `first_ms` is when the first one began.

    A temporary failure waits by the schedule until the time-to-live ends, with one last try at
    its end; then it is refused at the stage that kept failing.
    """
    if outcome.kind is Kind.DEFERRED:
        return _retry(outcome, terms, attempt, first_ms, now_ms)
    if outcome.kind is Kind.UNKNOWN and terms.resend_unknown:
        return _retry(outcome, terms, attempt, first_ms, now_ms)
    return Decision(state=State(outcome.kind.value), category=outcome.category)


def term_start(dated_ms: int | None, queued_ms: int) -> int | None:
    """When the time-to-live of a message began to run: with its first try, or when a person had it
    tried again, which queues it anew and leaves its Date alone. None before the first try."""
    return None if dated_ms is None else max(dated_ms, queued_ms)


def _retry(outcome: Outcome, terms: Terms, attempt: int, first_ms: int, now_ms: int) -> Decision:
    deadline = first_ms + terms.time_to_live_ms + terms.paused_ms
    if now_ms >= deadline:
        lost = outcome.kind is Kind.UNKNOWN  # too late to ask again, and still nobody knows
        state = State.UNKNOWN if lost else State.REFUSED
        return Decision(state=state, category="expired_or_network")
    due = min(now_ms + _wait_ms(outcome, terms, attempt), deadline)
    return Decision(state=State.WAITING, hold="retry", due_ms=due, category=outcome.category)


def _wait_ms(outcome: Outcome, terms: Terms, attempt: int) -> int:
    schedule = terms.retry_after_s or (LAST_WAIT_S,)
    # Past its end a schedule goes on with twice its last wait: 4 h become 6 h, a demo's 8 s 16 s.
    seconds = min(2 * schedule[-1], LAST_WAIT_S)
    if attempt <= len(schedule):
        seconds = schedule[attempt - 1]
    asked = max(seconds, outcome.retry_after_s or 0)
    return int(1000 * asked * random.uniform(1, 1 + _JITTER))  # noqa: S311 - spreads, keeps no secret
