"""Tell from tries in a row that a server is sick, by the rules of `sickness.toml`. Pure."""

import functools
from dataclasses import dataclass
from pathlib import Path

from sendoff.lib import rules


@dataclass(frozen=True, slots=True, kw_only=True)
class Signs:
    """How the tries of a server at a provider ended lately.

    `failures` in a row failed for a reason that may be the server's, the last one so at `last_ms`.
    """

    server_id: int
    driver: str
    provider: str
    failures: int
    stage: str
    fault: str
    category: str
    reply: str
    last_ms: int


@dataclass(frozen=True, kw_only=True)
class SickRule(rules.Rule):
    """How many failures of which kind make a server sick, and for how long.

    The time doubles with each time it comes back sick at once, up to `most_minutes`.
    """

    drivers: tuple[str, ...]
    stages: tuple[str, ...]
    faults: tuple[str, ...]
    failures: int
    minutes: int
    most_minutes: int
    why: str

    def holds(self, driver: str, stage: str, fault: str, failures: int) -> bool:
        """Whether so many failures in a row, the last of them so, make a server sick."""
        kind = driver in self.drivers and stage in self.stages and fault in self.faults
        return kind and failures >= self.failures

    def matches_sample(self, text: str) -> bool:
        driver, stage, fault, _, failures = text.split()
        return self.holds(driver, stage, fault, int(failures))

    def until_ms(self, now_ms: int, doubled: int) -> int:
        """When a sickness that begins now is over."""
        minutes = min(self.minutes << doubled, self.most_minutes)
        return now_ms + minutes * 60_000


def diagnose(signs: Signs) -> SickRule | None:
    """The rule by which a server is sick; None: nothing points to it. Pure."""
    return next(
        (r for r in _rules() if r.holds(signs.driver, signs.stage, signs.fault, signs.failures)),
        None,
    )


@functools.cache
def _rules() -> tuple[SickRule, ...]:
    return rules.load(Path(__file__).with_name("sickness.toml"), SickRule)
