"""Keep a few processes alive: start, restart with patience, stop together. Knows no mail."""

import os
import signal
import subprocess
import time
from dataclasses import dataclass, field

import structlog

PATIENCE_S = (0.2, 0.5, 1, 2, 5, 10, 30)  # between restarts of a part that keeps ending
STEADY_S = 30  # a part that lived so long starts again at once
STOP_S = 40  # a worker drains for 30 s

log = structlog.get_logger()


@dataclass(slots=True)
class Part:
    """One process: its name and command, and what became of it."""

    name: str
    command: list[str]
    process: "subprocess.Popen[bytes] | None" = None
    started: float = 0.0
    falls: int = 0
    again_at: float = 0.0


@dataclass(slots=True)
class Supervisor:
    """Runs parts until it is told to stop."""

    parts: list[Part]
    stopping: bool = False
    env: dict[str, str] = field(default_factory=lambda: dict(os.environ))

    def run(self) -> int:
        """Start all and stay; 0 once stopped by a signal."""
        for signum in (signal.SIGTERM, signal.SIGINT):
            signal.signal(signum, self._stop)
        while not self.stopping:
            for part in self.parts:
                self._look(part)
            time.sleep(0.1)
        self._end()
        return 0

    def _stop(self, signum: int, frame: object) -> None:
        self.stopping = True

    def _look(self, part: Part) -> None:
        now = time.monotonic()
        if part.process is None:
            if now >= part.again_at:
                self._start(part)
        elif (code := part.process.poll()) is not None:
            part.falls = 0 if now - part.started > STEADY_S else part.falls + 1
            wait = PATIENCE_S[min(part.falls, len(PATIENCE_S)) - 1] if part.falls else 0
            log.warning("a part ended and is started again", part=part.name, code=code, wait_s=wait)
            part.process, part.again_at = None, now + wait

    def _start(self, part: Part) -> None:
        # Ctrl-C reaches the whole group; the parts are told by us, in order, instead.
        part.process = subprocess.Popen(part.command, env=self.env, start_new_session=True)  # noqa: S603
        part.started = time.monotonic()

    def _end(self) -> None:
        living = [part.process for part in self.parts if part.process]
        for process in living:
            process.terminate()
        deadline = time.monotonic() + STOP_S
        for process in living:
            try:
                process.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
