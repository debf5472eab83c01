"""The surroundings of every driver of a process: resolver, ports, roots of trust. Values only."""

from dataclasses import dataclass
from pathlib import Path

from sendoff.smtp.route import Resolver
from sendoff.smtp.trust import Trust


@dataclass(frozen=True, kw_only=True)
class Network:
    """How this process reaches the world. `time_factor` scales all time limits, for tests."""

    resolver: Resolver
    smtp_port: int = 25
    tls_roots: Path | None = None
    allow_private: bool = False
    time_factor: float = 1.0

    def __post_init__(self) -> None:
        object.__setattr__(self, "_trust", Trust(roots=self.tls_roots))

    @property
    def trust(self) -> Trust:
        """One for all sessions: reading the roots takes milliseconds."""
        trust: Trust = self.__dict__["_trust"]
        return trust
