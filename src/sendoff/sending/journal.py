"""A worker's journal: the intent before every final dot, the outcome after it. Knows no database.

One `write` an intent, with the outcomes heard just before it, so that a killed process loses
nothing; `fdatasync` at most every 100 ms, so that a power cut loses at most that. A worker lives as
long as it holds the lock on its folder; whoever gets the lock may replay. Segments whose records
are all settled are removed.
"""

import fcntl
import json
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

SEGMENT_BYTES = 8 * 1024 * 1024


class JournalFailed(Exception):
    """The journal cannot be written: no further final dot may be sent by this worker."""


class JournalHeld(Exception):
    """Another living process owns this journal."""


@dataclass(slots=True)
class Segment:
    """One file of the journal and how many of its records are not settled yet."""

    path: Path
    fd: int
    size: int = 0
    open_records: int = 0


class Intent(NamedTuple):
    """A final dot that was about to be sent."""

    campaign: int
    seq: int
    n: int
    dated_ms: int


@dataclass(slots=True)
class Replay:
    """What a dead worker's journal says: outcome lines, and intents that never got one."""

    outcomes: list[str] = field(default_factory=list)
    in_flight: list[Intent] = field(default_factory=list)


class Journal:
    """The journal a living worker writes."""

    def __init__(self, folder: Path, segment_bytes: int = SEGMENT_BYTES) -> None:
        self.folder = folder
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._lock = _lock(folder)
        except OSError as error:
            raise JournalFailed(_failed(folder, error.strerror or "?")) from error
        self._segment_bytes = segment_bytes
        self._count = 0
        self._dirty = False
        self._torn = False
        self._outcomes = b""  # not written yet
        self._old: list[Segment] = []
        self._segment = self._new_segment()

    @property
    def held_bytes(self) -> int:
        """What its files hold now."""
        return sum(segment.size for segment in (*self._old, self._segment))

    def intend(self, intent: Intent) -> Segment:
        """Record that the final dot of an attempt is next. The segment is its receipt."""
        line = f"I {intent.campaign} {intent.seq} {intent.n} {intent.dated_ms} .\n"
        segment = self._segment  # a record that fills it begins another
        self._write(self._outcomes + line.encode())
        self._outcomes = b""
        segment.open_records += 1
        return segment

    def outcome(self, line: bytes) -> None:
        """Record how an intended attempt ended, a settlement's one line: with the next intent,
        which is often a moment away, or with `flush`. Until then it counts as never heard."""
        self._outcomes += b"O %b\n" % line

    def flush(self) -> None:
        """Write the outcomes that are not written yet. What fails is tried with the next ones."""
        if self._outcomes:
            self._write(self._outcomes)
            self._outcomes = b""

    def settled(self, receipt: Segment) -> None:
        """The attempt is in the books; a full segment without open records is removed."""
        receipt.open_records -= 1
        if receipt is not self._segment and receipt.open_records == 0:
            self._remove(receipt)

    def sync(self) -> None:
        """Bring what was written to the disk; from any thread."""
        if self._dirty:
            self._dirty = False
            os.fdatasync(self._segment.fd)

    def close(self) -> None:
        """Everything is settled: the folder goes, then the lock."""
        for segment in (*self._old, self._segment):
            os.close(segment.fd)
        shutil.rmtree(self.folder, ignore_errors=True)
        os.close(self._lock)

    def _write(self, record: bytes) -> None:
        if self._torn:
            record = b"\n" + record  # what was cut before must not swallow this one
        try:
            written = os.write(self._segment.fd, record)
        except OSError as error:
            raise JournalFailed(_failed(self._segment.path, error.strerror or "?")) from error
        self._torn = written != len(record)
        if self._torn:
            raise JournalFailed(_failed(self._segment.path, "the disk is full"))
        self._dirty = True
        self._segment.size += written
        if self._segment.size > self._segment_bytes:
            self._roll()

    def _roll(self) -> None:
        self.sync()
        full, self._segment = self._segment, self._new_segment()
        self._old.append(full)

    def _new_segment(self) -> Segment:
        self._count += 1
        path = self.folder / f"{self._count:06}.journal"
        try:
            fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        except OSError as error:
            raise JournalFailed(_failed(path, error.strerror or "?")) from error
        return Segment(path, fd)

    def _remove(self, segment: Segment) -> None:
        os.close(segment.fd)
        self._old.remove(segment)
        segment.path.unlink(missing_ok=True)


class DeadJournal:
    """The journal of a worker that is no more; holding it keeps other reapers away."""

    def __init__(self, folder: Path, hangs: bool = False) -> None:
        """`hangs`: its owner lives but may not send any more, so its lock is no obstacle."""
        self.folder = folder
        self._hangs = hangs
        self._lock = os.open(folder / "lock", os.O_RDONLY) if hangs else _lock(folder)

    def read(self) -> Replay:
        """Everything it says. A record that was cut counts as not written."""
        replay = Replay()
        open_intents: dict[tuple[int, int, int], Intent] = {}
        for line in self._lines():
            if intent := _intent(line):
                open_intents[intent.campaign, intent.seq, intent.n] = intent
            elif outcome := _outcome(line):
                replay.outcomes.append(line[2:])
                open_intents.pop(outcome, None)
        replay.in_flight = list(open_intents.values())
        return replay

    def remove(self) -> None:
        """It was replayed and is in the books. One that hangs removes its folder when it ends."""
        if not self._hangs:
            shutil.rmtree(self.folder, ignore_errors=True)
        os.close(self._lock)

    def _lines(self) -> Iterator[str]:
        for path in sorted(self.folder.glob("*.journal")):
            yield from path.read_bytes().decode("utf-8", "replace").split("\n")[:-1]


def _intent(line: str) -> Intent | None:
    words = line.split(" ")
    if len(words) != 6 or words[0] != "I" or words[5] != ".":
        return None
    return Intent(*map(int, words[1:5]))


def _outcome(line: str) -> tuple[int, int, int] | None:
    if not line.startswith("O "):
        return None
    try:
        campaign, seq, n = json.loads(line[2:])[:3]
    except ValueError:
        return None
    return campaign, seq, n


def _lock(folder: Path) -> int:
    fd = os.open(folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(fd)
        raise JournalHeld(f"{folder} belongs to a living worker.") from None
    return fd


def _failed(path: Path, why: str) -> str:
    return (
        f"The journal {path} cannot be written ({why}). No message was half sent; free the disk and"
        " the worker goes on where it stood."
    )
