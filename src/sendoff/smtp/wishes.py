"""How the line to one host must be encrypted, by what the host's owner and ours ask. Pure."""

from dataclasses import dataclass
from typing import Protocol


class Demanding(Protocol):
    """What the owner of a host asks of those who send to it; see `hosts.MailHost`."""

    @property
    def sts(self) -> str: ...
    @property
    def tlsa(self) -> tuple[str, ...]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """`word` is what the record says was wanted, `tls` how the dialogue goes about it.

    `verify`: the certificate must prove the host's name. `tlsa`: it must match one of these.
    """

    word: str
    tls: str
    verify: bool = False
    tlsa: tuple[str, ...] = ()


def wish(host: Demanding, tls: str, verify: bool) -> Wish:
    """The strictest that is asked: DANE before MTA-STS (RFC 8461 2), both before our own wish."""
    if tls in ("none", "implicit"):
        return Wish(word=tls, tls=tls, verify=verify)
    if host.tlsa:
        return Wish(word="dane", tls="required", tlsa=host.tlsa)
    if host.sts == "enforce":
        return Wish(word="mta-sts enforce", tls="required", verify=True)
    if host.sts and tls == "opportunistic":
        return Wish(word="mta-sts testing", tls=tls, verify=verify)
    return Wish(word=tls, tls=tls, verify=verify)
