"""Kill workers with SIGKILL again and again while a campaign is sent, then settle the accounts.

`bin/drill kills`. One JSON line on stdout; exit code 1 where anything is lost, doubled or off.
"""

import argparse
import json
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from dataclasses import asdict, dataclass, field
from pathlib import Path

from journeys.installation import Installation, crowd
from sendoff.lib.drill import POINTS

WORKERS = 3
DELAY_MS = 20  # before the sink's 250: final dots are in flight most of the time
CONNECTIONS = "6"  # few, so that the send outlasts the kills
LONGEST_S = 0.4  # a worker lives at most so long after it is ready
NAMED_OF_50 = 10
_PATIENCE_S = 20.0


@dataclass(slots=True)
class Result:
    """What the drill found. `unknown`: messages whose final dot was in flight at a kill."""

    kills: int = 0
    named: dict[str, int] = field(default_factory=lambda: dict.fromkeys(POINTS, 0))
    messages: int = 0
    samples: int = 0
    off: list[str] = field(default_factory=list)
    receiving: int = 0  # kills between which the sink had taken more mail
    accepted: int = 0
    unknown: int = 0
    unknown_arrived: int = 0
    lost: int = 0
    duplicated: int = 0
    killing_s: float = 0.0
    seconds: float = 0.0

    @property
    def ok(self) -> bool:
        """Nothing lost, nothing doubled, the books balanced whenever they were looked at."""
        return not (self.lost or self.duplicated or self.off)


class Drill:
    """One campaign and its killers."""

    def __init__(self, house: Installation, kills: int, seed: int) -> None:
        self.house = house
        self.wanted = kills
        self.luck = random.Random(seed)  # the same drill again from the same seed
        self.plan = self._planned()
        self.result = Result()
        self.campaign = 0
        self._taken = 0

    def run(self, messages: int) -> Result:
        """The whole drill."""
        began = time.perf_counter()
        self.result.messages = messages
        self.house.prepare(delay_ms=DELAY_MS)
        self.house.people(crowd(messages))
        self.campaign = self.house.draft()
        self.house.clerk()
        for n in range(WORKERS):
            self._start(n)
        self.house.send(self.campaign)
        killing = time.perf_counter()
        for n in range(self.wanted):
            self._strike(n)
            self._sample(f"after kill {n + 1}")
        self.result.killing_s = round(time.perf_counter() - killing, 1)
        self._finish()
        self.result.seconds = round(time.perf_counter() - began, 1)
        return self.result

    def _planned(self) -> list[str]:
        """For each kill its named point, or "" for a random instant."""
        named = self.wanted * NAMED_OF_50 // 50
        points = [POINTS[n % len(POINTS)] for n in range(named)]
        kills = points + [""] * (self.wanted - named)
        self.luck.shuffle(kills)
        return kills

    def _strike(self, kill: int) -> None:
        """See the worker whose turn it is die, and start another in its place."""
        name, point = _name(kill), self.plan[kill]
        process = self.house.parts[name]
        if point:
            died = process.wait(_PATIENCE_S)  # by its own hand
            assert died == -signal.SIGKILL, f"{point}: {died}, {self.house.said(name)}"
            self.result.named[point] += 1
        else:
            self._wait_ready(process.pid)
            self.house.until(self._receives, _PATIENCE_S, "the sink receives mail")
            time.sleep(self.luck.uniform(0, LONGEST_S))
            assert process.poll() is None, self.house.said(name)[-2000:]
            process.send_signal(signal.SIGKILL)
            process.wait()
        self.result.kills += 1
        self._start(kill + WORKERS)

    def _start(self, kill: int) -> None:
        """Start the worker that will be killed then."""
        env = {"SENDOFF_WORKER_CONNECTIONS": CONNECTIONS}
        if point := self.plan[kill] if kill < self.wanted else "":
            passes = self.luck.randint(1, 8 if point == "before-commit" else 60)
            env["SENDOFF_KILL_AT"] = f"{point}:{passes}"
        self.house.sender(_name(kill), **env)

    def _wait_ready(self, pid: int) -> None:
        def registered() -> bool:
            return pid in {worker["pid"] for worker in self.house.ask("outbox", "unended")}

        self.house.until(registered, _PATIENCE_S, f"worker {pid} is ready")

    def _receives(self) -> bool:
        return self.house.ledger.stat().st_size > self._taken

    def _sample(self, when: str) -> None:
        books = self.house.books(self.campaign)
        proof = self.house.ask("outbox", "proof", self.campaign)
        self.result.samples += 1
        states = ("accepted", "refused", "skipped", "waiting", "unknown")
        if not books["balanced"] or sum(books[s] for s in states) != self.result.messages or proof:
            self.result.off.append(f"{when}: {books} {proof}")
        taken = self.house.ledger.stat().st_size
        self.result.receiving += taken > self._taken
        self._taken = taken
        if not books["waiting"]:
            self.result.off.append(f"{when}: the send was over before the kills were")

    def _finish(self) -> None:
        """Let it end in peace, then compare the books with the sink's ledger."""
        for n in range(WORKERS):
            self.house.end(_name(n))
        for n in range(2):
            self.house.sender(_name(n))
        books = self.house.done(self.campaign, within_s=300)
        copies = self.house.copies()
        rows = self.house.rows(self.campaign)
        state = {row["message_id"]: row["state"] for row in rows}
        settle(self.result, state, copies)
        if books["audience"] != self.result.messages or len(rows) != self.result.messages:
            self.result.off.append(f"at the end: {books}, {len(rows)} rows")


def settle(result: Result, state: dict[str, str], copies: Counter[str]) -> None:
    """Compare the books' states with the copies that the sink took, by Message-ID."""
    counted = Counter(state.values())
    result.accepted, result.unknown = counted["accepted"], counted["unknown"]
    result.unknown_arrived = sum(1 for i, s in state.items() if s == "unknown" and copies[i])
    unsent = sum(n for s, n in counted.items() if s not in ("accepted", "unknown"))
    missing = sum(1 for i, s in state.items() if s == "accepted" and not copies[i])
    result.lost = unsent + missing
    result.duplicated = sum(n - 1 for n in copies.values() if n > 1)
    strangers = [i for i in copies if i not in state]
    result.off += [f"the sink has {len(strangers)} unknown Message-IDs"] if strangers else []


def _name(kill: int) -> str:
    return f"sender{kill % WORKERS}"


def main() -> int:
    """Run the drill and print its result."""
    parser = argparse.ArgumentParser(prog="bin/drill kills")
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--messages", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=time.time_ns() % 1_000_000)
    parser.add_argument("--keep", type=Path, help="a folder for the installation, kept afterwards")
    given = parser.parse_args()
    with (
        tempfile.TemporaryDirectory(prefix="sendoff-drill-") as folder,
        Installation(given.keep or Path(folder)) as house,
    ):
        result = Drill(house, given.kills, given.seed).run(given.messages)
    found = {"seed": given.seed, **asdict(result), "ok": result.ok}
    sys.stdout.write(json.dumps(found) + "\n")
    return 0 if result.ok else 1


if __name__ == "__main__":
    sys.exit(main())
