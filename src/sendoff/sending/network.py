"""The network as this installation sees it: resolver, port, roots. Made from the settings once."""

from sendoff.drivers.registry import Network
from sendoff.lib.config import Config
from sendoff.smtp.route import Resolver


def of(config: Config, resolver: Resolver) -> Network:
    """What drivers need to reach other hosts."""
    return Network(
        resolver=resolver,
        smtp_port=config.smtp_port,
        tls_roots=config.tls_roots,
        allow_private=config.allow_private_targets,
    )


def resolver(config: Config) -> Resolver:
    """The one that asks the configured nameserver, or the system's."""
    return Resolver(config.resolver, allow_private=config.allow_private_targets)
