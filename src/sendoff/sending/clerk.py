"""The planning process: writes rows, finds routes, packs parcels, reaps the dead, ends campaigns.

Each host has one, which replays the journals of its own dead. One of them plans at a time, the
others wait for its lock: of the data folder, and of the database where that is a server. It sends
nothing.
"""

import asyncio
import contextlib
import fcntl
import os
import signal
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TypeVar

import structlog
from django.db import DatabaseError

from sendoff.campaigns import public as campaigns
from sendoff.lib.config import Config
from sendoff.outbox import public as outbox
from sendoff.sending import chores, database, network, reaper, routes, tls_reports
from sendoff.sending.jobs import terms_of
from sendoff.sending.worker import journals
from sendoff.smtp.route import Resolver

T = TypeVar("T")
REST_S = 0.25
LOOKUPS = 5_000  # new domains a pass
PATIENCE_S = 3.0  # domains that answer slower are packed in a later pass

log = structlog.get_logger()


@dataclass(slots=True, kw_only=True)
class Clerk:
    """The process' main object."""

    config: Config
    resolver: Resolver
    thread: ThreadPoolExecutor
    reaper: reaper.Reaper
    more: Sequence[chores.Chore] = ()
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    duties: list[chores.Chore] = field(init=False)
    reporter: tls_reports.Reporter = field(init=False)
    questions: routes.Questions = field(init=False)

    def __post_init__(self) -> None:
        self.duties = [*chores.of(self.config), *self.more]
        self.questions = routes.Questions(self.resolver)
        self.reporter = tls_reports.Reporter(
            config=self.config, resolver=self.resolver, in_database=self.in_database
        )

    async def run(self) -> None:
        """Go round until stopped; a database that is away is waited for."""
        loop = asyncio.get_running_loop()
        for signum in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(signum, self.stopping.set)
        while not self.stopping.is_set():
            try:
                moved = await self._round()
            except DatabaseError as error:
                log.warning("the clerk waits for the database", why=str(error))
                moved = 0
            if not moved:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self.stopping.wait(), REST_S)

    async def _round(self) -> int:
        moved = await self.in_database(self.reaper.reap_here)
        if not await self.in_database(outbox.clerks_turn):
            return moved
        moved += await self.in_database(self.reaper.reap_lost)
        moved += await self.in_database(plan_and_end)
        for chore in self.duties:
            await self.in_database(chore.do)
        self.reporter.tick()
        for campaign in await self.in_database(chores.under_way):
            try:
                moved += await self._pack(campaign)
            except DatabaseError:
                raise
            except Exception:
                log.exception("a campaign cannot be packed", campaign=campaign.id)
        return moved

    async def _pack(self, campaign: campaigns.View) -> int:
        ways = await self.in_database(lambda: campaigns.ways(campaign))
        window = await self.in_database(lambda: outbox.look(campaign.id, ways))
        if window.unresolved:
            await self._resolve(window.unresolved)
            window = await self.in_database(lambda: outbox.look(campaign.id, ways))
        if not window.size:
            return 0
        terms = terms_of(campaign)
        return await self.in_database(lambda: outbox.pack(campaign.id, ways, window, terms))

    async def _resolve(self, domains: set[str]) -> None:
        """Ask for routes; what takes longer than a moment is kept for a later pass."""
        new = self.questions.new(domains)[:LOOKUPS]
        known = await self.in_database(lambda: outbox.policies_of(set(new)))
        found = await self.questions.answers(new, known, PATIENCE_S)
        await self.in_database(lambda: outbox.save_routes(found))

    async def in_database(self, work: Callable[[], T]) -> T:
        """Run in the database thread."""
        return await database.run(self.thread, work)


def plan_and_end() -> int:
    """Write rows of launched campaigns, skip those of cancelled ones, end what is done."""
    moved = len(outbox.finish())
    for campaign in campaigns.with_badge(campaigns.Badge.QUEUING):
        moved += 1
        if outbox.plan(campaign):
            campaigns.mark(campaign.id, campaigns.Badge.QUEUED, "All rows are written.")
    for campaign_id in outbox.cancelled():
        moved += 1
        outbox.skip_cancelled(campaigns.get(campaign_id))
    return moved


def run(config: Config, more: Sequence[chores.Chore] = ()) -> int:
    """Be the clerk until stopped; `more` are chores of rooms that sending does not know."""
    config.data.mkdir(parents=True, exist_ok=True)
    lock = os.open(config.data / "clerk.lock", os.O_RDWR | os.O_CREAT, 0o600)
    with contextlib.suppress(KeyboardInterrupt):
        fcntl.flock(lock, fcntl.LOCK_EX)
        with ThreadPoolExecutor(max_workers=1) as thread:
            clerk = Clerk(
                config=config,
                resolver=network.resolver(config),
                thread=thread,
                reaper=_reaper(config),
                more=more,
            )
            import uvloop

            uvloop.run(clerk.run())
    os.close(lock)
    return 0


def _reaper(config: Config) -> reaper.Reaper:
    return reaper.Reaper(
        folder=journals(config),
        host=config.host,
        host_lost_ms=config.host_lost_after_s * 1000,
        stalled_ms=config.stalled_after_s * 1000,
    )
