"""Decide what is done about what came back. Pure, by `effects.toml`: no clock, no database.

Replies in the session, bounces by mail, complaints, opt-outs and vendors' events are judged here
and nowhere else.
"""

import functools
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from sendoff.lib import rules

_SOFT_LIMIT = "soft-in-a-row"
COUNTED = {
    "bounce": "bounced",
    "soft_bounce": "bounced",
    "complaint": "complained",
    "unsubscribe": "unsubscribed",
}


class Kind(StrEnum):
    """What came back. ARF's other types than abuse are told apart by their own names."""

    BOUNCE = "bounce"
    SOFT_BOUNCE = "soft_bounce"
    DELAYED = "delayed"
    CONFIRMED = "confirmed"
    COMPLAINT = "complaint"
    UNSUBSCRIBE = "unsubscribe"
    AUTOREPLY = "autoreply"
    NOT_SPAM = "not-spam"
    AUTH_FAILURE = "auth-failure"
    REPORT = "report"


class Source(StrEnum):
    """The way it came."""

    SESSION = "session"
    DSN = "dsn"
    ARF = "arf"
    MAILTO = "mailto"
    VENDOR = "vendor"


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """What is decided on. `sure`: a rule for replies says so and not a guess. `soft_in_row` counts
    the soft bounces of different campaigns in a row up to and with this one; `first` is False where
    mail tells again what it told of this message."""

    kind: Kind
    source: Source
    category: str = ""
    fault: str = ""
    sure: bool = True
    soft_in_row: int = 0
    first: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Suppress:
    """Do not mail the address any more; `days` 0: for good."""

    reason: str
    rule: str
    days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """One more message of its campaign of which this is true."""

    what: str


Effect = Suppress | Count


@dataclass(frozen=True, kw_only=True)
class EffectRule(rules.Rule):
    """Which kinds, categories and faults (empty: any) ask for what."""

    kinds: tuple[str, ...]
    act: str
    reason: str = ""
    days: int = 0
    categories: tuple[str, ...] = ()
    faults: tuple[str, ...] = ()

    def holds(self, kind: str, category: str, fault: str) -> bool:
        """Whether the rule is for this."""
        return (
            kind in self.kinds
            and (not self.categories or category in self.categories)
            and (not self.faults or fault in self.faults)
        )

    def matches_sample(self, text: str) -> bool:
        """A sample reads: kind, source, category, fault."""
        kind, _, category, fault = ("" if word == "-" else word for word in text.split())
        return self.holds(kind, category, fault)


def decide(what: Happening, soft_limit: int) -> tuple[Effect, ...]:
    """What is done: at most one suppression, and the count. Nothing for most."""
    if what.source is not Source.SESSION and not what.first:
        return ()
    return tuple(filter(None, (_suppression(what, soft_limit), _count(what))))


def is_soft(kind: str, category: str, fault: str) -> bool:
    """Whether it counts among the soft bounces in a row."""
    rule = rule_for(kind, category, fault)
    return rule is not None and rule.act == "soft"


def rule_for(kind: str, category: str, fault: str) -> EffectRule | None:
    """The first rule that holds; None: it is only noted."""
    return next((rule for rule in _rules() if rule.holds(kind, category, fault)), None)


def _suppression(what: Happening, soft_limit: int) -> Suppress | None:
    rule = rule_for(what.kind, what.category, what.fault)
    if rule is None or not what.sure:
        return None
    if rule.act == "suppress":
        return Suppress(reason=rule.reason, rule=rule.id, days=rule.days)
    if what.soft_in_row < soft_limit:
        return None
    return Suppress(reason=rule.reason, rule=_SOFT_LIMIT, days=rule.days)


def _count(what: Happening) -> Count | None:
    """Refusals in the session are in the books already: what came back afterwards is counted."""
    counted = COUNTED.get(what.kind, "")
    if what.source is Source.SESSION or not counted:
        return None
    return Count(what=counted)


@functools.lru_cache(maxsize=1)
def _rules() -> tuple[EffectRule, ...]:
    return rules.load(Path(__file__).with_name("effects.toml"), EffectRule)
