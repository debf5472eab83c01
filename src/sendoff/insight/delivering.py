"""What the delivery pages list: ways out. It only reads, and shows no secret."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sendoff.drivers.contract import ServerConfig
from sendoff.insight import sources
from sendoff.lib import clock
from sendoff.senders import public as senders


@dataclass(frozen=True, kw_only=True)
class Way:
    """One sending server with its settings, but for the password, and how it stands."""

    server: senders.Server
    config: ServerConfig
    stands: dict[str, Any]  # as `sources` tells it

    @property
    def sick_until(self) -> datetime | None:
        """When pools try it again; None where they do not go around it."""
        until = self.stands["until"]
        return datetime.fromisoformat(until) if until else None


def servers(workspace_id: int) -> list[Way]:
    """The ways out of a workspace."""
    stands = {each["id"]: each for each in sources.sources(workspace_id)}
    return [
        Way(
            server=each,
            config=replace(senders.server_config(each.id), password=""),
            stands=stands[each.id],
        )
        for each in senders.servers(workspace_id)
    ]


def now_ms() -> int:
    """The moment the page is made."""
    return clock.now_ms()
