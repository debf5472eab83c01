"""Look at sending domains when their time has come, without keeping the clerk waiting.

The caller's thread has the database; the network has a thread of its own, for one domain after
another.
"""

import asyncio
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from queue import SimpleQueue

import structlog
from django.core.exceptions import ObjectDoesNotExist

from sendoff.lib import clock
from sendoff.lib.config import Config
from sendoff.proving import checking, gathering, judging
from sendoff.proving.found import Record
from sendoff.proving.subject import Subject

AT_ONCE = 4  # domains that are looked at in one go

log = structlog.get_logger()


@dataclass(slots=True)
class Watch:
    """The watching side of one process."""

    config: Config
    _done: SimpleQueue[tuple[int, tuple[Record, ...]]] = field(default_factory=SimpleQueue)
    _thread: threading.Thread | None = None

    def tick(self) -> int:
        """Keep what was found, and begin with what is due; how many domains were begun."""
        while not self._done.empty():
            domain_id, records = self._done.get()
            try:
                checking.keep(domain_id, records)
            except ObjectDoesNotExist:
                log.info("a domain went away while it was looked at", domain=domain_id)
        if not self.config.domain_check_hours or (self._thread and self._thread.is_alive()):
            return 0
        subjects = {n: checking.subject_of(n) for n in checking.due(clock.now_ms())[:AT_ONCE]}
        if subjects:
            work = list(subjects.items())
            self._thread = threading.Thread(target=self._look, args=(work,), daemon=True)
            self._thread.start()
        return len(subjects)

    def wait(self) -> None:
        """Until the network has nothing to do; for tests."""
        if self._thread:
            self._thread.join()

    def _look(self, work: Sequence[tuple[int, Subject]]) -> None:
        for domain_id, subject in work:
            try:
                facts = asyncio.run(gathering.gather(subject, gathering.network(self.config)))
                self._done.put((domain_id, judging.judge(subject, facts)))
            except Exception:
                log.exception("a domain could not be looked at", domain=domain_id)
