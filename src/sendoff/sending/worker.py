"""One sending process: takes parcels, has them carried, keeps its leases, drains when told."""

import asyncio
import contextlib
import gc
import os
import signal
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from uuid import uuid4

import structlog
from django.db import DatabaseError, connection

from sendoff.campaigns import public as campaigns
from sendoff.lib import clock
from sendoff.lib.config import Config
from sendoff.outbox import public as outbox
from sendoff.sending import database, jobs, network
from sendoff.sending.addresses import Absent
from sendoff.sending.carrier import Carrier
from sendoff.sending.crew import LEASE_S, Crew
from sendoff.sending.journal import Journal, JournalFailed
from sendoff.sending.pace import OwnPace

LOOK_S = 0.2  # how often to look for pauses and for work
GATHER_S = 0.02
BEAT_S = 5.0
SYNC_S = 0.1
DRAIN_S = 30.0
GC_THRESHOLDS = 20_000, 20, 50  # a message makes no garbage that only a collection finds
BAD_PARCEL_MS = 60_000  # until a parcel that failed for a reason of ours is tried again

log = structlog.get_logger()


@dataclass(slots=True, kw_only=True)
class Worker:
    """The process' main object; `run` returns its exit code."""

    config: Config
    crew: Crew
    queue: outbox.Queue = field(default_factory=outbox.queue_adapter)
    absent: Absent = field(init=False)
    carrying: set[asyncio.Task[None]] = field(default_factory=set)
    failure: str = ""
    adrift: bool = False
    look_at_ms: int = 0

    def __post_init__(self) -> None:
        self.absent = Absent(self.crew.id)

    async def run(self) -> int:
        """Send until stopped. 0 after a drain, 1 after a failure that was logged."""
        loop = asyncio.get_running_loop()
        for signum in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(signum, self.crew.stopping.set)
        desk = jobs.Desk(crew=self.crew, config=self.config, resolver=network.resolver(self.config))
        self.crew.leased(clock.steady_ms())
        chores = [
            asyncio.create_task(chore)
            for chore in (self.crew.settler.run(), self._beat(), self._sync())
        ]
        for chore in chores:
            chore.add_done_callback(self._chore_ended)
        try:
            await self._work(desk)
        finally:
            await self._drain(chores, desk)
        return 1 if self.failure else 0

    async def _work(self, desk: jobs.Desk) -> None:
        while not self.crew.stopping.is_set():
            try:
                more = await self._take(desk)
            except DatabaseError as error:
                log.warning("waiting for the database", why=str(error))
                more = False
            if not more:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self.crew.stopping.wait(), LOOK_S)

    async def _take(self, desk: jobs.Desk) -> bool:
        """Look now and then which campaigns may send; take what there are connections free for.
        Whether to look again at once."""
        if clock.steady_ms() >= self.look_at_ms:
            active, self.crew.actions, self.crew.urgent = await self.crew.in_database(_look)
            self.crew.active = frozenset(active)
            self.crew.pace.tidy()
            self.look_at_ms = clock.steady_ms() + int(LOOK_S * 1000)
        if not self.crew.active:
            return False
        free = self.config.worker_connections - len(self.carrying)
        if free <= 0:
            await self._one_ended()
            return True
        tickets = await self._leased(free)
        for ticket in tickets:
            task = asyncio.create_task(self._carry(desk, ticket))
            self.carrying.add(task)
            task.add_done_callback(self.carrying.discard)
        await desk.tidy()
        return bool(tickets)

    async def _one_ended(self) -> None:
        """Wait for a free connection, and a moment longer: those who end together are replaced by
        one take, which costs much where there are many lanes."""
        ended = asyncio.FIRST_COMPLETED
        await asyncio.wait(self.carrying, timeout=LOOK_S, return_when=ended)
        await asyncio.sleep(GATHER_S)

    async def _leased(self, n: int) -> list[outbox.Ticket]:
        """Up to n parcels. A take that failed may yet have leased some, which nobody carries."""
        held = self.crew.settler.held
        if self.adrift:
            await self.crew.in_database(partial(_let_go, self.crew.id, frozenset(held)))
        self.adrift = True
        tickets = await self.crew.in_database(
            lambda: self.queue.take(self.crew.id, n, LEASE_S, self.absent.servers())
        )
        self.adrift = False
        held.update(ticket.parcel for ticket in tickets)
        return tickets

    async def _carry(self, desk: jobs.Desk, ticket: outbox.Ticket) -> None:
        free_at_ms = 0
        try:
            free_at_ms = await Carrier(crew=self.crew, job=await desk.job(ticket)).carry()
        except JournalFailed as error:
            self._fail(str(error))
        except DatabaseError as error:
            log.warning("a parcel waits for the database", parcel=ticket.parcel, why=str(error))
        except Exception:
            # One bad parcel must not end the others; it is tried again in a while.
            log.exception("a parcel failed", parcel=ticket.parcel, campaign=ticket.campaign)
            free_at_ms = clock.now_ms() + BAD_PARCEL_MS
        finally:
            back = outbox.HandBack(
                parcel=ticket.parcel, worker=self.crew.id, available_ms=free_at_ms
            )
            self.crew.settler.hand_back(back)

    async def _beat(self) -> None:
        """Signs of life, and another lease for what is held."""
        while True:
            await asyncio.sleep(BEAT_S)
            try:
                asked = clock.steady_ms()
                if await self.crew.in_database(self._renew):
                    self.crew.leased(asked)
                else:
                    self._fail("This worker was given up by another one; it stops.")
            except DatabaseError as error:
                log.warning("no heartbeat", why=str(error))

    def _renew(self) -> bool:
        self.queue.renew(self.crew.id, LEASE_S)
        vitals = outbox.Vitals(
            database_losses=database.losses(),
            queue_losses=outbox.queue_losses(),
            journal_bytes=self.crew.journal.held_bytes,
        )
        return outbox.heartbeat(self.crew.id, self.crew.settler.settled, vitals)

    async def _sync(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(SYNC_S)
            try:
                await loop.run_in_executor(None, self.crew.journal.sync)
            except OSError as error:
                self._fail(f"The journal cannot be brought to the disk: {error.strerror}.")

    def _chore_ended(self, chore: asyncio.Task[None]) -> None:
        """A worker that cannot settle or renew must not go on sending."""
        if not chore.cancelled() and (error := chore.exception()):
            log.error("a chore of the worker ended", exc_info=error)
            self._fail(f"This worker stops: {error!r}")

    def _fail(self, sentence: str) -> None:
        if not self.failure:
            log.error(sentence, worker=self.crew.id)
            self.failure = sentence
        self.crew.stopping.set()

    async def _drain(self, chores: list[asyncio.Task[None]], desk: jobs.Desk) -> None:
        if self.carrying:
            await asyncio.wait(self.carrying, timeout=DRAIN_S)
        for task in (*self.carrying, *chores):
            task.cancel()
        await asyncio.gather(*self.carrying, *chores, return_exceptions=True)
        await self.crew.settler.flush()
        await desk.tidy(everything=True)


def run(config: Config) -> int:
    """Be a worker until stopped; the exit code of the process."""
    worker_id = f"{config.host[:24]}-{os.getpid()}-{uuid4().hex[:6]}"
    try:
        journal = Journal(journals(config) / worker_id)
    except JournalFailed as error:
        log.error(str(error), worker=worker_id)
        return 1
    thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="database")
    thread.submit(outbox.register, worker_id, config.host, os.getpid()).result()
    pace = OwnPace(config.worker_per_minute)
    crew = Crew(id=worker_id, journal=journal, thread=thread, own_pace=pace)
    worker = Worker(config=config, crew=crew)
    log.info("worker started", worker=worker_id, pid=os.getpid())
    import uvloop

    gc.freeze()  # what was loaded stays: looking through it again and again finds nothing
    gc.set_threshold(*GC_THRESHOLDS)
    code = uvloop.run(worker.run())
    thread.submit(_leave, crew, worker.failure or "stopped").result()
    thread.shutdown()
    journal.close()
    log.info("worker stopped", worker=worker_id, settled=crew.settler.settled)
    return code


def journals(config: Config) -> Path:
    """Where the workers of this host keep their journals."""
    return config.data / "journal"


def _look() -> tuple[list[int], tuple[outbox.ActionRow, ...], frozenset[int]]:
    active = campaigns.ids_with_badge([campaigns.Badge.QUEUED, campaigns.Badge.SENDING])
    return active, outbox.actions_in_force(), outbox.urgent_lanes() if active else frozenset()


def _let_go(worker: str, held: frozenset[int]) -> None:
    strays = set(outbox.parcels_of(worker)) - held
    outbox.settle([], parcels=[outbox.HandBack(parcel=p, worker=worker) for p in strays])


def _leave(crew: Crew, how: str) -> None:
    parcels = [outbox.HandBack(parcel=p, worker=crew.id) for p in outbox.parcels_of(crew.id)]
    outbox.settle([], parcels=parcels)
    outbox.ended(crew.id, how)
    connection.close()
