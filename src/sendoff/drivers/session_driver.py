"""What the two drivers that speak SMTP share: a connection with its evidence, and sending on it.

It does not know where to connect; that is what makes `direct` and `smtp` two drivers.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sendoff.drivers.contract import Capabilities, Connection, Letter, NoConnection, SessionEvidence
from sendoff.mail.stages import Outcome
from sendoff.smtp import dial
from sendoff.smtp.session import Session


@dataclass(slots=True)
class SmtpConnection:
    """An open SMTP session as the contract wants it."""

    evidence: SessionEvidence
    session: Session

    @property
    def usable(self) -> bool:
        return self.session.usable

    @usable.setter
    def usable(self, value: bool) -> None:
        self.session.client.usable = value and self.session.client.usable

    async def close(self) -> None:
        await self.session.close()


async def connect(driver: str, plan: dial.Plan) -> Connection | NoConnection:
    """Dial, and turn what came of it into the contract's values."""
    called = await dial.dial(plan)
    evidence = _evidence(driver, plan, called)
    if called.session is not None:
        return SmtpConnection(evidence, called.session)
    outcome = called.outcome
    if outcome is None:
        raise RuntimeError("dialling ended without session and without outcome")
    return NoConnection(outcome=outcome, evidence=evidence)


async def send(
    connection: Connection,
    letter: Letter,
    before_dot: Callable[[], None],
    following: Letter | None = None,
) -> Outcome:
    """Offer one message on a connection that `connect` made; see the contract."""
    if not isinstance(connection, SmtpConnection):
        raise TypeError("this connection belongs to another driver")
    return await connection.session.send(letter, before_dot, following)


def capabilities(own_envelope_sender: bool) -> Capabilities:
    """An SMTP session shows every stage; nobody can be asked afterwards."""
    return Capabilities(
        sees_stages=True,
        status_lookup=False,
        own_envelope_sender=own_envelope_sender,
        max_bytes=None,  # told by each server in its SIZE
    )


def _evidence(driver: str, plan: dial.Plan, called: dial.Called) -> SessionEvidence:
    session = called.session
    got = session.encryption if session else None
    offers: Sequence[str] = session.client.offers.names if session else ()
    return SessionEvidence(
        driver=driver,
        source_ip=session.source_ip if session else plan.source_ip,
        mx=called.mx,
        peer=called.peer,
        tls_wanted=called.wish.word,
        tls_version=got.version if got else "",
        tls_cipher=got.cipher if got else "",
        tls_verified=bool(got and got.verified),
        tls_why_not=called.why_not or (got.why_not if got else ""),
        tls_result=called.result or (got.result if got else ""),
        tlsa=called.wish.tlsa,
        domain=plan.domain,
        capabilities=tuple(offers),
        steps=tuple(called.steps),
    )
