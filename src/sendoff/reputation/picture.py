"""Values of what receivers reported about one domain: sums, addresses, days. Pure."""

from dataclasses import dataclass, field
from datetime import date

from sendoff.lib import clock
from sendoff.reputation.sources import Source

DAY_MS = 86_400_000


@dataclass(slots=True)
class Sums:
    """Messages: all, those that passed DMARC, and what receivers did with the others."""

    messages: int = 0
    passed: int = 0
    quarantined: int = 0
    rejected: int = 0

    @property
    def failed(self) -> int:
        return self.messages - self.passed

    def add(self, messages: int, passed: bool, disposition: str) -> None:
        self.messages += messages
        self.passed += messages if passed else 0
        self.quarantined += messages if disposition == "quarantine" else 0
        self.rejected += messages if disposition == "reject" else 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """One address that sends in our name."""

    ip: str
    source: Source
    sums: Sums
    spf: int
    dkim: int
    last_day: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """One day, counted since 1970 in UTC."""

    day: int
    passed: int
    failed: int

    @property
    def on(self) -> date:
        """The day as a date."""
        return clock.at(self.day * DAY_MS).date()


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """Everything about one domain in the last days."""

    domain: str
    days: int
    policy: str
    by_source: dict[Source, Sums] = field(default_factory=dict)
    addresses: tuple[Address, ...] = ()
    by_day: tuple[Day, ...] = ()

    @property
    def all(self) -> Sums:
        found = Sums()
        for sums in self.by_source.values():
            found.messages += sums.messages
            found.passed += sums.passed
            found.quarantined += sums.quarantined
            found.rejected += sums.rejected
        return found
