"""The list of ways out. A driver is one line here and one module, imported at its first use."""

import importlib
from collections.abc import Callable

from sendoff.drivers.contract import Driver, ServerConfig
from sendoff.drivers.network import Network

__all__ = ["DRIVERS", "Network", "make"]

DRIVERS = {
    "direct": "sendoff.drivers.direct:Direct",
    "smtp": "sendoff.drivers.smtp:Relay",
}


def make(config: ServerConfig, network: Network) -> Driver:
    """The driver that a sending server names. ValueError where there is no such driver."""
    path = DRIVERS.get(config.driver)
    if path is None:
        known = ", ".join(DRIVERS)
        raise ValueError(f'"{config.driver}" is no driver; choose one of {known}')
    module, _, name = path.partition(":")
    build: Callable[[ServerConfig, Network], Driver] = getattr(
        importlib.import_module(module), name
    )
    return build(config, network)
