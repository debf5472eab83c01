"""Sending domains as the list of them shows them. It only reads."""

from dataclasses import dataclass

from sendoff.senders import public as senders


@dataclass(frozen=True, kw_only=True)
class Published:
    """A sending domain with what its owner publishes in the DNS."""

    domain: senders.Domain
    records: list[senders.DnsRecord]


def domains(workspace_id: int) -> list[Published]:
    """The sending domains of a workspace."""
    ips = senders.source_ips(workspace_id)
    return [
        Published(domain=each, records=senders.records(each.id, ips))
        for each in senders.domains(workspace_id)
    ]
