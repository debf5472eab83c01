"""The door of sending: the two processes that move mail, and the check of a server."""

import asyncio
from collections.abc import Collection, Sequence

from sendoff.lib.config import Config
from sendoff.outbox import public as outbox
from sendoff.sending import checking, chores, clerk, network, routes, single, worker

Chore = chores.Chore
check_server = checking.check_server
send_letter = single.send_letter


def find_routes(config: Config, domains: Collection[str], patience_s: float) -> int:
    """Ask for the ways to these domains, in their order, and keep them where sending finds them.

    How many were found within the time; the resolver's own limits hold for each.
    """
    known = outbox.policies_of(domains)

    async def asked() -> list[outbox.RouteFound]:
        resolver = network.resolver(config)  # a resolver belongs to the loop that it is used in
        return await routes.ask_all(resolver, domains, known, patience_s)

    found = asyncio.run(asked())
    outbox.save_routes(found)
    return len(found)


def run_worker(config: Config) -> int:
    """Be a sending process until SIGTERM; returns the exit code."""
    outbox.use_broker(config.queue_url)
    return worker.run(config)


def run_clerk(config: Config, more: Sequence[Chore] = ()) -> int:
    """Be this host's planning process and reaper until SIGTERM; waits while another one is.

    `more` are chores of rooms downstream, which the clerk does in their time beside its own.
    """
    outbox.use_broker(config.queue_url)
    return clerk.run(config, more)
