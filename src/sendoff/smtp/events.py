"""What the SMTP client asks its surroundings to do, and what it has to tell. Values only."""

from dataclasses import dataclass

from sendoff.mail.stages import Outcome


@dataclass(frozen=True, slots=True)
class Write:
    """Put these bytes on the wire now."""

    data: bytes


@dataclass(frozen=True, slots=True)
class Upgrade:
    """The server is ready for the TLS handshake. Nothing else may be written before `secured`."""


@dataclass(frozen=True, slots=True)
class Ready:
    """The session is open: a message may be offered."""


@dataclass(frozen=True, slots=True)
class Failed:
    """The session can not be opened; the outcome holds for every message that waited for it."""

    outcome: Outcome


@dataclass(frozen=True, slots=True)
class GoAhead:
    """Sender and recipient are accepted and the server waits for the content."""


@dataclass(frozen=True, slots=True)
class Settled:
    """The attempt for the offered message is over."""

    outcome: Outcome


Ended = Failed | Settled
Event = Write | Upgrade | Ready | GoAhead | Ended
