"""Look through the connectors every six hours, without keeping the clerk waiting."""

from concurrent.futures import Future, ThreadPoolExecutor

from sendoff.lib import clock
from sendoff.lib.config import Config
from sendoff.reputation import eyes
from sendoff.reputation.outside import Seen

EVERY_MS = 6 * 3_600_000
REST_MS = 60_000  # between two looks at whether one is due


class EyeWatch:
    """The looking side of one process."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._thread = ThreadPoolExecutor(1, "outside")
        self._away: dict[int, Future[Seen | str]] = {}
        self._not_before_ms = 0

    def tick(self) -> int:
        """Note what came back and begin what is due; how many days were told of."""
        days = 0
        for eye, answer in list(self._away.items()):
            if answer.done():
                del self._away[eye]
                days += eyes.note(eye, answer.result())
        if clock.steady_ms() >= self._not_before_ms and not self._away:
            self._not_before_ms = clock.steady_ms() + REST_MS
            for look in eyes.due(EVERY_MS):
                self._away[look.eye_id] = self._thread.submit(eyes.look, self._config, look)
        return days

    def close(self) -> None:
        """End the thread, once what it asks is answered or not."""
        self._thread.shutdown()
