"""Get a leased parcel ready: its letters, routes, writer, terms and way out. Sends nothing."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from sendoff.campaigns import public as campaigns
from sendoff.drivers import registry
from sendoff.lib.config import Config
from sendoff.outbox import public as outbox
from sendoff.senders import public as senders
from sendoff.sending import network, routes
from sendoff.sending.connections import Connections
from sendoff.sending.crew import Crew, Job
from sendoff.sending.pace import Limits
from sendoff.sending.shelf import Shelf
from sendoff.smtp.route import Resolver

__all__ = ["Desk", "Job"]

T = TypeVar("T")
KEPT_S = 1.0
_WRITERS = 16  # a writer holds its campaign's compiled content
_LANES = 1_000  # each domain that no provider is known for has one


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """What the database says about one parcel."""

    campaign: campaigns.View
    composer: campaigns.Composer
    server: senders.Server
    ways: Connections
    letters: list[outbox.Claimed]
    routes: dict[str, outbox.RouteFound]
    limits: Limits
    allowed: outbox.Allowed


@dataclass(slots=True)
class Recent:
    """Rows that seldom change, read again once they are KEPT_S old.

    A parcel of ten messages would else spend as much on them as on the messages.
    """

    _rows: dict[tuple[object, int], tuple[float, Any]] = field(default_factory=dict)

    def row(self, read: Callable[[int], T], number: int) -> T:
        """What `read` answers for a row's number, at most KEPT_S ago."""
        read_at, row = self._rows.get((read, number), (-KEPT_S, None))
        if row is None or time.monotonic() - read_at > KEPT_S:
            row = read(number)
            self._rows[read, number] = (time.monotonic(), row)
        return row  # type: ignore[no-any-return]  # a row is kept under the function that read it


@dataclass(slots=True, kw_only=True)
class Desk:
    """Keeps the ways out by server for the life of a worker; writers and lanes while in use."""

    crew: Crew
    config: Config
    resolver: Resolver
    composers: Shelf[tuple[int, tuple[str, ...]], campaigns.Composer] = field(
        default_factory=lambda: Shelf(_WRITERS)
    )
    ways: dict[int, Connections] = field(default_factory=dict)
    left: list[Connections] = field(default_factory=list)  # with a login that is no more
    lanes: Shelf[int, Any] = field(default_factory=lambda: Shelf(_LANES))
    recent: Recent = field(default_factory=Recent)

    async def job(self, ticket: outbox.Ticket) -> Job:
        """Everything needed to send a parcel."""
        actions = self.crew.actions
        material = await self.crew.in_database(lambda: self._material(ticket, actions))
        campaign = material.campaign
        return Job(
            ticket=ticket,
            letters=material.letters,
            routes=await self._fresh(material),
            composer=material.composer,
            terms=terms_of(campaign),
            limits=material.limits,
            allowed=material.allowed,
            ways=material.ways,
            scope=(material.server.id, material.allowed.provider, campaign.domain_id),
            first=campaign.purpose == "transactional",
            spares=campaign.pool_id is not None and not material.server.routed,
            actions=actions,
        )

    async def _fresh(self, material: Material) -> dict[str, outbox.RouteFound]:
        """Routes over their time are asked for anew, as a parcel may have waited for long."""
        if not material.server.routed:
            return material.routes
        stale = [route for route in material.routes.values() if not routes.fresh(route)]
        asking = (routes.ask(self.resolver, route.domain, route.policy) for route in stale)
        found = await asyncio.gather(*asking)
        if found:
            await self.crew.in_database(lambda: outbox.save_routes(found))
        return material.routes | {route.domain: route for route in found}

    async def tidy(self, everything: bool = False) -> None:
        """Close idle connections."""
        for ways in (*self.ways.values(), *self.left):
            await ways.tidy(everything)

    def _material(self, ticket: outbox.Ticket, actions: tuple[outbox.ActionRow, ...]) -> Material:
        campaign = self.recent.row(campaigns.get, ticket.campaign)
        if campaign.badge == campaigns.Badge.QUEUED:
            campaigns.mark(campaign.id, campaigns.Badge.SENDING, "The first parcel was claimed.")
            self.recent = Recent()
        lane = self.lanes.get(ticket.lane, outbox.lane)
        server = self.recent.row(senders.server, lane.server_id)
        ways = self._way(server)
        letters = outbox.letters(ticket.parcel)
        domain = self._domain(campaign)
        limits, allowed = outbox.job_limits(lane, campaign, server, domain, actions)
        return Material(
            campaign=campaign,
            composer=self._composer(campaign, domain),
            server=server,
            ways=ways,
            letters=letters,
            routes=_routes(server, ticket, letters),
            limits=limits,
            allowed=allowed,
        )

    def _composer(
        self, campaign: campaigns.View, domain: senders.Domain | None
    ) -> campaigns.Composer:
        """The campaign's writer for the keys that sign now: where they changed, a new one."""
        selectors = domain.selectors if domain else ()
        return self.composers.get(
            (campaign.id, selectors), lambda _: campaigns.composer(campaign.id)
        )

    def _domain(self, campaign: campaigns.View) -> senders.Domain | None:
        return self.recent.row(senders.domain, campaign.domain_id) if campaign.domain_id else None

    def _way(self, server: senders.Server) -> Connections:
        """The server's way; a new one where its login was changed. Who uses the old one ends so."""
        way = self.ways.get(server.id)
        if way and way.login_ms == server.login_ms:
            return way
        if way:
            self.left.append(way)
        driver = registry.make(
            senders.server_config(server.id), network.of(self.config, self.resolver)
        )
        self.ways[server.id] = Connections(server.id, driver, server.login_ms)
        return self.ways[server.id]


def terms_of(campaign: campaigns.View) -> outbox.Terms:
    """A campaign's rules for trying again."""
    return outbox.Terms(
        retry_after_s=campaign.retry_after_s,
        time_to_live_ms=campaign.time_to_live_s * 1000,
        paused_ms=campaign.paused_ms,
        resend_unknown=campaign.resend_unknown,
    )


def _routes(
    server: senders.Server, ticket: outbox.Ticket, letters: list[outbox.Claimed]
) -> dict[str, outbox.RouteFound]:
    if server.routed:
        return outbox.routes_of(ticket.parcel)
    relay = routes.to_relay(server.host, server.name)
    return {letter.domain: relay for letter in letters}
