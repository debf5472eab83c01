"""A relay: hands every message to one SMTP server. What comes after that is the relay's."""

import ipaddress
from collections.abc import Callable

from sendoff.drivers import findings, session_driver
from sendoff.drivers.contract import (
    Capabilities,
    Connection,
    Finding,
    Letter,
    MailHost,
    NoConnection,
    ServerConfig,
    SessionEvidence,
    Target,
)
from sendoff.drivers.network import Network
from sendoff.mail.stages import Evidence, Fault, Kind, Outcome
from sendoff.smtp import dial
from sendoff.smtp.manners import Manners
from sendoff.smtp.session import Terms


class Relay:
    """Sends through `config.host`. The stages `dns` to `data` are those of the relay's session.

    With a password, or with `tls` "required" or "implicit", the relay's certificate must prove its
    name, unless `options["verify"] = "no"`: a password is not told to whoever answers.
    """

    def __init__(self, config: ServerConfig, network: Network) -> None:
        self._config = config
        self._resolver = network.resolver
        careful = bool(config.username) or config.tls in ("required", "implicit")
        self._terms = Terms(
            trust=network.trust,
            verify=careful and config.options.get("verify") != "no",
            time_factor=network.time_factor,
        )

    async def connect(self, target: Target) -> Connection | NoConnection:
        """Open a session to the relay, whatever the target."""
        addresses, steps = await self._addresses()
        if not addresses:
            return self._unknown_host(steps)
        host = MailHost(preference=0, name=self._config.host, addresses=addresses)
        plan = dial.Plan(
            hosts=(host,),
            port=self._config.port,
            manners=self._manners(),
            terms=self._terms,
            source_ip=self._config.source_ip,
        )
        return await session_driver.connect("smtp", plan)

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
        """SMTP has no such question."""
        return None

    def get_capabilities(self) -> Capabilities:
        """Our session with the relay is seen; the relay's own with the recipient is not."""
        return session_driver.capabilities(
            own_envelope_sender=self._config.options.get("own_envelope_sender") != "no"
        )

    async def validate_config(self) -> list[Finding]:
        """Check the settings, then open a session, sign in, and say goodbye."""
        found = findings.of_config(self._config)
        met = await self.connect(Target(domain="", provider=""))
        where = f"{self._config.host}:{self._config.port}"
        if isinstance(met, NoConnection):
            return found + findings.of_session(where, met)
        await met.close()
        return found + findings.of_session(where, met.evidence)

    def _manners(self) -> Manners:
        return Manners(
            helo=self._config.helo,
            tls=self._config.tls,
            username=self._config.username,
            password=self._config.password,
        )

    async def _addresses(self) -> tuple[tuple[str, ...], tuple[Evidence, ...]]:
        """The operator named the relay, so private addresses are fine and MX is not asked."""
        try:
            return (str(ipaddress.ip_address(self._config.host)),), ()
        except ValueError:
            return await self._resolver.addresses_of(self._config.host)

    def _unknown_host(self, steps: tuple[Evidence, ...]) -> NoConnection:
        sentence = f"The relay {self._config.host} has no address; correct its host name."
        outcome = Outcome(
            kind=Kind.DEFERRED,
            stage="dns",
            fault=Fault.OUR_CONFIG,
            category="expired_or_network",
            enhanced="4.4.3",
            reply=sentence,
        )
        evidence = SessionEvidence(driver="smtp", mx=self._config.host, steps=steps)
        return NoConnection(outcome=outcome, evidence=evidence)
