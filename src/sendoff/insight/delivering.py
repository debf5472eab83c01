"""What the delivery pages list: ways out and domains. It only reads, and shows no secret."""

from dataclasses import dataclass, replace

from sendoff.drivers.contract import ServerConfig
from sendoff.lib import clock
from sendoff.senders import public as senders


@dataclass(frozen=True, kw_only=True)
class Used:
    """How much of one bound is used up in its present window."""

    rule: str
    used: int
    most: int


@dataclass(frozen=True, kw_only=True)
class Way:
    """One sending server with its settings, but for the password."""

    server: senders.Server
    config: ServerConfig
    sick: senders.Sick | None
    warming: list[senders.Warming]
    used: list[Used]


@dataclass(frozen=True, kw_only=True)
class Published:
    """A sending domain with what its owner publishes in the DNS."""

    domain: senders.Domain
    records: list[senders.DnsRecord]


def servers(workspace_id: int) -> list[Way]:
    """The ways out of a workspace."""
    found = senders.servers(workspace_id)
    sick = {each.server_id: each for each in senders.sick_now([s.id for s in found], now_ms())}
    return [
        Way(
            server=each,
            config=replace(senders.server_config(each.id), password=""),
            sick=sick.get(each.id),
            warming=senders.standings(each),
            used=[],
        )
        for each in found
    ]


def domains(workspace_id: int) -> list[Published]:
    """The sending domains of a workspace."""
    ips = senders.source_ips(workspace_id)
    return [
        Published(domain=each, records=senders.records(each.id, ips))
        for each in senders.domains(workspace_id)
    ]


def now_ms() -> int:
    """The moment the page is made."""
    return clock.now_ms()
