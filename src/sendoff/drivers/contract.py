"""The five-method contract of every way out: our own MTA, a relay, a vendor's API.

A driver takes one composed message and answers with an Outcome: its stage and its evidence. A
remote refusal is a value; an exception from a driver is a bug of ours, but for `JournalFailed`,
which passes through from `before_dot`.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

import msgspec

from sendoff.mail.quoted import Octets
from sendoff.mail.stages import Evidence, Outcome
from sendoff.smtp.hosts import MailHost

__all__ = [
    "Capabilities",
    "Connection",
    "Driver",
    "Finding",
    "Letter",
    "MailHost",
    "NoConnection",
    "ServerConfig",
    "SessionEvidence",
    "Target",
]


class Letter(msgspec.Struct, frozen=True, kw_only=True):
    """One composed, signed message. `data` is in wire form: CRLF line ends, not dot-stuffed."""

    sender: str  # envelope sender (return path)
    recipient: str
    data: Octets


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Where a connection goes: the recipient domain, its provider and its hosts in order."""

    domain: str
    provider: str
    hosts: tuple[MailHost, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerConfig:
    """A sending server as plain values. `host` and `port` are the relay's; empty for `direct`."""

    driver: str
    helo: str
    source_ip: str = ""
    host: str = ""
    port: int = 25
    tls: str = "opportunistic"  # none | opportunistic | required | implicit (a relay's port 465)
    username: str = ""
    password: str = field(default="", repr=False)
    options: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionEvidence:
    """What belongs to the connection and is stored once for all its messages."""

    driver: str
    source_ip: str = ""
    mx: str = ""
    peer: str = ""  # address:port
    # none | opportunistic | required | implicit | mta-sts testing | mta-sts enforce | dane
    tls_wanted: str = ""
    tls_version: str = ""  # "1.3", "1.2" or "" for none
    tls_cipher: str = ""
    tls_verified: bool = False
    tls_why_not: str = ""
    tls_result: str = ""  # the same as a word of RFC 8460 4.3, for TLS reports
    tlsa: tuple[str, ...] = ()  # what the certificate had to match
    domain: str = ""  # whose mail the line was opened for
    capabilities: tuple[str, ...] = ()
    steps: tuple[Evidence, ...] = ()


class Connection(Protocol):
    """An open way to one site. `usable` turns False once no further message can be sent on it."""

    evidence: SessionEvidence
    usable: bool

    async def close(self) -> None:
        """Say goodbye (QUIT) without waiting longer than a second; never raises."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NoConnection:
    """No host could be reached or would talk to us: the outcome every message of the site gets."""

    outcome: Outcome
    evidence: SessionEvidence


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """What this way out can do and lets us see."""

    sees_stages: bool  # False: `dns` to `data` are the vendor's
    status_lookup: bool
    own_envelope_sender: bool
    max_bytes: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing `validate_config` checked: its sentence names the place and the mend."""

    check: str
    ok: bool
    sentence: str


class Driver(Protocol):
    """One way out of the house."""

    async def connect(self, target: Target) -> Connection | NoConnection:
        """Open a session to the target's hosts in order; at most about the RFC's time limits."""

    async def send(
        self,
        connection: Connection,
        letter: Letter,
        before_dot: Callable[[], None],
        following: Letter | None = None,
    ) -> Outcome:
        """Offer one message. `before_dot` is called right before the first byte that could lead
        to acceptance is written; if it raises, nothing more is sent and the error passes on.

        `following` is what the connection will be given next. A driver may announce it together
        with the end of this one, which saves a round trip; whoever named it sends it next, that
        very object, or closes the connection."""

    async def get_delivery_status(self, reference: str) -> str | None:
        """What became of an accepted message, where the way out can be asked; else None."""

    def get_capabilities(self) -> Capabilities:
        """What can be done and seen through this driver."""

    async def validate_config(self) -> list[Finding]:
        """Check host, credentials and encryption without sending anything."""
