"""Ask the DNS for the way to a domain, in the form the outbox keeps. Writes nothing."""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from sendoff.lib import clock, drill
from sendoff.outbox import public as outbox
from sendoff.smtp.mta_sts import Policy
from sendoff.smtp.route import Resolver

AT_ONCE = 100  # domains


async def ask(resolver: Resolver, domain: str, known: Policy | None = None) -> outbox.RouteFound:
    """The route to a domain now; the resolver keeps answers for their time.

    `known`: the MTA-STS policy that was found before.
    """
    found = await resolver.resolve(domain, known)
    drill.point("dns")
    now = clock.now_ms()
    return outbox.RouteFound(
        domain=domain,
        provider=found.provider,
        hosts=found.hosts,
        outcome=found.outcome,
        evidence=found.evidence,
        resolved_ms=now,
        expires_ms=now + int(found.ttl_s * 1000),
        policy=found.policy,
        trouble=found.trouble,
    )


@dataclass(slots=True)
class Questions:
    """Domains that were asked for, AT_ONCE at a time: more would be more than a resolver answers in
    time, and its silence would be taken for the domains' own. Who is slow is told of later."""

    resolver: Resolver
    _asked: dict[str, asyncio.Task[outbox.RouteFound]] = field(default_factory=dict)
    _turns: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_ONCE))

    def new(self, domains: Iterable[str]) -> list[str]:
        """Those of some domains that nobody asked for yet, in the order of the alphabet."""
        return sorted(set(domains) - self._asked.keys())

    async def answers(
        self, domains: Iterable[str], known: Mapping[str, Policy], patience_s: float
    ) -> list[outbox.RouteFound]:
        """Ask for new domains too, and wait a while; the answers that were not told of yet."""
        for domain in domains:
            self._asked[domain] = asyncio.create_task(self._ask(domain, known.get(domain)))
        if self._asked:
            await asyncio.wait(self._asked.values(), timeout=patience_s)
        answered = [name for name, task in self._asked.items() if task.done()]
        return [self._asked.pop(name).result() for name in answered]

    async def _ask(self, domain: str, known: Policy | None) -> outbox.RouteFound:
        async with self._turns:
            return await ask(self.resolver, domain, known)


async def ask_all(
    resolver: Resolver, domains: Iterable[str], known: Mapping[str, Policy], patience_s: float
) -> list[outbox.RouteFound]:
    """The routes that are found within a time, AT_ONCE asked at a time, in the order of domains."""
    found: list[outbox.RouteFound] = []
    waiting = iter(domains)

    async def take_turns() -> None:
        for domain in waiting:
            found.append(await ask(resolver, domain, known.get(domain)))

    turns = [asyncio.create_task(take_turns()) for _ in range(AT_ONCE)]
    _, late = await asyncio.wait(turns, timeout=patience_s)
    for turn in late:
        turn.cancel()
    await asyncio.gather(*turns, return_exceptions=True)
    for turn in turns:
        if not turn.cancelled() and (error := turn.exception()):
            raise error
    return found


def fresh(route: outbox.RouteFound) -> bool:
    """Whether a route is still within its time."""
    return route.expires_ms > clock.now_ms()


def to_relay(host: str, server: str) -> outbox.RouteFound:
    """The way of every domain through a relay: the relay."""
    return outbox.RouteFound(
        domain=host,
        provider=server,
        hosts=(),
        outcome=None,
        evidence=(),
        resolved_ms=0,
        expires_ms=0,
    )
