"""Kill workers and clerks with SIGKILL while a campaign is sent, then settle the accounts.

`bin/drill kills`: stage by stage, at named points and at random instants. A table on stderr, one
JSON line on stdout; exit code 1 where anything is lost, doubled or off.
"""

import argparse
import json
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from pathlib import Path

from journeys.installation import Installation, crowd
from sendoff.cli.bench_postgres import Postgres
from sendoff.lib import clock, drill

WORKERS = 3
DELAY_MS = 20  # before the sink's 250: final dots are in flight most of the time
CONNECTIONS = 6  # few, so that the send outlasts the kills
LONGEST_S = 0.4  # a worker that is killed at a random instant lives at most so long in mid-send
MESSAGES_A_KILL = 100  # more than are sent between two kills
STAGES = (*drill.CLERK, *drill.SESSION, *drill.MESSAGE, "random")
#: A point is passed for the n-th time, n up to this. A clerk dies before what it does is committed.
PASSES = {"plan": 2, "dns": 4, "pack": 8, "before-commit": 8}
_PATIENCE_S = 60.0


@dataclass(slots=True)
class Stage:
    """What came of the kills at one stage. `unknown`: the final dot was in flight at a kill."""

    stage: str
    kills: int = 0
    lost: int = 0
    duplicated: int = 0
    unknown: int = 0
    arrived: int = 0  # of the unknown
    until_ms: int = 0  # what was settled up to then, and after the stage before, is this stage's


@dataclass(slots=True)
class Result:
    """What the drill found."""

    database: str = "sqlite"
    messages: int = 0
    stages: list[Stage] = field(default_factory=list)
    samples: int = 0
    off: list[str] = field(default_factory=list)
    accepted: int = 0
    seconds: float = 0.0

    def sum(self, column: str) -> int:
        """One column of the table, over all stages."""
        return sum(getattr(stage, column) for stage in self.stages)

    @property
    def ok(self) -> bool:
        """Nothing lost, nothing doubled, the books balanced whenever they were looked at."""
        return not (self.sum("lost") or self.sum("duplicated") or self.off)

    def table(self) -> str:
        """For people, in Markdown."""
        columns = ("kills", "lost", "duplicated", "unknown", "arrived")
        lines = [
            "| stage | kills | lost | duplicated outside unknown | unknown | of which arrived |",
            "|---|---|---|---|---|---|",
        ]
        for each in self.stages:
            lines.append(_line(each.stage, [getattr(each, name) for name in columns]))
        return "\n".join([*lines, _line("all", [self.sum(name) for name in columns])]) + "\n"


class Drill:
    """One campaign and its killers."""

    def __init__(self, house: Installation, kills: int, seed: int) -> None:
        self.house = house
        self.luck = random.Random(seed)  # the same drill again from the same seed
        self.wanted = shares(kills)
        self.result = Result()
        self.campaign = 0
        self._taken = 0

    def run(self, messages: int) -> Result:
        """The whole drill."""
        began = time.perf_counter()
        self.result.messages = messages
        self.house.prepare(tls=True, delay_ms=DELAY_MS)
        self.house.people(crowd(messages))
        self.campaign = self.house.draft()
        self.house.send(self.campaign)
        for name, kills in self.wanted.items():
            stage = Stage(name)
            self.result.stages.append(stage)
            if name == "reap":
                self._reaped(stage, kills)
            elif name in drill.CLERK:
                self._planned(stage, kills)
            else:
                self._sent(stage, kills)
            stage.until_ms = clock.now_ms()
        self._finish()
        self.result.seconds = round(time.perf_counter() - began, 1)
        return self.result

    def _planned(self, stage: Stage, kills: int) -> None:
        """Clerks that die while they plan: nobody sends yet."""
        for _ in range(kills):
            self._clerk(stage.stage)
            self._died("clerk", stage)

    def _reaped(self, stage: Stage, kills: int) -> None:
        """A worker dies in mid-send, and so does the clerk that brings its journal in."""
        for n in range(kills // 2):
            self._clerk("reap", passes=min(n + 1, 2))  # the first is the one left from before
            self._worker("sender0", "random")
            self._shot("sender0", stage)
            self._died("clerk", stage)
        self.house.clerk()
        self._all_reaped()

    def _sent(self, stage: Stage, kills: int) -> None:
        """Workers that die, three at a time."""
        for n in range(min(WORKERS, kills)):
            self._worker(_name(n), stage.stage)
        for n in range(kills):
            (self._shot if stage.stage == "random" else self._died)(_name(n), stage)
            if n + WORKERS < kills:
                self._worker(_name(n), stage.stage)
        self._all_reaped()

    def _clerk(self, point: str, passes: int = 0) -> None:
        at = passes or self.luck.randint(1, PASSES[point])
        self.house.start(
            "clerk", "sendoff", "worker", "--here", "clerk", SENDOFF_KILL_AT=f"{point}:{at}"
        )

    def _worker(self, name: str, point: str) -> None:
        most = CONNECTIONS if point in drill.SESSION else PASSES.get(point, 60)
        env = {"SENDOFF_WORKER_CONNECTIONS": str(CONNECTIONS)}
        if point != "random":
            env["SENDOFF_KILL_AT"] = f"{point}:{self.luck.randint(1, most)}"
        self.house.sender(name, **env)

    def _died(self, part: str, stage: Stage) -> None:
        """See it die by its own hand."""
        process = self.house.parts[part]
        dead = f"{part} is dead at {stage.stage} {stage.kills}"
        self.house.until(lambda: process.poll() is not None, _PATIENCE_S, dead)
        code = process.returncode
        assert code == -signal.SIGKILL, f"{stage.stage}: {code}, {self.house.said(part)[-2000:]}"
        self._count(stage)

    def _shot(self, part: str, stage: Stage) -> None:
        """Kill it at a random instant of its work."""
        process = self.house.parts[part]
        self.house.until(lambda: process.pid in self.house.senders(), _PATIENCE_S, "it is ready")
        self.house.until(self._receives, _PATIENCE_S, "the sink receives mail")
        time.sleep(self.luck.uniform(0, LONGEST_S))
        assert process.poll() is None, self.house.said(part)[-2000:]
        process.send_signal(signal.SIGKILL)
        process.wait()
        self._count(stage)

    def _receives(self) -> bool:
        return self.house.ledger.exists() and self.house.ledger.stat().st_size > self._taken

    def _all_reaped(self) -> None:
        self.house.until(lambda: not self.house.senders(), _PATIENCE_S, "all journals are read")

    def _count(self, stage: Stage) -> None:
        """One more kill; the books must balance and the work must not be over."""
        stage.kills += 1
        self.result.samples += 1
        books = self.house.books(self.campaign)
        proof = self.house.ask("outbox", "proof", self.campaign)
        states = ("accepted", "refused", "skipped", "waiting", "unknown")
        when = f"after kill {stage.kills} at {stage.stage}"
        if not books["balanced"] or sum(books[s] for s in states) != self.result.messages or proof:
            self.result.off.append(f"{when}: {books} {proof}")
        if not books["waiting"]:
            self.result.off.append(f"{when}: the send was over before the kills were")
        if self.house.ledger.exists():
            self._taken = self.house.ledger.stat().st_size

    def _finish(self) -> None:
        """Let it end in peace, then compare the books with the sink's ledger."""
        for n in range(2):
            self.house.sender(_name(n))
        books = self.house.done(self.campaign, within_s=600)
        rows = self.house.rows(self.campaign)
        settle(self.result, rows, self.house.copies())
        if books["audience"] != self.result.messages or len(rows) != self.result.messages:
            self.result.off.append(f"at the end: {books}, {len(rows)} rows")


def shares(kills: int) -> dict[str, int]:
    """How many kills each stage gets: the same, and random instants what is left."""
    each = kills // (len(STAGES) + 2) // 2 * 2  # even: reaping takes two
    return dict.fromkeys(STAGES, each) | {"random": kills - each * (len(STAGES) - 1)}


def settle(result: Result, rows: list[dict[str, object]], copies: Counter[str]) -> None:
    """Compare the books' rows with the copies that the sink took, by Message-ID.

    What befell a message is put down to the stage during which it was settled.
    """
    ids = {str(row["message_id"]) for row in rows}
    for row in rows:
        stage = _stage_of(result, int(str(row["settled_ms"] or 0)))
        taken, state = copies[str(row["message_id"])], row["state"]
        result.accepted += state == "accepted"
        stage.unknown += state == "unknown"
        stage.arrived += state == "unknown" and taken > 0
        stage.lost += state not in ("accepted", "unknown") or (state == "accepted" and not taken)
        stage.duplicated += max(taken - 1, 0)
    strangers = [each for each in copies if each not in ids]
    result.off += [f"the sink has {len(strangers)} unknown Message-IDs"] if strangers else []


def _stage_of(result: Result, settled_ms: int) -> Stage:
    return next((s for s in result.stages if settled_ms <= s.until_ms), result.stages[-1])


def _name(worker: int) -> str:
    return f"sender{worker % WORKERS}"


def _line(name: str, numbers: list[int]) -> str:
    return f"| {name} | " + " | ".join(f"{n:,}" for n in numbers) + " |"


def main() -> int:
    """Run the drill and print its result."""
    parser = argparse.ArgumentParser(prog="bin/drill kills")
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--messages", type=int, default=0)
    parser.add_argument("--database", choices=("sqlite", "postgres"), default="sqlite")
    parser.add_argument("--seed", type=int, default=time.time_ns() % 1_000_000)
    parser.add_argument("--keep", type=Path, help="a folder for the installation, kept afterwards")
    given = parser.parse_args()
    with ExitStack() as parts:
        folder = given.keep or parts.enter_context(tempfile.TemporaryDirectory(prefix="sendoff-"))
        server = parts.enter_context(Postgres()) if given.database == "postgres" else None
        house = parts.enter_context(Installation(Path(folder)))
        if server:
            house.use_database(server.url, server.pid)
        messages = given.messages or max(20_000, given.kills * MESSAGES_A_KILL)
        result = Drill(house, given.kills, given.seed).run(messages)
    result.database = given.database
    sys.stderr.write(result.table())
    found = {"seed": given.seed, **asdict(result), "kills": result.sum("kills"), "ok": result.ok}
    sys.stdout.write(json.dumps(found) + "\n")
    return 0 if result.ok else 1


if __name__ == "__main__":
    sys.exit(main())
