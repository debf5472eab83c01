"""Measure one lane's pace at the sink while one, two and three hosts send through it.

`bin/drill hosts`. One JSON line on stdout; exit code 1 where a window holds too many or too few.
"""

import argparse
import json
import sys
import tempfile
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path

from journeys.hosts import NAMES, Fleet
from sendoff.cli.bench_lab import DOMAINS

PER_SECOND = 20
TOLERANCE = 0.02
STEP_MS = 1_000
BEFORE_SLOWED = 3_000  # go as fast as they can, until the lane is there and has its pace


@dataclass(slots=True)
class Result:
    """Fewest and most messages in any window, by the number of hosts."""

    per_second: int
    window_s: int
    settle_s: int
    real_networks: bool
    windows: dict[int, tuple[int, int]] = field(default_factory=dict)

    @property
    def ok(self) -> bool:
        """Whether every window holds what it may."""
        wanted = self.per_second * self.window_s
        counts = [count for pair in self.windows.values() for count in pair]
        return bool(counts) and all(abs(n / wanted - 1) <= TOLERANCE for n in counts)


class Drill:
    """One campaign through one lane, and a host more after each measurement."""

    def __init__(self, fleet: Fleet, *, window_s: int, beyond_s: int, settle_s: int) -> None:
        self.fleet = fleet
        self.beyond_s = beyond_s
        self.result = Result(PER_SECOND, window_s, settle_s, fleet.network.real)

    def run(self) -> Result:
        """The whole drill; at the end the campaign has not ended."""
        house = self.fleet.prepare(log_mail=True).house
        each_s = self.result.settle_s + self.result.window_s + self.beyond_s + 15
        people = len(NAMES) * each_s * PER_SECOND + BEFORE_SLOWED
        house.people(f"p{n}@{DOMAINS[0]}" for n in range(people))
        campaign = house.draft()
        for number, name in enumerate(NAMES, 1):
            self.fleet.start(name)
            house.until(lambda n=number: self.fleet.workers() == n, 30, f"{name} is there")
            if number == 1:
                house.send(campaign)
                self.fleet.slow(60 * PER_SECOND)
                house.until(house.mail_times, 30, "the first message")
            self.result.windows[number] = self._measured()
        return self.result

    def _measured(self) -> tuple[int, int]:
        time.sleep(self.result.settle_s)
        began = time.time_ns() // 1_000_000
        time.sleep(self.result.window_s + self.beyond_s)
        times = self.fleet.house.mail_times()
        width, last = self.result.window_s * 1000, times[-1]
        starts = range(began, max(began + 1, last - width), STEP_MS)
        counts = [sum(start <= at < start + width for at in times) for start in starts]
        return min(counts), max(counts)


def main() -> int:
    """Run the drill and print its result."""
    parser = argparse.ArgumentParser(prog="bin/drill hosts")
    parser.add_argument("--window", type=int, default=60, help="seconds")
    parser.add_argument("--beyond", type=int, default=30, help="seconds that windows slide over")
    given = parser.parse_args()
    with (
        tempfile.TemporaryDirectory(prefix="sendoff-drill-") as folder,
        Fleet(Path(folder)) as fleet,
    ):
        drill = Drill(fleet, window_s=given.window, beyond_s=given.beyond, settle_s=10)
        result = drill.run()
    sys.stdout.write(json.dumps({**asdict(result), "ok": result.ok}) + "\n")
    return 0 if result.ok else 1


if __name__ == "__main__":
    sys.exit(main())
