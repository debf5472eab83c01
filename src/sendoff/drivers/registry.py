"""The list of ways out. A driver is one line here and one module, imported at its first use."""

import importlib
from collections.abc import Callable

from sendoff.drivers.contract import Driver, MailHost, ServerConfig, Target
from sendoff.drivers.network import Network
from sendoff.smtp.route import Routing

__all__ = ["DRIVERS", "Network", "make", "target"]

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


def target(routing: Routing) -> Target:
    """A route as drivers take it."""
    hosts = tuple(
        MailHost(preference=host.preference, name=host.name, addresses=host.addresses)
        for host in routing.hosts
    )
    return Target(domain=routing.domain, provider=routing.provider, hosts=hosts)
