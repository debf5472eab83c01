"""Collect outcomes and bring them into the books in batches at most 100 ms old. Decides nothing."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import partial

import structlog
from django.db import DatabaseError

from sendoff.outbox import public as outbox
from sendoff.sending.journal import Journal, JournalFailed, Segment

EVERY_S = 0.1
BATCH = 500
_TRY_AGAIN_S = 1.0

InDatabase = Callable[..., Awaitable[int]]
log = structlog.get_logger()


@dataclass(slots=True)
class Batch:
    """What the next transaction will settle."""

    settlements: list[outbox.Settlement] = field(default_factory=list)
    receipts: list[Segment] = field(default_factory=list)
    sessions: list[outbox.SessionRow] = field(default_factory=list)
    parcels: list[outbox.HandBack] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.settlements or self.sessions or self.parcels)

    def joined(self, later: "Batch") -> "Batch":
        """This batch with what came after it."""
        return Batch(
            settlements=self.settlements + later.settlements,
            receipts=self.receipts + later.receipts,
            sessions=self.sessions + later.sessions,
            parcels=self.parcels + later.parcels,
        )


class Settler:
    """One per worker. `add` never waits; `room` does while the database is behind."""

    def __init__(self, journal: Journal, in_database: InDatabase) -> None:
        self._journal = journal
        self._in_database = in_database
        self._batch = Batch()
        self._flushing = False
        self._wake = asyncio.Event()
        self._space = asyncio.Event()
        self._space.set()
        self.settled = 0
        self.held: set[int] = set()  # parcels that were taken, until the books have them back

    def add(self, settlement: outbox.Settlement, receipt: Segment | None = None) -> None:
        """An attempt ended. With a receipt its outcome goes to the journal first."""
        self._batch.settlements.append(settlement)
        if len(self._batch.settlements) >= BATCH:
            self._wake.set()
            self._space.clear()
        if receipt is not None:
            self._batch.receipts.append(receipt)
            self._journal.outcome(settlement.to_line())
            if not self._flushing:
                self._flushing = True
                asyncio.get_running_loop().call_soon(self._flush_journal)

    def _flush_journal(self) -> None:
        """At the end of this turn of the loop, where no intent took the outcomes along."""
        self._flushing = False
        try:
            self._journal.flush()
        except JournalFailed as error:
            log.error(str(error))  # the next dot fails by it, and with that the worker

    def add_session(self, session: outbox.SessionRow) -> None:
        """A connection's evidence, saved with the next batch."""
        self._batch.sessions.append(session)

    def hand_back(self, parcel: outbox.HandBack) -> None:
        """A parcel is free once everything added before is in the books."""
        self._batch.parcels.append(parcel)

    @property
    def full(self) -> bool:
        """Whether more is unsettled than one batch holds."""
        return not self._space.is_set()

    async def room(self) -> None:
        """Wait while it is full."""
        await self._space.wait()

    async def run(self) -> None:
        """Settle for ever; cancelled at the end of the worker, after `drain`."""
        while True:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), EVERY_S)
            self._wake.clear()
            await self.flush()

    async def flush(self) -> None:
        """Settle what is there now; a database that is away is asked again until it is back."""
        batch, self._batch = self._batch, Batch()
        try:
            await self._settle(batch)
        except asyncio.CancelledError:
            # Whether it is in the books nobody knows; settling it once more does no harm.
            self._batch = batch.joined(self._batch)
            raise
        self._space.set()

    async def _settle(self, batch: Batch) -> None:
        while batch:
            try:
                await self._in_database(
                    partial(outbox.settle, batch.settlements, batch.sessions, batch.parcels)
                )
            except DatabaseError as error:
                log.warning("settling waits for the database", why=str(error))
                await asyncio.sleep(_TRY_AGAIN_S)
                continue
            self._done(batch)
            return

    def _done(self, batch: Batch) -> None:
        self.settled += len(batch.settlements)
        self.held.difference_update(back.parcel for back in batch.parcels)
        for receipt in batch.receipts:
            self._journal.settled(receipt)
