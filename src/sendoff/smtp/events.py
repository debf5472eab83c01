"""What the SMTP client asks its surroundings to do, and what it has to tell. Values only."""

import msgspec

from sendoff.mail.stages import Outcome


class Write(msgspec.Struct, frozen=True):
    """Put these bytes on the wire now."""

    data: bytes


class Upgrade(msgspec.Struct, frozen=True):
    """The server is ready for the TLS handshake. Nothing else may be written before `secured`."""


class Ready(msgspec.Struct, frozen=True):
    """The session is open: a message may be offered."""


class Failed(msgspec.Struct, frozen=True):
    """The session can not be opened; the outcome holds for every message that waited for it."""

    outcome: Outcome


class GoAhead(msgspec.Struct, frozen=True):
    """Sender and recipient are accepted and the server waits for the content."""


class Settled(msgspec.Struct, frozen=True):
    """The attempt for the offered message is over."""

    outcome: Outcome


Ended = Failed | Settled
Event = Write | Upgrade | Ready | GoAhead | Ended
