"""Bring the last words of dead workers into the books, then hand their parcels on. Sends nothing.

Each host replays the journals of its own workers. One is dead when the lock on its journal can be
taken, or hangs when it gave no sign for twice its lease: then it may send no final dot any more,
and its journal is read under it. One that gives signs and settles nothing is ended. A worker of
another host is given up after `host_lost_ms`: what it had announced becomes unknown.
"""

import json
import os
import signal
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import structlog

from sendoff.campaigns import public as campaigns
from sendoff.lib import clock, drill
from sendoff.mail.stages import Outcome
from sendoff.outbox import public as outbox
from sendoff.sending import fate
from sendoff.sending.crew import LEASE_S
from sendoff.sending.jobs import terms_of
from sendoff.sending.journal import DeadJournal, Intent, JournalHeld

HANGS_MS = int(2 * LEASE_S * 1000)
BLIND_MS = 5_000  # who did not look for so long knows nothing of the time between

log = structlog.get_logger()

_CUT = fate.unknown("The worker was ended after the final dot; no reply was read.")
_LOST = fate.unknown("The host of the worker was lost with its journal.")


@dataclass(slots=True)
class Watch:
    """For how long workers have shown the same sign, by the clock of the machine that watches.

    Never by comparing times that two hosts wrote: their clocks differ, and jump.
    """

    steady: Callable[[], int] = clock.steady_ms
    _signs: dict[str, tuple[int, int]] = field(default_factory=dict)
    _progress: dict[str, tuple[int, int]] = field(default_factory=dict)
    _looked_ms: int = 0

    def look(self, workers: list[outbox.WorkerRow]) -> None:
        """See them; to be called often, as nothing is held against those we could not see."""
        now = self.steady()
        if now - self._looked_ms > BLIND_MS:
            self._signs, self._progress = {}, {}
        self._looked_ms = now
        self._signs = {w.id: self._since(self._signs, w, w.heartbeat_ms) for w in workers}
        self._progress = {
            w.id: self._since(self._progress, w, w.settled) for w in workers if w.parcels
        }

    def silent_ms(self, worker: str) -> int:
        """For how long a worker gave no sign."""
        return self.steady() - self._signs[worker][1]

    def stalled_ms(self, worker: str) -> int:
        """For how long a worker held work all the time and settled nothing."""
        return self.steady() - self._progress.get(worker, (0, self.steady()))[1]

    def _since(
        self, known: dict[str, tuple[int, int]], worker: outbox.WorkerRow, sign: int
    ) -> tuple[int, int]:
        seen = known.get(worker.id)
        return seen if seen and seen[0] == sign else (sign, self._looked_ms)


@dataclass(slots=True, kw_only=True)
class Reaper:
    """The reaper of one host; `folder` is where its workers keep their journals."""

    folder: Path
    host: str
    host_lost_ms: int = 600_000
    stalled_ms: int = 1_800_000
    watch: Watch = field(default_factory=Watch)

    def reap_here(self) -> int:
        """Look at every worker of this host that has not ended; says how many were found dead."""
        workers = outbox.unended()
        self.watch.look(workers)
        return sum(self._here(worker) for worker in workers if worker.host == self.host)

    def reap_lost(self) -> int:
        """Give up the workers of hosts that stay away, after `reap_here`; says how many.

        For one host at a time: the one whose turn it is to plan.
        """
        lost = [
            worker.id
            for worker in outbox.unended()
            if worker.host != self.host and self._silent(worker.id) > self.host_lost_ms
        ]
        return sum(_give_up(worker) for worker in lost)

    def _silent(self, worker: str) -> int:
        try:
            return self.watch.silent_ms(worker)
        except KeyError:  # it began since we looked
            return 0

    def _here(self, worker: outbox.WorkerRow) -> int:
        folder = self.folder / worker.id
        hangs = self.watch.silent_ms(worker.id) > HANGS_MS
        if not folder.is_dir():  # perhaps another machine has our name: a living worker is not ours
            return _give_up(worker.id) if hangs else 0
        if self.watch.stalled_ms(worker.id) > self.stalled_ms:
            _end(worker, folder)
        return _replay(worker.id, folder, hangs)


def _end(worker: outbox.WorkerRow, folder: Path) -> None:
    """End a process that says it lives and does nothing; its journal is free then."""
    if not _owns(worker.pid, folder / "lock"):
        log.error("a worker is stalled and is no process of this machine", worker=worker.id)
        return
    log.error("a worker made no progress and is ended", worker=worker.id, pid=worker.pid)
    os.kill(worker.pid, signal.SIGKILL)


def _owns(pid: int, lock: Path) -> bool:
    """Whether the process has the lock open: a number alone may mean another one by now."""
    try:
        wanted = lock.stat()
        files = [each.stat() for each in Path(f"/proc/{pid}/fd").iterdir() if each.exists()]
    except OSError:
        return False
    return any(os.path.samestat(wanted, each) for each in files)


def _replay(worker: str, folder: Path, hangs: bool) -> int:
    try:
        journal = DeadJournal(folder)
    except JournalHeld:
        if not hangs:
            return 0
        journal = DeadJournal(folder, hangs=True)
    replay = journal.read()
    outcomes = [_outcome(line) for line in replay.outcomes]
    _settle(worker, [*outcomes, *(_unknown(intent, _CUT) for intent in replay.in_flight)])
    journal.remove()
    log.warning(
        "a worker died; its journal is in the books",
        worker=worker,
        outcomes=len(outcomes),
        unknown=len(replay.in_flight),
    )
    return 1


def _outcome(line: str) -> outbox.Settlement:
    try:
        return outbox.Settlement.from_line(line)
    except (TypeError, ValueError):  # written by another version of Sendoff
        campaign, seq, n = json.loads(line)[:3]
        return _unknown(Intent(campaign, seq, n, 0), _CUT)


def _give_up(worker: str) -> int:
    lost = [
        _unknown(Intent(each.campaign, each.seq, each.attempts + 1, each.first_ms or 0), _LOST)
        for each in outbox.unsettled(worker)
    ]
    _settle(worker, lost)
    log.error("a worker was lost with its journal", worker=worker, unknown=len(lost))
    return 1


def _settle(worker: str, settlements: list[outbox.Settlement]) -> None:
    parcels = [outbox.HandBack(parcel=p, worker=worker) for p in outbox.parcels_of(worker)]
    outbox.settle(settlements, parcels=parcels)
    drill.point("reap")
    outbox.ended(worker, "died")


def _unknown(intent: Intent, outcome: Outcome) -> outbox.Settlement:
    now = clock.now_ms()
    terms = terms_of(campaigns.get(intent.campaign))
    decision = outbox.decide(
        outcome, terms, attempt=intent.n, first_ms=intent.dated_ms or now, now_ms=now
    )
    attempt = outbox.Attempted(
        campaign_id=intent.campaign,
        seq=intent.seq,
        n=intent.n,
        started_ms=intent.dated_ms or now,
        dated_ms=intent.dated_ms or None,
    )
    return outbox.settlement(outcome, decision, attempt)
