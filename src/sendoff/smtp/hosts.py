"""A mail host and its addresses: the value that routes are made of. It knows no DNS."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class MailHost:
    """One MX host with its addresses, IPv4 before IPv6; lowest preference first in a route."""

    preference: int
    name: str
    addresses: tuple[str, ...]
