"""Gather hits in memory and store them in batches. Never makes a request wait for a disk.

A hit that was answered is stored within WRITTEN_WITHIN_S; what a `kill -9` takes with it is at
most that. While the database is away hits are kept, up to a bound, and tried again.
"""

import multiprocessing.util
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from itertools import islice

import structlog

from sendoff.tracking.hits import Hit

WRITTEN_WITHIN_S = 0.2  # the promise
GATHER_S = 0.1  # so that half of it is left for the write
BATCH = 2_000  # so many hits do not wait for the time
ROOM = 100_000  # hits kept while the database is away: about 60 MB
RETRY_S = 1.0
CLOSE_S = 5.0  # how long an ending process tries to write what it still holds

_log = structlog.get_logger(__name__)


class StoreAway(Exception):
    """The database can not be reached or is locked; the same hits may be tried again."""


class Recorder:
    """A buffer with one writing thread, begun with the first hit: after the server has forked."""

    def __init__(
        self,
        store: Callable[[Sequence[Hit]], None],
        *,
        gather_s: float = GATHER_S,
        retry_s: float = RETRY_S,
        room: int = ROOM,
    ) -> None:
        self._store, self._gather_s, self._retry_s, self._room = store, gather_s, retry_s, room
        self._waiting: deque[Hit] = deque()
        self._lost = 0
        self._away = False
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._some, self._full, self._stopping = (threading.Event() for _ in range(3))

    @property
    def waiting(self) -> int:
        """Hits answered and not yet stored."""
        return len(self._waiting)

    @property
    def lost(self) -> int:
        """Hits given up: no room while the database was away, or refused by it."""
        return self._lost

    def add(self, hit: Hit) -> None:
        """Take one hit; returns at once."""
        waiting = self._waiting
        if len(waiting) >= self._room:
            self._lose(1)
            return
        waiting.append(hit)
        if self._thread is None:
            self._start()
        if not self._some.is_set():
            self._some.set()
        if len(waiting) >= BATCH and not self._full.is_set():
            self._full.set()

    def close(self) -> None:
        """Write what is held, for at most CLOSE_S; then count and log the rest as lost."""
        thread = self._thread
        if thread is None:
            return
        for event in (self._stopping, self._some, self._full):
            event.set()
        thread.join(CLOSE_S)
        if left := len(self._waiting):
            self._lose(left)
            _log.error("hits lost at shutdown: the database was away", lost=left)

    def _start(self) -> None:
        with self._lock:
            if self._thread is not None:
                return
            self._thread = threading.Thread(target=self._run, name="tracking-hits", daemon=True)
            self._thread.start()
        # Not atexit: a server's worker made by multiprocessing ends without it. Finalizers run
        # in both, after SIGTERM was handled by the server and no request is under way any more.
        multiprocessing.util.Finalize(None, self.close, exitpriority=10)

    def _run(self) -> None:
        reported = 0
        while not (self._stopping.is_set() and not self._waiting):
            self._some.wait()
            self._full.wait(self._gather_s)
            self._some.clear()
            self._full.clear()
            if not self._drain():
                self._some.set()
                time.sleep(self._retry_s)
            if self._lost > reported:
                _log.error("hits lost", lost=self._lost - reported, lost_since_start=self._lost)
                reported = self._lost

    def _drain(self) -> bool:
        # Only what waits now: what comes in meanwhile gathers for the next round, so that a
        # steady stream does not become a commit for every few hits.
        left = len(self._waiting)
        while left > 0:
            batch = [self._waiting.popleft() for _ in range(min(left, BATCH))]
            left -= len(batch)
            if not self._write(batch):
                return False
        return True

    def _write(self, batch: list[Hit]) -> bool:
        try:
            self._store(batch)
        except StoreAway as error:
            self._keep(batch, error)
            return False
        except Exception:  # noqa: BLE001 - the loop must outlive a hit that the database refuses
            return self._write_apart(batch)
        if self._away:
            self._away = False
            _log.info("hits are stored again")
        return True

    def _write_apart(self, batch: list[Hit]) -> bool:
        """Halve a refused batch until the one hit that can not be stored stands alone."""
        if len(batch) == 1:
            self._lose(1)
            _log.exception("a hit can not be stored", campaign=batch[0].campaign, seq=batch[0].seq)
            return True
        middle = len(batch) // 2
        if self._write(list(islice(batch, middle))):
            return self._write(list(islice(batch, middle, None)))
        self._waiting.extend(islice(batch, middle, None))
        return False

    def _keep(self, batch: list[Hit], error: StoreAway) -> None:
        self._waiting.extendleft(reversed(batch))
        if not self._away:
            self._away = True
            _log.warning("hits wait: the database is away", waiting=self.waiting, why=str(error))

    def _lose(self, number: int) -> None:
        with self._lock:
            self._lost += number
