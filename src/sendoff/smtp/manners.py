"""How we behave in an SMTP session, as far as settings say. Values only."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Manners:
    """How we behave. `tls`: none, opportunistic, required (these by STARTTLS) or implicit, before
    the greeting (RFC 8314); `provider` picks reply rules."""

    helo: str
    tls: str = "opportunistic"
    username: str = ""
    password: str = ""
    provider: str = ""

    def __post_init__(self) -> None:
        if not self.helo or not self.helo.isprintable() or " " in self.helo:
            raise ValueError("helo: must be one host name, without blanks or control characters")
