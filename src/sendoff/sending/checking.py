"""Ask a sending server whether it would work. It offers no message."""

import asyncio

from sendoff.drivers import registry
from sendoff.drivers.contract import Finding, ServerConfig
from sendoff.lib.config import Config
from sendoff.senders import public as senders
from sendoff.sending import network

_PATIENCE_S = 20.0  # somebody looks at a page meanwhile


def check_server(config: Config, server_id: int) -> list[Finding]:
    """What was found of its address, name, encryption and credentials; waits PATIENCE_S at most."""
    return asyncio.run(_findings(config, senders.server_config(server_id)))


async def _findings(config: Config, server: ServerConfig) -> list[Finding]:
    # A resolver belongs to the loop that it is used in.
    driver = registry.make(server, network.of(config, network.resolver(config)))
    try:
        return await asyncio.wait_for(driver.validate_config(), _PATIENCE_S)
    except TimeoutError:
        sentence = f"No answer within {_PATIENCE_S:.0f} seconds; is its port open from here?"
        return [Finding(check="connection", ok=False, sentence=sentence)]
