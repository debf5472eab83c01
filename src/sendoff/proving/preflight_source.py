"""What DNS says of the host that sends: its name, and whether that leads back. It connects nowhere.

A relay's address is the relay's: nothing is guessed about it.
"""

import ipaddress
from dataclasses import dataclass

from sendoff.mail.auth.names import Resolver, Status, can_exist, normal
from sendoff.proving.preflight_rules import UNKNOWN, Fact

MAX_NAMES = 10  # of one address that are followed, as RFC 7208 5.5 has it


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A way out as receivers see it. `ip` is "" where it is not ours to know; `relay` then says
    why. `tls` as the server's settings have it."""

    server: str
    ip: str
    helo: str
    tls: str
    relay: bool

    @property
    def unseen(self) -> str:
        """Why its address is not known; "" where it is."""
        if self.relay:
            return f"“{self.server}” is a relay: its own address counts, and that we can not see."
        if not self.ip:
            return (
                f"“{self.server}” names no source address, so which one counts is seen only when"
                " it sends. Give it one under Delivery, Servers."
            )
        return ""


async def facts(source: Source, resolver: Resolver) -> dict[str, Fact]:
    """Facts of one source: fcrdns, helo and tls."""
    return {
        "fcrdns": await _fcrdns(source, resolver),
        "helo": await _helo(source, resolver),
        "tls": _tls(source),
    }


async def _fcrdns(source: Source, resolver: Resolver) -> Fact:
    if source.unseen:
        return Fact(value=UNKNOWN, said=source.unseen)
    reverse = ipaddress.ip_address(source.ip).reverse_pointer
    answer = await resolver.ask(reverse, "PTR")
    if answer.status is Status.FAILED:
        return _not_asked(reverse, answer.said)
    helo = source.helo
    mend = (
        f"Ask whoever gave you the address {source.ip} to set its PTR record to {helo}, and publish"
        f" {'AAAA' if ':' in source.ip else 'A'} {source.ip} at {helo}."
    )
    if answer.status is not Status.FOUND:
        return Fact(value="missing", said=f"The address {source.ip} has no name (PTR).", mend=mend)
    names, failed = [normal(each) for each in answer.values[:MAX_NAMES]], ""
    for name in names:
        addresses, trouble = await _addresses(name, source.ip, resolver)
        if source.ip in addresses:
            return Fact(value="pass", said=f"{source.ip} is {name}, which leads back to it.")
        failed = failed or trouble
    if failed:
        return _not_asked(names[0], failed)
    said = f"{source.ip} calls itself {', '.join(names)}, which does not lead back to it."
    return Fact(value="mismatch", said=said, mend=mend)


async def _helo(source: Source, resolver: Resolver) -> Fact:
    if source.relay:
        return Fact(value=UNKNOWN, said=source.unseen)
    name = normal(source.helo)
    mend = "Give the server a name that has an address, under Delivery, Servers."
    if not can_exist(name) or "." not in name:
        return Fact(value="no_name", said=f"“{source.helo}” is no full name of a host.", mend=mend)
    addresses, trouble = await _addresses(name, source.ip, resolver)
    if trouble and not addresses:
        return _not_asked(name, trouble)
    if not addresses:
        said = f"The host introduces itself as {name}, which has no address."
        return Fact(value="missing", said=said, mend=mend)
    if source.ip and source.ip not in addresses:
        said = f"The host introduces itself as {name}, which is {', '.join(addresses[:3])}."
        return Fact(value="other", said=said)
    return Fact(value="pass", said=f"The host introduces itself as {name}, which is there.")


def _tls(source: Source) -> Fact:
    if source.relay:
        return Fact(value=UNKNOWN, said=f"“{source.server}” is a relay: it encrypts or not.")
    if source.tls == "none":
        mend = "Set its encryption to “when offered”, under Delivery, Servers."
        return Fact(value="never", said=f"“{source.server}” never encrypts.", mend=mend)
    return Fact(value="pass", said="Mail goes encrypted where the other side offers it.")


async def _addresses(name: str, like: str, resolver: Resolver) -> tuple[list[str], str]:
    """The addresses of a host, in the form of `ipaddress`, and what DNS failed to say."""
    found, trouble = [], ""
    for kind in ("AAAA",) if ":" in like else ("A", "AAAA") if not like else ("A",):
        answer = await resolver.ask(name, kind)
        if answer.status is Status.FAILED:
            trouble = answer.said
        found += [str(ipaddress.ip_address(each)) for each in answer.values]
    return found, trouble


def _not_asked(name: str, said: str) -> Fact:
    return Fact(value=UNKNOWN, said=f"We could not ask DNS for {name}: {said}.", for_now=True)
