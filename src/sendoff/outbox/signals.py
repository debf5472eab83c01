"""Which replies are signals, and what they call for: the rules of actions.toml. Pure."""

import functools
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from sendoff.lib import rules

ACTIONS = ("slow", "suspend", "recover")
SCOPES = ("lane", "server", "identity")
_READ_CHARS = 2048  # of a reply: a bound on time


@dataclass(frozen=True, kw_only=True)
class ActionRule(rules.Rule):
    """How many replies of a kind, in which time, make us do what, to what, for how long."""

    text: re.Pattern[str]
    times: int
    within_s: int
    action: str
    scopes: tuple[str, ...]
    lasts_s: int
    providers: tuple[str, ...] = ()  # empty: any
    stop_s: int = 0
    per_minute: int | None = None
    connections: int | None = None
    messages_per_connection: int | None = None

    @classmethod
    def from_table(cls, table: dict[str, Any]) -> Self:
        rule = super().from_table(table | {"text": re.compile(table["text"], re.IGNORECASE)})
        if rule.action not in ACTIONS or not set(rule.scopes) <= set(SCOPES) or not rule.scopes:
            raise ValueError(f"action is one of {ACTIONS}, scopes are of {SCOPES}")
        limits = rule.per_minute or rule.connections or rule.messages_per_connection
        if rule.action == "slow" and not limits:
            raise ValueError("a rule that slows says to what")
        if (rule.action == "recover") != bool(rule.stop_s):
            raise ValueError("stop_s belongs to recover, and recover needs it")
        return rule

    def holds(self, provider: str, reply: str) -> bool:
        """Whether a provider's reply is one of these."""
        known = not self.providers or provider in self.providers
        return known and self.text.search(reply[:_READ_CHARS]) is not None

    def matches_sample(self, text: str) -> bool:
        return self.holds(next(iter(self.providers), ""), text)


def heard(provider: str, reply: str) -> ActionRule | None:
    """The rule that a reply counts for."""
    return next((rule for rule in every().values() if rule.holds(provider, reply)), None)


@functools.cache
def every() -> dict[str, ActionRule]:
    """All rules by their ids, those of one provider first."""
    found = rules.load(Path(__file__).with_name("actions.toml"), ActionRule)
    return {rule.id: rule for rule in sorted(found, key=lambda rule: not rule.providers)}
