"""Who sends: a row for each worker process, its signs of life, and what it still holds."""

from dataclasses import asdict, dataclass
from typing import Any

from django.db.models import Count

from sendoff.lib import clock
from sendoff.outbox import sql
from sendoff.outbox.models import Parcel, Worker

SILENT_MS = 15_000  # three missed heartbeats


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerRow:
    """One sending process; `alive` by its heartbeat. `parcels`: how many it holds."""

    id: str
    host: str
    pid: int
    started_ms: int
    heartbeat_ms: int
    settled: int
    parcels: int
    alive: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Unsettled:
    """A message that a dead worker held: nothing says yet what became of its attempt."""

    campaign: int
    seq: int
    attempts: int
    first_ms: int | None


def register(worker: str, host: str, pid: int) -> None:
    """A worker begins; its journal is locked already."""
    now = clock.now_ms()
    Worker.objects.create(id=worker, host=host, pid=pid, started_ms=now, heartbeat_ms=now)


@dataclass(frozen=True, slots=True, kw_only=True)
class Vitals:
    """What a worker counts since it began: connections it lost, bytes its journal has now."""

    database_losses: int = 0
    queue_losses: int = 0
    journal_bytes: int = 0


def heartbeat(worker: str, settled: int, vitals: Vitals = Vitals()) -> bool:
    """A sign of life; False tells the worker that it was given up and must stop."""
    now = clock.now_ms()
    return bool(sql.run("heartbeat", worker=worker, settled=settled, now=now, **asdict(vitals)))


def elsewhere(worker: str, lacking: frozenset[int]) -> frozenset[int]:
    """Note the servers whose address a worker's machine has not; those that a live worker has."""
    Worker.objects.filter(pk=worker).update(lacks=sorted(lacking))
    if not lacking:
        return lacking
    alive = Worker.objects.filter(ended_ms=None, heartbeat_ms__gt=clock.now_ms() - SILENT_MS)
    others = alive.exclude(pk=worker).values_list("lacks", flat=True)
    return frozenset(server for server in lacking if any(server not in theirs for theirs in others))


def ended(worker: str, how: str) -> None:
    """A worker is over and holds nothing more."""
    Worker.objects.filter(pk=worker, ended_ms=None).update(ended_ms=clock.now_ms(), how=how[:200])


def unended(host: str | None = None) -> list[WorkerRow]:
    """Workers that have not ended, of one host or of all."""
    found = Worker.objects.filter(ended_ms=None).order_by("started_ms")
    found = found.annotate(parcels=Count("parcel"))
    if host is not None:
        found = found.filter(host=host)
    return [_row(each) for each in found]


def unsettled(worker: str) -> list[Unsettled]:
    """What a worker held and did not settle."""
    return [
        Unsettled(campaign=campaign, seq=seq, attempts=attempts, first_ms=dated)
        for campaign, seq, attempts, dated in sql.rows("unsettled_of_worker", worker=worker)
    ]


def parcels_of(worker: str) -> list[int]:
    """The parcels a worker still holds."""
    return list(Parcel.objects.filter(worker_id=worker).values_list("id", flat=True))


def _row(worker: Any) -> WorkerRow:
    return WorkerRow(
        id=worker.id,
        host=worker.host,
        pid=worker.pid,
        started_ms=worker.started_ms,
        heartbeat_ms=worker.heartbeat_ms,
        settled=worker.settled,
        parcels=worker.parcels,
        alive=clock.now_ms() - worker.heartbeat_ms < SILENT_MS,
    )
