"""Decide what follows a try: taken, tried again or given up, or an end for the endpoint. Pure."""

from dataclasses import dataclass

RETRY_S = (60, 300, 1_800, 7_200, 28_800)
FAILING_DAYS = 5  # so long nothing but failures, and the endpoint is switched off
LONGEST_S = 86_400  # that an endpoint may ask us to wait
_GONE = 410
_DAY_MS = 86_400_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """The delivery's new state, when it is due, and why the endpoint is switched off, if it is."""

    state: str
    due_ms: int
    off_why: str = ""


def decide(
    status: int | None,
    tries: int,
    now_ms: int,
    failing_since_ms: int | None,
    asked_s: int | None = None,
) -> Decision:
    """After so many tries, the last of which was answered so (None: not at all). An endpoint may
    ask for a longer wait than the usual one (`asked_s`, its Retry-After), never for a shorter."""
    if status is not None and 200 <= status < 300:
        return Decision(state="taken", due_ms=now_ms)
    if status == _GONE:
        why = "It answered 410: it wants no more events."
        return Decision(state="given_up", due_ms=now_ms, off_why=why)
    off_why = ""
    if failing_since_ms is not None and now_ms - failing_since_ms >= FAILING_DAYS * _DAY_MS:
        off_why = f"Nothing but failures for {FAILING_DAYS} days."
    if tries > len(RETRY_S):
        return Decision(state="given_up", due_ms=now_ms, off_why=off_why)
    wait_s = max(RETRY_S[tries - 1], min(asked_s or 0, LONGEST_S))
    return Decision(state="waiting", due_ms=now_ms + wait_s * 1000, off_why=off_why)
