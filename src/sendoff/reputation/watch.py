"""Ask the blocklists every hour, without keeping the clerk waiting: the network has a thread."""

import asyncio
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor

import structlog
from django.db.models import Min

from sendoff.lib import clock
from sendoff.lib.config import Config
from sendoff.reputation import asking, noting, subjects, zones
from sendoff.reputation.asking import Asked
from sendoff.reputation.models import Standing
from sendoff.reputation.subjects import Whose
from sendoff.reputation.zones import ZoneRule

EVERY_MS = 3_600_000
REST_MS = 60_000  # at least, between two rounds

log = structlog.get_logger()


class Watch:
    """The asking side of one process. PlainError where the setting cannot be read."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._zones = {zone.id: zone for zone in zones.chosen(config.blocklists)}
        self._thread = ThreadPoolExecutor(1, "blocklists")
        self._round: tuple[Whose, Future[list[Asked]]] | None = None
        self._not_before_ms = 0

    def tick(self) -> int:
        """Begin a round when its time has come, and note one that ended; how many are listed."""
        if self._round:
            whose, answers = self._round
            if not answers.done():
                return 0
            self._round = None
            return noting.note(answers.result(), whose, self._zones)
        if clock.steady_ms() >= self._not_before_ms:
            self._not_before_ms = clock.steady_ms() + REST_MS
            whose = subjects.subjects(self._config)
            if is_due(whose, self._zones):
                self._round = whose, self._thread.submit(ask, self._config, self._zones, whose)
        return 0

    def close(self) -> None:
        """End the thread, once what it asks is answered or not."""
        self._thread.shutdown()


def is_due(whose: Whose, wanted: Mapping[str, ZoneRule]) -> bool:
    """Whether somebody new is to be asked about, or the last round is an hour old."""
    pairs = {
        (workspace, subject, zone.id)
        for subject, workspaces in whose.items()
        for zone in wanted.values()
        if zones.kind_of(subject) in zone.lists
        for workspace in workspaces
    }
    stood = set(Standing.objects.values_list("workspace_id", "subject", "zone"))
    oldest = Standing.objects.aggregate(oldest=Min("asked_ms"))["oldest"] or 0
    late = bool(pairs) and oldest < clock.now_ms() - EVERY_MS
    return bool(pairs - stood) or bool(stood - pairs) or late


def ask(config: Config, wanted: Mapping[str, ZoneRule], whose: Whose) -> list[Asked]:
    """One round, to its end. It touches no database."""
    nameserver = config.blocklist_resolver or config.resolver
    return asyncio.run(asking.ask(wanted.values(), whose, nameserver))


def ask_now(config: Config) -> int:
    """Ask and note at once, for a command; how many are listed."""
    wanted = {zone.id: zone for zone in zones.chosen(config.blocklists)}
    whose = subjects.subjects(config)
    return noting.note(ask(config, wanted, whose), whose, wanted)


def ask_soon() -> None:
    """Have everything asked at the clerk's next look."""
    Standing.objects.update(asked_ms=0)
