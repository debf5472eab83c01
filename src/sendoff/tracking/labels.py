"""Say who asked for a pixel or a link: a person or a machine. Pure; it drops nothing.

The rules are data in `labels.toml`; the first whose conditions all hold decides.
"""

import functools
import re
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from pathlib import Path
from typing import Any, Self

from sendoff.lib import rules
from sendoff.tracking.hits import CLICK, OPEN, TRAP, UNSUBSCRIBE

HUMAN, MACHINE, PRIVACY_PROXY, UNKNOWN = "human", "machine", "privacy_proxy", "unknown"
#: The likelier it was a person, the earlier: a message is counted under the first it earned.
LABELS = (HUMAN, UNKNOWN, PRIVACY_PROXY, MACHINE)

TOGETHER_MS = 5_000  # links asked for within so much of a hit were asked for together with it
_FACTS = " :: "
_NOTHING = re.compile("")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What one request was: its kind, and what the other side told of itself."""

    kind: str = OPEN
    user_agent: str = ""
    ip: str = ""
    method: str = "GET"


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What was around it. `after_ms`: since the message was accepted; None where nobody knows.

    `links`: how many different links of the message were asked for together with it; `trapped`:
    the same address asked for the link that no person can see.
    """

    after_ms: int | None = None
    links: int = 0
    trapped: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """One of LABELS, the id of the rule that says so, and why, in a sentence."""

    label: str
    rule: str
    why: str


@dataclass(frozen=True, kw_only=True)
class LabelRule(rules.Rule):
    """One line of knowledge about who asks; a condition that is left out always holds.

    A sample is a user agent, or facts before it: `click 192.0.2.7 HEAD 900ms 4links trap :: agent`.
    """

    label: str
    user_agent: re.Pattern[str] = _NOTHING  # one pattern or a list, of which any may match
    unless: re.Pattern[str] | None = None
    kinds: tuple[str, ...] = ()
    methods: tuple[str, ...] = ()
    networks: tuple[IPv4Network | IPv6Network, ...] = ()
    before_ms: int | None = None
    links: int = 0
    trapped: bool = False

    @classmethod
    def from_table(cls, table: dict[str, Any]) -> Self:
        read = dict(table)
        for name in ("user_agent", "unless"):
            if name in read:
                read[name] = _pattern(read[name])
        read["networks"] = [ip_network(each) for each in read.get("networks", ())]
        if read.get("label") not in LABELS:
            raise ValueError(f"label must be one of {', '.join(LABELS)}")
        return super().from_table(read)

    def holds(self, asked: Asked, context: Context) -> bool:
        """Whether every condition of the rule is met."""
        return self.agent(asked.user_agent) and self.around(asked, context)

    def agent(self, user_agent: str) -> bool:
        """Whether the program that asks may be meant."""
        return self.user_agent.search(user_agent) is not None and (
            self.unless is None or self.unless.search(user_agent) is None
        )

    def around(self, asked: Asked, context: Context) -> bool:
        """Whether all else fits."""
        return (
            (not self.kinds or asked.kind in self.kinds)
            and (not self.methods or asked.method in self.methods)
            and context.links >= self.links
            and (not self.trapped or context.trapped)
            and self._soon(context.after_ms)
            and (not self.networks or self._inside(asked.ip))
        )

    def matches_sample(self, text: str) -> bool:
        return self.holds(*_sample(text))

    def _soon(self, after_ms: int | None) -> bool:
        if self.before_ms is None:
            return True
        return after_ms is not None and after_ms < self.before_ms

    def _inside(self, ip: str) -> bool:
        try:
            address = ip_address(ip)
        except ValueError:
            return False
        return any(address in network for network in self.networks)


def label(asked: Asked, context: Context = Context()) -> Label:
    """Who asked, by which rule and why. Always answers: the last rule of the file holds for all."""
    rule = next(rule for rule in _by_agent(asked.user_agent) if rule.around(asked, context))
    return Label(label=rule.label, rule=rule.id, why=rule.decides)


def likeliest(labels: Sequence[str]) -> str:
    """Of several labels the one that counts for the message: one person is enough."""
    return min(labels, key=LABELS.index, default="")


def why(rule_id: str) -> str:
    """The sentence of a rule; "" where the file has it no more."""
    return next((rule.decides for rule in loaded() if rule.id == rule_id), "")


@functools.cache
def loaded() -> tuple[LabelRule, ...]:
    """Every rule in the order in which they decide."""
    return rules.load(Path(__file__).with_name("labels.toml"), LabelRule)


@functools.lru_cache(maxsize=4096)
def _by_agent(user_agent: str) -> tuple[LabelRule, ...]:
    """The rules that a program leaves open: few programs ask for most pictures."""
    return tuple(rule for rule in loaded() if rule.agent(user_agent))


def _pattern(written: str | list[str]) -> re.Pattern[str]:
    return re.compile(written if isinstance(written, str) else "|".join(written), re.IGNORECASE)


def _sample(text: str) -> tuple[Asked, Context]:
    facts, separator, agent = text.partition(_FACTS)
    words = facts.split() if separator else []
    asked: dict[str, Any] = {"user_agent": agent if separator else text}
    around: dict[str, Any] = {}
    for word in words:
        if word in (OPEN, CLICK, UNSUBSCRIBE, TRAP):
            asked["kind"] = word
        elif word == "trap-seen":
            around["trapped"] = True
        elif word.endswith("ms"):
            around["after_ms"] = int(word.removesuffix("ms"))
        elif word.endswith("links"):
            around["links"] = int(word.removesuffix("links"))
        else:
            asked["method" if word.isupper() and word.isalpha() else "ip"] = word
    return Asked(**asked), Context(**around)
