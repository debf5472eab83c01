"""What people read about a DKIM key: where it stands and what comes next. Pure."""

from collections.abc import Sequence

from sendoff.lib import clock
from sendoff.senders import key_life
from sendoff.senders.key_life import COMING, Key, State, Terms

STANDS = {
    State.PLANNED: "waits for its record",
    State.SEEN: "its record is up",
    State.SIGNING: "signs",
    State.RETIRING: "signs no more",
    State.RETIRED: "over",
}
_IN_DOUBT_MS = 300_000  # a parcel that a worker began before a change is finished as it began
KINDS = {"rsa": "RSA", "ed25519": "Ed25519"}


def next_step(key: Key, others: Sequence[Key], terms: Terms) -> str:
    """One or two sentences: what happens next with a key, and what its owner does."""
    return {
        State.PLANNED: _planned,
        State.SEEN: _seen,
        State.SIGNING: _signing,
        State.RETIRING: _retiring,
        State.RETIRED: _retired,
    }[key.state](key, others, terms)


def signed_by(keys: Sequence[Key], moment_ms: int) -> str:
    """The selectors that signed what was written at a moment; in doubt, those just before too."""
    now = key_life.signing_at(keys, moment_ms)
    earlier = key_life.signing_at(keys, moment_ms - _IN_DOUBT_MS)
    words = " and ".join(key.selector for key in now)
    before = " and ".join(key.selector for key in earlier if key not in now)
    return f"{words} (or still {before}, minutes after the change)" if before else words


def purpose(key: Key) -> str:
    """What its record is for, beside other records of the domain."""
    name = {
        State.PLANNED: "New DKIM key",
        State.SEEN: "New DKIM key",
        State.RETIRING: "Old DKIM key",
    }.get(key.state, "DKIM key")
    return name if key.kind == "rsa" else f"{name} ({KINDS[key.kind]})"


def _planned(key: Key, others: Sequence[Key], terms: Terms) -> str:
    if key.problem:
        return f"{key.problem} {_meanwhile(key, others)}".strip()
    wait = _span(terms.seen_for_ms)
    words = f"Publish its record; it signs once DNS has shown that for {wait}."
    return f"{words} {_meanwhile(key, others)}".strip()


def _seen(key: Key, others: Sequence[Key], terms: Terms) -> str:
    when = _when((key.seen_ms or 0) + terms.seen_for_ms)
    return f"It signs from about {when} on, if its record stays. {key.problem}".strip()


def _signing(key: Key, others: Sequence[Key], terms: Terms) -> str:
    following = [each for each in others if each.kind == key.kind and each.state in COMING]
    if following:
        return f"Until {following[0].selector} takes over."
    if not terms.rotate_ms:
        return "Until you plan a new key."
    return f"A new key is planned on {_day((key.signing_ms or 0) + terms.rotate_ms)}."


def _retiring(key: Key, others: Sequence[Key], terms: Terms) -> str:
    until = _when((key.retiring_ms or 0) + terms.stays_ms)
    return f"Leave its record until {until}: mail that it signed is still on its way."


def _retired(key: Key, others: Sequence[Key], terms: Terms) -> str:
    if key.signing_ms is None:
        return "It was given up before it signed; its record may be removed."
    return "Its record may be removed; its private half is destroyed."


def _meanwhile(key: Key, others: Sequence[Key]) -> str:
    now = [
        each.selector for each in others if each.kind == key.kind and each.state is State.SIGNING
    ]
    return f"Until then {now[0]} goes on signing." if now else ""


def _span(ms: int) -> str:
    minutes = round(ms / 60_000)
    if minutes < 1:
        return "a moment"
    if minutes % 60:
        return f"{minutes} minutes" if minutes > 1 else "a minute"
    return f"{minutes // 60} hours" if minutes > 60 else "an hour"


def _when(ms: int) -> str:
    return f"{clock.at(ms):%d %b %H:%M} UTC"


def _day(ms: int) -> str:
    return f"{clock.at(ms):%d %b %Y}"
