"""Decide what a provider answers at each step. Never touches the network, the clock or a file.

A behaviour is called with the step and what was seen so far. It answers None (go on), a reply
line (say this), or DROP (close the line without a word). Steps, in order: greeting, mail, rcpt,
data, content (354 said, content coming), end (content is here), filed (the mail is in the mailbox,
the 250 not yet said).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

DROP = "drop"
STEPS = ("greeting", "mail", "rcpt", "data", "content", "end", "filed")


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What the server knows at a step. `at` is in monotonic seconds."""

    at: float
    peer: str = ""
    connection: int = 0
    messages: int = 0  # accepted on this connection so far
    sender: str = ""
    recipient: str = ""
    size: int = 0


Behaviour = Callable[[str, Seen], str | None]


def make(settings: Mapping[str, Any]) -> Behaviour:
    """The behaviour a TOML table describes; ValueError names a kind that does not exist."""
    values = dict(settings)
    kind = values.pop("kind", "")
    if kind not in _KINDS:
        raise ValueError(f"No behaviour is called {kind!r}; there are {', '.join(sorted(_KINDS))}.")
    return _KINDS[kind](**values)


class Replies:
    """Always the same answer at the named steps: `{rcpt = "550 5.1.1 ..."}` or "drop"."""

    def __init__(self, **answers: str) -> None:
        unknown = set(answers) - set(STEPS)
        if unknown:
            raise ValueError(f"No step is called {sorted(unknown)[0]!r}; see behaviour.py.")
        self._answers = answers

    def __call__(self, step: str, seen: Seen) -> str | None:
        return self._answers.get(step)


class Greylist:
    """Puts a recipient off until `seconds` after the first try from the same peer."""

    REPLY = "451 4.7.1 Greylisted, please try again in {:.0f} seconds"

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._first: dict[tuple[str, str], float] = {}

    def __call__(self, step: str, seen: Seen) -> str | None:
        if step != "rcpt":
            return None
        first = self._first.setdefault((seen.peer, seen.recipient), seen.at)
        left = first + self._seconds - seen.at
        return self.REPLY.format(max(left, 1)) if left > 0 else None


class Storm:
    """A fixed row of temporary failures, one after the other, and then nothing but peace.

    The next failure strikes the first transaction that reaches its step; no sender is struck
    twice by MAIL and no recipient twice later, so that a few retries are always enough.
    """

    def __init__(self, failures: list[str]) -> None:
        self._left = [failure.split(" ", 1) for failure in failures]
        self._struck: set[str] = set()

    def __call__(self, step: str, seen: Seen) -> str | None:
        if not self._left or self._left[0][0] != step:
            return None
        whom = {"greeting": f"line {seen.connection}", "mail": seen.sender}.get(
            step, seen.recipient
        )
        if whom in self._struck:
            return None
        self._struck.add(whom)
        return self._left.pop(0)[1]


class Ration:
    """At most `each` messages on one connection; then 421 and the line is closed."""

    REPLY = "421 4.7.0 Too many messages on this connection, please open a new one"

    def __init__(self, each: int) -> None:
        self._each = each

    def __call__(self, step: str, seen: Seen) -> str | None:
        return self.REPLY if step == "mail" and seen.messages >= self._each else None


class TooBig:
    """Refuses content over `limit` bytes once it is there (the limit is not announced)."""

    REPLY = "552 5.3.4 Message size exceeds the fixed limit of {} bytes"

    def __init__(self, limit: int) -> None:
        self._limit = limit

    def __call__(self, step: str, seen: Seen) -> str | None:
        return self.REPLY.format(self._limit) if step == "end" and seen.size > self._limit else None


_KINDS: dict[str, Callable[..., Behaviour]] = {
    "accepts": Replies,
    "replies": Replies,
    "greylists": Greylist,
    "storms": Storm,
    "rations": Ration,
    "too_big": TooBig,
}
