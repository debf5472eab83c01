"""Our own MTA: straight to the MX hosts of a domain. It never routes; it is told where."""

from collections.abc import Callable

from sendoff.drivers import findings, session_driver
from sendoff.drivers.contract import (
    Capabilities,
    Connection,
    Finding,
    Letter,
    NoConnection,
    ServerConfig,
    Target,
)
from sendoff.drivers.network import Network
from sendoff.mail.stages import Outcome
from sendoff.smtp import dial, providers
from sendoff.smtp.manners import Manners
from sendoff.smtp.session import Terms


class Direct:
    """Delivers from one source address to any site.

    Encryption is opportunistic and unverified, unless the server's settings, the provider, or the
    hosts themselves by DANE or MTA-STS want more.
    """

    def __init__(self, config: ServerConfig, network: Network) -> None:
        self._config = config
        self._port = network.smtp_port
        self._terms = Terms(trust=network.trust, time_factor=network.time_factor)

    async def connect(self, target: Target) -> Connection | NoConnection:
        """Open a session to the first of the target's hosts that takes us."""
        tls = self._config.tls
        if tls == "opportunistic":
            tls = providers.tls_of(target.provider)
        manners = Manners(helo=self._config.helo, tls=tls, provider=target.provider)
        plan = dial.Plan(
            hosts=target.hosts,
            port=self._port,
            manners=manners,
            terms=self._terms,
            source_ip=self._config.source_ip,
            domain=target.domain,
        )
        return await session_driver.connect("direct", plan)

    async def send(
        self,
        connection: Connection,
        letter: Letter,
        before_dot: Callable[[], None],
        following: Letter | None = None,
    ) -> Outcome:
        """Offer one message; see the contract."""
        return await session_driver.send(connection, letter, before_dot, following)

    async def get_delivery_status(self, reference: str) -> str | None:
        """Nobody can be asked: a mailbox provider tells only by bounces."""
        return None

    def get_capabilities(self) -> Capabilities:
        """Every stage is ours to see."""
        return session_driver.capabilities(own_envelope_sender=True)

    async def validate_config(self) -> list[Finding]:
        """Check name, source address and encryption words; no server is called."""
        return findings.of_config(self._config)
