"""Send one letter through one server, now, and say how it ended. No queue, no books, one try."""

import asyncio

from sendoff.drivers import registry
from sendoff.drivers.contract import Letter, NoConnection, ServerConfig, Target
from sendoff.lib.config import Config
from sendoff.mail.stages import Fault, Kind, Outcome
from sendoff.senders import public as senders
from sendoff.sending import network

PATIENCE_S = 30.0  # somebody looks at a page meanwhile


def send_letter(config: Config, server_id: int, letter: Letter) -> Outcome:
    """How the try ended; waits PATIENCE_S at most."""
    return asyncio.run(_within_time(config, senders.server_config(server_id), letter))


async def _within_time(config: Config, server: ServerConfig, letter: Letter) -> Outcome:
    try:
        return await asyncio.wait_for(_sent(config, server, letter), PATIENCE_S)
    except TimeoutError:
        words = f"No answer within {PATIENCE_S:.0f} seconds."
        return Outcome(kind=Kind.DEFERRED, stage="connect", fault=Fault.NETWORK, reply=words)


async def _sent(config: Config, server: ServerConfig, letter: Letter) -> Outcome:
    resolver = network.resolver(config)  # a resolver belongs to the loop that it is used in
    domain = letter.recipient.rpartition("@")[2]
    target = Target(domain=domain, provider="")
    if server.driver == "direct":
        way = await resolver.resolve(domain)
        if way.outcome:
            return way.outcome
        target = Target(domain=domain, provider=way.provider, hosts=way.hosts)
    driver = registry.make(server, network.of(config, resolver))
    connection = await driver.connect(target)
    if isinstance(connection, NoConnection):
        return connection.outcome
    outcome = await driver.send(connection, letter, lambda: None)
    await connection.close()
    return outcome
