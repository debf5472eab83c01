"""A mail host, its addresses and what it demands: the value routes are made of. It asks nobody."""

import ipaddress
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class MailHost:
    """One MX host with its addresses, IPv4 before IPv6; lowest preference first in a route.

    `tlsa`: its TLSA records, as `3 1 1 <hex>`, where DNSSEC vouches for them and for the way to
    them. `sts`: what the domain's MTA-STS policy asks: enforce, testing, or "testing, not named"
    for a host that the policy does not know; "" for nothing.
    """

    preference: int
    name: str
    addresses: tuple[str, ...]
    tlsa: tuple[str, ...] = ()
    sts: str = ""


def is_public(address: str) -> bool:
    """Whether an address is one of the internet: not private, loopback, link-local or reserved."""
    ip = ipaddress.ip_address(address)
    inner = ip.ipv4_mapped if isinstance(ip, ipaddress.IPv6Address) else None
    return (inner or ip).is_global and not (inner or ip).is_multicast
