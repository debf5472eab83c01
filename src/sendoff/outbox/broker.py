"""The broker beside the database: which parcel of a line is next. It carries ids, decides nothing.

A line is what waits for one lane of one campaign. Whatever a broker loses, doubles or makes up does
no harm: the outbox checks each entry when it is leased, and brings back what is missing.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Protocol, TypeVar
from urllib.parse import urlsplit

import structlog
from django.db import transaction

from sendoff.lib import clock

T = TypeVar("T")
AWAY_S = 5.0  # a broker that failed is left alone so long; the outbox serves itself meanwhile

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, order=True)
class Line:
    """The free parcels of one campaign in one lane."""

    lane: int
    campaign: int


class Broker(Protocol):
    """What an adapter can do. Each call may raise one of `errors`: the broker is away."""

    @property
    def errors(self) -> tuple[type[Exception], ...]: ...

    def put(self, name: str, entries: Sequence[tuple[int, int]]) -> None:
        """Add (parcel, at_ms) to a line; twice the same does no harm."""

    def next(self, name: str, now_ms: int) -> str | None:
        """Remove the entry whose turn it is and say what it holds; None: there is no more."""

    def counts(self, names: Sequence[str]) -> list[int]:
        """How many entries each line has."""

    def names(self) -> set[str]:
        """Lines that have entries."""

    def drop(self, name: str) -> None:
        """Forget a line."""

    def close(self) -> None:
        """Let go of the connection; the next call makes another."""


class Link:
    """A broker that may be away: then it has nothing, and the outbox serves itself."""

    def __init__(self, broker: Broker) -> None:
        self.losses = 0
        self._broker = broker
        self._away_until_ms = 0

    @property
    def away(self) -> bool:
        """Whether it failed a moment ago."""
        return clock.steady_ms() < self._away_until_ms

    def put(self, line: Line, entries: Sequence[tuple[int, int]]) -> None:
        """Add parcels to a line, each with the time from which it may be taken."""
        self._ask(partial(self._broker.put, _name(line), entries), None)

    def next(self, line: Line, now_ms: int) -> str | None:
        """What the first entry that is due holds; it is gone from the line."""
        return self._ask(partial(self._broker.next, _name(line), now_ms), None)

    def counts(self, lines: Sequence[Line]) -> list[int] | None:
        """How many entries each line has; None while it is away."""
        return self._ask(partial(self._broker.counts, list(map(_name, lines))), None)

    def names(self) -> set[str]:
        """Lines that have entries, by the names the broker has for them."""
        nothing: set[str] = set()
        return self._ask(self._broker.names, nothing)

    def keep_only(self, lines: Iterable[Line], known: set[str]) -> None:
        """Forget those of the known lines that are none of these."""
        for name in known - set(map(_name, lines)):
            self._ask(partial(self._broker.drop, name), None)

    def close(self) -> None:
        """Let go of the connection of this thread."""
        self._broker.close()

    def _ask(self, work: Callable[[], T], otherwise: T) -> T:
        if self.away:
            return otherwise
        try:
            return work()
        except self._broker.errors as error:
            self.losses += 1
            self._away_until_ms = clock.steady_ms() + int(AWAY_S * 1000)
            self._broker.close()
            log.warning("the queue is away; the database is asked instead", why=repr(error))
            return otherwise


_current: Link | None = None


def use(url: str) -> Link | None:
    """Make this process use the broker at `url`, as the settings allow it; empty: none."""
    global _current
    if _current:
        _current.close()
    _current = Link(_BROKERS[urlsplit(url).scheme](url)) if url else None
    return _current


def current() -> Link | None:
    """The broker of this process; None: the database alone."""
    return _current


def offer(line: Line, parcel: int, at_ms: int) -> None:
    """Put a parcel into its line, to be taken from `at_ms` on, once this transaction is through."""
    if link := _current:
        entry = (parcel, max(at_ms, clock.now_ms()))  # those free at once stand in order of coming
        transaction.on_commit(lambda: link.put(line, [entry]))


def _name(line: Line) -> str:
    return f"{line.lane}.{line.campaign}"


def _redis(url: str) -> Broker:
    from sendoff.outbox.redis import RedisBroker  # whoever uses none pays for no client

    return RedisBroker(url)


def _beanstalk(url: str) -> Broker:
    from sendoff.outbox.beanstalk import BeanstalkBroker

    return BeanstalkBroker(url)


_BROKERS = {"redis": _redis, "rediss": _redis, "beanstalk": _beanstalk}
