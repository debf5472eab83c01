"""The network as this installation sees it: resolver, port, roots. Made from the settings once."""

from sendoff.drivers.registry import Network
from sendoff.lib.config import Config
from sendoff.smtp import policies
from sendoff.smtp.route import Resolver
from sendoff.smtp.trust import Trust


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
    private = config.allow_private_targets
    web = policies.Web(
        trust=Trust(roots=config.tls_roots), port=config.mta_sts_port, allow_private=private
    )
    return Resolver(
        config.resolver, allow_private=private, web=web if config.mta_sts_port else None
    )
