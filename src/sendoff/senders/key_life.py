"""The life of a DKIM key: what comes next for it, given what DNS shows and the time. Pure.

A key is planned, its record is published by the domain's owner and seen in DNS, it signs in place
of the one before, it retires while mail that it signed is still on its way, and it is retired.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

DAY_MS = 86_400_000
#: A relay may keep trying for five days (RFC 5321 4.5.4.1), and receivers may verify later than
#: they receive: the old record is kept "for a reasonable validation interval" (RFC 6376 5.2). Our
#: own queue needs none of it: what is tried again is signed anew.
RECORD_STAYS_MS = 7 * DAY_MS


class State(StrEnum):
    """Where a key stands."""

    PLANNED = "planned"  # DNS does not show its record yet
    SEEN = "seen"  # DNS shows it, but not for long enough
    SIGNING = "signing"
    RETIRING = "retiring"  # it signs no more, and its record must stay
    RETIRED = "retired"  # its record may go, and its private half is destroyed


COMING = (State.PLANNED, State.SEEN)


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """A DKIM key without its private half. Times in ms; None for what has not happened yet.

    `host` and `value` are its record; `problem` is a sentence about the last look at DNS.
    """

    id: int
    domain_id: int
    selector: str
    kind: str
    host: str
    value: str
    planned_ms: int
    planned_by: str
    looked_ms: int | None = None
    problem: str = ""
    seen_ms: int | None = None
    signing_ms: int | None = None
    switched_by: str = ""
    retiring_ms: int | None = None
    retired_ms: int | None = None

    @property
    def state(self) -> State:
        """The last step that was taken."""
        reached = (
            (self.retired_ms, State.RETIRED),
            (self.retiring_ms, State.RETIRING),
            (self.signing_ms, State.SIGNING),
            (self.seen_ms, State.SEEN),
        )
        return next((state for moment, state in reached if moment is not None), State.PLANNED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What DNS showed for a key. `right`: exactly its record; None: no answer for now."""

    at_ms: int
    right: bool | None
    sentence: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """How long DNS must have shown a record before its key signs, how long the record stays
    after that, and after how long a key is to be replaced (0: never); all in ms."""

    seen_for_ms: int
    stays_ms: int = RECORD_STAYS_MS
    rotate_ms: int = 0


def after(key: Key, look: Look | None, now_ms: int, terms: Terms) -> State:
    """Where a key stands after a look at DNS, if there was one, and at this moment.

    It signs at the second look that finds its record, `seen_for_ms` after the first at least: the
    name servers of a domain do not all change at once. One that does not find it begins anew.
    """
    if key.state is State.RETIRING and now_ms - (key.retiring_ms or 0) >= terms.stays_ms:
        return State.RETIRED
    if key.state not in COMING or look is None or look.right is None:
        return key.state
    if not look.right:
        return State.PLANNED
    proved = key.seen_ms is not None and look.at_ms - key.seen_ms >= terms.seen_for_ms
    return State.SIGNING if proved else State.SEEN


def signing_at(keys: Sequence[Key], moment_ms: int) -> list[Key]:
    """What signed at a moment; one before the first signature counts as that, as the clock may
    have been put back."""
    first = min((key.signing_ms for key in keys if key.signing_ms is not None), default=0)
    moment = max(moment_ms, first)
    return [
        key
        for key in keys
        if key.signing_ms is not None
        and key.signing_ms <= moment
        and (key.retiring_ms is None or moment < key.retiring_ms)
    ]


def due(keys: Sequence[Key], now_ms: int, terms: Terms) -> list[str]:
    """The kinds of which a domain is to get a new key by schedule."""
    coming = {key.kind for key in keys if key.state in COMING}
    return [
        key.kind
        for key in keys
        if key.state is State.SIGNING
        and 0 < terms.rotate_ms <= now_ms - (key.signing_ms or 0)
        and key.kind not in coming
    ]


def next_selector(taken: Sequence[str]) -> str:
    """s1, s2 and so on: a selector is never used again, since its old record may be remembered."""
    numbers = [int(name[1:]) for name in taken if name[:1] == "s" and name[1:].isdecimal()]
    return f"s{max(numbers, default=0) + 1}"
