"""What providers ask of a message, as dated rules, and the verdict by them. Pure; it asks nobody.

A fact that could not be had breaks no rule: the verdict then says that it is not known.
"""

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sendoff.lib import rules

UNKNOWN = "unknown"
COMPLIES, WOULD_DEFER, WOULD_REFUSE = "complies", "would_defer", "would_refuse"
_ADVICE = "advice"
_WORSE = (COMPLIES, UNKNOWN, WOULD_DEFER, WOULD_REFUSE)
_ABOUT = ("domain", "source", "message")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One thing that was found. `value` is a word that rules know; `said` a sentence; `mend` what
    to do where a rule is broken. `for_now`: unknown because DNS gave no answer."""

    value: str
    said: str
    mend: str = ""
    for_now: bool = False


Facts = Mapping[str, Fact]


@dataclass(frozen=True, kw_only=True)
class PreflightRule(rules.Rule):
    """One thing that a provider asks; see the head of preflight.toml."""

    provider: str
    asks: str
    broken: tuple[str, ...]
    outcome: str
    code: str
    about: str
    sentence: str

    def __post_init__(self) -> None:
        if self.outcome not in (WOULD_DEFER, WOULD_REFUSE, _ADVICE) or self.about not in _ABOUT:
            raise ValueError("outcome or about is a word this file does not know")

    def matches_sample(self, text: str) -> bool:
        fact, _, value = text.partition("=")
        return fact == self.asks and value in self.broken

    def holds(self, fact: Fact) -> bool | None:
        """Whether the rule is kept; None where that is not known."""
        return None if fact.value == UNKNOWN else fact.value not in self.broken


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """One rule, applied. `ok` is None where the fact is not known."""

    rule: PreflightRule
    ok: bool | None
    fact: Fact

    @property
    def sentence(self) -> str:
        """What was found; of a broken rule also what the provider does then, and the mend."""
        if self.ok is not False:
            return self.fact.said
        code = f" ({self.rule.code})" if self.rule.code else ""
        does = f"{self.rule.sentence.removesuffix('.')}{code}."
        return " ".join(filter(None, (self.fact.said, does, self.fact.mend)))

    @property
    def weight(self) -> str:
        """What the rule makes of the whole."""
        if self.ok is None:
            return UNKNOWN if self.fact.for_now and self.rule.outcome != _ADVICE else COMPLIES
        return COMPLIES if self.ok or self.rule.outcome == _ADVICE else self.rule.outcome

    def worse_than(self, other: "Judged") -> bool:
        """Whether it stands worse than the same rule elsewhere."""
        return _place(self) < _place(other)

    def document(self) -> dict[str, Any]:
        """In the shape that programs rely on."""
        return {
            "rule": self.rule.id,
            "ok": self.ok,
            "sentence": self.sentence,
            "source": self.rule.source,
            "dated": self.rule.checked.isoformat(),
            "asks": self.rule.decides,
            "found": self.fact.said,
            "does": self.rule.sentence,
            "outcome": self.rule.outcome,
            "code": self.rule.code or None,
            "about": self.rule.about,
            "mend": self.fact.mend if self.ok is False else "",
        }


def judge(provider: str, facts: Facts) -> tuple[Judged, ...]:
    """Every rule of a provider and of everybody, applied to what was found; the broken first.

    Where a provider's own rule is broken, what everybody says of the same is left out.
    """
    asked = [rule for rule in every() if rule.provider in ("any", provider)]
    judged = [
        Judged(rule=rule, ok=rule.holds(facts[rule.asks]), fact=facts[rule.asks]) for rule in asked
    ]
    said = {each.fact.said for each in judged if each.ok is False and each.rule.provider != "any"}
    return tuple(
        in_order(
            [each for each in judged if each.rule.provider != "any" or each.fact.said not in said]
        )
    )


def in_order(judged: list[Judged]) -> list[Judged]:
    """What weighs most first; of the rest what is broken, then what is not known."""
    return sorted(judged, key=_place)


def _place(each: Judged) -> tuple[int, int]:
    return -_WORSE.index(each.weight), (False, None, True).index(each.ok)


def verdict(judged: tuple[Judged, ...]) -> str:
    """The worst of them: complies, unknown, would_defer or would_refuse."""
    return max((each.weight for each in judged), key=_WORSE.index, default=COMPLIES)


def worst(verdicts: list[str]) -> str:
    """The worst of several verdicts."""
    return max(verdicts, key=_WORSE.index, default=COMPLIES)


def refused_domain(facts: Facts) -> tuple[Judged, ...]:
    """The rules, of whatever provider, by which the domain itself would be refused for certain."""
    found = (
        Judged(rule=rule, ok=rule.holds(facts[rule.asks]), fact=facts[rule.asks])
        for rule in every()
        if rule.about == "domain" and rule.outcome == WOULD_REFUSE
    )
    return tuple(each for each in found if each.ok is False)


@functools.cache
def every() -> tuple[PreflightRule, ...]:
    """The rules of preflight.toml, each proved by its samples."""
    return rules.load(Path(__file__).with_name("preflight.toml"), PreflightRule)
